//! Which of two valid updates is the better one to keep: `is_better_update`.
//!
//! Most telling difference first: supermajority; among minorities, participation; a next committee proved in the period
//! of its signature; finality; finality within the attested period; participation; the older attested header; the older
//! signature.

use core::cmp::{Ordering, Reverse};

use super::{
    network::Preset,
    types::{Slot, Update},
};

/// An update's merits, ordered as tuples are.
type Rank = (bool, usize, bool, bool, bool, usize, Reverse<Slot>, Reverse<Slot>);

/// Whether `new` is strictly better than `old`.
pub fn is_better(new: &Update, old: &Update, preset: &Preset) -> bool {
    rank(new, preset).cmp(&rank(old, preset)) == Ordering::Greater
}

fn rank(update: &Update, preset: &Preset) -> Rank {
    let participants = update.sync_aggregate.participants();
    let supermajority = participants.saturating_mul(3) >= preset.sync_committee_size.saturating_mul(2);
    let attested = update.attested_header.beacon.slot;
    let attested_period = preset.period(attested);
    let finality = update.finality_brought();
    let in_attested_period = |slot: Slot| preset.period(slot) == attested_period;
    (
        supermajority,
        if supermajority { 0 } else { participants },
        update.committee_brought().is_some() && in_attested_period(update.signature_slot),
        finality.is_some(),
        finality.is_some_and(|finality| in_attested_period(finality.header.beacon.slot)),
        participants,
        Reverse(attested),
        Reverse(update.signature_slot),
    )
}
