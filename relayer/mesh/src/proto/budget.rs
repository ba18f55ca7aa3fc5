//! A token bucket in whole milliseconds: no float, no clock.

use super::UnixMillis;

/// Thousandths of a token.
const TOKEN: u64 = 1_000;

/// Allows `burst` at once and `rate` per second in the long run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    rate: u64,
    full: u64,
    level: u64,
    at: UnixMillis,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(rate: u64, burst: u64, now: UnixMillis) -> Self {
        let full = burst.saturating_mul(TOKEN);
        Self {
            rate,
            full,
            level: full,
            at: now,
        }
    }

    /// Whether a token is there. A clock that goes back fills nothing.
    pub(super) fn allows(&mut self, now: UnixMillis) -> bool {
        let gained = now.since(self.at).saturating_mul(self.rate);
        self.level = self.level.saturating_add(gained).min(self.full);
        self.at = self.at.max(now);
        self.level >= TOKEN
    }

    /// Takes a token that [`Bucket::allows`] saw.
    pub(super) fn spend(&mut self) {
        self.level = self.level.saturating_sub(TOKEN);
    }

    /// Takes a token if one is there.
    pub(super) fn take(&mut self, now: UnixMillis) -> bool {
        let allowed = self.allows(now);
        if allowed {
            self.spend();
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_then_its_rate() {
        let mut bucket = Bucket::new(2, 3, UnixMillis(1_000));
        let mut given = |now| (0..10).filter(|_| bucket.take(UnixMillis(now))).count();
        assert_eq!(given(1_000), 3);
        assert_eq!(given(1_499), 0);
        assert_eq!(given(1_500), 1);
        assert_eq!(given(500), 0, "a clock that goes back fills nothing");
        assert_eq!(given(1_000_000), 3, "never more than the burst");
    }
}
