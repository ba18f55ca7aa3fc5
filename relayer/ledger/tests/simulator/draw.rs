//! Draws actions from a seed: mostly what can succeed, now and then what must be refused, rarely what shakes everything.

use crate::{
    action::Action,
    random::Random,
    world::{ASSETS, ATTESTERS, BIDDERS, CHAINS, SUBS, instruments},
};

impl Action {
    pub(crate) fn draw(random: &mut Random) -> Self {
        // The last subs are kept for bids: they get cash and trade nothing.
        let sub = |random: &mut Random| random.below(u64::from(SUBS - BIDDERS)) as u8;
        let bidder = |random: &mut Random| SUBS - 1 - random.below(u64::from(BIDDERS)) as u8;
        let asset = |random: &mut Random| random.below(ASSETS.len() as u64) as usize;
        let chain = |random: &mut Random| random.below(CHAINS.len() as u64) as usize;
        match random.below(1100) {
            0..60 => Self::Wait {
                ms: [200, 1_000, 5_000, 31_000, 600_000][random.below(5) as usize],
            },
            60..66 => Self::Crash {
                feed: random.below(2) as usize,
                move_bp: random.between(1_500, 4_000) * [1, -1][random.below(2) as usize],
            },
            66..260 => Self::draw_prices(random),
            260..275 => Self::Health {
                lag_s: random.below(7_200),
            },
            275..295 => Self::Deposit {
                asset: [0, 3][random.below(2) as usize],
                sub: bidder(random),
                amount: random.between(5_000, 40_000),
            },
            295..390 => Self::Deposit {
                asset: asset(random),
                sub: sub(random),
                amount: if random.once_in(12) {
                    random.between(50_000, 300_000)
                } else {
                    random.between(1, 15_000)
                },
            },
            390..395 => Self::EventOutOfTurn { chain: chain(random) },
            395..415 => Self::Attest {
                chain: chain(random),
                wait_ms: if random.once_in(12) {
                    [90_000_000, 180_000_000][random.below(2) as usize]
                } else {
                    1_000
                },
            },
            415..450 => Self::Release {
                pick: random.next(),
                pays: !random.once_in(5),
            },
            450..460 => Self::Burn {
                asset: asset(random),
                chain: chain(random),
                sub: sub(random),
                part_bp: random.between(1, 11_000),
            },
            460..510 => Self::Withdraw {
                sub: sub(random),
                asset: asset(random),
                part_bp: random.between(0, 12_000),
                destination: chain(random),
                max_fee: random.between(0, 100),
            },
            510..520 => Self::CancelWithdraw {
                sub: sub(random),
                back: random.below(20),
            },
            520..560 => Self::Lever {
                instrument: random.below(3) as usize,
                buyer: sub(random),
                seller: sub(random),
                part_bp: random.between(5_000, 10_500),
            },
            560..800 => Self::Fill {
                instrument: random.below(instruments().len() as u64) as usize,
                buyer: sub(random),
                seller: sub(random),
                milli: random.between(0, 3_000),
                offset_bp: random.between(-300, 300),
                reduce_only: random.once_in(10),
                fault: random.below(40) as u8,
            },
            800..840 => Self::Transfer {
                sub: sub(random),
                asset: asset(random),
                part_bp: random.between(-10, 12_000),
            },
            840..850 => Self::SetModel {
                sub: sub(random),
                portfolio: random.once_in(2),
            },
            850..860 => Self::CancelIntents { sub: sub(random) },
            860..870 => Self::ClaimSuspense {
                pick: random.next(),
                sub: sub(random),
            },
            870..885 => Self::Batch {
                sub: sub(random),
                asset: asset(random),
                parts_bp: [random.between(1, 6_000), random.between(1, 6_000)],
            },
            885..935 => Self::Bid {
                bidder: if random.once_in(4) {
                    sub(random)
                } else {
                    bidder(random)
                },
                target: sub(random),
                part_bp: random.between(0, 10_000),
                stale_epoch: random.once_in(8),
            },
            935..950 => Self::Flag { target: sub(random) },
            950..952 => Self::Halt {
                scope: random.below(5) as u8,
            },
            952..966 => Self::Resume { pick: random.next() },
            966..969 => Self::RunOut {
                part: 1 + random.below(2),
            },
            969..974 => Self::CashOut {
                instrument: random.below(3) as usize,
                other: random.below(u64::from(SUBS - BIDDERS)) as u8,
            },
            974..978 => Self::HaltByOne {
                attester: random.below(5) as u8,
                chain: chain(random),
            },
            978..982 => Self::CustodyLoss {
                asset: asset(random),
                part_bp: random.between(0, 1_500),
                sub: random.once_in(2).then_some(sub(random)),
            },
            982..988 => Self::Propose {
                id: random.below(6),
                value_ppm: random.between(0, 1_000_000),
            },
            988..994 => Self::Enact {
                attester: random.below(5) as u8,
                proposal: random.below(6),
            },
            994..998 => Self::Unstake {
                attester: random.below(5) as u8,
                whole: random.between(0, 1_000_000),
            },
            1_000..1_100 => Self::draw_rare(random),
            998 if random.once_in(20) => Self::Accuse {
                attester: random.below(5) as u8,
            },
            _ => Self::Wait { ms: 3_600_000 },
        }
    }

    /// What happens seldom, with the time that it needs to have its effect.
    fn draw_rare(random: &mut Random) -> Self {
        let chain = |random: &mut Random| random.below(CHAINS.len() as u64) as usize;
        let attester = |random: &mut Random| random.below(u64::from(ATTESTERS) + 1) as u8;
        match random.below(100) {
            0..14 => Self::CashOut {
                instrument: random.below(3) as usize,
                other: random.below(u64::from(SUBS - BIDDERS)) as u8,
            },
            14..34 => Self::Force {
                inner: Box::new(Self::draw(random)),
            },
            34..44 => Self::Rotate { chain: chain(random) },
            44..52 => Self::Stake {
                attester: attester(random),
                whole: random.between(500_000, 2_000_000),
            },
            52 => Self::Slash {
                attester: attester(random),
            },
            53..55 => Self::BalanceReport {
                asset: random.below(ASSETS.len() as u64) as usize,
                short: random.once_in(8),
            },
            55 | 56 => Self::DeclareExit { chain: chain(random) },
            57..67 => Self::CancelExit,
            67..72 => Self::PayExit { pick: random.next() },
            72..80 => Self::Reorganise { chain: chain(random) },
            80..82 => Self::RegisterVault {
                chain: 3 + random.below(2) as u32,
            },
            82..87 => Self::Checkpoint {
                chain: chain(random),
                rises: random.below(4),
            },
            87..93 => Self::Governed,
            93..98 => Self::Enact {
                attester: attester(random),
                proposal: random.below(3),
            },
            _ => Self::Wait { ms: 180_000_000 },
        }
    }

    fn draw_prices(random: &mut Random) -> Self {
        // Mostly small steps, now and then a jump or a collapse.
        let reach = match random.below(60) {
            0 => 4_000,
            1..5 => 900,
            _ => 60,
        };
        let stable = if random.once_in(200) { 300 } else { 5 };
        Self::Prices {
            moves_bp: [
                random.between(-reach, reach),
                random.between(-reach, reach),
                random.between(-stable, stable),
                random.between(-stable, stable),
            ],
            reporters: if random.once_in(15) {
                random.below(4) as u8
            } else {
                ATTESTERS
            },
            spread_bp: if random.once_in(25) {
                random.between(0, 400)
            } else {
                1
            },
            wait_ms: [1_000, 1_000, 1_000, 4_000, 20_000][random.below(5) as usize],
        }
    }
}
