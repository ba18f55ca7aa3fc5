//! The trust root: a block that the operator or a quorum vouches for, until a stated time.
//!
//! A checkpoint answers "which chain" against long-range forks: once it is older than the time in which its validators
//! could have left with their stake, it proves nothing. An expired one is refused with its age and the limit; nothing in
//! this crate replaces it.

use crate::{Hash32, UnixSeconds};

/// A chain's number in the network's registry (not an EVM chain id).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainNumber(pub u32);

/// A block that is trusted without proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The chain's registry number.
    pub chain: ChainNumber,
    /// The block's height; the slot on Ethereum's beacon chain.
    pub height: u64,
    /// The block's hash; the beacon block root on Ethereum.
    pub hash: Hash32,
    /// The last second at which this checkpoint may start a client.
    pub not_after: UnixSeconds,
}

impl Checkpoint {
    /// Refuses an expired checkpoint. `block_time` is the time of the block with this hash and only serves the message.
    pub fn is_not_expired(&self, block_time: UnixSeconds, now: UnixSeconds) -> Result<(), CheckpointExpired> {
        if now <= self.not_after {
            return Ok(());
        }
        Err(CheckpointExpired {
            age_seconds: now.since(block_time),
            limit_seconds: self.not_after.since(block_time),
        })
    }
}

/// The checkpoint's time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the checkpoint is {age_seconds} s old, the limit is {limit_seconds} s")]
pub struct CheckpointExpired {
    /// From the checkpoint's block to now, in seconds.
    pub age_seconds: u64,
    /// From the checkpoint's block to its `not_after`, in seconds.
    pub limit_seconds: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKPOINT: Checkpoint = Checkpoint {
        chain: ChainNumber(1),
        height: 7,
        hash: Hash32([1; 32]),
        not_after: UnixSeconds(1_500),
    };

    #[test]
    fn accepts_the_last_second() {
        assert_eq!(
            CHECKPOINT.is_not_expired(UnixSeconds(1_000), UnixSeconds(1_500)),
            Ok(())
        );
    }

    #[test]
    fn an_expired_one_names_age_and_limit() {
        let expired = CheckpointExpired {
            age_seconds: 501,
            limit_seconds: 500,
        };
        assert_eq!(
            CHECKPOINT.is_not_expired(UnixSeconds(1_000), UnixSeconds(1_501)),
            Err(expired)
        );
    }
}
