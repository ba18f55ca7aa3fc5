//! `viaduct verify ckb`: consecutive headers from any height, with files as CKB nodes serve them.
//!
//! Facts: `anchor`, the first header, compared with `--checkpoint` when given (`checked`) and otherwise trusted as it stands; `tip`, with the
//! work since the anchor, the form of the epoch rule that ran, and how many headers went without the median-of-37 rule because
//! fewer ancestors are in the file. The anchor's own proof of work and, for block 0, the network's genesis hash are checked always.

use std::{fmt, path::PathBuf, str, time::SystemTime};

use clap::Args;
use light_client::ckb::{
    self, Header, Params, Rejection, TrustedState, Update, json, json::JsonError, verify,
};
use light_client::{Hash32, UnixSeconds};
use serde::Serialize;

use crate::cli::{Failure, Output, input, output::Decimal};

/// Arguments of the command.
#[derive(Args)]
pub(crate) struct Ckb {
    /// mainnet, testnet, or a node's chain-spec TOML file
    #[arg(long)]
    network: String,
    /// Headers: a JSON-RPC array, or one serialised header in hex per line
    #[arg(long, value_name = "FILE")]
    headers: PathBuf,
    /// Hash that the first header must have
    #[arg(long, value_name = "HASH")]
    checkpoint: Option<Hash32>,
    /// The time to judge at, in seconds since 1970 [default: the system's]
    #[arg(long, value_name = "UNIX")]
    now: Option<u64>,
}

/// Runs the verification and prints what it establishes.
pub(crate) fn run(arguments: &Ckb, output: &mut Output) -> Result<(), Failure> {
    let params = network(&arguments.network)?;
    let now = arguments
        .now
        .map_or_else(system_time, |now| Ok(UnixSeconds(now)))?;
    let headers = read_headers(arguments)?;
    let [anchor, rest @ ..] = headers.as_slice() else {
        return Err(Failure::rejected(&Rejection::NoHeaders));
    };
    let mut state = anchored(anchor, arguments.checkpoint, &params)?;
    let mut without_median = 0;
    for part in rest.chunks(ckb::MAX_HEADERS) {
        let update = Update {
            headers: part.to_vec(),
            uncles: None,
        };
        let verified =
            verify(&state, &update, &params, now).map_err(|rejection| Failure::rejected(&rejection))?;
        without_median += verified.without_median();
        state
            .advance(verified)
            .map_err(|stale| Failure::input(arguments.headers.display(), stale))?;
    }
    output.fact(&Anchor {
        fact: "anchor",
        number: Decimal(anchor.number),
        hash: anchor.hash().to_string(),
        checked: arguments.checkpoint.is_some(),
    })?;
    output.fact(&Tip::of(&state, without_median))
}

fn network(name: &str) -> Result<Params, Failure> {
    match name {
        "mainnet" => Ok(Params::MAINNET),
        "testnet" => Ok(Params::TESTNET),
        file => {
            let bytes = input::read(file.as_ref()).map_err(|failure| {
                failure.with_hint("--network takes mainnet, testnet or a chain-spec file")
            })?;
            let text = str::from_utf8(&bytes).map_err(|error| Failure::input(file, error))?;
            Params::from_chain_spec(text).map_err(|error| Failure::input(file, error))
        }
    }
}

fn system_time() -> Result<UnixSeconds, Failure> {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map(|time| UnixSeconds(time.as_secs()))
        .map_err(|error| Failure::input("system clock", error))
}

/// The first header as the trust root.
fn anchored(anchor: &Header, checkpoint: Option<Hash32>, params: &Params) -> Result<TrustedState, Failure> {
    let got = anchor.hash();
    if let Some(checkpoint) = checkpoint.filter(|checkpoint| *checkpoint != got) {
        return Err(Failure::rejected(&Rejection::AnchorIsNotCheckpoint {
            got,
            checkpoint,
        }));
    }
    if anchor.number != 0 && !params.pow.is_proved_by(anchor) {
        return Err(Failure::rejected(&Rejection::NoProofOfWork {
            number: anchor.number,
        }));
    }
    TrustedState::anchored(anchor.clone(), params).map_err(|rejection| Failure::rejected(&rejection))
}

fn read_headers(arguments: &Ckb) -> Result<Vec<Header>, Failure> {
    let path = &arguments.headers;
    let bytes = input::read(path)?;
    if matches!(bytes.trim_ascii_start().first(), Some(b'[' | b'{')) {
        return json::headers(&bytes).map_err(|error| refused(path.display(), &error));
    }
    let text = str::from_utf8(&bytes).map_err(|error| Failure::input(path.display(), error))?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(place, line)| {
            let at = format!("{}: line {}", path.display(), place + 1);
            let digits = line.trim();
            let raw = hex::decode(digits.strip_prefix("0x").unwrap_or(digits));
            let raw = raw.map_err(|error| Failure::input(&at, error))?;
            Header::decode(&raw).map_err(|error| Failure::input(&at, error))
        })
        .collect()
}

/// A served hash that is not the content's is untrue, anything else is not the format.
pub(super) fn refused(at: impl fmt::Display, error: &JsonError) -> Failure {
    match error {
        JsonError::ClaimedHash { .. } => Failure::rejected(error),
        _ => Failure::input(at, error),
    }
}

#[derive(Serialize)]
struct Anchor {
    fact: &'static str,
    number: Decimal,
    hash: String,
    checked: bool,
}

impl fmt::Display for Anchor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checked = if self.checked {
            "as the checkpoint names it"
        } else {
            "unchecked: trusted as given"
        };
        write!(formatter, "anchor {} {} ({checked})", self.number, self.hash)
    }
}

#[derive(Serialize)]
struct Tip {
    fact: &'static str,
    number: Decimal,
    hash: String,
    epoch: u64,
    epoch_index: u64,
    epoch_length: u64,
    work: String,
    epoch_mode: &'static str,
    without_median: usize,
}

impl Tip {
    fn of(state: &TrustedState, without_median: usize) -> Self {
        let header = state.tip_header();
        Self {
            fact: "tip",
            number: Decimal(header.number),
            hash: state.tip().hash.to_string(),
            epoch: header.epoch.number(),
            epoch_index: header.epoch.index(),
            epoch_length: header.epoch.length(),
            work: state.work().to_string(),
            // The file holds no uncles.
            epoch_mode: "header_only",
            without_median,
        }
    }
}

impl fmt::Display for Tip {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "tip {} {}, epoch {}({}/{}) by the {} rule, work {} since the anchor, {} headers without median",
            self.number,
            self.hash,
            self.epoch,
            self.epoch_index,
            self.epoch_length,
            self.epoch_mode,
            self.work,
            self.without_median
        )
    }
}
