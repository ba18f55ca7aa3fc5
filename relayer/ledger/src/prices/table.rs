//! The action by price table, as data.

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::EnumIter)]
pub enum Action {
    /// Open or increase a position.
    Open,
    /// Reduce or close one.
    Reduce,
    /// Withdraw from a sub that has positions or loans.
    Withdraw,
    /// Start an auction.
    StartAuction,
    /// Let an auction's clock run.
    ContinueAuction,
    /// Add to funding or to an expiry average.
    Accumulate,
}

/// How good a price is, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::EnumIter)]
pub enum Condition {
    /// Accepted within 30 s, not clamped.
    Fresh,
    /// Accepted within 30 s, held back by the bound per epoch.
    Clamped,
    /// Accepted within 120 s.
    Stale,
    /// Older, never accepted, or halted.
    Dead,
}

/// What the table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Only where the sub is under maintenance at the accepted price and at the median.
    OnlyIfUnderAtBoth,
    /// At the last price, within the band.
    AtLastWithinBand,
    /// The auction goes on, its clock does not.
    ClockStands,
    /// Nothing is added for this time.
    Holds,
}

/// What `action` may do while the price is in `condition`.
pub const fn permission(action: Action, condition: Condition) -> Permission {
    use Action::{Accumulate, ContinueAuction, Open, Reduce, StartAuction, Withdraw};
    use Condition::{Clamped, Dead, Fresh, Stale};
    match (action, condition) {
        (_, Fresh) | (Reduce, Clamped | Stale) | (ContinueAuction | Accumulate, Clamped) => Permission::Yes,
        (StartAuction, Clamped) => Permission::OnlyIfUnderAtBoth,
        (Reduce, Dead) => Permission::AtLastWithinBand,
        (ContinueAuction, Stale | Dead) => Permission::ClockStands,
        (Accumulate, Stale | Dead) => Permission::Holds,
        (Open | Withdraw, Clamped | Stale | Dead) | (StartAuction, Stale | Dead) => Permission::No,
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Condition, Permission, permission};
    use Permission::{AtLastWithinBand, ClockStands, Holds, No, OnlyIfUnderAtBoth, Yes};
    use strum::IntoEnumIterator;

    /// The specification's table, row by row.
    const TABLE: [(Condition, [Permission; 6]); 4] = [
        (Condition::Fresh, [Yes, Yes, Yes, Yes, Yes, Yes]),
        (Condition::Clamped, [No, Yes, No, OnlyIfUnderAtBoth, Yes, Yes]),
        (Condition::Stale, [No, Yes, No, No, ClockStands, Holds]),
        (
            Condition::Dead,
            [No, AtLastWithinBand, No, No, ClockStands, Holds],
        ),
    ];

    #[test]
    fn every_cell_of_the_price_table_is_as_specified() {
        assert!(Condition::iter().eq(TABLE.map(|(condition, _)| condition)));
        for (condition, row) in TABLE {
            assert!(
                Action::iter().map(|action| permission(action, condition)).eq(row),
                "{condition:?}"
            );
        }
    }
}
