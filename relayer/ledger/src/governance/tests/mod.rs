//! Orders of attesters and the quorum, driven by whole blocks.

pub(crate) mod chains;
pub(crate) mod indemnity;
pub(crate) mod sets;

use crate::command::{AttesterOrder, Block, Command, Offender, QuorumOrder};
use crate::governance::{
    GovernanceRefusal, RESUME_DELAY_MS, STAKE, of_address, of_number, padded, subject_of_series,
};
use crate::ids::{Account, Address, AssetId, ChainId, Hash, Series};
use crate::math::Fixed;
use crate::parameters::{LOOSEN_MS, TIGHTEN_MS};
use crate::refusal::Refusal;
use crate::state::Authority;
use crate::tests::{
    ALICE, AWAY, BOB, BTC, CAROL, CASH, COIN, DAY_MS, HOME, PERPETUAL, World, attester, decimal, int,
};
use std::{vec, vec::Vec};
use wire::{
    U256,
    command::{
        Checkpoint, CustodyLoss, Enact, Halt, HaltByOne, HaltReason, Propose, RegisterVault, ReorgStatement,
        Resume, Reversal, Scope, Unstake,
    },
    event::{BalanceReport, Rotated, Slashed, StakeDeposited, StakeReleased, VaultEvent},
    outbox::OutboxEntry,
    types::BlockRef,
};

/// Longest life of an order.
const LIFE_MS: u64 = 6 * DAY_MS;

fn refused(world: &mut World, command: Command) -> GovernanceRefusal {
    match world.refused(command) {
        Refusal::Governance(refusal) => refusal,
        other => unreachable!("{other}"),
    }
}

fn quorum(order: QuorumOrder) -> Command {
    Command::Quorum(order)
}

fn propose(world: &World, id: u64, name: &str, subject: Hash, value: Fixed) -> Command {
    let parameter = padded(name.as_bytes());
    let expiry_ms = world.state.time_ms + LIFE_MS;
    quorum(QuorumOrder::Propose(Propose {
        id,
        expiry_ms,
        parameter,
        subject,
        value: value.raw(),
    }))
}

fn enact(world: &mut World, proposal: u64) -> Command {
    let (nonce, expiry_ms) = (world.next_nonce(), world.expiry_ms());
    Command::Attester(AttesterOrder::Enact(Enact {
        attester: attester(0),
        nonce,
        expiry_ms,
        proposal,
    }))
}

fn halt_by(world: &mut World, index: u8, chain: ChainId) -> Command {
    let (nonce, expiry_ms) = (world.next_nonce(), world.expiry_ms());
    let attester = attester(index);
    Command::Attester(AttesterOrder::Halt(HaltByOne {
        attester,
        nonce,
        expiry_ms,
        chain,
        reason: HaltReason::ChainFault,
    }))
}

fn unstake(world: &mut World, index: u8, amount: i64) -> Command {
    let (nonce, expiry_ms) = (world.next_nonce(), world.expiry_ms());
    let order = Unstake {
        attester: attester(index),
        nonce,
        expiry_ms,
        amount: int(amount).raw(),
    };
    Command::Attester(AttesterOrder::Unstake(order))
}

fn halt(world: &mut World, scope: Scope, reason: HaltReason) -> Command {
    quorum(QuorumOrder::Halt(Halt {
        serial: world.next_nonce(),
        expiry_ms: world.expiry_ms(),
        scope,
        reason,
    }))
}

fn resume(world: &mut World, scope: Scope) -> Command {
    quorum(QuorumOrder::Resume(Resume {
        serial: world.next_nonce(),
        expiry_ms: world.expiry_ms(),
        scope,
    }))
}

fn loss(world: &mut World, account: Option<Account>, amount: i64) -> Command {
    let (serial, expiry_ms) = (world.next_nonce(), world.expiry_ms());
    quorum(QuorumOrder::CustodyLoss(CustodyLoss {
        serial,
        expiry_ms,
        asset: CASH,
        amount: int(amount).raw(),
        account,
        cause: None,
    }))
}

fn perpetual() -> Hash {
    subject_of_series(&Series::of(&PERPETUAL))
}

#[test]
pub(crate) fn a_loosening_waits_two_days_and_a_tightening_an_hour() {
    let mut world = World::new();
    let loosen = propose(&world, 1, "maintenance", perpetual(), decimal("0.02"));
    let tighten = propose(&world, 2, "haircut", COIN.bridged(), decimal("0.3"));
    world.one(loosen).unwrap();
    world.one(tighten).unwrap();
    world.block_after(TIGHTEN_MS, vec![]);
    let command = enact(&mut world, 2);
    world.one(command).unwrap();
    assert_eq!(world.state.assets[&COIN].risk.haircut, decimal("0.3"));
    let command = enact(&mut world, 1);
    assert!(
        matches!(refused(&mut world, command), GovernanceRefusal::TooEarly { not_before_ms, time_ms } if not_before_ms > time_ms)
    );
    world.block_after(LOOSEN_MS - TIGHTEN_MS, vec![]);
    let command = enact(&mut world, 1);
    world.one(command).unwrap();
    assert_eq!(
        world.state.listings[&Series::of(&PERPETUAL)].risk.maintenance,
        decimal("0.02")
    );
    let command = enact(&mut world, 1);
    assert_eq!(
        refused(&mut world, command),
        GovernanceRefusal::UnknownProposal { id: 1 }
    );
}

#[test]
fn every_kind_of_subject_can_be_named() {
    let mut world = World::new();
    let named = [
        ("sigma", Hash::ZERO, decimal("0.4")),
        ("source_risk", of_number(HOME.0), decimal("0.2")),
        ("haircut", COIN.bridged(), decimal("0.2")),
        ("initial", perpetual(), decimal("0.06")),
        ("price_bound", of_number(BTC.0), decimal("0.06")),
        ("weight", of_address(Address([9; 20])), Fixed::from_raw(1)),
        ("vault.hourly", of_number(AWAY.0), int(3)),
    ];
    for (id, (name, subject, value)) in (1..).zip(named) {
        let command = propose(&world, id, name, subject, value);
        world.one(command).unwrap();
    }
    world.block_after(LOOSEN_MS, vec![]);
    for id in 1..=7 {
        let command = enact(&mut world, id);
        world.one(command).unwrap();
    }
    assert_eq!(world.state.parameters.sigma, decimal("0.4"));
    assert_eq!(world.state.chains[&HOME].risk.source_risk, decimal("0.2"));
    assert_eq!(world.state.feeds[&BTC].risk.price_bound, decimal("0.06"));
    assert_eq!(world.state.attesters[&Address([9; 20])].weight, 1);
    let sent = world.state.outbox().into_iter().find_map(|entry| {
        if let OutboxEntry::Govern(entry) = entry {
            Some(entry)
        } else {
            None
        }
    });
    let sent = sent.unwrap();
    assert_eq!(
        (sent.chain, sent.key, sent.value),
        (AWAY, padded(b"hourly"), U256::from(int(3).raw().unsigned_abs()))
    );
}

#[test]
pub(crate) fn proposals_out_of_bounds_are_refused() {
    let mut world = World::new();
    let mut said = |name: &str, subject, value| {
        let command = propose(&world, 1, name, subject, value);
        refused(&mut world, command)
    };
    assert!(matches!(
        said("no_such", Hash::ZERO, int(1)),
        GovernanceRefusal::UnknownParameter { .. }
    ));
    assert!(matches!(
        said("sigma", of_number(1), int(1)),
        GovernanceRefusal::UnknownSubject {
            parameter: "sigma",
            ..
        }
    ));
    assert!(matches!(
        said("haircut", Hash([3; 32]), int(1)),
        GovernanceRefusal::UnknownSubject {
            parameter: "haircut",
            ..
        }
    ));
    assert!(matches!(
        said("vault.x", of_number(77), int(1)),
        GovernanceRefusal::UnknownSubject {
            parameter: "vault",
            ..
        }
    ));
    assert!(matches!(
        said("vault.x", of_number(1), int(-1)),
        GovernanceRefusal::OutOfBounds {
            parameter: "vault",
            ..
        }
    ));
    assert!(matches!(
        said("sigma", Hash::ZERO, decimal("0.6")),
        GovernanceRefusal::OutOfBounds {
            parameter: "sigma",
            ..
        }
    ));
    assert!(matches!(
        said("sigma", Hash::ZERO, decimal("0.3")),
        GovernanceRefusal::StepTooLarge {
            parameter: "sigma",
            ..
        }
    ));
    assert!(matches!(
        said("sigma", Hash::ZERO, decimal("0.5")),
        GovernanceRefusal::NoChange { .. }
    ));
    assert!(matches!(
        said("maintenance", perpetual(), decimal("0.06")),
        GovernanceRefusal::Contradiction {
            smaller: "maintenance",
            ..
        }
    ));
    let alone = of_address(attester(0));
    assert!(matches!(
        said("weight", alone, Fixed::from_raw(7)),
        GovernanceRefusal::UnsoundSet { weight: 7, .. }
    ));
    assert!(matches!(
        said("weight", alone, Fixed::ZERO),
        GovernanceRefusal::UnsoundSet { weight: 0, .. }
    ));
}

#[test]
pub(crate) fn a_proposal_that_cannot_be_enacted_in_time_or_twice_is_refused() {
    let mut world = World::new();
    let Command::Quorum(QuorumOrder::Propose(mut order)) =
        propose(&world, 1, "sigma", Hash::ZERO, decimal("0.4"))
    else {
        unreachable!()
    };
    order.expiry_ms = world.state.time_ms + TIGHTEN_MS;
    assert!(matches!(
        refused(&mut world, quorum(QuorumOrder::Propose(order))),
        GovernanceRefusal::NeverEnacted { .. }
    ));
    let command = propose(&world, 5, "sigma", Hash::ZERO, decimal("0.4"));
    world.one(command).unwrap();
    let command = propose(&world, 5, "sigma", Hash::ZERO, decimal("0.45"));
    assert_eq!(
        refused(&mut world, command),
        GovernanceRefusal::ProposalTaken { id: 5, next: 6 }
    );
    let command = propose(&world, 6, "sigma", Hash::ZERO, decimal("0.45"));
    world.one(command).unwrap();
    world.block_after(TIGHTEN_MS, vec![]);
    let command = enact(&mut world, 5);
    world.one(command).unwrap();
    let command = enact(&mut world, 6);
    assert!(
        matches!(refused(&mut world, command), GovernanceRefusal::Superseded { .. }),
        "0.4 to 0.45 loosens and would have to wait"
    );
    world.block_after(LIFE_MS, vec![]);
    assert!(world.state.proposals.is_empty());
}

#[test]
pub(crate) fn one_attester_halts_a_chain_for_an_hour_once_a_day() {
    let mut world = World::funded();
    let command = halt_by(&mut world, 0, HOME);
    world.one(command).unwrap();
    assert!(matches!(
        world.state.require_open(CASH, HOME),
        Err(Refusal::Halted {
            reason: HaltReason::ChainFault,
            ..
        })
    ));
    assert_eq!(
        world.state.health[&HOME].tier,
        crate::margin::latency::ChainTier::Healthy,
        "no change of margin"
    );
    let command = halt_by(&mut world, 0, HOME);
    assert!(matches!(
        refused(&mut world, command),
        GovernanceRefusal::HaltTooSoon { .. }
    ));
    world.block_after(3_600_000, vec![]);
    assert!(world.state.require_open(CASH, HOME).is_ok());
    assert!(world.state.halts.is_empty());
    world.block_after(DAY_MS, vec![]);
    let command = halt_by(&mut world, 0, HOME);
    world.one(command).unwrap();
    let command = halt_by(&mut world, 1, ChainId(9));
    assert_eq!(
        world.refused(command),
        Refusal::UnknownChain { chain: ChainId(9) }
    );
}

#[test]
pub(crate) fn a_quorum_halt_lasts_until_it_is_resumed_and_its_delay_is_over() {
    let mut world = World::funded();
    let scope = Scope::Chain(HOME);
    let command = halt(&mut world, scope, HaltReason::LightClientConflict);
    world.one(command).unwrap();
    world.block(vec![]);
    assert_eq!(
        world.state.health[&HOME].tier,
        crate::margin::latency::ChainTier::Halted
    );
    let command = halt_by(&mut world, 0, HOME);
    assert_eq!(
        refused(&mut world, command),
        GovernanceRefusal::HaltedAlready { scope }
    );
    world.block_after(30 * DAY_MS, vec![]);
    assert!(world.state.require_open(CASH, HOME).is_err());
    let command = resume(&mut world, scope);
    world.one(command).unwrap();
    let command = resume(&mut world, scope);
    assert_eq!(
        refused(&mut world, command),
        GovernanceRefusal::NothingHalted { scope }
    );
    world.block_after(RESUME_DELAY_MS - 10_000, vec![]);
    assert!(world.state.require_open(CASH, HOME).is_err());
    world.block_after(10_000, vec![]);
    assert!(world.state.require_open(CASH, HOME).is_ok());
    let command = resume(&mut world, Scope::Everything);
    assert_eq!(
        refused(&mut world, command),
        GovernanceRefusal::NothingHalted {
            scope: Scope::Everything
        }
    );
}

#[test]
fn a_price_fault_halts_the_feed_with_the_asset() {
    let mut world = World::funded();
    let scope = Scope::Asset(COIN);
    let command = halt(&mut world, scope, HaltReason::PriceFault);
    world.one(command).unwrap();
    assert!(world.state.feeds[&BTC].halted);
    let command = resume(&mut world, scope);
    world.one(command).unwrap();
    world.block_after(RESUME_DELAY_MS, vec![]);
    assert!(!world.state.feeds[&BTC].halted);
    let unknown = AssetId {
        chain: HOME,
        asset: Hash([8; 32]),
    };
    let command = halt(&mut world, Scope::Asset(unknown), HaltReason::PriceFault);
    assert_eq!(world.refused(command), Refusal::UnknownAsset { asset: unknown });
    let command = halt(&mut world, Scope::Chain(ChainId(9)), HaltReason::ChainFault);
    assert_eq!(
        world.refused(command),
        Refusal::UnknownChain { chain: ChainId(9) }
    );
}

#[test]
fn a_halt_of_an_asset_makes_it_worthless_for_initial_margin_only() {
    let mut world = World::funded();
    world.deposit(BOB, COIN, 10);
    world.block(vec![]);
    let before = world.state.risk(BOB).unwrap().requirement;
    let command = halt(&mut world, Scope::Asset(COIN), HaltReason::VaultFault);
    world.one(command).unwrap();
    let after = world.state.risk(BOB).unwrap().requirement;
    assert_eq!(after.initial, int(1_000), "all of its value");
    assert!(after.maintenance > before.maintenance);
    assert!(
        after.maintenance <= before.maintenance.add(int(50)).unwrap(),
        "five hundredths at most"
    );
    assert!(world.state.auctions.is_empty());
}

#[test]
fn a_report_below_the_counter_halts_the_asset() {
    let mut world = World::funded();
    let report = |seq, balance: u64| BalanceReport {
        seq,
        asset: CASH.asset,
        balance: U256::from(balance),
        holdings: U256::from(30_u64),
    };
    world.event(HOME, VaultEvent::Report(report(world.next_seq(HOME), 31)));
    world.block(vec![]);
    assert!(
        world.state.require_open(CASH, HOME).is_ok(),
        "forced sends are ignored"
    );
    world.event(HOME, VaultEvent::Report(report(world.next_seq(HOME), 29)));
    world.block(vec![]);
    assert_eq!(world.state.halts[&Scope::Asset(CASH)].authority, Authority::Books);
    assert!(world.state.require_open(CASH, HOME).is_err());
}

#[test]
pub(crate) fn orders_count_once_and_only_of_members() {
    let mut world = World::new();
    let command = halt(&mut world, Scope::Everything, HaltReason::Maintenance);
    world.one(command.clone()).unwrap();
    assert!(matches!(
        refused(&mut world, command),
        GovernanceRefusal::SerialUsed { .. }
    ));
    let command = halt_by(&mut world, 0, AWAY);
    world.one(command.clone()).unwrap();
    assert!(matches!(
        refused(&mut world, command),
        GovernanceRefusal::NonceUsed { .. }
    ));
    let command = halt_by(&mut world, 9, AWAY);
    assert!(matches!(
        refused(&mut world, command),
        GovernanceRefusal::NotInSet { set: 0, .. }
    ));
    let (serial, expiry_ms) = (world.next_nonce(), world.state.time_ms);
    let late = quorum(QuorumOrder::Resume(Resume {
        serial,
        expiry_ms,
        scope: Scope::Everything,
    }));
    assert!(matches!(world.refused(late), Refusal::Expired { .. }));
    world.block_after(DAY_MS, vec![]);
    assert!(
        world.state.statements.is_empty() && world.state.attester_nonces.is_empty(),
        "forgotten once they expired"
    );
    let expiry_ms = world.expiry_ms();
    world.state.statements = (0..1_024).map(|serial| ((7, serial), expiry_ms)).collect();
    let command = halt(&mut world, Scope::Everything, HaltReason::Maintenance);
    assert_eq!(
        refused(&mut world, command),
        GovernanceRefusal::TooManyIds {
            live: 1_024,
            most: 1_024
        }
    );
}
