//! Whether an answer is exactly what was asked for, and its chain valid.

use alloc::vec::Vec;

use ruint::aliases::U256;

use super::super::chain_root::{HeaderDigest, VerifiableHeader};
use super::super::epoch::{epoch_work, exceeds};
use super::super::header::{EpochFraction, Header};
use super::super::params::Params;
use super::{Continuity, MAX_RESPONSE_HEADERS, ProvedState, Rejection, Request, Response};
use crate::BlockId;
use crate::proof::mmr;

/// Judges a node's answer to a request.
pub fn verify_response(
    request: &Request,
    response: &Response,
    params: &Params,
) -> Result<ProvedState, Rejection> {
    is_about_the_requested_block(request, response)?;
    headers_ascend(response)?;
    let parts = Parts::of(request, response)?;
    parts.reorg_headers_precede_start(request)?;
    parts.last_blocks_are_complete(request, response)?;
    parts.samples_match(request)?;
    parts.start_is_on_chain(request)?;
    for header in response.headers.iter().chain([&response.last]) {
        header.commitments_hold(params)?;
    }
    is_continuous(parts.reorg)?;
    let mut latest: Vec<_> = parts.latest.to_vec();
    latest.push(response.last.clone());
    is_continuous(&latest)?;
    difficulty_moves_within_bounds(parts.base(request, params)?, parts.sampled, &latest)?;
    root_is_committed(response)?;
    work_is_proved(response, params)?;
    Ok(ProvedState {
        total_difficulty: response.last.total_difficulty()?,
        last: response.last.clone(),
        latest: parts.latest.iter().map(|block| block.header.clone()).collect(),
        continuity: parts.continuity(request),
    })
}

fn is_about_the_requested_block(request: &Request, response: &Response) -> Result<(), Rejection> {
    let (got, requested) = (response.last.header.hash(), request.last_hash);
    if got == requested {
        Ok(())
    } else {
        Err(Rejection::OtherLastHeader { got, requested })
    }
}

fn headers_ascend(response: &Response) -> Result<(), Rejection> {
    let got = response.headers.len();
    if got == 0 {
        return Err(Rejection::NoHeaders);
    }
    if got > MAX_RESPONSE_HEADERS {
        return Err(Rejection::TooManyHeaders {
            got,
            limit: MAX_RESPONSE_HEADERS,
        });
    }
    let numbers = response
        .headers
        .iter()
        .chain([&response.last])
        .map(|block| block.header.number);
    let mut previous = None;
    for got in numbers {
        if let Some(previous) = previous.filter(|previous| *previous >= got) {
            return Err(Rejection::NotAscending { previous, got });
        }
        previous = Some(got);
    }
    Ok(())
}

/// The three parts of a response's headers.
struct Parts<'a> {
    reorg: &'a [VerifiableHeader],
    sampled: &'a [VerifiableHeader],
    latest: &'a [VerifiableHeader],
}

impl<'a> Parts<'a> {
    fn of(request: &Request, response: &'a Response) -> Result<Self, Rejection> {
        let headers = response.headers.as_slice();
        let start = request.start.block.height;
        let (reorg, rest) = headers.split_at(headers.partition_point(|block| block.header.number < start));
        // The longest continuous run of numbers that ends right before the last header.
        let last = response.last.header.number;
        let run = rest
            .iter()
            .rev()
            .zip(1_u64..)
            .take_while(|(block, back)| block.header.number.checked_add(*back) == Some(last));
        let run = run.count();
        let wanted = Self::first_wanted(request, rest, last)?;
        let keep = rest.len().saturating_sub(run);
        let first = rest
            .partition_point(|block| block.header.number < wanted)
            .max(keep);
        let (sampled, latest) = rest.split_at(first);
        Ok(Self {
            reorg,
            sampled,
            latest,
        })
    }

    /// Number from which on every block is asked for: the first at or above the boundary, at least the last N, not below the start.
    fn first_wanted(request: &Request, blocks: &[VerifiableHeader], last: u64) -> Result<u64, Rejection> {
        let start = request.start.block.height;
        let by_count = last.saturating_sub(request.last_n).max(start);
        for block in blocks {
            if block.total_difficulty()? >= request.boundary {
                return Ok(by_count.min(block.header.number));
            }
        }
        Ok(by_count)
    }

    fn reorg_headers_precede_start(&self, request: &Request) -> Result<(), Rejection> {
        let (Some(first), Some(last)) = (self.reorg.first(), self.reorg.last()) else {
            return Ok(());
        };
        let (first, last) = (first.header.number, last.header.number);
        let got = self.reorg.len();
        let refused = Rejection::ReorgHeaders { got, first, last };
        if last.checked_add(1) != Some(request.start.block.height) {
            return Err(refused);
        }
        // Fewer only where there are no more: blocks from 1 on have a chain root.
        if u64::try_from(got) != Ok(request.last_n) && first != 1 {
            return Err(refused);
        }
        Ok(())
    }

    /// The last part reaches from the wanted block to the last header without a gap, and its first block shows that none is missing before.
    fn last_blocks_are_complete(&self, request: &Request, response: &Response) -> Result<(), Rejection> {
        let last = response.last.header.number;
        let wanted = Self::first_wanted(request, self.latest, last)?;
        let first = self.latest.first().map_or(last, |block| block.header.number);
        let missing = Rejection::LastBlocksMissing {
            first,
            expected: wanted,
        };
        if first > wanted {
            return Err(missing);
        }
        let Some(block) = self.latest.first() else {
            return Err(missing);
        };
        // A block between the boundary and the first one would have total difficulty at or above the boundary.
        if first > request.start.block.height && block.parent_chain_root.total_difficulty >= request.boundary
        {
            return Err(missing);
        }
        Ok(())
    }

    /// Each sampled block answers at least one asked difficulty, and each difficulty below the last part has its block.
    fn samples_match(&self, request: &Request) -> Result<(), Rejection> {
        let end = self
            .latest
            .first()
            .map(|block| block.parent_chain_root.total_difficulty);
        let end = end.unwrap_or(U256::ZERO);
        let begin = self
            .reorg
            .last()
            .map(VerifiableHeader::total_difficulty)
            .transpose()?;
        let begin = begin.unwrap_or(U256::ZERO);
        let mut asked = request
            .difficulties
            .iter()
            .copied()
            .skip_while(|difficulty| *difficulty <= begin)
            .take_while(|difficulty| *difficulty <= end)
            .peekable();
        for block in self.sampled {
            let (before, total) = (
                block.parent_chain_root.total_difficulty,
                block.total_difficulty()?,
            );
            let inside = |difficulty: &U256| *difficulty > before && *difficulty <= total;
            let number = block.header.number;
            if asked.next_if(inside).is_none() {
                let difficulty = asked.peek().copied().unwrap_or(U256::MAX);
                return Err(Rejection::SampleMismatch { difficulty, number });
            }
            while asked.next_if(inside).is_some() {}
        }
        match asked.next() {
            None => Ok(()),
            Some(difficulty) => {
                let number = self.latest.first().map_or(0, |block| block.header.number);
                Err(Rejection::SampleMismatch { difficulty, number })
            }
        }
    }

    /// Either blocks before the start or the start itself is among the headers (its difficulty is always asked for), never both.
    fn start_is_on_chain(&self, request: &Request) -> Result<(), Rejection> {
        let start = request.start.block;
        let mut blocks = self.sampled.iter().chain(self.latest);
        let found = blocks
            .find(|block| block.header.number == start.height)
            .map(|block| block.header.hash());
        match (self.reorg.first(), found == Some(start.hash)) {
            (None, true) | (Some(_), false) => Ok(()),
            (None, false) => Err(Rejection::StartNotOnChain { start: start.hash }),
            (Some(first), true) => Err(Rejection::ReorgHeaders {
                got: self.reorg.len(),
                first: first.header.number,
                last: start.height.saturating_sub(1),
            }),
        }
    }

    /// The header and total difficulty from which difficulty is followed: the start, or the block before it on the new chain.
    fn base(&self, request: &Request, params: &Params) -> Result<(Header, U256), Rejection> {
        if let Some(block) = self.reorg.last() {
            return Ok((block.header.clone(), block.total_difficulty()?));
        }
        let mut header = request.start.header.clone();
        if header.epoch == EpochFraction::GENESIS {
            // Genesis does not state its epoch's length.
            header.epoch = EpochFraction::new(0, 0, params.epoch.genesis_length);
        }
        Ok((header, request.start.total_difficulty))
    }

    fn continuity(&self, request: &Request) -> Continuity {
        if self.reorg.is_empty() {
            return Continuity::Extends;
        }
        let known = |block: &VerifiableHeader| {
            let id = BlockId {
                height: block.header.number,
                hash: block.header.hash(),
            };
            request.start.latest.contains(&id).then_some(id)
        };
        match self.reorg.iter().rev().find_map(known) {
            Some(common) => Continuity::Reorg { common },
            None => Continuity::LongFork,
        }
    }
}

fn is_continuous(blocks: &[VerifiableHeader]) -> Result<(), Rejection> {
    for pair in blocks.windows(2) {
        if let [parent, child] = pair {
            is_child(&parent.header, &child.header)?;
        }
    }
    Ok(())
}

fn is_child(parent: &Header, child: &Header) -> Result<(), Rejection> {
    let number = child.number;
    if parent.number.checked_add(1) != Some(number) {
        return Err(Rejection::NotContinuous { number });
    }
    if child.parent_hash != parent.hash() {
        return Err(Rejection::NotContinuous { number });
    }
    if !child.epoch.is_successor_of(parent.epoch) {
        return Err(Rejection::NotContinuous { number });
    }
    Ok(())
}

/// From the base over each sample to the last header: epochs ascend, and each step's change and sum of difficulty are possible.
pub(super) fn difficulty_moves_within_bounds(
    base: (Header, U256),
    sampled: &[VerifiableHeader],
    latest: &[VerifiableHeader],
) -> Result<(), Rejection> {
    let mut from = base;
    for block in sampled.iter().chain(latest) {
        let to = (block.header.clone(), block.total_difficulty()?);
        // The start is sampled too: no step, and its header stays the one that knows its epoch's length.
        if from.0.number == to.0.number {
            continue;
        }
        step_is_possible(&from, &to)?;
        from = to;
    }
    Ok(())
}

fn step_is_possible(from: &(Header, U256), to: &(Header, U256)) -> Result<(), Rejection> {
    let refused = Rejection::DifficultyOutOfBounds {
        from: from.0.number,
        to: to.0.number,
    };
    let Some(total) = to.1.checked_sub(from.1) else {
        return Err(refused);
    };
    let Some(switches) = to.0.epoch.number().checked_sub(from.0.epoch.number()) else {
        return Err(refused);
    };
    let (lowest, highest) = possible_difficulty(&from.0, &to.0, switches)?.ok_or(refused.clone())?;
    if total < lowest || total > highest {
        Err(refused)
    } else {
        Ok(())
    }
}

/// Least and most difficulty of the blocks after `from` up to `to`; nothing when the epochs' work moves too fast.
///
/// Between two epochs n apart, the work of the i-th is at most min(first * b^i, last * b^(n-i)) and at least the larger quotient, b the
/// bound of one step.
fn possible_difficulty(from: &Header, to: &Header, switches: u64) -> Result<Option<(U256, U256)>, Rejection> {
    let per_block = |header: &Header| {
        header
            .compact_target
            .difficulty()
            .map_err(super::chain_root::Rejection::from)
    };
    let (first, last) = (per_block(from)?, per_block(to)?);
    if switches == 0 {
        let blocks = U256::from(to.epoch.index().saturating_sub(from.epoch.index()));
        let exact = first.saturating_mul(blocks);
        return Ok((first == last).then_some((exact, exact)));
    }
    let head = from
        .epoch
        .length()
        .saturating_sub(from.epoch.index())
        .saturating_sub(1);
    let tail = to.epoch.index().saturating_add(1);
    let ends = first
        .saturating_mul(U256::from(head))
        .saturating_add(last.saturating_mul(U256::from(tail)));
    let works = |header| epoch_work(header).unwrap_or(U256::ZERO);
    let between = Between {
        first: works(from),
        last: works(to),
        switches,
    };
    Ok(between
        .sums()
        .map(|(lowest, highest)| (ends.saturating_add(lowest), ends.saturating_add(highest))))
}

/// Two epochs' work and how many epochs apart they are.
struct Between {
    first: U256,
    last: U256,
    switches: u64,
}

impl Between {
    /// After this many doublings every number is above 2^256 or zero.
    const SATURATED: u64 = 256;

    /// Least and most work of the epochs strictly between.
    fn sums(&self) -> Option<(U256, U256)> {
        let (up, down) = (grown(self.first, self.switches), grown(self.last, self.switches));
        if exceeds(self.last, up_to_one_step(up)) || exceeds(self.first, up_to_one_step(down)) {
            return None;
        }
        let inner = self.switches.saturating_sub(1);
        if inner > Self::SATURATED.saturating_mul(2) {
            let low = self
                .lowest(1, Self::SATURATED)
                .saturating_add(self.lowest(inner.saturating_sub(Self::SATURATED), inner));
            return Some((low, U256::MAX));
        }
        let mut highest = U256::ZERO;
        for place in 1..=inner {
            let (before, after) = (
                grown(self.first, place),
                grown(self.last, self.switches.saturating_sub(place)),
            );
            highest = highest.saturating_add(before.min(after));
        }
        Some((self.lowest(1, inner), highest))
    }

    fn lowest(&self, from: u64, to: u64) -> U256 {
        let mut sum = U256::ZERO;
        for place in from..=to {
            let (before, after) = (
                shrunk(self.first, place),
                shrunk(self.last, self.switches.saturating_sub(place)),
            );
            sum = sum.saturating_add(before.max(after));
        }
        sum
    }
}

/// `exceeds` allows one step itself.
fn up_to_one_step(work: U256) -> U256 {
    work.checked_div(U256::from(2_u64)).unwrap_or(work)
}

/// Work times 2.1 per step.
fn grown(work: U256, steps: u64) -> U256 {
    let mut work = work;
    for _ in 0..steps.min(Between::SATURATED) {
        let tenth = work
            .checked_div(U256::from(10_u64))
            .unwrap_or(U256::ZERO)
            .saturating_add(U256::ONE);
        work = work.saturating_mul(U256::from(2_u64)).saturating_add(tenth);
    }
    work
}

/// Work divided by 2.1 per step, rounded down further.
fn shrunk(work: U256, steps: u64) -> U256 {
    let mut work = work;
    for _ in 0..steps.min(Between::SATURATED) {
        let tenth = work.checked_div(U256::from(21_u64)).unwrap_or(U256::ZERO);
        work = tenth.saturating_mul(U256::from(10_u64));
    }
    work
}

fn root_is_committed(response: &Response) -> Result<(), Rejection> {
    let mut leaves = Vec::with_capacity(response.headers.len());
    for block in &response.headers {
        leaves.push((block.header.number, HeaderDigest::of(&block.header)?));
    }
    let committed = &response.last.parent_chain_root;
    let got = mmr::root_of_leaves(committed.leaf_count(), &leaves, &response.proof)?;
    if got == *committed {
        return Ok(());
    }
    Err(Rejection::RootMismatch {
        got: got.hash(),
        committed: committed.hash(),
    })
}

fn work_is_proved(response: &Response, params: &Params) -> Result<(), Rejection> {
    let mut headers: Vec<_> = response
        .headers
        .iter()
        .map(|block| block.header.clone())
        .collect();
    headers.push(response.last.header.clone());
    match params
        .pow
        .first_unproved(&headers)
        .and_then(|place| headers.get(place))
    {
        None => Ok(()),
        Some(header) => Err(Rejection::NoProofOfWork {
            number: header.number,
        }),
    }
}
