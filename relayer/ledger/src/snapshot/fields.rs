//! The fields of every type of the state, in the order in which a snapshot holds them.
//!
//! Each list is checked by the compiler: a field that is missing here does not compile. Enums write one byte for their variant,
//! keys of governed values their place in the list of all keys, structs of governed values their raw values in that order.

use alloc::{collections::BTreeMap, vec::Vec};

use wire::encoding::{Canonical, DecodeError, Reader};

use crate::{
    ids::{EntryId, Series},
    limits::{Bound, Outflow, SourceWindow, Staking, Window},
    margin::latency::ChainTier,
    math::Fixed,
    parameters::{
        AssetKey, AssetRisk, ChainKey, ChainRisk, FeedKey, FeedRisk, MarketKey, MarketRisk, NetworkKey,
        NetworkParameters,
    },
    state::{
        Accepted, Asset, AssetTerms, Attester, AttesterSet, Auction, AuctionKind, Authority, Balance, Bucket,
        Chain, Class, Cursor, Custody, Ending, Exits, Expiry, ExpiryWindow, Feed, FundingWindow, Halt,
        Health, Indemnity, Life, Listing, Market, Nonces, Position, Proposal, Scans, Sets, Stage, State,
        Status, Sub, Suspended, Table, Target, Unmatured, Unstaking, Use, Used, Vault, Withdrawal,
    },
    transfer::{Account, Limit},
};

macro_rules! structs {
    ($( $name:ident { $($field:ident),+ $(,)? } )+) => {$(
        impl Canonical for $name {
            fn encode_to(&self, out: &mut Vec<u8>) {
                let Self { $($field),+ } = self;
                $( Canonical::encode_to($field, out); )+
            }

            fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(Self { $( $field: Canonical::decode_from(input)?, )+ })
            }
        }
    )+};
}

macro_rules! enums {
    ($( $name:ident {
        $( $code:literal = $variant:ident $( ( $($part:ident),+ ) )? $( { $($field:ident),+ } )?, )+
    } )+) => {$(
        impl Canonical for $name {
            fn encode_to(&self, out: &mut Vec<u8>) {
                match self { $(
                    Self::$variant $( ( $($part),+ ) )? $( { $($field),+ } )? => {
                        out.push($code);
                        $( $( Canonical::encode_to($part, out); )+ )?
                        $( $( Canonical::encode_to($field, out); )+ )?
                    }
                )+ }
            }

            fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                match u8::decode_from(input)? {
                    $( $code => {
                        $( $( let $part = Canonical::decode_from(input)?; )+ )?
                        $( $( let $field = Canonical::decode_from(input)?; )+ )?
                        Ok(Self::$variant $( ( $($part),+ ) )? $( { $($field),+ } )?)
                    } )+
                    code => Err(DecodeError::UnknownCode { code, of: stringify!($name) }),
                }
            }
        }
    )+};
}

macro_rules! governed {
    ($( $name:ident by $key:ident )+) => {$(
        impl Canonical for $key {
            fn encode_to(&self, out: &mut Vec<u8>) {
                let place = Self::ALL.iter().position(|key| key == self);
                // Fewer than 256 values are governed; a place that does not fit would be refused when read.
                out.push(place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX));
            }

            fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let code = u8::decode_from(input)?;
                let key = Self::ALL.get(usize::from(code)).copied();
                key.ok_or(DecodeError::UnknownCode { code, of: stringify!($key) })
            }
        }

        impl Canonical for $name {
            fn encode_to(&self, out: &mut Vec<u8>) {
                $key::ALL.iter().for_each(|key| self.get(*key).encode_to(out));
            }

            fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let mut values = Self::default();
                for key in $key::ALL {
                    let raw = i128::decode_from(input)?;
                    if !key.bound().contains(raw) {
                        return Err(DecodeError::Invalid { of: key.bound().name });
                    }
                    values.set(*key, raw);
                }
                Ok(values)
            }
        }
    )+};
}

structs! {
    State {
        height, time_ms, parameters, subs, nonces, uses, expiring, assets, listings, markets, suspense, chains, bridged,
        withdrawals, queue, lapsing, feeds, price_reports, health, health_reports, halts, attesters, sets, auctions,
        flagged, attester_nonces, statements, checkpoints, falsified, indemnities, indemnity_entries, vault_changes,
        proposals, outflows, inflows, budget, staking, exits, scans, arrays,
    }
    Exits { rows, rates }
    Scans { liquidation, next_entry, next_proposal, auction_ms, queue }
    Outflow { hour, day }
    Window { start_ms, base, spent, inflow, inflow_before, freed }
    SourceWindow { start_ms, base, credited }
    Staking { asset, lows, day_start_ms }
    Sub { model, status, balances, positions, unmatured, realised, net_deposits, withdrawals }
    Balance { shares }
    Position { quantity, cost, funding_index }
    Unmatured { amount, start_ms, end_ms }
    Nonces { intents_from, live }
    Used { until_ms, by }
    Asset {
        terms, risk, claim_shares, loan_shares, supply_index, borrow_index, rate, interest_ms, insurance, fees,
        suspense, pools, dust, queued, lost, vault, bucket,
    }
    AssetTerms { class, decimals, feed }
    Vault { holdings, owed, bearer }
    Account { debits_pending, debits_posted, credits_pending, credits_posted, limit }
    Bucket { held, free, owed }
    Indemnity { owner, amount }
    Listing { risk, live, insurance_paid }
    Market { life, open_interest, holders, funding_index, funding, pool }
    FundingWindow { start_ms, until_ms, premium_ms, covered_ms }
    ExpiryWindow { price_ms, covered_ms, until_ms }
    Suspended { account, asset, units, booked }
    Chain { custody, risk, native, vault, evm_chain_id, code_hash, cursor, rotated_set, exited }
    Cursor { height, timestamp, next_seq, remaining, attestation }
    Withdrawal { sub, nonce, asset, destination, recipient, amount, fee, stage }
    Feed { risk, spot, perpetual, stable, expiries, epoch, epoch_ms, halted }
    Accepted { price, median, confidence, time_ms, after_gap }
    Expiry { forward, rate, smile, window }
    Health { normal_lag_ms, lag_ms, latency_ms, factor, phi_initial, phi_maintenance, phi_ms, tier, release_cost }
    Halt { authority, reason, until_ms }
    Attester { weight, stake, unstaking, last_set, accused, halt_ms }
    Unstaking { amount, not_before_ms, entry }
    Sets { current, next, epoch_ms, epoch }
    AttesterSet { id, members }
    Auction { kind, clock_ms, cash, shortfall, reserved, fee_paid, closed_ms }
    Proposal { target, old, value, not_before_ms, expiry_ms }
}

enums! {
    Status { 0 = Open, 1 = InAuction, }
    Ending { 0 = Applied, 1 = Refused, }
    Use { 0 = Command { body, ending }, 1 = Intent { body, filled }, 2 = Cancelled, }
    Class { 0 = Cash, 1 = Collateral, }
    Limit { 0 = None, 1 = DebitsMustNotExceedCredits, 2 = CreditsMustNotExceedDebits, }
    Life { 0 = Live, 1 = Settled { price }, }
    Custody { 0 = Contract, 1 = Multisig, }
    Stage { 0 = Queued { since_ms, not_before_ms }, 1 = InOutbox { height, valid_until }, 2 = Failed { valid_until }, }
    ChainTier { 0 = Healthy, 1 = Degraded, 2 = Unhealthy, 3 = Halted, }
    Authority { 0 = Attester, 1 = Quorum, 2 = Books, }
    AuctionKind { 0 = Solvent, 1 = Insolvent, }
    Bound { 0 = Outflow, 1 = OpenInterest, 2 = Spent, }
    Series {
        0 = Perpetual { underlying, cash },
        1 = Futures { underlying, cash },
        2 = Options { underlying, cash },
        3 = Spot { base, quote },
    }
    Target {
        0 = Network(key),
        1 = Chain(chain, key),
        2 = Asset(asset, key),
        3 = Market(series, key),
        4 = Feed(feed, key),
        5 = Vault(chain, key),
        6 = Weight(attester),
    }
}

governed! {
    NetworkParameters by NetworkKey
    ChainRisk by ChainKey
    AssetRisk by AssetKey
    FeedRisk by FeedKey
    MarketRisk by MarketKey
}

impl Canonical for Fixed {
    fn encode_to(&self, out: &mut Vec<u8>) {
        self.raw().encode_to(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match i128::decode_from(input)? {
            // It has no negation and is no number of the ledger.
            i128::MIN => Err(DecodeError::Invalid { of: "Fixed" }),
            raw => Ok(Self::from_raw(raw)),
        }
    }
}

impl Canonical for EntryId {
    fn encode_to(&self, out: &mut Vec<u8>) {
        self.0.encode_to(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        u64::decode_from(input).map(Self)
    }
}

impl<K: Canonical + Ord, V: Canonical> Canonical for Table<K, V> {
    fn encode_to(&self, out: &mut Vec<u8>) {
        let rows: &BTreeMap<K, V> = self;
        rows.encode_to(out);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        BTreeMap::decode_from(input).map(Self::from)
    }
}
