//! Slashed stake in the order of losses: whom it pays, when, and how it gets there.
//!
//! ```text
//!   evidence of the block ─► (attester, chain, height) attested falsely            Slashed ─► bucket: free
//!   CustodyLoss.cause, ReorgStatement.old ──► proved? ─► loss ─► insurance ─► slashed: min(rest, worth of what is free) ─┐
//!                                                                        └─► rate of the asset: the whole rest           │
//!   harmed owners, pro rata to their claim shares ◄─ owed out of the bucket ◄────────────────────────────────────────────┘
//!        └─► outbox (asset `bucket`), once no convicted attester is in the current set ─► Released: paid; until then it waits
//! ```
//! **Whether a loss stems from a proved false attestation** is decided by the statement that brings it and by evidence applied before:
//!
//! | statement | stems from one when evidence of attestations convicted somebody |
//! |---|---|
//! | `CustodyLoss` | at exactly the chain and height that its `cause` names; one that names a place without evidence is refused, so that it can be made again once the evidence is in |
//! | `ReorgStatement` | of its chain, at a height from the orphaned block's to that of the newest attestation applied |
//! | anything else, an auction's deficit above all | never |
//!
//! The stake is in another vault account than the deposits and mostly in another asset, so that no claim can be made whole with it: the asset's
//! rate falls by the whole rest of the loss, and whoever held claims then is owed the part that the step covers, at the accepted prices, in the
//! staked asset. That is also how it is paid where the lost asset is the staked one, for the bucket does not back claims. Not indemnified:
//! the owner whom the statement debits.
//!
//! Guarantees: what is owed never exceeds the bucket, nor the loss after insurance at the accepted prices; the parts sum to whole units of what
//! the step covers exactly; an entry is paid once. Not guaranteed: that stake slashed after the statement pays for it; that an asset without
//! an accepted price is indemnified.
//!
//! Deviation: a debtor that is left with positions and no collateral may come to a deficit; that one is its market's.
//! Spec: `spec/ledger.md`, Liquidation and losses; `spec/relayer.md`, Security layers (slashing).

use super::allocation::by_largest_remainder;
use crate::command::Offender;
use crate::facts::to_units;
use crate::governance::{GovernanceRefusal, of_address};
use crate::ids::{Account, Address, AssetId, ChainHeight, ChainId, EntryId, Hash};
use crate::math::Fixed;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Indemnity, State};
use alloc::{collections::BTreeMap, vec::Vec};
use core::ops::RangeInclusive;
use wire::{U256, command::Scope, event::Released, outbox::Release};

/// What a release out of the bucket names as its asset: the ASCII name right-padded, which is no asset of any chain.
pub const BUCKET: Hash = Hash(*b"bucket\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");

/// Most heights that are remembered of one attester: one of a certified block is enough, and each of its signers has as many.
const FALSIFIED_MAX: usize = 1_024;
/// Most indemnities that enter the outbox per block.
const ENTER_MAX: usize = 64;
/// Most indemnities in the outbox.
const OUTSTANDING_MAX: usize = 1_024;

/// What a loss stems from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An attestation that evidence has proved false.
    FalseAttestation,
    /// Anything else.
    Other,
}

impl State {
    /// Keeps where somebody attested falsely.
    pub(crate) fn remember_falsehood(&mut self, offender: &Offender) {
        let Some(place) = offender.falsified else { return };
        let of_attester = |row: &&(Address, ChainHeight)| row.0 == offender.attester;
        if self.falsified.keys().filter(of_attester).count() < FALSIFIED_MAX {
            self.falsified.insert((offender.attester, place), ());
        }
    }

    fn is_falsified(&self, chain: ChainId, heights: &RangeInclusive<u64>) -> bool {
        let mut places = self.falsified.keys().map(|(_, place)| place);
        places.any(|place| place.chain == chain && heights.contains(&place.height))
    }

    /// What a loss with this cause stems from.
    ///
    /// # Errors
    /// [`GovernanceRefusal::Unproved`].
    pub(crate) fn origin_of_loss(&self, cause: Option<ChainHeight>) -> Result<Origin, Refusal> {
        let Some(ChainHeight { chain, height }) = cause else {
            return Ok(Origin::Other);
        };
        if !self.is_falsified(chain, &(height..=height)) {
            return Err(GovernanceRefusal::Unproved { chain, height }.into());
        }
        Ok(Origin::FalseAttestation)
    }

    /// What the losses of a reorganisation of these heights stem from.
    pub(crate) fn origin_of_reorganisation(&self, chain: ChainId, heights: RangeInclusive<u64>) -> Origin {
        if self.is_falsified(chain, &heights) {
            Origin::FalseAttestation
        } else {
            Origin::Other
        }
    }

    /// What slashed stake may pay of a loss in `asset`, in units of it; nothing where a price is missing.
    pub(crate) fn slashed_for(&self, asset: AssetId, origin: Origin) -> Fixed {
        let bucket = |stake: AssetId| {
            let free = self.asset(stake)?.bucket.free;
            self.exchanged(free, stake, asset)
        };
        match (origin, self.staking.asset) {
            (Origin::FalseAttestation, Some(stake)) => bucket(stake).unwrap_or(Fixed::ZERO),
            _ => Fixed::ZERO,
        }
    }

    /// Owes the holders of `asset`, but not the owner of `debtor`, the worth of `slashed` out of the bucket.
    pub(crate) fn indemnify(
        &mut self,
        asset: AssetId,
        debtor: Option<Account>,
        slashed: Fixed,
    ) -> Result<(), Refusal> {
        let Some(stake) = self.staking.asset.filter(|_| slashed.is_positive()) else {
            return Ok(());
        };
        let whole = self.exchanged(slashed, asset, stake)?;
        let decimals = self.asset(stake)?.terms.decimals;
        let units = u128::try_from(to_units(whole, decimals)).unwrap_or(0);
        let units = Fixed::from_raw(i128::try_from(units).unwrap_or(0));
        let (owners, shares) = self.harmed(asset, debtor)?;
        for (owner, part) in owners.into_iter().zip(by_largest_remainder(units, &shares)?) {
            self.owe(stake, owner, U256::from(part.raw().unsigned_abs()))?;
        }
        Ok(())
    }

    /// Who holds claims in `asset`, ascending, and how many shares.
    fn harmed(&self, asset: AssetId, debtor: Option<Account>) -> Result<(Vec<Address>, Vec<Fixed>), Refusal> {
        let mut harmed: BTreeMap<Address, Fixed> = BTreeMap::new();
        for (account, sub) in self.subs.iter() {
            let shares = sub.shares(&asset);
            if shares.is_positive() && debtor.is_none_or(|debtor| debtor.owner != account.owner) {
                let held = harmed.entry(account.owner).or_default();
                *held = held.add(shares)?;
            }
        }
        Ok(harmed.into_iter().unzip())
    }

    fn owe(&mut self, stake: AssetId, owner: Address, units: U256) -> Result<(), Refusal> {
        let amount = self.amount_of(stake, units)?;
        if amount.is_zero() {
            return Ok(());
        }
        let books = self.books(stake)?;
        books.bucket = books.bucket.with_debt(amount)?;
        let owed = self.indemnities.row_or_default(&owner);
        *owed = owed.add(amount)?;
        Ok(())
    }

    /// An amount of one asset in another at the accepted prices, floored.
    fn exchanged(&self, amount: Fixed, from: AssetId, to: AssetId) -> Result<Fixed, Refusal> {
        if from == to {
            return Ok(amount);
        }
        Ok(amount.mul_div_floor(self.price_of(from)?, self.price_of(to)?)?)
    }

    /// The vault has moved a stake to its bucket; a bucket that is not what its events came to halts the asset.
    pub(crate) fn fill_bucket(&mut self, amount: U256, counted: &U256) -> Result<(), Refusal> {
        let Some(stake) = self.staking.asset else {
            return Ok(());
        };
        let amount = self.amount_of(stake, amount)?;
        let books = self.books(stake)?;
        books.bucket = books.bucket.with_stake(amount)?;
        self.reconcile_bucket(stake, counted)
    }

    fn reconcile_bucket(&mut self, stake: AssetId, counted: &U256) -> Result<(), Refusal> {
        let books = self.asset(stake)?;
        if to_units(books.bucket.held, books.terms.decimals) != *counted {
            self.halt_for_gap(Scope::Asset(stake));
        }
        Ok(())
    }

    /// Lets what is owed into the outbox, lowest owner first, while nothing is halted and no convicted attester could certify it.
    pub(crate) fn release_indemnities(&mut self) -> Result<(), Refusal> {
        let Some(stake) = self.staking.asset else {
            return Ok(());
        };
        if self.require_open(stake, stake.chain).is_err() || self.is_set_tainted() {
            return Ok(());
        }
        let room = OUTSTANDING_MAX.saturating_sub(self.indemnity_entries.len());
        let waiting = self.indemnities.iter().take(room.min(ENTER_MAX));
        let due: Vec<Indemnity> = waiting
            .map(|(owner, amount)| Indemnity {
                owner: *owner,
                amount: *amount,
            })
            .collect();
        for indemnity in due {
            let entry = self.scans.next_entry;
            self.scans.next_entry = EntryId(entry.0.saturating_add(1));
            self.indemnities.remove(&indemnity.owner);
            self.indemnity_entries.insert(entry, indemnity);
        }
        Ok(())
    }

    /// Whether somebody against whom evidence stands signs now.
    fn is_set_tainted(&self) -> bool {
        let mut members = self.sets.current.members.keys();
        members.any(|member| self.attesters.get(member).is_some_and(|row| row.accused))
    }

    /// The releases of slashed stake that are in the outbox; they end by being paid alone.
    pub fn indemnity_releases(&self) -> Vec<Release> {
        let Some(stake) = self.staking.asset else {
            return Vec::new();
        };
        let Some(vault) = self.chains.get(&stake.chain).and_then(|chain| chain.vault) else {
            return Vec::new();
        };
        let decimals = self.assets.get(&stake).map_or(0, |books| books.terms.decimals);
        let release = |(entry, indemnity): (&EntryId, &Indemnity)| Release {
            id: entry.0,
            chain: stake.chain,
            vault,
            asset: BUCKET,
            recipient: of_address(indemnity.owner),
            amount: to_units(indemnity.amount, decimals),
            valid_until: u64::MAX,
        };
        self.indemnity_entries.iter().map(release).collect()
    }

    /// The vault has paid one; its counter in the event is the bucket's.
    pub(crate) fn indemnity_paid(&mut self, chain: ChainId, event: &Released) -> Result<Effect, Refusal> {
        let entry = EntryId(event.id);
        let unknown = Refusal::UnknownWithdrawal { entry };
        let stake = self.staking.asset.filter(|stake| stake.chain == chain);
        let stake = stake.ok_or(unknown.clone())?;
        let Indemnity { amount, .. } = self.indemnity_entries.remove(&entry).ok_or(unknown.clone())?;
        if event.asset != BUCKET {
            return Err(unknown);
        }
        if self.amount_of(stake, event.amount)? != amount {
            return Err(unknown);
        }
        let books = self.books(stake)?;
        books.bucket = books.bucket.with_payment(amount)?;
        self.reconcile_bucket(stake, &event.holdings)?;
        Ok(Effect::Released {
            entry,
            submitter: event.submitter,
            fee: Fixed::ZERO,
        })
    }
}
