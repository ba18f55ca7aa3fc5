//! Looking for subs to liquidate, and what time does to the auctions that run.
//!
//! ```text
//!   each block: clocks ─► flagged subs, oldest name first ─► the next subs in order, from the cursor ─► forced closes that are due
//!   a sub:  no auction, under maintenance ─► may prices start one? ─► open
//!           auction, above the buffer ─► close      auction, value <= 0 ─► insolvent, clock anew
//! ```
//! The budget per block is fixed, so that a block's work does not grow with the number of subs; whoever sees a sub before the cursor does
//! names it with `Flag`. Spec: `spec/ledger.md`, State (scanning), Prices (table), Liquidation and losses.

use crate::ids::Account;
use crate::margin::Requirement;
use crate::margin_check::Basis;
use crate::math::Fixed;
use crate::posting::Place;
use crate::prices::{Action, Permission, permission};
use crate::rates::auction::{AuctionTerms, Standing};
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Auction, AuctionKind, State, Status, Sub};
use alloc::vec::Vec;
use core::ops::Bound::{Excluded, Unbounded};

/// Flagged subs that a block looks at.
const FLAGGED_PER_BLOCK: usize = 64;
/// Most subs that wait flagged.
const FLAGGED_MAX: usize = 4_096;
/// Subs that a block looks at in order.
const SCANNED_PER_BLOCK: usize = 256;
/// Forced closes per block: each looks at every sub.
const FORCED_PER_BLOCK: usize = 4;
/// Time in which an auction that opens again keeps its clock.
const REOPEN_MS: u64 = 3_600_000;

impl State {
    /// Names a sub for the scan: one that an auction runs over, or that is under maintenance now. Anybody may, so that a sub which is neither
    /// is refused; else the names of healthy subs would keep the others' from being looked at.
    pub(crate) fn flag(&mut self, target: Account) -> Result<Effect, Refusal> {
        if !self.subs.contains_key(&target) {
            return Err(Refusal::UnknownSub { account: target });
        }
        self.touch(target)?;
        let in_auction = self
            .subs
            .get(&target)
            .is_some_and(|sub| sub.status == Status::InAuction);
        let Requirement {
            value, maintenance, ..
        } = self.risk(target)?.requirement;
        if !in_auction && value >= maintenance {
            return Err(Refusal::Healthy { value, maintenance });
        }
        if self.flagged.len() >= FLAGGED_MAX {
            return Err(Refusal::TooManyFlagged { most: FLAGGED_MAX });
        }
        self.flagged.insert(target, ());
        Ok(Effect::Done)
    }

    /// Liquidation's part of Tick.
    pub(crate) fn tick_liquidation(&mut self) {
        self.run_clocks();
        for account in self.next_subs() {
            self.flagged.remove(&account);
            self.attempt(|state| state.examine(account));
        }
        for account in self.to_force() {
            self.attempt(|state| state.force_close(account));
        }
    }

    /// One sub's part, whole or not at all: a price that is missing leaves it for the next round.
    fn attempt(&mut self, work: impl FnOnce(&mut Self) -> Result<(), Refusal>) {
        drop(self.isolated(|state| work(state).map(|()| Effect::Done)));
    }

    /// Advances the clocks of running auctions, and forgets those that closed too long ago to be reopened.
    fn run_clocks(&mut self) {
        let now = self.time_ms;
        let passed_ms = now
            .saturating_sub(self.scans.auction_ms)
            .min(self.parameters.auction_clock_step_ms);
        self.scans.auction_ms = now;
        let accounts: Vec<Account> = self.auctions.keys().copied().collect();
        for account in accounts {
            let runs = self.is_auction_clock_running(account);
            let Some(auction) = self.auctions.row(&account) else {
                continue;
            };
            match auction.closed_ms {
                None if runs => auction.clock_ms = auction.clock_ms.saturating_add(passed_ms),
                Some(closed_ms) if closed_ms.saturating_add(REOPEN_MS) <= now => {
                    self.auctions.remove(&account);
                }
                _ => {}
            }
        }
    }

    fn is_auction_clock_running(&self, account: Account) -> bool {
        let reliance = self.reliance(account);
        reliance.is_ok_and(|prices| permission(Action::ContinueAuction, prices.condition) == Permission::Yes)
    }

    /// Flagged subs first, then those behind the cursor, which moves on and wraps.
    fn next_subs(&mut self) -> Vec<Account> {
        let mut accounts: Vec<Account> = self.flagged.keys().take(FLAGGED_PER_BLOCK).copied().collect();
        let from = self.scans.liquidation.map_or(Unbounded, Excluded);
        let scanned: Vec<Account> = self
            .subs
            .range((from, Unbounded))
            .take(SCANNED_PER_BLOCK)
            .map(|(account, _)| *account)
            .collect();
        let full = scanned.len() >= SCANNED_PER_BLOCK;
        self.scans.liquidation = scanned.last().copied().filter(|_| full);
        let interesting = |account: &Account| self.subs.get(account).is_some_and(|sub| has_risk(sub));
        accounts.extend(scanned.into_iter().filter(interesting));
        accounts
    }

    /// Running auctions whose clock has run out; each block begins one further, so that those that cannot be closed hold up no others.
    fn to_force(&self) -> Vec<Account> {
        let terms = self.auction_terms();
        let due = |auction: &Auction| match auction.kind {
            _ if auction.closed_ms.is_some() => false,
            AuctionKind::Solvent => auction.clock_ms >= terms.fast_ms.saturating_add(terms.slow_ms),
            AuctionKind::Insolvent => auction.clock_ms >= terms.insolvent_ms,
        };
        let due: Vec<Account> = self
            .auctions
            .iter()
            .filter(|(account, row)| due(row) && self.is_auction_clock_running(**account))
            .map(|(account, _)| *account)
            .collect();
        let height = usize::try_from(self.height).unwrap_or(0);
        let first = height.checked_rem(due.len()).unwrap_or(0);
        let many = due.len().min(FORCED_PER_BLOCK);
        due.iter().cycle().skip(first).take(many).copied().collect()
    }

    /// Opens, switches or closes the auction over a sub, as it stands now.
    pub(super) fn examine(&mut self, account: Account) -> Result<(), Refusal> {
        self.touch(account)?;
        let standing = self.standing(account)?;
        let running = self
            .auctions
            .get(&account)
            .copied()
            .filter(|auction| auction.closed_ms.is_none());
        match running {
            Some(auction) => self.review(account, auction, standing),
            None if standing.margin.is_negative() && self.may_start(account)? => {
                self.open_auction(account, standing)
            }
            None => Ok(()),
        }
    }

    /// Where a sub stands at the accepted prices, without what earlier bids paid.
    pub(super) fn standing(&self, account: Account) -> Result<Standing, Refusal> {
        self.standing_at(account, Basis::Accepted)
    }

    fn standing_at(&self, account: Account, basis: Basis) -> Result<Standing, Refusal> {
        let Requirement {
            value, maintenance, ..
        } = self.risk_at(account, basis)?.requirement;
        Ok(Standing {
            value,
            margin: value.sub(maintenance)?,
            reserved: Fixed::ZERO,
        })
    }

    /// The law of auctions as governed.
    pub(super) fn auction_terms(&self) -> AuctionTerms {
        let parameters = &self.parameters;
        AuctionTerms {
            start: parameters.auction_start,
            cutoff: parameters.auction_cutoff,
            fast_ms: parameters.auction_fast_ms,
            slow_ms: parameters.auction_slow_ms,
            buffer: parameters.auction_buffer,
            fee: parameters.auction_fee,
            insolvent_ms: parameters.auction_ramp_ms,
            whole_below: Fixed::ZERO,
        }
    }

    fn review(&mut self, account: Account, mut auction: Auction, standing: Standing) -> Result<(), Refusal> {
        let recovered = match auction.kind {
            AuctionKind::Solvent => !self.auction_terms().target(&standing)?.is_negative(),
            AuctionKind::Insolvent => !standing.margin.is_negative(),
        };
        if recovered {
            return self.close_auction(account);
        }
        if auction.kind == AuctionKind::Solvent && !standing.value.is_positive() {
            auction.kind = AuctionKind::Insolvent;
            auction.clock_ms = 0;
        }
        auction.shortfall = self.shortfall(&auction, standing)?;
        self.auctions.insert(account, auction);
        Ok(())
    }

    /// What the sub owes beyond its worth, in the auction's cash, rounded up.
    fn shortfall(&self, auction: &Auction, standing: Standing) -> Result<Fixed, Refusal> {
        match auction.cash {
            Some(cash) if auction.kind == AuctionKind::Insolvent => Ok(standing
                .value
                .min_zero()
                .negate()
                .div_ceil(self.price_of(cash)?)?),
            _ => Ok(Fixed::ZERO),
        }
    }

    fn open_auction(&mut self, account: Account, standing: Standing) -> Result<(), Refusal> {
        let kind = if standing.value.is_positive() {
            AuctionKind::Solvent
        } else {
            AuctionKind::Insolvent
        };
        let earlier = self.auctions.get(&account).copied().unwrap_or_default();
        let cash = self.liquidation_cash(account)?;
        let clock_ms = if earlier.kind == kind { earlier.clock_ms } else { 0 };
        let fee = match kind {
            AuctionKind::Solvent => self
                .auction_terms()
                .opening_fee(&standing)?
                .div_floor(self.price_of(cash)?)?,
            AuctionKind::Insolvent => Fixed::ZERO,
        };
        let due = fee.sub(earlier.fee_paid)?.max_zero();
        self.post(cash, Place::Margin(account), Place::Insurance, due)?;
        let fee_paid = earlier.fee_paid.add(due)?;
        let auction = Auction {
            kind,
            clock_ms,
            fee_paid,
            cash: Some(cash),
            ..Auction::default()
        };
        let shortfall = self.shortfall(&auction, standing)?;
        self.auctions.insert(account, Auction { shortfall, ..auction });
        self.set_status(account, Status::InAuction);
        Ok(())
    }

    pub(super) fn close_auction(&mut self, account: Account) -> Result<(), Refusal> {
        let now = self.time_ms;
        if let Some(auction) = self.auctions.row(&account) {
            auction.closed_ms = Some(now);
            auction.reserved = Fixed::ZERO;
            auction.shortfall = Fixed::ZERO;
        }
        self.set_status(account, Status::Open);
        Ok(())
    }

    pub(super) fn set_status(&mut self, account: Account, status: Status) {
        if let Some(sub) = self.subs.row(&account) {
            sub.status = status;
        }
    }

    /// Whether the prices allow an auction to start: fresh, or under maintenance at the medians too; none of them the first after a gap.
    fn may_start(&self, account: Account) -> Result<bool, Refusal> {
        let prices = self.reliance(account)?;
        if prices.after_gap {
            return Ok(false);
        }
        match permission(Action::StartAuction, prices.condition) {
            Permission::Yes => Ok(true),
            Permission::OnlyIfUnderAtBoth => {
                Ok(self.standing_at(account, Basis::Median)?.margin.is_negative())
            }
            _ => Ok(false),
        }
    }
}

/// Whether a sub can be under maintenance at all, or is in an auction.
fn has_risk(sub: &Sub) -> bool {
    sub.status == Status::InAuction || !sub.is_cash_only()
}
