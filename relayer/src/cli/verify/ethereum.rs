//! `viaduct verify ethereum`: from a checkpoint root to a finalized header, with files as beacon nodes serve them.
//!
//! Facts: `finalized`, `optimistic`, `execution` (of the finalized header; its fields are null before Capella, and Gloas
//! gives the hash only). Valid updates that bring nothing new are skipped and reported on stderr.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use clap::Args;
use light_client::{
    ChainNumber, Checkpoint, Hash32, UnixSeconds,
    ethereum::{
        self, Params, Rejection, TrustedState, VerifiedHeader, json,
        network::{MAINNET, Network, SEPOLIA},
        ssz,
        types::{Execution, Update},
    },
};
use serde::Serialize;

use crate::cli::{Failure, Output, input, output::Decimal};

/// Arguments of the command.
#[derive(Args)]
pub(crate) struct Ethereum {
    /// mainnet, sepolia, or a JSON file {spec, genesis} with a node's /config/spec and /genesis answers
    #[arg(long)]
    network: String,
    /// Root of the trusted beacon block
    #[arg(long, value_name = "ROOT")]
    checkpoint: Hash32,
    /// The checkpoint's bootstrap (JSON)
    #[arg(long, value_name = "FILE")]
    bootstrap: PathBuf,
    /// Updates, one or many (JSON, or the SSZ stream in a file named *.ssz); may be given several times
    #[arg(long, value_name = "FILE", required = true)]
    updates: Vec<PathBuf>,
    /// A finality update, applied last (JSON)
    #[arg(long, value_name = "FILE")]
    finality: Option<PathBuf>,
    /// The time to judge at, in seconds since 1970 [default: the system's]
    #[arg(long, value_name = "UNIX")]
    now: Option<u64>,
    /// Oldest checkpoint accepted, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 14 * 24 * 3600)]
    max_age: u64,
}

/// Runs the verification and prints what it establishes.
pub(crate) fn run(arguments: &Ethereum, output: &mut Output) -> Result<(), Failure> {
    let network = network(&arguments.network)?;
    let now = arguments
        .now
        .map_or_else(system_time, |now| Ok(UnixSeconds(now)))?;
    let params = Params {
        trusting_period_seconds: arguments.max_age,
        ..Params::new(network)
    };
    let mut state = bootstrap(arguments, &params, now)?;
    for path in &arguments.updates {
        let updates = read_updates(path, &params.network)?;
        for (index, update) in updates.iter().enumerate() {
            let name = format!("{}: update {index}", path.display());
            advance(&mut state, update, &name, &params, now)?;
        }
    }
    if let Some(path) = &arguments.finality {
        let update = decode(path, |bytes| json::finality_update(bytes, &params.network.preset))?;
        advance(&mut state, &update, &path.display().to_string(), &params, now)?;
    }
    output.fact(&Header::finalized(state.finalized()))?;
    output.fact(&Header::optimistic(state.optimistic()))?;
    output.fact(&ExecutionBlock::of(state.finalized()))
}

fn network(name: &str) -> Result<Network, Failure> {
    match name {
        "mainnet" => Ok(MAINNET),
        "sepolia" => Ok(SEPOLIA),
        path => decode(Path::new(path), ethereum::network).map_err(|failure| {
            failure.with_hint("--network takes mainnet, sepolia or a file {spec, genesis}")
        }),
    }
}

fn system_time() -> Result<UnixSeconds, Failure> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let since = since.map_err(|error| Failure::input("the system clock", error).with_hint("give --now"))?;
    Ok(UnixSeconds(since.as_secs()))
}

fn bootstrap(arguments: &Ethereum, params: &Params, now: UnixSeconds) -> Result<TrustedState, Failure> {
    let path = &arguments.bootstrap;
    let bootstrap = decode(path, |bytes| json::bootstrap(bytes, &params.network.preset))?;
    let slot = bootstrap.header.beacon.slot;
    let checkpoint = Checkpoint {
        chain: ChainNumber(0),
        height: slot.0,
        hash: arguments.checkpoint,
        not_after: params.network.time(slot).plus(arguments.max_age),
    };
    ethereum::bootstrap(&checkpoint, &bootstrap, params, now)
        .map_err(|rejection| rejected(&path.display().to_string(), &rejection))
}

fn read_updates(path: &Path, network: &Network) -> Result<Vec<Update>, Failure> {
    if path.extension().is_some_and(|extension| extension == "ssz") {
        return decode(path, |bytes| ssz::update_stream(bytes, network));
    }
    decode(path, |bytes| json::updates(bytes, &network.preset))
}

fn decode<T, E: fmt::Display>(path: &Path, decode: impl FnOnce(&[u8]) -> Result<T, E>) -> Result<T, Failure> {
    let bytes = input::read(path)?;
    decode(&bytes).map_err(|error| Failure::input(path.display(), error))
}

/// Verifies one update and takes it in; one that brings nothing new is reported and skipped.
fn advance(
    state: &mut TrustedState,
    update: &Update,
    name: &str,
    params: &Params,
    now: UnixSeconds,
) -> Result<(), Failure> {
    match ethereum::verify(state, update, params, now) {
        Ok(verified) => state
            .advance(verified)
            .map_err(|stale| Failure::input(name, stale)),
        Err(rejection) if rejection.is_irrelevance() => {
            eprintln!("skipped: {name}: {rejection}");
            Ok(())
        }
        Err(rejection) => Err(rejected(name, &rejection)),
    }
}

fn rejected(name: &str, rejection: &Rejection) -> Failure {
    Failure::Rejected {
        variant: rejection.into(),
        message: format!("{name}: {rejection}"),
    }
}

#[derive(Serialize)]
struct Header {
    fact: &'static str,
    slot: Decimal,
    root: String,
}

impl Header {
    fn finalized(header: &VerifiedHeader) -> Self {
        Self::of("finalized", header)
    }

    fn optimistic(header: &VerifiedHeader) -> Self {
        Self::of("optimistic", header)
    }

    fn of(fact: &'static str, header: &VerifiedHeader) -> Self {
        Self {
            fact,
            slot: Decimal(header.header().beacon.slot.0),
            root: header.root().to_string(),
        }
    }
}

impl fmt::Display for Header {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:<10} slot {}  root {}",
            self.fact, self.slot, self.root
        )
    }
}

#[derive(Serialize)]
struct ExecutionBlock {
    fact: &'static str,
    number: Option<Decimal>,
    hash: Option<String>,
    state_root: Option<String>,
    receipts_root: Option<String>,
}

impl ExecutionBlock {
    fn of(header: &VerifiedHeader) -> Self {
        let (payload, hash) = match &header.header().execution {
            Execution::Payload(payload) if !payload.is_zero() => (Some(payload), Some(payload.block_hash)),
            Execution::BlockHash(hash) if !hash.is_zero() => (None, Some(*hash)),
            _ => (None, None),
        };
        Self {
            fact: "execution",
            number: payload.map(|payload| Decimal(payload.block_number)),
            hash: hash.map(|hash| hash.to_string()),
            state_root: payload.map(|payload| payload.state_root.to_string()),
            receipts_root: payload.map(|payload| payload.receipts_root.to_string()),
        }
    }
}

impl fmt::Display for ExecutionBlock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".into());
        let number = self.number.as_ref().map(Decimal::to_string);
        write!(
            formatter,
            "{:<10} number {}  hash {}  state_root {}  receipts_root {}",
            self.fact,
            or_none(&number),
            or_none(&self.hash),
            or_none(&self.state_root),
            or_none(&self.receipts_root),
        )
    }
}
