//! Invariants of what subs are worth: risk, exits, and the order of losses.

use std::collections::BTreeMap;

use ledger::{
    command::Command,
    ids::{Account, AssetId},
    math::Fixed,
    refusal::Refusal,
    state::{Feed, State, Status, Sub},
};
use litemap::LiteMap;

use super::{Step, ensure};

/// A user's command on a sub below initial margin leaves it no riskier.
pub(super) fn risk_never_grows_below_initial_margin(step: &Step<'_>) -> Result<(), String> {
    let is_users = step
        .block
        .commands
        .iter()
        .any(|command| matches!(command, Command::Owner(_) | Command::Batch(_) | Command::Fill(_)));
    if !is_users || step.outcomes.iter().any(Result::is_err) {
        return Ok(());
    }
    for (account, sub) in step.after().subs.iter() {
        if step.before.subs.get(account) == Some(sub) {
            continue;
        }
        let (Ok(before), Ok(after)) = (settled(step.before, *account), settled(step.after(), *account))
        else {
            continue;
        };
        if before.meets_initial().expect("in range") || after.meets_initial().expect("in range") {
            continue;
        }
        let is_no_riskier = after
            .is_no_riskier_than(&before)
            .map_err(|refusal| refusal.to_string())?;
        ensure(is_no_riskier || excess(&after) >= excess(&before), || {
            format!(
                "{account:?}: {before:?} -> {after:?} by {:?}",
                step.block.commands
            )
        })?;
    }
    Ok(())
}

/// Value above maintenance: collateral that comes in raises maintenance by its haircut, and value by more.
fn excess(risk: &ledger::margin_check::Risk) -> Fixed {
    risk.requirement
        .value
        .sub(risk.requirement.maintenance)
        .expect("in range")
}

/// Risk of a sub once its funding and expiries are settled.
fn settled(state: &State, account: Account) -> Result<ledger::margin_check::Risk, Refusal> {
    let mut state = state.clone();
    state.touch(account)?;
    state.risk(account)
}

/// No row pays more than the sub's claim, nor all of them more than its equity.
pub(super) fn exits_stay_within_claims_and_equity(step: &Step<'_>) -> Result<(), String> {
    let state = step.after();
    let mut sums: BTreeMap<AssetId, Fixed> = BTreeMap::new();
    for (account, row) in &state.exits.rows {
        let sub = state.subs.get(account).cloned().unwrap_or_default();
        for (asset, amount) in row {
            let claim = state
                .claim(*account, *asset)
                .map_err(|refusal| refusal.to_string())?;
            ensure(*amount <= claim, || {
                format!("{account:?}: {amount} of a claim of {claim}")
            })?;
            let sum = sums.entry(*asset).or_default();
            *sum = sum.add(*amount).expect("in range");
        }
        if is_fresh(step, account, &sub) && !is_plain(&sub) {
            pays_at_most_equity(state, *account, row)?;
        }
    }
    for (asset, sum) in sums {
        let books = &state.assets[&asset];
        let backed = books.claims().expect("in range");
        ensure(sum <= backed, || {
            format!("{asset:?}: exits {sum} of claims {backed}")
        })?;
        let is_lent = books.loan_shares.is_positive() || books.pools.is_negative();
        ensure(is_lent || sum <= books.vault.posted(), || {
            format!("{asset:?}: exits {sum} above the vault")
        })?;
    }
    Ok(())
}

/// Whether the row was made in this block: what changed since the one before was written, and written rows are made anew.
fn is_fresh(step: &Step<'_>, account: &Account, sub: &Sub) -> bool {
    step.previous.subs.get(account).map(|before| &**before) != Some(sub)
}

fn is_plain(sub: &Sub) -> bool {
    sub.is_cash_only() && sub.status != Status::InAuction
}

fn pays_at_most_equity(state: &State, account: Account, row: &LiteMap<AssetId, Fixed>) -> Result<(), String> {
    let Ok(risk) = settled(state, account) else {
        return Ok(());
    };
    let mut worth = Fixed::ZERO;
    for (asset, amount) in row {
        let Ok(price) = state.price_of(*asset) else {
            return Ok(());
        };
        worth = worth
            .add(amount.mul_floor(price).expect("in range"))
            .expect("in range");
    }
    // Settling rounds each position's funding once more.
    let slack = Fixed::from_raw(1_000_000);
    ensure(
        worth <= risk.requirement.value.max_zero().add(slack).expect("in range"),
        || {
            format!(
                "{account:?}: {row:?} is worth {worth}, equity {}",
                risk.requirement.value
            )
        },
    )
}

/// The order of losses covers a deficit to the last digit: whoever was closed by force owes nothing. The next one to be closed in the
/// block may cut the rate of a cash that the first still holds against a loan in another.
pub(super) fn a_forced_close_leaves_no_negative_equity(step: &Step<'_>) -> Result<(), String> {
    let rates = |state: &State| -> Vec<Fixed> { state.assets.values().map(|books| books.rate).collect() };
    if forced(step).count() > 1 && rates(step.previous) != rates(step.after()) {
        return Ok(());
    }
    for account in forced(step) {
        let Ok(risk) = settled(step.after(), *account) else {
            continue;
        };
        // Each part of the deficit is rounded up once, each position's value down once.
        let least = Fixed::from_raw(-1_000_000);
        ensure(risk.requirement.value >= least, || {
            format!("{account:?} is worth {}", risk.requirement.value)
        })?;
    }
    Ok(())
}

/// Subs whose auction ran before the block and is gone after it. One that ends otherwise stays for an hour, closed.
pub(crate) fn forced<'a>(step: &'a Step<'_>) -> impl Iterator<Item = &'a Account> {
    let running = step
        .previous
        .auctions
        .iter()
        .filter(|(_, auction)| auction.closed_ms.is_none());
    let gone = running.filter(|(account, _)| !step.after().auctions.contains_key(account));
    gone.map(|(account, _)| account)
}

/// A forced close at prices that stand still moves money between subs and insurance, and none out of them.
pub(super) fn the_order_of_losses_sums_exactly(step: &Step<'_>) -> Result<(), String> {
    let is_quiet = step.outcomes.is_empty() && step.block.commands.is_empty();
    if !is_quiet || forced(step).next().is_none() || prices(step.previous) != prices(step.after()) {
        return Ok(());
    }
    let (Some(before), Some(after)) = (wealth(step.previous), wealth(step.after())) else {
        return Ok(());
    };
    let gap = after.sub(before).expect("in range").abs();
    ensure(gap <= Fixed::from_ppm(1), || {
        format!("{before} -> {after} by a forced close")
    })
}

/// The accepted prices: a clamped one follows its median from epoch to epoch without a new report.
fn prices(state: &State) -> Vec<[Option<Fixed>; 3]> {
    let of =
        |feed: &Feed| [feed.spot, feed.perpetual, feed.stable].map(|accepted| accepted.map(|it| it.price));
    state.feeds.values().map(of).collect()
}

/// What all subs and the funds are worth, in the unit of the feeds; none while something has no price.
fn wealth(state: &State) -> Option<Fixed> {
    let mut state = state.clone();
    let accounts: Vec<Account> = state.subs.keys().copied().collect();
    accounts
        .iter()
        .try_for_each(|account| state.touch(*account))
        .ok()?;
    let mut sum = Fixed::ZERO;
    for account in accounts {
        sum = sum.add(state.risk(account).ok()?.requirement.value).ok()?;
    }
    for (id, books) in state.assets.iter() {
        let funds = books.insurance.add(books.fees).ok()?;
        sum = sum.add(funds.mul_floor(state.price_of(*id).ok()?).ok()?).ok()?;
    }
    Some(sum)
}
