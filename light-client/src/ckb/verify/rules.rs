//! One rule per function.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::super::epoch::{self, Progress, Shape};
use super::super::header::{EpochFraction, Header};
use super::super::params::Params;
use super::super::pow::Pow;
use super::{Block, BlockUncles, MAX_HEADERS, Rejection, Update};
use crate::{Hash32, UnixSeconds};

/// Blocks whose timestamps make the median.
const MEDIAN_BLOCKS: usize = 37;
/// How far a timestamp may be ahead of the verifier's clock.
const MAX_AHEAD_SECONDS: u64 = 15;

pub(super) fn count_is_bounded(update: &Update) -> Result<(), Rejection> {
    let headers = update.headers.len();
    if headers == 0 {
        return Err(Rejection::NoHeaders);
    }
    if headers > MAX_HEADERS {
        return Err(Rejection::TooManyHeaders {
            got: headers,
            limit: MAX_HEADERS,
        });
    }
    match &update.uncles {
        Some(uncles) if uncles.len() != headers => Err(Rejection::UnclesCount {
            got: uncles.len(),
            headers,
        }),
        _ => Ok(()),
    }
}

pub(super) fn version_is_known(header: &Header) -> Result<(), Rejection> {
    match header.version {
        0 => Ok(()),
        got => Err(Rejection::Version {
            number: header.number,
            got,
        }),
    }
}

pub(super) fn number_follows(header: &Header, parent: &Header) -> Result<(), Rejection> {
    if parent.number.checked_add(1) == Some(header.number) {
        return Ok(());
    }
    Err(Rejection::NumberNotNext {
        got: header.number,
        parent: parent.number,
    })
}

pub(super) fn parent_is_linked(header: &Header, parent: Hash32) -> Result<(), Rejection> {
    if header.parent_hash == parent {
        return Ok(());
    }
    Err(Rejection::NotLinked {
        number: header.number,
        got: header.parent_hash,
        parent,
    })
}

pub(super) fn epoch_is_well_formed(header: &Header) -> Result<(), Rejection> {
    let (number, got) = (header.number, header.epoch);
    if !got.is_well_formed() {
        return Err(Rejection::EpochMalformed { number, got });
    }
    Ok(())
}

pub(super) fn epoch_place_follows(header: &Header, parent: &Header) -> Result<(), Rejection> {
    epoch_is_well_formed(header)?;
    let (number, got) = (header.number, header.epoch);
    if !got.is_successor_of(parent.epoch) {
        return Err(Rejection::EpochNotNext {
            number,
            got,
            parent: parent.epoch,
        });
    }
    Ok(())
}

/// Length and target are the epoch's; in a new epoch they are what the rule allows, or computes when uncles are given.
/// Returns the progress after this block.
pub(super) fn epoch_rule_holds(
    header: &Header,
    parent: &Block,
    uncles: Option<&BlockUncles>,
    params: &Params,
) -> Result<Option<Progress>, Rejection> {
    let opens_epoch = header.epoch.number() != parent.header.epoch.number();
    let started = match uncles {
        None if opens_epoch => params.epoch.bounds_hold(&parent.header, header).map(|()| None)?,
        None => same_epoch(header, &parent.header, params).map(|()| None)?,
        Some(_) => Some(exact(header, parent, opens_epoch, params)?),
    };
    let (Some(started), Some(uncles)) = (started, uncles) else {
        return Ok(None);
    };
    let count = uncles.count_for(header, params.pow)?;
    Ok(Some(Progress {
        uncles: started.uncles.saturating_add(count),
        ..started
    }))
}

fn exact(header: &Header, parent: &Block, opens_epoch: bool, params: &Params) -> Result<Progress, Rejection> {
    let progress = parent.progress.ok_or(Rejection::EpochContextUnknown {
        number: header.number,
    })?;
    if !opens_epoch {
        return same_epoch(header, &parent.header, params).map(|()| progress);
    }
    let (shape, next) = progress.next_epoch(&params.epoch, &parent.header)?;
    epoch::shape_is(header, shape).map(|()| next)
}

/// The target stays within an epoch; genesis does not state its epoch's length, the network does.
fn same_epoch(header: &Header, parent: &Header, params: &Params) -> Result<(), Rejection> {
    if parent.epoch == EpochFraction::GENESIS {
        return epoch::shape_is(
            header,
            Shape {
                length: params.epoch.genesis_length,
                target: params.epoch.genesis_target,
            },
        );
    }
    epoch::shape_is(
        header,
        Shape {
            length: parent.epoch.length(),
            target: parent.compact_target,
        },
    )
}

pub(super) fn timestamp_is_not_ahead(header: &Header, now: UnixSeconds) -> Result<(), Rejection> {
    let limit = now.plus(MAX_AHEAD_SECONDS).0.saturating_mul(1000);
    if header.timestamp_ms <= limit {
        return Ok(());
    }
    Err(Rejection::TimestampInFuture {
        number: header.number,
        got: header.timestamp_ms,
        limit,
    })
}

pub(super) fn work_is_proved(headers: &[Header], pow: Pow) -> Result<(), Rejection> {
    match pow.first_unproved(headers).and_then(|place| headers.get(place)) {
        None => Ok(()),
        Some(header) => Err(Rejection::NoProofOfWork {
            number: header.number,
        }),
    }
}

/// Timestamps of the latest ancestors.
pub(super) struct Timestamps {
    latest: VecDeque<u64>,
    /// The oldest ancestor known is genesis: fewer than 37 are all there are.
    since_genesis: bool,
}

impl Timestamps {
    /// Of ancestors from the oldest to the parent.
    pub(super) fn of(ancestors: &[&Block]) -> Self {
        let skipped = ancestors.len().saturating_sub(MEDIAN_BLOCKS);
        Self {
            latest: ancestors
                .iter()
                .skip(skipped)
                .map(|block| block.header.timestamp_ms)
                .collect(),
            since_genesis: ancestors.first().is_some_and(|block| block.header.number == 0),
        }
    }

    /// Refuses a timestamp at or below the median; `false` when there is no median to compare with.
    pub(super) fn is_below(&self, header: &Header) -> Result<bool, Rejection> {
        if self.latest.len() < MEDIAN_BLOCKS && !self.since_genesis {
            return Ok(false);
        }
        let median = self.median();
        if header.timestamp_ms > median {
            return Ok(true);
        }
        Err(Rejection::TimestampTooOld {
            number: header.number,
            got: header.timestamp_ms,
            median,
        })
    }

    /// The greater middle one of an even number.
    fn median(&self) -> u64 {
        let mut sorted: Vec<_> = self.latest.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() >> 1).copied().unwrap_or(u64::MAX)
    }

    pub(super) fn push(&mut self, timestamp_ms: u64) {
        if self.latest.len() == MEDIAN_BLOCKS {
            self.latest.pop_front();
        }
        self.latest.push_back(timestamp_ms);
    }
}
