//! What the operator chooses: the network, how much participation counts, how long trust lasts.

use super::network::Network;

/// Parameters of a client. Not part of any state: the same update is judged anew under other parameters.
#[derive(Clone, Debug)]
pub struct Params {
    /// The network.
    pub network: Network,
    /// Participation that an update needs to be applied.
    pub participation: Participation,
    /// How long a verified finalized header is trusted, in seconds from its slot. Weak subjectivity: beyond this,
    /// a committee whose members have left with their stake could sign anything.
    pub trusting_period_seconds: u64,
}

impl Params {
    /// Two thirds, 14 days.
    pub fn new(network: Network) -> Self {
        Self {
            network,
            participation: Participation::TWO_THIRDS,
            trusting_period_seconds: 14 * 24 * 3600,
        }
    }
}

/// A share of the committee: at least two thirds, at most all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Participation {
    per_mille: u16,
}

impl Participation {
    /// The specification's threshold, `3 * participants >= 2 * size`.
    pub const TWO_THIRDS: Self = Self { per_mille: 0 };

    /// A stricter threshold in thousandths of the committee, rounded up; two thirds hold beside it.
    ///
    /// # Errors
    /// Below 667 or above 1000.
    pub fn stricter(per_mille: u16) -> Result<Self, ParticipationOutOfRange> {
        if !(667..=1000).contains(&per_mille) {
            return Err(ParticipationOutOfRange { per_mille });
        }
        Ok(Self { per_mille })
    }

    /// Whether `participants` of a committee of `size` are enough.
    pub fn is_reached(self, participants: usize, size: usize) -> bool {
        let two_thirds = participants.saturating_mul(3) >= size.saturating_mul(2);
        let stricter = participants.saturating_mul(1000) >= size.saturating_mul(self.per_mille.into());
        participants > 0 && two_thirds && stricter
    }
}

/// The threshold is below two thirds or above the whole committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a participation of {per_mille} per mille is outside 667..=1000")]
pub struct ParticipationOutOfRange {
    /// What was asked for.
    pub per_mille: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_thirds_is_exact() {
        let rule = Participation::TWO_THIRDS;
        assert!(rule.is_reached(342, 512) && !rule.is_reached(341, 512));
        assert!(rule.is_reached(22, 32) && !rule.is_reached(21, 32));
    }

    #[test]
    fn nobody_is_never_enough() {
        assert!(!Participation::TWO_THIRDS.is_reached(0, 0));
    }

    #[test]
    fn a_zero_or_weaker_threshold_cannot_be_made() {
        for per_mille in [0, 1, 666, 1001] {
            assert_eq!(
                Participation::stricter(per_mille),
                Err(ParticipationOutOfRange { per_mille })
            );
        }
        let all = Participation::stricter(1000).unwrap();
        assert!(all.is_reached(512, 512) && !all.is_reached(511, 512));
    }
}
