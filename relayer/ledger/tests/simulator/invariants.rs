//! Every invariant of `spec/ledger.md`, as one named function over a step: the state before and after it, what was asked and
//! what came of it.
//!
//! `previous` is the state before the block, `before` the state after the same block without its facts and commands, so that what Tick does on its own is not taken
//! for the command's doing.

mod worth;

use ledger::{
    block::{Outcome, apply_block},
    command::{Block, Command},
    ids::{Account, AssetId, Instrument},
    math::Fixed,
    receipt::Effect,
    refusal::Refusal,
    state::{Accepted, Life, State},
};
use wire::command::Step as Owners;

use crate::world::{ASSETS, World, units};
pub(crate) use worth::forced;
use worth::{
    a_forced_close_leaves_no_negative_equity, exits_stay_within_claims_and_equity,
    risk_never_grows_below_initial_margin, the_order_of_losses_sums_exactly,
};

/// One block with at most one command, or an event with its attestation.
pub(crate) struct Step<'a> {
    pub(crate) previous: &'a State,
    pub(crate) before: &'a State,
    pub(crate) world: &'a World,
    pub(crate) block: &'a Block,
    pub(crate) outcomes: &'a [Outcome],
}

type Check = fn(&Step<'_>) -> Result<(), String>;

/// Names and checks, in the order of the specification.
pub(crate) const INVARIANTS: &[(&str, Check)] = &[
    ("books_balance", books_balance),
    (
        "books_are_the_sums_of_their_rows",
        books_are_the_sums_of_their_rows,
    ),
    ("books_agree_with_the_vaults", books_agree_with_the_vaults),
    ("positions_sum_to_zero", positions_sum_to_zero),
    ("pools_cover_what_is_unrealised", pools_cover_what_is_unrealised),
    (
        "no_withdrawal_takes_more_than_free_margin",
        no_withdrawal_takes_more_than_free_margin,
    ),
    (
        "principal_falls_only_by_custody_or_insolvency",
        principal_falls_only_by_custody_or_insolvency,
    ),
    (
        "a_refusal_leaves_the_subs_untouched",
        a_refusal_leaves_the_subs_untouched,
    ),
    ("commands_are_idempotent", commands_are_idempotent),
    (
        "risk_never_grows_below_initial_margin",
        risk_never_grows_below_initial_margin,
    ),
    ("prices_move_within_their_bound", prices_move_within_their_bound),
    ("one_event_credits_once", one_event_credits_once),
    ("a_withdrawal_ends_once", a_withdrawal_ends_once),
    (
        "parameters_change_only_when_enacted",
        parameters_change_only_when_enacted,
    ),
    ("initial_is_at_least_maintenance", initial_is_at_least_maintenance),
    (
        "cash_moves_value_and_no_requirement",
        cash_moves_value_and_no_requirement,
    ),
    (
        "exits_stay_within_claims_and_equity",
        exits_stay_within_claims_and_equity,
    ),
    (
        "a_forced_close_leaves_no_negative_equity",
        a_forced_close_leaves_no_negative_equity,
    ),
    (
        "the_order_of_losses_sums_exactly",
        the_order_of_losses_sums_exactly,
    ),
    ("post_state_is_in_the_receipt", post_state_is_in_the_receipt),
];

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

impl Step<'_> {
    pub(crate) fn after(&self) -> &State {
        &self.world.state
    }

    fn owners(&self) -> impl Iterator<Item = (&Owners, &Outcome)> {
        let commands = self.block.commands.iter().zip(self.command_outcomes());
        commands.filter_map(|(command, outcome)| match command {
            Command::Owner(step) => Some((step, outcome)),
            _ => None,
        })
    }

    pub(crate) fn command_outcomes(&self) -> &[Outcome] {
        let first = self.block.facts.len() + self.block.offenders.len() + self.block.reports.len();
        &self.outcomes[first..]
    }

    fn effects(&self) -> impl Iterator<Item = &Effect> {
        self.outcomes
            .iter()
            .filter_map(|outcome| outcome.as_ref().ok())
            .map(|receipt| &receipt.effect)
    }
}

/// `Σ claims - Σ loans + insurance + fees + suspense + pools + dust = posted - pending - bearer`, with nothing below zero.
fn books_balance(step: &Step<'_>) -> Result<(), String> {
    for (id, books) in step.after().assets.iter() {
        let gap = books.gap().map_err(|error| error.to_string())?;
        ensure(gap.is_zero(), || format!("{id:?}: gap {gap}"))?;
        for (name, part) in [
            ("dust", books.dust),
            ("insurance", books.insurance),
            ("fees", books.fees),
            ("queued", books.queued),
        ] {
            ensure(!part.is_negative(), || format!("{id:?}: {name} {part}"))?;
        }
    }
    Ok(())
}

fn books_are_the_sums_of_their_rows(step: &Step<'_>) -> Result<(), String> {
    let state = step.after();
    for (id, books) in state.assets.iter() {
        let shares = |sign: fn(Fixed) -> Fixed| {
            let rows = state.subs.values().map(|sub| sign(sub.shares(id)));
            Fixed::sum(rows).expect("in range")
        };
        let (claims, loans) = (shares(Fixed::max_zero), shares(Fixed::min_zero).negate());
        ensure(claims == books.claim_shares, || {
            format!("{id:?}: claims {claims}, kept {}", books.claim_shares)
        })?;
        ensure(loans == books.loan_shares, || {
            format!("{id:?}: loans {loans}, kept {}", books.loan_shares)
        })?;
        let pools = state
            .markets
            .iter()
            .filter(|(instrument, _)| instrument.cash() == *id);
        let pools = Fixed::sum(pools.map(|(_, market)| market.pool)).expect("in range");
        ensure(pools == books.pools, || {
            format!("{id:?}: pools {pools}, kept {}", books.pools)
        })?;
        let waiting = state.withdrawals.values().filter(|row| row.asset == *id);
        let waiting = waiting.filter(|row| matches!(row.stage, ledger::state::Stage::Queued { .. }));
        let queued = Fixed::sum(waiting.map(|row| row.amount)).expect("in range");
        ensure(queued == books.queued, || {
            format!("{id:?}: queued {queued}, kept {}", books.queued)
        })?;
    }
    Ok(())
}

/// What the ledger holds posted is what the vaults count.
fn books_agree_with_the_vaults(step: &Step<'_>) -> Result<(), String> {
    let was_lost = step
        .world
        .blocks
        .iter()
        .flat_map(|block| &block.commands)
        .any(is_custody_loss);
    for (id, books) in step.after().assets.iter() {
        let counted = step.world.vaults[&id.chain]
            .holdings
            .get(&id.asset)
            .copied()
            .unwrap_or_default();
        let posted = units(id, books.vault.posted());
        // A certified loss lowers the books, the vault's own counter knows nothing of it.
        let agrees = posted == counted || (was_lost && posted < counted);
        ensure(agrees, || format!("{id:?}: books {posted}, vault {counted}"))?;
    }
    Ok(())
}

/// What is certified as gone, or was never there: both may cost all claims.
fn is_custody_loss(command: &Command) -> bool {
    use ledger::command::QuorumOrder::{CustodyLoss, Reorg};
    matches!(command, Command::Quorum(CustodyLoss(_) | Reorg(_)))
}

fn positions_sum_to_zero(step: &Step<'_>) -> Result<(), String> {
    for (instrument, market) in live_markets(step.after()) {
        let held = || positions(step.after(), instrument).map(|(_, position)| position.quantity);
        let sum = Fixed::sum(held()).expect("in range");
        ensure(sum.is_zero(), || format!("{instrument:?}: Σ quantity {sum}"))?;
        let long = Fixed::sum(held().map(Fixed::max_zero)).expect("in range");
        ensure(long == market.open_interest, || {
            format!("{instrument:?}: long {long}, kept {}", market.open_interest)
        })?;
        ensure(held().count() == market.holders as usize, || {
            format!("{instrument:?}: {} holders", market.holders)
        })?;
    }
    Ok(())
}

fn live_markets(state: &State) -> impl Iterator<Item = (&Instrument, &ledger::state::Market)> {
    state
        .markets
        .iter()
        .filter(|(_, market)| market.life == Life::Live)
}

fn positions<'a>(
    state: &'a State,
    instrument: &'a Instrument,
) -> impl Iterator<Item = (&'a Account, &'a ledger::state::Position)> {
    let held = state
        .subs
        .iter()
        .map(move |(account, sub)| Some((account, sub.positions.get(instrument)?)));
    held.flatten()
}

/// `pool - Σ unrealised = pool + Σ cost - Σ funding due = dust >= 0`, whatever the mark, since quantities sum to zero.
fn pools_cover_what_is_unrealised(step: &Step<'_>) -> Result<(), String> {
    for (instrument, market) in live_markets(step.after()) {
        let mut dust = market.pool;
        for (_, position) in positions(step.after(), instrument) {
            let moved = market
                .funding_index
                .sub(position.funding_index)
                .expect("in range");
            let due = position.quantity.negate().mul_floor(moved).expect("in range");
            dust = dust
                .add(position.cost)
                .and_then(|dust| dust.sub(due))
                .expect("in range");
        }
        ensure(!dust.is_negative(), || format!("{instrument:?}: dust {dust}"))?;
    }
    Ok(())
}

fn no_withdrawal_takes_more_than_free_margin(step: &Step<'_>) -> Result<(), String> {
    for (command, outcome) in step.owners() {
        let Owners::RequestWithdraw(request) = command else {
            continue;
        };
        if outcome.is_err() {
            continue;
        }
        let sub = step
            .after()
            .subs
            .get(&request.account)
            .cloned()
            .unwrap_or_default();
        if sub.is_cash_only() && sub.unmatured.is_empty() {
            continue;
        }
        let risk = step
            .after()
            .risk(request.account)
            .map_err(|refusal| refusal.to_string())?;
        ensure(
            risk.value_free().expect("in range") >= risk.requirement.initial,
            || format!("{request:?}: {risk:?}"),
        )?;
    }
    for (id, books) in step.after().assets.iter() {
        let owed = books.vault.owed();
        ensure(!owed.is_negative(), || format!("{id:?}: vault owes {owed}"))?;
    }
    Ok(())
}

/// An asset's rate falls only by a certified loss, an exit, or while an insolvency runs.
fn principal_falls_only_by_custody_or_insolvency(step: &Step<'_>) -> Result<(), String> {
    let excused = step.block.commands.iter().any(is_custody_loss)
        || !step.previous.auctions.is_empty()
        || !step.after().auctions.is_empty();
    for (id, books) in step.after().assets.iter() {
        let before = step
            .previous
            .assets
            .get(id)
            .map_or(books.rate, |before| before.rate);
        ensure(excused || books.rate >= before, || {
            format!("{id:?}: rate {before} -> {}", books.rate)
        })?;
        let index = step
            .previous
            .assets
            .get(id)
            .map_or(books.supply_index, |before| before.supply_index);
        ensure(books.supply_index >= index, || {
            format!("{id:?}: index {index} -> {}", books.supply_index)
        })?;
    }
    Ok(())
}

fn a_refusal_leaves_the_subs_untouched(step: &Step<'_>) -> Result<(), String> {
    let has_facts =
        !step.block.facts.is_empty() || !step.block.offenders.is_empty() || !step.block.reports.is_empty();
    if has_facts || step.outcomes.iter().any(Result::is_ok) {
        return Ok(());
    }
    ensure(step.before.subs == step.after().subs, || {
        format!("{:?} changed a sub", step.outcomes)
    })?;
    ensure(step.before.assets == step.after().assets, || {
        format!("{:?} changed the books", step.outcomes)
    })
}

/// The same command again answers `Exists` and changes nothing; the same fill again finds its intents used.
fn commands_are_idempotent(step: &Step<'_>) -> Result<(), String> {
    for (command, outcome) in step.owners() {
        if matches!(outcome, Err(refusal) if !refusal.burns()) {
            continue;
        }
        let mut again = step.after().clone();
        let block = Block {
            commands: vec![Command::Owner(command.clone())],
            ..empty(step.after())
        };
        let mut without = again.clone();
        apply_block(&mut without, &empty(step.after()));
        let answer = apply_block(&mut again, &block).pop();
        ensure(matches!(answer, Some(Err(Refusal::Exists { .. }))), || {
            format!("{command:?} again: {answer:?}")
        })?;
        ensure(again == without, || {
            format!("{command:?} again changed the state")
        })?;
    }
    Ok(())
}

fn empty(state: &State) -> Block {
    Block {
        height: state.height + 1,
        time_ms: state.time_ms,
        ..Block::default()
    }
}

fn prices_move_within_their_bound(step: &Step<'_>) -> Result<(), String> {
    for (id, feed) in step.after().feeds.iter() {
        let Some(before) = step.previous.feeds.get(id) else {
            continue;
        };
        let pairs = [
            (before.spot, feed.spot),
            (before.perpetual, feed.perpetual),
            (before.stable, feed.stable),
        ];
        let expiries = feed
            .expiries
            .iter()
            .filter_map(|(expiry, row)| Some((before.expiries.get(expiry)?.forward, row.forward)));
        for (from, to) in pairs.into_iter().chain(expiries) {
            let (Some(from), Some(to)) = (from, to) else {
                continue;
            };
            is_within_bound(from, to, feed.risk.price_bound).map_err(|error| format!("{id}: {error}"))?;
        }
    }
    Ok(())
}

fn is_within_bound(from: Accepted, to: Accepted, bound: Fixed) -> Result<(), String> {
    let most = from.price.mul_ceil(bound).expect("in range");
    let moved = to.price.sub(from.price).expect("in range").abs();
    ensure(moved <= most, || format!("{} -> {}", from.price, to.price))
}

fn one_event_credits_once(step: &Step<'_>) -> Result<(), String> {
    if step.block.facts.is_empty() || step.block.facts.len() != step.outcomes.len() {
        return Ok(());
    }
    let (mut again, mut without) = (step.after().clone(), step.after().clone());
    apply_block(&mut without, &empty(step.after()));
    let block = Block {
        facts: step.block.facts.clone(),
        ..empty(step.after())
    };
    let answers = apply_block(&mut again, &block);
    ensure(answers.iter().all(Result::is_err), || {
        format!("taken again: {answers:?}")
    })?;
    ensure(
        again.subs == without.subs && again.assets == without.assets,
        || "an old event changed the books".into(),
    )
}

/// Released, returned or void: one of them, once. The outbox has no ended entry.
fn a_withdrawal_ends_once(step: &Step<'_>) -> Result<(), String> {
    for effect in step.effects() {
        let ended: Vec<_> = match effect {
            Effect::Released { entry, .. } => vec![*entry],
            Effect::Attested { void, .. } => void.clone(),
            _ => continue,
        };
        for entry in ended {
            ensure(!step.world.ended.contains(&entry), || {
                format!("{entry:?} ended twice")
            })?;
            ensure(!step.after().withdrawals.contains_key(&entry), || {
                format!("{entry:?} ended and is there")
            })?;
        }
    }
    let resurrected = step
        .after()
        .withdrawals
        .keys()
        .find(|entry| step.world.ended.contains(entry));
    ensure(resurrected.is_none(), || format!("{resurrected:?} is back"))
}

/// Entries that ended in this step, for the next ones.
pub(crate) fn ended(outcomes: &[Outcome]) -> Vec<ledger::ids::EntryId> {
    let effects = outcomes
        .iter()
        .filter_map(|outcome| outcome.as_ref().ok())
        .map(|receipt| &receipt.effect);
    let entries = effects.map(|effect| match effect {
        Effect::Released { entry, .. } => vec![*entry],
        Effect::Attested { void, .. } => void.clone(),
        _ => Vec::new(),
    });
    entries.flatten().collect()
}

fn parameters_change_only_when_enacted(step: &Step<'_>) -> Result<(), String> {
    let is_enacted = step.block.commands.iter().any(|command| {
        matches!(
            command,
            Command::Attester(ledger::command::AttesterOrder::Enact(_))
        )
    });
    let (before, after) = (step.before, step.after());
    let governed = |state: &State| {
        let chains: Vec<_> = state.chains.values().map(|row| row.risk).collect();
        let assets: Vec<_> = state.assets.values().map(|row| row.risk).collect();
        let feeds: Vec<_> = state.feeds.values().map(|row| row.risk).collect();
        let listings: Vec<_> = state.listings.values().map(|row| row.risk).collect();
        (state.parameters, chains, assets, feeds, listings)
    };
    ensure(is_enacted || governed(before) == governed(after), || {
        "parameters changed".into()
    })
}

fn initial_is_at_least_maintenance(step: &Step<'_>) -> Result<(), String> {
    for (account, sub) in step.after().subs.iter() {
        if sub.positions.is_empty() || step.before.subs.get(account) == Some(sub) {
            continue;
        }
        let Ok(risk) = step.after().risk(*account) else {
            continue;
        };
        ensure(risk.requirement.initial >= risk.requirement.maintenance, || {
            format!("{account:?}: {risk:?}")
        })?;
    }
    Ok(())
}

/// A deposit of cash raises what the sub is worth by its price and changes no requirement.
fn cash_moves_value_and_no_requirement(step: &Step<'_>) -> Result<(), String> {
    // The attestation above the deposit may give a withdrawal back to the same sub.
    let returns = |effect: &Effect| matches!(effect, Effect::Attested { void, .. } if !void.is_empty());
    if step.effects().any(returns) {
        return Ok(());
    }
    for effect in step.effects() {
        let Effect::Credited {
            account,
            asset,
            amount,
        } = effect
        else {
            continue;
        };
        let (Ok(before), Ok(after)) = (step.before.risk(*account), step.after().risk(*account)) else {
            continue;
        };
        let books = &step.after().assets[asset];
        if books.rate != Fixed::ONE || !is_cash(asset) {
            continue;
        }
        // The deposit may decide what the block's own liquidation does with the sub.
        let fate = |state: &State| {
            (
                state.auctions.get(account).copied(),
                state.subs[account].positions.clone(),
            )
        };
        if fate(step.before) != fate(step.after()) {
            continue;
        }
        ensure(
            before.requirement.initial == after.requirement.initial
                && before.requirement.maintenance == after.requirement.maintenance,
            || format!("{account:?}: {before:?} -> {after:?}"),
        )?;
        let Ok(price) = step.after().price_of(*asset) else {
            continue;
        };
        let worth = amount.mul_floor(price).expect("in range");
        let gained = after
            .requirement
            .value
            .sub(before.requirement.value)
            .expect("in range");
        // Shares are floored to 1e-18 at most twice, loan and claim, and valued at the price.
        let slack = Fixed::from_raw(4)
            .mul_ceil(price.add(Fixed::ONE).expect("in range"))
            .expect("in range");
        let gap = gained.sub(worth).expect("in range").abs();
        ensure(gap <= slack.add(Fixed::from_raw(4)).expect("in range"), || {
            format!("{account:?}: gained {gained} by {worth}")
        })?;
    }
    Ok(())
}

fn is_cash(asset: &AssetId) -> bool {
    ASSETS
        .iter()
        .any(|(id, _, class, _)| id == asset && *class == ledger::state::Class::Cash)
}

fn post_state_is_in_the_receipt(step: &Step<'_>) -> Result<(), String> {
    let is_single = step.block.commands.len() == 1 && step.outcomes.len() == 1;
    let Some(Ok(receipt)) = step.outcomes.last().filter(|_| is_single) else {
        return Ok(());
    };
    for (account, sub) in &receipt.subs {
        ensure(step.after().subs.get(account) == Some(sub), || {
            format!("{account:?} differs from its receipt")
        })?;
    }
    for (account, sub) in step.after().subs.iter() {
        let is_changed = step.before.subs.get(account) != Some(sub);
        let is_named = receipt.subs.iter().any(|(named, _)| named == account);
        ensure(!is_changed || is_named, || format!("{account:?} changed unnamed"))?;
    }
    Ok(())
}
