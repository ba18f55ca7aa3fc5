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
        match random.below(1000) {
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
                amount: random.between(50_000, 300_000),
            },
            295..390 => Self::Deposit {
                asset: asset(random),
                sub: sub(random),
                amount: random.between(1, 200_000),
            },
            390..395 => Self::EventOutOfTurn { chain: chain(random) },
            395..415 => Self::Attest {
                chain: chain(random),
                wait_ms: [1_000, 90_000_000][usize::from(random.once_in(20))],
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
            950..958 => Self::Halt {
                scope: random.below(5) as u8,
            },
            958..974 => Self::Resume {
                scope: random.below(5) as u8,
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
            998 if random.once_in(20) => Self::Accuse {
                attester: random.below(5) as u8,
            },
            _ => Self::Wait { ms: 3_600_000 },
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
