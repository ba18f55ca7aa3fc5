//! How often each thing happened: a simulation in which something never happens proves nothing about it.
//!
//! Commands are counted by kind and outcome, the rest by what a step changed: receipts name what they did, and what Tick does on its
//! own is told from the states around it.

use std::{collections::BTreeMap, fmt, ops::AddAssign};

use ledger::{
    block::Outcome,
    command::{AttesterOrder, Command, Fact, QuorumOrder},
    ids::{Account, Instrument},
    math::Fixed,
    posting::Route,
    receipt::Effect,
    state::{AuctionKind, Life, State},
};
use wire::{command::Step as Owners, event::VaultEvent};

use crate::invariants::{Step, forced};

/// Every kind of command; each must have been done at least once.
pub(crate) const COMMANDS: &[&str] = &[
    "ClaimSuspense",
    "RequestWithdraw",
    "CancelWithdraw",
    "CancelIntents",
    "TransferSub",
    "SetModel",
    "LiquidationBid",
    "Batch",
    "Fill",
    "Flag",
    "Unstake",
    "Enact",
    "HaltByOne",
    "RegisterVault",
    "Propose",
    "Halt",
    "Resume",
    "Checkpoint",
    "CustodyLoss",
    "Reorg",
];

/// Every effect that must have been seen.
pub(crate) const EFFECTS: &[&str] = &[
    "Credited",
    "Suspended",
    "Burned",
    "Withdrawing",
    "Released home",
    "Bridged",
    "ReleaseFailed",
    "Void",
    "Forced done",
    "Forced refused",
    "Filled spot",
    "Filled perpetual",
    "Filled dated",
    "Funding paid",
    "Interest paid",
    "Expiry settled",
    "Auction opened solvent",
    "Auction opened insolvent",
    "Auction turned insolvent",
    "Auction closed",
    "Liquidated for a price",
    "Liquidated by insurance",
    "ForcedClosed",
    "Loss paid by insurance",
    "Loss paid by unmatured profit",
    "Loss paid by matured profit",
    "Loss paid by the rate",
    "Halted",
    "Halted by the books",
    "Halt lifted",
    "Enacted value",
    "Ordered vault value",
    "Governed",
    "Set changed",
    "Rotated",
    "Slashed",
    "StakeDeposited",
    "Accused",
    "Exit declared",
    "Exit cancelled",
    "Exit paid",
    "Prices clamped",
    "Prices stale",
];

/// Counts by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    done: BTreeMap<&'static str, u64>,
    refused: BTreeMap<&'static str, u64>,
    effects: BTreeMap<&'static str, u64>,
    refusals: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// Names that never came up.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let commands = COMMANDS.iter().filter(|name| !self.done.contains_key(*name));
        let effects = EFFECTS.iter().filter(|name| !self.effects.contains_key(*name));
        commands.chain(effects).copied().collect()
    }

    /// How many refusals were seen.
    pub(crate) fn refusals(&self) -> usize {
        self.refusals.len()
    }

    fn saw(&mut self, name: &'static str) {
        debug_assert!(EFFECTS.contains(&name), "{name}");
        *self.effects.entry(name).or_default() += 1;
    }

    fn saw_if(&mut self, holds: bool, name: &'static str) {
        if holds {
            self.saw(name);
        }
    }

    /// Counts what a step was and did.
    pub(crate) fn count(&mut self, step: &Step<'_>) {
        for (command, outcome) in step.block.commands.iter().zip(step.command_outcomes()) {
            let counts = if outcome.is_ok() {
                &mut self.done
            } else {
                &mut self.refused
            };
            *counts.entry(kind(command)).or_default() += 1;
        }
        for outcome in step.outcomes {
            self.outcome(step, outcome);
        }
        for fact in step.block.facts.iter().zip(step.outcomes) {
            if let (Fact::Event(_, event), Ok(_)) = fact {
                self.event(event);
            }
        }
        self.changes(step.previous, step.after());
        self.auctions(step.previous, step.after());
        self.losses(step);
    }

    fn outcome(&mut self, step: &Step<'_>, outcome: &Outcome) {
        let receipt = match outcome {
            Ok(receipt) => receipt,
            Err(refusal) => {
                *self.refusals.entry(refusal.into()).or_default() += 1;
                return;
            }
        };
        match &receipt.effect {
            Effect::Credited { .. } => self.saw("Credited"),
            Effect::Suspended { reason, .. } => {
                *self.refusals.entry(reason.as_ref().into()).or_default() += 1;
                self.saw("Suspended");
            }
            Effect::Withdrawing { .. } => self.saw("Withdrawing"),
            Effect::ReleaseFailed { .. } => self.saw("ReleaseFailed"),
            Effect::Attested { void, .. } => self.saw_if(!void.is_empty(), "Void"),
            Effect::Released { entry, .. } => {
                let route = step.previous.withdrawals.get(entry).map(|row| row.route());
                self.saw(match route {
                    Some(Route::Bridged) => "Bridged",
                    _ => "Released home",
                });
            }
            Effect::Liquidated { price, .. } => self.saw(if price.is_negative() {
                "Liquidated by insurance"
            } else {
                "Liquidated for a price"
            }),
            Effect::Forced(inner) => {
                self.saw(if inner.is_ok() {
                    "Forced done"
                } else {
                    "Forced refused"
                });
                self.outcome(step, inner);
            }
            Effect::Filled { .. } => {}
            Effect::WithdrawalCancelled { .. }
            | Effect::Reported { .. }
            | Effect::Batch(_)
            | Effect::Done => {}
        }
        if let (Effect::Filled { .. }, Some(Command::Fill(fill))) =
            (&receipt.effect, step.block.commands.first())
        {
            self.saw(match fill.post.instrument {
                Instrument::Spot { .. } => "Filled spot",
                Instrument::Perpetual { .. } => "Filled perpetual",
                Instrument::Future { .. } | Instrument::Option { .. } => "Filled dated",
            });
        }
    }

    fn event(&mut self, event: &VaultEvent) {
        match event {
            VaultEvent::Burned(_) => self.saw("Burned"),
            VaultEvent::Rotated(_) => self.saw("Rotated"),
            VaultEvent::Slashed(_) => self.saw("Slashed"),
            VaultEvent::StakeDeposited(_) => self.saw("StakeDeposited"),
            VaultEvent::Governed(_) => self.saw("Governed"),
            VaultEvent::ExitDeclared(_) => self.saw("Exit declared"),
            VaultEvent::ExitCancelled(_) => self.saw("Exit cancelled"),
            VaultEvent::Exited(_) => self.saw("Exit paid"),
            _ => {}
        }
    }

    fn changes(&mut self, before: &State, after: &State) {
        let moved = |(id, market): (&Instrument, &ledger::state::Market)| {
            before
                .markets
                .get(id)
                .is_some_and(|old| old.funding_index != market.funding_index)
        };
        self.saw_if(after.markets.iter().any(moved), "Funding paid");
        let settled = |id: &Instrument| {
            after
                .markets
                .get(id)
                .is_none_or(|market| market.life != Life::Live)
        };
        let live = before
            .markets
            .iter()
            .filter(|(_, market)| market.life == Life::Live);
        self.saw_if(live.into_iter().any(|(id, _)| settled(id)), "Expiry settled");
        let grown = |(id, books): (&ledger::ids::AssetId, &ledger::state::Asset)| {
            before
                .assets
                .get(id)
                .is_some_and(|old| old.supply_index < books.supply_index)
        };
        self.saw_if(after.assets.iter().any(grown), "Interest paid");
        let new = after
            .halts
            .iter()
            .filter(|(scope, _)| !before.halts.contains_key(scope));
        for (_, halt) in new {
            self.saw(match halt.authority {
                ledger::state::Authority::Books => "Halted by the books",
                _ => "Halted",
            });
        }
        let lifted = before.halts.keys().any(|scope| !after.halts.contains_key(scope));
        self.saw_if(lifted, "Halt lifted");
        self.saw_if(before.parameters != after.parameters, "Enacted value");
        self.saw_if(
            before.vault_changes.len() < after.vault_changes.len(),
            "Ordered vault value",
        );
        self.saw_if(before.sets.current.id != after.sets.current.id, "Set changed");
        let accused = |state: &State| state.attesters.values().filter(|row| row.accused).count();
        self.saw_if(accused(before) < accused(after), "Accused");
        let spots = || after.feeds.values().filter_map(|feed| feed.spot);
        self.saw_if(spots().any(|spot| spot.is_clamped()), "Prices clamped");
        let old = after.parameters.price_age_ms;
        let stale = spots().any(|spot| after.time_ms.saturating_sub(spot.time_ms) > old);
        self.saw_if(stale, "Prices stale");
    }

    fn auctions(&mut self, before: &State, after: &State) {
        let running = |state: &State, account: &Account| {
            let auction = state.auctions.get(account).copied();
            auction.filter(|auction| auction.closed_ms.is_none())
        };
        for account in after.auctions.keys() {
            match (running(before, account), running(after, account)) {
                (None, Some(auction)) if auction.kind == AuctionKind::Solvent => {
                    self.saw("Auction opened solvent");
                }
                (None, Some(_)) => self.saw("Auction opened insolvent"),
                (Some(old), Some(new)) => self.saw_if(old.kind != new.kind, "Auction turned insolvent"),
                (Some(_), None) => self.saw("Auction closed"),
                (None, None) => {}
            }
        }
    }

    /// Forced closes, and which steps of the order of losses paid for them.
    fn losses(&mut self, step: &Step<'_>) {
        let closed: Vec<Account> = forced(step).copied().collect();
        for _ in &closed {
            self.saw("ForcedClosed");
        }
        if closed.is_empty() {
            return;
        }
        // Only what Tick did: prices are part of it, commands and facts are not.
        let is_quiet = step.block.commands.is_empty() && step.block.facts.is_empty();
        let (before, after) = (step.previous, if is_quiet { step.after() } else { step.before });
        let insured = |state: &State| {
            let paid = state.listings.values().map(|listing| listing.insurance_paid);
            Fixed::sum(paid).expect("in range")
        };
        self.saw_if(insured(before) < insured(after), "Loss paid by insurance");
        let cut = before
            .assets
            .iter()
            .any(|(id, books)| after.assets.get(id).is_some_and(|now| now.rate < books.rate));
        self.saw_if(cut, "Loss paid by the rate");
        for account in before.subs.keys().filter(|account| !closed.contains(account)) {
            let (unmatured, matured) = given_up(before, after, account);
            self.saw_if(unmatured, "Loss paid by unmatured profit");
            self.saw_if(matured, "Loss paid by matured profit");
        }
    }
}

/// Whether a sub gave up profit that had not matured, and profit that had, at marks that stood still.
fn given_up(before: &State, after: &State, account: &Account) -> (bool, bool) {
    let mut then = before.clone();
    if then.touch(*account).is_err() {
        return (false, false);
    }
    let (mut unmatured, mut matured) = (false, false);
    let Some(sub) = then.subs.get(account) else {
        return (false, false);
    };
    let ids = sub.realised.keys().chain(sub.positions.keys());
    for id in ids.copied().collect::<std::collections::BTreeSet<_>>() {
        let (Some(old), Some(new)) = (profit(&then, account, &id), profit(after, account, &id)) else {
            continue;
        };
        let lost = old.0.sub(new.0).expect("in range");
        // Rounding of a close, and funding that fell due in the block, are no loss.
        let slack = Fixed::from_ppm(1);
        if before.mark(&id).ok() != after.mark(&id).ok() || lost <= slack {
            continue;
        }
        unmatured |= old.1.is_positive();
        matured |= lost > old.1.add(slack).expect("in range");
    }
    (unmatured, matured)
}

/// Profit of a sub in a market, and how much of it has not matured.
fn profit(state: &State, account: &Account, id: &Instrument) -> Option<(Fixed, Fixed)> {
    let sub = state.subs.get(account)?;
    let realised = sub.realised.get(id).copied().unwrap_or_default();
    let maturing = match sub.unmatured.get(id) {
        Some(row) => row.at(state.time_ms).ok()?,
        None => Fixed::ZERO,
    };
    let Some(held) = sub.positions.get(id) else {
        return Some((realised, maturing));
    };
    let worth = held.quantity.mul_floor(state.mark(id).ok()?).ok()?;
    let unrealised = worth.sub(held.cost).ok()?;
    let unmatured = maturing.add(unrealised.max_zero()).ok()?;
    Some((realised.add(unrealised).ok()?, unmatured))
}

fn kind(command: &Command) -> &'static str {
    match command {
        Command::Owner(step) => match step {
            Owners::ClaimSuspense(_) => "ClaimSuspense",
            Owners::RequestWithdraw(_) => "RequestWithdraw",
            Owners::CancelWithdraw(_) => "CancelWithdraw",
            Owners::CancelIntents(_) => "CancelIntents",
            Owners::TransferSub(_) => "TransferSub",
            Owners::SetModel(_) => "SetModel",
            Owners::LiquidationBid(_) => "LiquidationBid",
        },
        Command::Batch(_) => "Batch",
        Command::Fill(_) => "Fill",
        Command::Flag(_) => "Flag",
        Command::Attester(order) => match order {
            AttesterOrder::Unstake(_) => "Unstake",
            AttesterOrder::Enact(_) => "Enact",
            AttesterOrder::Halt(_) => "HaltByOne",
        },
        Command::Quorum(order) => match order {
            QuorumOrder::RegisterVault(_) => "RegisterVault",
            QuorumOrder::Propose(_) => "Propose",
            QuorumOrder::Halt(_) => "Halt",
            QuorumOrder::Resume(_) => "Resume",
            QuorumOrder::Checkpoint(_) => "Checkpoint",
            QuorumOrder::CustodyLoss(_) => "CustodyLoss",
            QuorumOrder::Reorg(_) => "Reorg",
        },
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        let add = |sum: &mut BTreeMap<&'static str, u64>, part: BTreeMap<&'static str, u64>| {
            part.into_iter()
                .for_each(|(name, count)| *sum.entry(name).or_default() += count);
        };
        add(&mut self.done, other.done);
        add(&mut self.refused, other.refused);
        add(&mut self.effects, other.effects);
        add(&mut self.refusals, other.refusals);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{:>9} {:>9}  command", "done", "refused")?;
        for name in COMMANDS {
            let of = |counts: &BTreeMap<&'static str, u64>| counts.get(name).copied().unwrap_or(0);
            writeln!(
                formatter,
                "{:>9} {:>9}  {name}",
                of(&self.done),
                of(&self.refused)
            )?;
        }
        for name in EFFECTS {
            let count = self.effects.get(name).copied().unwrap_or(0);
            writeln!(formatter, "{count:>9}  {name}")?;
        }
        for (name, count) in &self.refusals {
            writeln!(formatter, "{count:>9}  refused: {name}")?;
        }
        Ok(())
    }
}
