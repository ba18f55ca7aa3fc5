//! The one way in which money moves: an amount leaves one place of an asset's books and arrives at another.
//!
//! ```text
//!            ┌ Sub, Margin ┐ shares, at the index        Insurance  Fees  Suspense  Pool
//!   Vault ◄──┤             ├──────────────────────────────────────────────────────────
//!   Reserved ┘  rounding ──┴─► dust
//! ```
//! *Margin* is a sub's cash that may go below zero, which is a loan; *Sub* is the same cash that may not. A credit first repays the loan,
//! then mints `⌊amount / unit⌋` shares; a debit first burns `⌈amount / unit⌉`, then borrows `⌈amount / borrow_index⌉`. What the summed claims
//! and loans change by beyond the amount is dust and never negative.
//!
//! Guarantees: the identity of [`Asset`] holds after every posting; nothing but a loan or a pool goes below zero. Not guaranteed: that the sub
//! may owe what it owes; margin is checked by the command. On an error the books may hold half of it: the caller rolls back.
//! Spec: `spec/ledger.md`, State, Rounding, Root.

use crate::ids::{Account, AssetId, Instrument};
use crate::math::Fixed;
use crate::refusal::Refusal;
use crate::state::{Asset, Balance, Class, State, Vault};
use crate::transfer::{self, Unposted};

/// Where money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Outside: into the vault by a deposit, out of it by a certified loss.
    Vault,
    /// Reserved by an entry that is on its way out by this route.
    Reserved(Route),
    /// Bridged tokens on another chain, on their way back.
    Bearer,
    /// A sub's claim.
    Sub(Account),
    /// A sub's cash, below zero if need be.
    Margin(Account),
    /// Insurance fund.
    Insurance,
    /// Fee account.
    Fees,
    /// Deposits that wait to be claimed.
    Suspense,
    /// Withdrawal entries that wait for the governor.
    Queue,
    /// Settlement pool.
    Pool(Instrument),
}

/// How an entry leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    /// Out of the vault.
    Home,
    /// As a bridged token on another chain.
    Bridged,
}

impl State {
    /// Moves `amount` of `asset`.
    ///
    /// # Errors
    /// An unknown asset or instrument, a negative amount, or a place that does not hold as much.
    pub fn post(&mut self, asset: AssetId, from: Place, to: Place, amount: Fixed) -> Result<(), Refusal> {
        if amount.is_negative() {
            return Err(Refusal::NegativeAmount { amount });
        }
        if amount.is_zero() {
            return Ok(());
        }
        self.take(asset, from, amount)?;
        self.give(asset, to, amount)
    }

    /// Posts a reserved amount: it has left for good, or stands behind a bridged token.
    ///
    /// # Errors
    /// An unknown asset, or less is reserved.
    pub fn post_reserved(&mut self, asset: AssetId, route: Route, amount: Fixed) -> Result<(), Refusal> {
        let Vault {
            holdings,
            owed,
            bearer,
        } = &mut self.books(asset)?.vault;
        let credit = match route {
            Route::Home => holdings,
            Route::Bridged => bearer,
        };
        let raw = amount.raw().unsigned_abs();
        Ok(transfer::post_pending(owed, credit, raw, raw)?)
    }

    /// The books of `asset` for writing.
    pub(crate) fn books(&mut self, asset: AssetId) -> Result<&mut Asset, Refusal> {
        self.assets.row(&asset).ok_or(Refusal::UnknownAsset { asset })
    }

    fn take(&mut self, asset: AssetId, from: Place, amount: Fixed) -> Result<(), Refusal> {
        match from {
            Place::Sub(account) => self.debit(asset, account, amount, Overdraft::Refused),
            Place::Margin(account) => self.debit(asset, account, amount, Overdraft::Lent),
            Place::Pool(instrument) => self.adjust_pool(asset, instrument, amount.negate()),
            Place::Suspense => adjust(&mut self.books(asset)?.suspense, from, amount.negate()),
            Place::Queue => adjust(&mut self.books(asset)?.queued, from, amount.negate()),
            Place::Vault | Place::Reserved(_) | Place::Bearer => {
                Ok(into_books(&mut self.books(asset)?.vault, from, amount)?)
            }
            Place::Insurance => adjust(&mut self.books(asset)?.insurance, from, amount.negate()),
            Place::Fees => adjust(&mut self.books(asset)?.fees, from, amount.negate()),
        }
    }

    fn give(&mut self, asset: AssetId, to: Place, amount: Fixed) -> Result<(), Refusal> {
        match to {
            Place::Sub(account) | Place::Margin(account) => self.credit(asset, account, amount),
            Place::Pool(instrument) => self.adjust_pool(asset, instrument, amount),
            Place::Suspense => adjust(&mut self.books(asset)?.suspense, to, amount),
            Place::Queue => adjust(&mut self.books(asset)?.queued, to, amount),
            Place::Vault | Place::Reserved(_) | Place::Bearer => {
                Ok(out_of_books(&mut self.books(asset)?.vault, to, amount)?)
            }
            Place::Insurance => adjust(&mut self.books(asset)?.insurance, to, amount),
            Place::Fees => adjust(&mut self.books(asset)?.fees, to, amount),
        }
    }

    fn adjust_pool(&mut self, asset: AssetId, id: Instrument, change: Fixed) -> Result<(), Refusal> {
        let market = self
            .markets
            .row(&id)
            .ok_or(Refusal::UnknownInstrument { instrument: id })?;
        market.pool = market.pool.add(change)?;
        let books = self.books(asset)?;
        books.pools = books.pools.add(change)?;
        Ok(())
    }

    fn credit(&mut self, asset: AssetId, account: Account, amount: Fixed) -> Result<(), Refusal> {
        let books = self.assets.row(&asset).ok_or(Refusal::UnknownAsset { asset })?;
        let balances = &mut self.subs.row_or_default(&account).balances;
        let balance = balances.entry(asset).or_insert(Balance::NONE);
        credit_shares(books, balance, amount)?;
        if *balance == Balance::NONE {
            balances.remove(&asset);
        }
        Ok(())
    }

    fn debit(
        &mut self,
        asset: AssetId,
        account: Account,
        amount: Fixed,
        overdraft: Overdraft,
    ) -> Result<(), Refusal> {
        let books = self.assets.row(&asset).ok_or(Refusal::UnknownAsset { asset })?;
        let balances = &mut self.subs.row_or_default(&account).balances;
        let balance = balances.entry(asset).or_insert(Balance::NONE);
        debit_shares(asset, books, balance, amount, overdraft)?;
        if *balance == Balance::NONE {
            balances.remove(&asset);
        }
        Ok(())
    }
}

/// Whether a debit beyond the claim is lent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Overdraft {
    Refused,
    Lent,
}

fn adjust(row: &mut Fixed, place: Place, change: Fixed) -> Result<(), Refusal> {
    let after = row.add(change)?;
    if after.is_negative() {
        return Err(Refusal::Overdrawn {
            place,
            required: change.negate(),
            available: *row,
        });
    }
    *row = after;
    Ok(())
}

fn into_books(vault: &mut Vault, from: Place, amount: Fixed) -> Result<(), Unposted> {
    let Vault {
        holdings,
        owed,
        bearer,
    } = vault;
    let raw = amount.raw().unsigned_abs();
    match from {
        Place::Reserved(Route::Home) => transfer::void_pending(owed, holdings, raw),
        Place::Reserved(Route::Bridged) => transfer::void_pending(owed, bearer, raw),
        Place::Bearer => transfer::post(bearer, owed, raw),
        _ => transfer::post(holdings, owed, raw),
    }
}

fn out_of_books(vault: &mut Vault, to: Place, amount: Fixed) -> Result<(), Unposted> {
    let Vault {
        holdings,
        owed,
        bearer,
    } = vault;
    let raw = amount.raw().unsigned_abs();
    match to {
        Place::Reserved(Route::Home) => transfer::reserve(owed, holdings, raw),
        Place::Reserved(Route::Bridged) => transfer::reserve(owed, bearer, raw),
        Place::Bearer => transfer::post(owed, bearer, raw),
        _ => transfer::post(owed, holdings, raw),
    }
}

fn credit_shares(books: &mut Asset, balance: &mut Balance, amount: Fixed) -> Result<(), Refusal> {
    let loan = books.value(balance.shares.min_zero())?.negate();
    let before = outstanding(books)?;
    if amount < loan {
        let repaid = amount.div_floor(books.borrow_index)?;
        books.loan_shares = books.loan_shares.sub(repaid)?;
        balance.shares = balance.shares.add(repaid)?;
    } else {
        let unit = books.unit()?;
        if unit.is_zero() {
            return Err(Refusal::WorthlessShares);
        }
        let minted = amount.sub(loan)?.div_floor(unit)?;
        books.loan_shares = books.loan_shares.add(balance.shares.min_zero())?;
        books.claim_shares = books.claim_shares.add(minted)?;
        balance.shares = balance.shares.max_zero().add(minted)?;
    }
    keep_dust(books, before, amount)
}

fn debit_shares(
    asset: AssetId,
    books: &mut Asset,
    balance: &mut Balance,
    amount: Fixed,
    overdraft: Overdraft,
) -> Result<(), Refusal> {
    let claim = books.value(balance.shares.max_zero())?;
    let before = outstanding(books)?;
    if amount <= claim {
        let burned = amount.div_ceil(books.unit()?)?.min(balance.shares);
        books.claim_shares = books.claim_shares.sub(burned)?;
        balance.shares = balance.shares.sub(burned)?;
    } else if overdraft == Overdraft::Lent && books.terms.class == Class::Cash {
        let lent = amount.sub(claim)?.div_ceil(books.borrow_index)?;
        books.claim_shares = books.claim_shares.sub(balance.shares.max_zero())?;
        books.loan_shares = books.loan_shares.add(lent)?;
        balance.shares = balance.shares.min_zero().sub(lent)?;
    } else {
        return Err(Refusal::InsufficientClaim {
            asset,
            required: amount,
            available: claim,
        });
    }
    keep_dust(books, before, amount.negate())
}

/// Summed claims less summed loans.
fn outstanding(books: &Asset) -> Result<Fixed, Refusal> {
    Ok(books.claims()?.sub(books.loans()?)?)
}

/// Puts into dust what the summed claims and loans did not take of `amount`.
fn keep_dust(books: &mut Asset, before: Fixed, amount: Fixed) -> Result<(), Refusal> {
    let rounding = amount.sub(outstanding(books)?.sub(before)?)?;
    books.dust = books.dust.add(rounding)?;
    Ok(())
}
