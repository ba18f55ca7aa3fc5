//! The whole state of the ledger: plain tables in canonical order, nothing derived that could not be rebuilt.
//!
//! ```text
//!   subs ─ balances, positions          ── subs root
//!   ─────────────────────────────────────────────────
//!   assets, listings, markets, oracle, health, chains, withdrawals, suspense, nonces,
//!   attesters, sets, auctions, proposals, halts, scans, parameters   ── globals root
//! ```
//! Only [`crate::block::apply_block`] changes it. A command runs between `begin` and `commit` or `roll_back`; every table takes back
//! what a refused command wrote. Money moves through [`State::post`] alone. Spec: `spec/ledger.md`, State.

mod asset;
mod attesters;
mod auction;
mod bucket;
mod exits;
mod governance;
mod health;
mod market;
mod nonces;
mod oracle;
mod shared;
mod sub;
mod table;
mod vault;

pub use asset::{Asset, AssetTerms, Class};
pub use attesters::{Attester, AttesterSet, Sets, Unstaking};
pub use auction::{Auction, AuctionKind};
pub use bucket::{Bucket, Indemnity};
pub use exits::Exits;
pub use governance::{Proposal, Target};
pub use health::{Authority, Halt, Health};
pub use market::{FundingWindow, Life, Listing, Market};
pub use nonces::{Ending, NONCES_MAX, Nonces, Use, Used, VALIDITY_MAX_MS};
pub use oracle::{Accepted, Expiry, ExpiryWindow, Feed};
pub use shared::Shared;
pub use sub::{BALANCES_MAX, Balance, POSITIONS_MAX, Position, Status, Sub, Unmatured};
pub use table::Table;
pub use vault::{Chain, Cursor, Custody, Stage, Suspended, Vault, Withdrawal, fee_sub};

use crate::arrays::EpochArrays;
use crate::ids::{Account, Address, AssetId, ChainHeight, ChainId, EntryId, Instrument, Series, Underlying};
use crate::limits::{Bound, Outflow, SourceWindow, Staking};
use crate::math::Fixed;
use crate::parameters::NetworkParameters;
use wire::{
    command::{Checkpoint, HealthReport, PriceReport, Scope},
    outbox::Govern,
};

/// Places of the scans that go over all subs a few per block, and the ids given out so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scans {
    /// The sub that the liquidation scan looked at last.
    pub liquidation: Option<Account>,
    /// The next outbox entry's id.
    pub next_entry: EntryId,
    /// The next proposal's id.
    pub next_proposal: u64,
    /// Block time up to which auctions' clocks went.
    pub auction_ms: u64,
    /// The account that the withdrawal queue of an asset served last.
    pub queue: alloc::collections::BTreeMap<AssetId, Account>,
}

/// The ledger.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Height of the block applied last.
    pub height: u64,
    /// Its time.
    pub time_ms: u64,
    /// Governed values of the network.
    pub parameters: NetworkParameters,
    /// Margin accounts.
    pub subs: Table<Account, Shared<Sub>>,
    /// How many ids each sub has in use, and which of its intents are cancelled; part of the globals.
    pub nonces: Table<Account, Nonces>,
    /// Used ids.
    pub uses: Table<(Account, u64), Used>,
    /// Expiring nonces by block time.
    pub expiring: Table<(u64, Account, u64), ()>,
    /// Books per asset.
    pub assets: Table<AssetId, Asset>,
    /// Families of instruments that genesis lists.
    pub listings: Table<Series, Listing>,
    /// Instruments that were traded.
    pub markets: Table<Instrument, Market>,
    /// Deposits that could not be credited, by chain and number.
    pub suspense: Table<(ChainId, u64), Suspended>,
    /// Chains with their vault cursors.
    pub chains: Table<ChainId, Chain>,
    /// Bridged supply per asset and the chain that it is on.
    pub bridged: Table<(AssetId, ChainId), Fixed>,
    /// Entries that have not ended.
    pub withdrawals: Table<EntryId, Withdrawal>,
    /// Those that wait for the governor.
    pub queue: Table<(AssetId, Account, EntryId), ()>,
    /// Those in the outbox that expire, by destination and the second after which their vault refuses them.
    pub lapsing: Table<(ChainId, u64, EntryId), ()>,
    /// Accepted prices.
    pub feeds: Table<Underlying, Feed>,
    /// Last price report per attester.
    pub price_reports: Table<Address, PriceReport>,
    /// Health per chain.
    pub health: Table<ChainId, Health>,
    /// Last health report per attester.
    pub health_reports: Table<Address, HealthReport>,
    /// Running halts.
    pub halts: Table<Scope, Halt>,
    /// Attesters and stake.
    pub attesters: Table<Address, Attester>,
    /// Current and next set.
    pub sets: Sets,
    /// Auctions, running or just closed.
    pub auctions: Table<Account, Auction>,
    /// Subs that somebody asked the liquidation scan to look at.
    pub flagged: Table<Account, ()>,
    /// Nonces of attesters' own commands, with their expiry.
    pub attester_nonces: Table<(Address, u64), u64>,
    /// Serials of quorum statements by kind, with their expiry.
    pub statements: Table<(u8, u64), u64>,
    /// Newest trust root per chain.
    pub checkpoints: Table<ChainId, Checkpoint>,
    /// Where an attester was convicted of a false attestation.
    pub falsified: Table<(Address, ChainHeight), ()>,
    /// What harmed users are owed out of slashed stake and is not in the outbox yet.
    pub indemnities: Table<Address, Fixed>,
    /// What of it is in the outbox.
    pub indemnity_entries: Table<EntryId, Indemnity>,
    /// Changes of vault values on their way through the outbox.
    pub vault_changes: Table<EntryId, Govern>,
    /// Proposals that wait.
    pub proposals: Table<u64, Proposal>,
    /// Governor windows per asset.
    pub outflows: Table<AssetId, Outflow>,
    /// Source-risk window per chain.
    pub inflows: Table<ChainId, SourceWindow>,
    /// What the economic budget leaves, and what has left against it.
    pub budget: Table<Bound, Fixed>,
    /// Stake's asset and its price.
    pub staking: Staking,
    /// What each sub could exit with.
    pub exits: Exits,
    /// Scan places and counters.
    pub scans: Scans,
    /// Risk arrays of the live options; derived.
    pub arrays: EpochArrays,
}

/// Calls one method on every table.
macro_rules! each_table {
    ($state:ident.$method:ident()) => {
        $state.subs.$method();
        $state.nonces.$method();
        $state.uses.$method();
        $state.expiring.$method();
        $state.assets.$method();
        $state.listings.$method();
        $state.markets.$method();
        $state.suspense.$method();
        $state.chains.$method();
        $state.bridged.$method();
        $state.withdrawals.$method();
        $state.queue.$method();
        $state.lapsing.$method();
        $state.feeds.$method();
        $state.price_reports.$method();
        $state.health.$method();
        $state.health_reports.$method();
        $state.halts.$method();
        $state.attesters.$method();
        $state.auctions.$method();
        $state.flagged.$method();
        $state.attester_nonces.$method();
        $state.statements.$method();
        $state.checkpoints.$method();
        $state.falsified.$method();
        $state.indemnities.$method();
        $state.indemnity_entries.$method();
        $state.vault_changes.$method();
        $state.proposals.$method();
        $state.outflows.$method();
        $state.inflows.$method();
        $state.budget.$method();
    };
}

impl State {
    /// Starts a command.
    pub(crate) fn begin(&mut self) {
        each_table!(self.begin());
    }

    /// Keeps what the command did.
    pub(crate) fn commit(&mut self) {
        each_table!(self.commit());
    }

    /// Takes back what the command did. Counters in [`Scans`] are left: a number given out twice is worse than a gap.
    pub(crate) fn roll_back(&mut self) {
        each_table!(self.roll_back());
    }
}
