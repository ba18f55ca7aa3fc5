//! Posting arithmetic on a pair of accounts: every change touches both sides by the same amount, or neither.
//!
//! Amounts are unsigned units of whatever the two accounts count; both must count the same thing, which the caller sees to.
//! All functions are pure in effect: on an error both accounts are as before.

use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

/// Which side of an account may not outgrow the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limit {
    /// Neither.
    #[default]
    None,
    /// Debits, posted and pending, stay within posted credits: an account that owes.
    DebitsMustNotExceedCredits,
    /// Credits, posted and pending, stay within posted debits: an account that holds.
    CreditsMustNotExceedDebits,
}

/// Balances of one account, and its limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Reserved debits.
    pub debits_pending: u128,
    /// Settled debits.
    pub debits_posted: u128,
    /// Reserved credits.
    pub credits_pending: u128,
    /// Settled credits.
    pub credits_posted: u128,
    /// What may not outgrow what.
    pub limit: Limit,
}

/// Why a pair of accounts did not take an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum Unposted {
    /// Pending debits would leave 128 bits.
    #[error("pending debits {debits_pending} do not hold another {amount}")]
    OverflowsDebitsPending {
        /// Before.
        debits_pending: u128,
        /// Asked.
        amount: u128,
    },
    /// Pending credits would leave 128 bits.
    #[error("pending credits {credits_pending} do not hold another {amount}")]
    OverflowsCreditsPending {
        /// Before.
        credits_pending: u128,
        /// Asked.
        amount: u128,
    },
    /// Posted debits would leave 128 bits.
    #[error("posted debits {debits_posted} do not hold another {amount}")]
    OverflowsDebitsPosted {
        /// Before.
        debits_posted: u128,
        /// Asked.
        amount: u128,
    },
    /// Posted credits would leave 128 bits.
    #[error("posted credits {credits_posted} do not hold another {amount}")]
    OverflowsCreditsPosted {
        /// Before.
        credits_posted: u128,
        /// Asked.
        amount: u128,
    },
    /// Posted and pending debits together would leave 128 bits.
    #[error("debits {debits_pending} pending and {debits_posted} posted do not hold another {amount}")]
    OverflowsDebits {
        /// Before.
        debits_pending: u128,
        /// Before.
        debits_posted: u128,
        /// Asked.
        amount: u128,
    },
    /// Posted and pending credits together would leave 128 bits.
    #[error("credits {credits_pending} pending and {credits_posted} posted do not hold another {amount}")]
    OverflowsCredits {
        /// Before.
        credits_pending: u128,
        /// Before.
        credits_posted: u128,
        /// Asked.
        amount: u128,
    },
    /// The debited account would owe less than nothing.
    #[error("debits would be {debits}, above the credits {credits_posted}")]
    ExceedsCredits {
        /// Posted and pending debits after the transfer.
        debits: u128,
        /// Posted credits.
        credits_posted: u128,
    },
    /// The credited account would hold less than nothing.
    #[error("credits would be {credits}, above the debits {debits_posted}")]
    ExceedsDebits {
        /// Posted and pending credits after the transfer.
        credits: u128,
        /// Posted debits.
        debits_posted: u128,
    },
    /// More is to be posted than was reserved.
    #[error("{amount} is above the {reserved} that were reserved")]
    ExceedsReserved {
        /// Asked.
        amount: u128,
        /// Reserved earlier.
        reserved: u128,
    },
    /// The accounts do not hold such a reservation.
    #[error("{reserved} are not pending: debits {debits_pending}, credits {credits_pending}")]
    NotPending {
        /// To be released.
        reserved: u128,
        /// Pending on the debited account.
        debits_pending: u128,
        /// Pending on the credited account.
        credits_pending: u128,
    },
}

/// Moves `amount` from `credit` to `debit` at once.
///
/// # Errors
/// Any overflow, or a limit.
pub fn post(debit: &mut Account, credit: &mut Account, amount: u128) -> Result<(), Unposted> {
    let (debits, credits) = admit(debit, credit, amount)?;
    debit.debits_posted = debits;
    credit.credits_posted = credits;
    Ok(())
}

/// Reserves `amount` on both sides.
///
/// # Errors
/// Any overflow, or a limit: what is reserved can always be posted.
pub fn reserve(debit: &mut Account, credit: &mut Account, amount: u128) -> Result<(), Unposted> {
    let debits_pending = debit.debits_pending.checked_add(amount);
    let debits_pending = debits_pending.ok_or(Unposted::OverflowsDebitsPending {
        debits_pending: debit.debits_pending,
        amount,
    })?;
    let credits_pending =
        credit
            .credits_pending
            .checked_add(amount)
            .ok_or(Unposted::OverflowsCreditsPending {
                credits_pending: credit.credits_pending,
                amount,
            })?;
    admit(debit, credit, amount)?;
    debit.debits_pending = debits_pending;
    credit.credits_pending = credits_pending;
    Ok(())
}

/// Settles a reservation of `reserved` with `amount`; the rest is given back.
///
/// # Errors
/// [`Unposted::ExceedsReserved`], [`Unposted::NotPending`].
pub fn post_pending(
    debit: &mut Account,
    credit: &mut Account,
    reserved: u128,
    amount: u128,
) -> Result<(), Unposted> {
    if amount > reserved {
        return Err(Unposted::ExceedsReserved { amount, reserved });
    }
    let (mut debited, mut credited) = (*debit, *credit);
    void_pending(&mut debited, &mut credited, reserved)?;
    let (debits, credits) = room(&debited, &credited, amount)?;
    debited.debits_posted = debits;
    credited.credits_posted = credits;
    (*debit, *credit) = (debited, credited);
    Ok(())
}

/// Gives a reservation of `reserved` back.
///
/// # Errors
/// [`Unposted::NotPending`].
pub fn void_pending(debit: &mut Account, credit: &mut Account, reserved: u128) -> Result<(), Unposted> {
    let not_pending = Unposted::NotPending {
        reserved,
        debits_pending: debit.debits_pending,
        credits_pending: credit.credits_pending,
    };
    let debits_pending = debit.debits_pending.checked_sub(reserved).ok_or(not_pending)?;
    let credits_pending = credit.credits_pending.checked_sub(reserved).ok_or(not_pending)?;
    debit.debits_pending = debits_pending;
    credit.credits_pending = credits_pending;
    Ok(())
}

/// Posted debits and credits after `amount`, once there is room and both limits hold.
fn admit(debit: &Account, credit: &Account, amount: u128) -> Result<(u128, u128), Unposted> {
    let posted = room(debit, credit, amount)?;
    debits_are_covered(debit, amount)?;
    credits_are_covered(credit, amount)?;
    Ok(posted)
}

fn room(debit: &Account, credit: &Account, amount: u128) -> Result<(u128, u128), Unposted> {
    let debits_posted = debit.debits_posted.checked_add(amount);
    let debits_posted = debits_posted.ok_or(Unposted::OverflowsDebitsPosted {
        debits_posted: debit.debits_posted,
        amount,
    })?;
    let credits_posted = credit.credits_posted.checked_add(amount);
    let credits_posted = credits_posted.ok_or(Unposted::OverflowsCreditsPosted {
        credits_posted: credit.credits_posted,
        amount,
    })?;
    debit
        .debits_pending
        .checked_add(debits_posted)
        .ok_or(Unposted::OverflowsDebits {
            debits_pending: debit.debits_pending,
            debits_posted: debit.debits_posted,
            amount,
        })?;
    credit
        .credits_pending
        .checked_add(credits_posted)
        .ok_or(Unposted::OverflowsCredits {
            credits_pending: credit.credits_pending,
            credits_posted: credit.credits_posted,
            amount,
        })?;
    Ok((debits_posted, credits_posted))
}

fn debits_are_covered(account: &Account, amount: u128) -> Result<(), Unposted> {
    let debits = account
        .debits_pending
        .saturating_add(account.debits_posted)
        .saturating_add(amount);
    if account.limit == Limit::DebitsMustNotExceedCredits && debits > account.credits_posted {
        return Err(Unposted::ExceedsCredits {
            debits,
            credits_posted: account.credits_posted,
        });
    }
    Ok(())
}

fn credits_are_covered(account: &Account, amount: u128) -> Result<(), Unposted> {
    let credits = account
        .credits_pending
        .saturating_add(account.credits_posted)
        .saturating_add(amount);
    if account.limit == Limit::CreditsMustNotExceedDebits && credits > account.debits_posted {
        return Err(Unposted::ExceedsDebits {
            credits,
            debits_posted: account.debits_posted,
        });
    }
    Ok(())
}
