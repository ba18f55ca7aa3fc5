//! What a block's place and time must be, whatever it says.
//!
//! ```text
//! height = tip + 1    parent = tip's block id    setId = the deciding set's    timeMs > the tip's
//!                     proposed live, polRound nil      |timeMs - clock| <= tolerance
//!                     proposed again, polRound >= 0     timeMs - clock  <= tolerance
//!                     synced                           no bound: a quorum has certified it
//! ```
//! A block proposed again may be as old as it likes, else a node that was away would vote against what the others are locked on. It may
//! not be ahead of the clock even so: polRound is the proposer's word, and one false word with a time years ahead would be above every
//! later clock and end the chain. A node whose own clock is behind by more than the tolerance votes nil and catches up by sync.
//!
//! Specification: `spec/relayer.md`, Replica (block time); `spec/parameters.md`, block. Deviation: the future side binds blocks proposed
//! again as well, for the reason above.

use wire::{consensus::Header, types::Hash};

use crate::application::Tip;

/// How far a block's time may be from the clock, in milliseconds.
pub const CLOCK_TOLERANCE_MS: u64 = 2_000;

/// How a block came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Proposed for the first time.
    Live,
    /// Proposed again, after a quorum prevoted it in an earlier round.
    Reproposed,
    /// Sent with a certificate.
    Synced,
}

impl Origin {
    /// By a proposal's `polRound`.
    pub fn of_pol_round(pol_round: i64) -> Self {
        match pol_round {
            ..0 => Self::Live,
            0.. => Self::Reproposed,
        }
    }
}

/// Why a block has no place after the tip.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum PlaceRejection {
    /// Not the next height.
    #[error("height {got} does not follow {tip}")]
    Height {
        /// The block's.
        got: u64,
        /// The tip's.
        tip: u64,
    },
    /// Another parent.
    #[error("parent {got} is not the tip {expected}")]
    Parent {
        /// The block's.
        got: Hash,
        /// The tip's block id.
        expected: Hash,
    },
    /// Another set.
    #[error("set {got} does not decide this block, set {expected} does")]
    Set {
        /// The block's.
        got: u32,
        /// The deciding set's id.
        expected: u32,
    },
    /// Not above the parent's time.
    #[error("time {got} ms is not above the parent's {parent} ms")]
    TimeNotAboveParent {
        /// The block's.
        got: u64,
        /// The parent's.
        parent: u64,
    },
    /// Ahead of the clock.
    #[error("time {got} ms is more than {CLOCK_TOLERANCE_MS} ms ahead of {now} ms")]
    TimeAhead {
        /// The block's.
        got: u64,
        /// The clock.
        now: u64,
    },
    /// Behind the clock.
    #[error("time {got} ms is more than {CLOCK_TOLERANCE_MS} ms behind {now} ms")]
    TimeBehind {
        /// The block's.
        got: u64,
        /// The clock.
        now: u64,
    },
}

/// Checks the rules of the module's head, except the body's own.
///
/// # Errors
/// [`PlaceRejection`].
pub fn check(
    header: &Header,
    tip: &Tip,
    set_id: u32,
    origin: Origin,
    now_ms: u64,
) -> Result<(), PlaceRejection> {
    if Some(header.height) != tip.height.checked_add(1) {
        return Err(PlaceRejection::Height {
            got: header.height,
            tip: tip.height,
        });
    }
    if header.parent != tip.block_id {
        return Err(PlaceRejection::Parent {
            got: header.parent,
            expected: tip.block_id,
        });
    }
    if header.set_id != set_id {
        return Err(PlaceRejection::Set {
            got: header.set_id,
            expected: set_id,
        });
    }
    check_time(header.time_ms, tip.time_ms, origin, now_ms)
}

fn check_time(got: u64, parent: u64, origin: Origin, now: u64) -> Result<(), PlaceRejection> {
    if got <= parent {
        return Err(PlaceRejection::TimeNotAboveParent { got, parent });
    }
    if origin != Origin::Synced && got > now.saturating_add(CLOCK_TOLERANCE_MS) {
        return Err(PlaceRejection::TimeAhead { got, now });
    }
    if origin == Origin::Live && got.saturating_add(CLOCK_TOLERANCE_MS) < now {
        return Err(PlaceRejection::TimeBehind { got, now });
    }
    Ok(())
}

/// The time of a block to propose: the clock's, but above the parent's.
pub fn time_to_propose(tip: &Tip, now_ms: u64) -> u64 {
    now_ms.max(tip.time_ms.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use strum::VariantNames as _;

    use super::*;

    const TIP: Tip = Tip {
        height: 7,
        block_id: Hash([7; 32]),
        time_ms: 50_000,
    };

    fn header() -> Header {
        Header {
            height: 8,
            parent: TIP.block_id,
            time_ms: 100_000,
            set_id: 3,
            command_count: 0,
            commands_root: Hash::ZERO,
            state_root: Hash([1; 32]),
            outbox_count: 0,
            outbox_root: Hash::ZERO,
            next_set: Hash([2; 32]),
        }
    }

    fn judge(change: impl FnOnce(&mut Header), origin: Origin, now_ms: u64) -> Result<(), PlaceRejection> {
        let mut header = header();
        change(&mut header);
        check(&header, &TIP, 3, origin, now_ms)
    }

    #[test]
    fn every_rejection_is_reached_by_a_block_that_is_wrong_in_one_place() {
        assert_eq!(judge(|_| (), Origin::Live, 100_000), Ok(()));
        let rejected = [
            judge(|header| header.height = 9, Origin::Synced, 100_000),
            judge(|header| header.parent = Hash([8; 32]), Origin::Synced, 100_000),
            judge(|header| header.set_id = 4, Origin::Synced, 100_000),
            judge(|header| header.time_ms = 50_000, Origin::Synced, 100_000),
            judge(|_| (), Origin::Live, 97_999),
            judge(|_| (), Origin::Live, 102_001),
        ];
        let names: Vec<&str> = rejected.into_iter().map(|one| one.unwrap_err().into()).collect();
        assert_eq!(names, PlaceRejection::VARIANTS);
    }

    #[test]
    fn a_live_block_may_be_as_far_from_the_clock_as_the_tolerance() {
        assert_eq!(judge(|_| (), Origin::Live, 98_000), Ok(()));
        assert_eq!(judge(|_| (), Origin::Live, 102_000), Ok(()));
    }

    #[test]
    fn a_block_proposed_again_may_be_old_but_not_ahead_and_a_synced_one_may_be_both() {
        assert_eq!(judge(|_| (), Origin::Reproposed, u64::MAX), Ok(()));
        assert!(judge(|_| (), Origin::Reproposed, 97_999).is_err());
        assert_eq!(judge(|_| (), Origin::Synced, 0), Ok(()));
        assert_eq!(judge(|_| (), Origin::Synced, u64::MAX), Ok(()));
    }

    #[test]
    fn a_proposed_time_is_above_the_parents_whatever_the_clock_says() {
        assert_eq!(time_to_propose(&TIP, 100_000), 100_000);
        assert_eq!(time_to_propose(&TIP, 0), TIP.time_ms + 1);
    }

    #[test]
    fn pol_round_tells_live_from_reproposed() {
        assert_eq!(Origin::of_pol_round(-1), Origin::Live);
        assert_eq!(Origin::of_pol_round(0), Origin::Reproposed);
    }
}
