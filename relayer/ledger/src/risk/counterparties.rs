//! Whose positions a forced close closes against.
//!
//! ```text
//!   opposite positions ─► profitable ones first, by size ─► then the rest, by size     (largest remainder, ties by ascending sub)
//! ```
//! There is no queue and no lottery: within a class every position gives the same fraction of itself, so that no order of arrival can be
//! gamed. Positions sum to zero, so that the opposite side is always large enough. Spec: `spec/ledger.md`, Liquidation and losses.

use super::allocation::by_largest_remainder;
use crate::ids::Account;
use crate::math::{ArithmeticError, Fixed};
use alloc::vec::Vec;

/// A position on the opposite side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opposite {
    /// Whose.
    pub(super) account: Account,
    /// Its size, positive.
    pub(super) size: Fixed,
    /// Whether it is worth more than it cost.
    pub(super) profitable: bool,
}

/// How much of `size > 0` each of `opposites` (ascending by account) closes; zero shares are left out.
///
/// # Errors
/// The sizes' sum does not fit.
pub(super) fn allot(size: Fixed, opposites: &[Opposite]) -> Result<Vec<(Account, Fixed)>, ArithmeticError> {
    let (winners, rest): (Vec<&Opposite>, Vec<&Opposite>) = opposites.iter().partition(|one| one.profitable);
    let (mut allotted, left) = allot_class(size, &winners)?;
    let (others, _) = allot_class(left, &rest)?;
    allotted.extend(others);
    allotted.retain(|(_, share)| share.is_positive());
    allotted.sort_unstable_by_key(|(account, _)| *account);
    Ok(allotted)
}

/// The shares of one class, and what it leaves of `size`.
fn allot_class(size: Fixed, class: &[&Opposite]) -> Result<(Vec<(Account, Fixed)>, Fixed), ArithmeticError> {
    let sizes: Vec<Fixed> = class.iter().map(|one| one.size).collect();
    let taken = size.min(Fixed::sum(sizes.iter().copied())?);
    let shares = by_largest_remainder(taken, &sizes)?;
    let allotted = class.iter().map(|one| one.account).zip(shares).collect();
    Ok((allotted, size.sub(taken)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use wire::types::Address;

    fn account(number: u8) -> Account {
        Account {
            owner: Address([number; 20]),
            sub: 0,
        }
    }

    fn opposites(rows: &[(u8, i128, bool)]) -> Vec<Opposite> {
        let row = |&(number, size, profitable)| Opposite {
            account: account(number),
            size: Fixed::from_raw(size),
            profitable,
        };
        rows.iter().map(row).collect()
    }

    fn allotted(size: i128, rows: &[(u8, i128, bool)]) -> Vec<(u8, i128)> {
        let shares = allot(Fixed::from_raw(size), &opposites(rows)).unwrap();
        shares
            .into_iter()
            .map(|(account, share)| (account.owner.0[0], share.raw()))
            .collect()
    }

    #[test]
    fn profitable_positions_close_first() {
        let rows = [(1, 100, false), (2, 30, true), (3, 10, true)];
        assert_eq!(allotted(20, &rows), [(2, 15), (3, 5)]);
        assert_eq!(allotted(90, &rows), [(1, 50), (2, 30), (3, 10)]);
    }

    #[test]
    fn ties_go_to_the_lower_sub() {
        let rows = [(1, 1, true), (2, 1, true), (3, 1, true)];
        assert_eq!(allotted(2, &rows), [(1, 1), (2, 1)]);
    }

    proptest! {
        #[test]
        fn the_shares_sum_to_the_size_and_no_loser_closes_before_the_winners(
            rows in prop::collection::vec((1_i128..1 << 90, any::<bool>()), 1..30),
            part in 1_i128..=1_000,
        ) {
            let rows: Vec<_> = (1_u8..).zip(rows).map(|(number, (size, wins))| (number, size, wins)).collect();
            let total: i128 = rows.iter().map(|row| row.1).sum();
            let size = (total / 1_000 * part).max(1);
            let shares = allotted(size, &rows);
            prop_assert_eq!(shares.iter().map(|share| share.1).sum::<i128>(), size);
            let share_of = |number| shares.iter().find(|share| share.0 == number).map_or(0, |share| share.1);
            prop_assert!(rows.iter().all(|row| share_of(row.0) <= row.1));
            if rows.iter().any(|row| !row.2 && share_of(row.0) > 0) {
                prop_assert!(rows.iter().all(|row| !row.2 || share_of(row.0) == row.1));
            }
        }
    }
}
