//! Changes of governed values: proposed by quorum, in force by id when their delay is over.
//!
//! ```text
//!   Propose ─► name, subject, bounds, largest step, no contradiction ─► waits 1 h (tightens) or 48 h (loosens) ─► Enact by id
//! ```
//! A proposal holds the value that it was made against; when that has changed, it is superseded, so that neither the step nor the delay can
//! be stretched by two proposals at once. Vault values leave as a `Govern` entry of the outbox. The direction of a vault's value is unknown
//! here, so it waits as if it loosened. Spec: `spec/relayer.md`, Security layers (governance); `spec/parameters.md`.

use super::refusal::GovernanceRefusal;
use super::succession::is_sound;
use crate::ids::{Address, ChainId, Hash};
use crate::parameters::{LOOSEN_MS, MarketKey};
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{Proposal, State, Target};
use alloc::{collections::BTreeMap, vec::Vec};
use wire::{U256, command::Propose, outbox::Govern};

impl State {
    pub(super) fn propose(&mut self, order: &Propose) -> Result<Effect, Refusal> {
        let Propose {
            id, expiry_ms, value, ..
        } = *order;
        let next = self.scans.next_proposal;
        if id < next {
            return Err(GovernanceRefusal::ProposalTaken { id, next }.into());
        }
        let target = self.target(order.parameter, order.subject)?;
        let old = self.value_of(&target)?;
        let not_before_ms = self.time_ms.saturating_add(delay_ms(&target, old, value)?);
        if not_before_ms >= expiry_ms {
            return Err(GovernanceRefusal::NeverEnacted {
                not_before_ms,
                expiry_ms,
            }
            .into());
        }
        self.require_consistent(&target, value)?;
        self.proposals.insert(
            id,
            Proposal {
                target,
                old,
                value,
                not_before_ms,
                expiry_ms,
            },
        );
        self.scans.next_proposal = id.saturating_add(1);
        Ok(Effect::Done)
    }

    pub(super) fn enact(&mut self, id: u64) -> Result<Effect, Refusal> {
        let proposal = self
            .proposals
            .remove(&id)
            .ok_or(GovernanceRefusal::UnknownProposal { id })?;
        let Proposal {
            target,
            old,
            value,
            not_before_ms,
            ..
        } = proposal;
        let (time_ms, now) = (self.time_ms, self.value_of(&target)?);
        if time_ms < not_before_ms {
            return Err(GovernanceRefusal::TooEarly {
                not_before_ms,
                time_ms,
            }
            .into());
        }
        if now != old {
            return Err(GovernanceRefusal::Superseded { old, now }.into());
        }
        self.require_consistent(&target, value)?;
        self.put_value(&target, value)?;
        Ok(Effect::Done)
    }

    /// Forgets the proposals whose time is over.
    pub(super) fn drop_proposals(&mut self) {
        let now = self.time_ms;
        let over = |proposal: &Proposal| proposal.expiry_ms <= now;
        let ended: Vec<u64> = self
            .proposals
            .iter()
            .filter(|row| over(row.1))
            .map(|row| *row.0)
            .collect();
        for id in ended {
            self.proposals.remove(&id);
        }
    }

    /// The value in force; a vault's is not known here and counts as zero.
    fn value_of(&self, target: &Target) -> Result<i128, Refusal> {
        Ok(match target {
            Target::Network(key) => self.parameters.get(*key),
            Target::Chain(chain, key) => self
                .chains
                .get(chain)
                .ok_or(Refusal::UnknownChain { chain: *chain })?
                .risk
                .get(*key),
            Target::Asset(asset, key) => self.asset(*asset)?.risk.get(*key),
            Target::Market(series, key) => self
                .listings
                .get(series)
                .map_or(0, |listing| listing.risk.get(*key)),
            Target::Feed(feed, key) => self.feed(*feed)?.risk.get(*key),
            Target::Weight(attester) => self
                .attesters
                .get(attester)
                .map_or(0, |row| i128::from(row.weight)),
            Target::Vault(..) => 0,
        })
    }

    fn put_value(&mut self, target: &Target, value: i128) -> Result<(), Refusal> {
        match target {
            Target::Network(key) => self.parameters.set(*key, value),
            Target::Chain(chain, key) => {
                self.chains
                    .row(chain)
                    .ok_or(Refusal::UnknownChain { chain: *chain })?
                    .risk
                    .set(*key, value);
            }
            Target::Asset(asset, key) => self.books(*asset)?.risk.set(*key, value),
            Target::Market(series, key) => {
                if let Some(listing) = self.listings.row(series) {
                    listing.risk.set(*key, value);
                }
            }
            Target::Feed(feed, key) => {
                self.feeds
                    .row(feed)
                    .ok_or(Refusal::UnknownFeed { feed: *feed })?
                    .risk
                    .set(*key, value);
            }
            Target::Weight(attester) => {
                self.attesters.row_or_default(attester).weight = u32::try_from(value).unwrap_or(0);
            }
            Target::Vault(chain, key) => self.order_vault(*chain, *key, value)?,
        }
        Ok(())
    }

    /// Puts a vault's value into the outbox.
    fn order_vault(&mut self, chain: ChainId, key: Hash, value: i128) -> Result<(), Refusal> {
        let vault = self
            .chains
            .get(&chain)
            .and_then(|row| row.vault)
            .ok_or(Refusal::UnknownChain { chain })?;
        let entry = self.scans.next_entry;
        self.scans.next_entry.0 = entry.0.saturating_add(1);
        let value = U256::from(value.unsigned_abs());
        self.vault_changes.insert(
            entry,
            Govern {
                id: entry.0,
                chain,
                vault,
                key,
                value,
            },
        );
        Ok(())
    }

    /// Refuses a value that contradicts another one.
    fn require_consistent(&self, target: &Target, value: i128) -> Result<(), Refusal> {
        match *target {
            Target::Market(series, key) => {
                let mut risk = self
                    .listings
                    .get(&series)
                    .map(|listing| listing.risk)
                    .unwrap_or_default();
                risk.set(key, value);
                require_order(&risk, MarketKey::Maintenance, MarketKey::Initial)?;
                require_order(&risk, MarketKey::OpenInterestLower, MarketKey::OpenInterestUpper)
            }
            Target::Weight(attester) => self.require_sound_set(attester, value),
            _ => Ok(()),
        }
    }

    /// The weights wished for, with this one, must make a set.
    fn require_sound_set(&self, attester: Address, weight: i128) -> Result<(), Refusal> {
        let rows = self.attesters.iter().filter(|(_, row)| !row.accused);
        let mut wished: BTreeMap<Address, u32> = rows.map(|(address, row)| (*address, row.weight)).collect();
        wished.insert(attester, u32::try_from(weight).unwrap_or(0));
        wished.retain(|_, weight| *weight > 0);
        let row = self.attesters.get(&attester);
        if row.is_some_and(|row| row.accused) {
            return Err(GovernanceRefusal::Accused { attester }.into());
        }
        // Its stake is on the way out: what it signs as a member again could not be slashed.
        if weight > 0 && row.is_some_and(|row| row.unstaking.is_some()) {
            return Err(GovernanceRefusal::UnstakingAlready { attester }.into());
        }
        if !is_sound(&wished) {
            return Err(GovernanceRefusal::UnsoundSet { attester, weight }.into());
        }
        Ok(())
    }
}

/// How long a change waits, if it may be made at all.
fn delay_ms(target: &Target, old: i128, value: i128) -> Result<u64, GovernanceRefusal> {
    let Some(bound) = target.bound() else {
        return if value < 0 {
            Err(GovernanceRefusal::OutOfBounds {
                parameter: "vault",
                value,
                low: 0,
                high: i128::MAX,
            })
        } else {
            Ok(LOOSEN_MS)
        };
    };
    let parameter = bound.name;
    if !bound.contains(value) {
        return Err(GovernanceRefusal::OutOfBounds {
            parameter,
            value,
            low: bound.low,
            high: bound.high,
        });
    }
    if value == old {
        return Err(GovernanceRefusal::NoChange { parameter, value });
    }
    if !bound.allows_step(old, value) {
        return Err(GovernanceRefusal::StepTooLarge {
            parameter,
            old,
            value,
        });
    }
    Ok(bound.delay_ms(old, value))
}

fn require_order(
    risk: &crate::parameters::MarketRisk,
    smaller: MarketKey,
    larger: MarketKey,
) -> Result<(), Refusal> {
    if risk.get(smaller) > risk.get(larger) {
        let (smaller, larger) = (smaller.bound().name, larger.bound().name);
        return Err(GovernanceRefusal::Contradiction { smaller, larger }.into());
    }
    Ok(())
}
