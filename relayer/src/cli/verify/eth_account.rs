//! `viaduct verify eth-account`: an account and its storage slots under a state root, from a node's `eth_getProof` answer.
//!
//! Facts: `account`, then a `slot` for each slot of the answer. What is proved not to be there has `exists` false.

use std::{fmt, path::PathBuf};

use clap::Args;
use light_client::{
    Hash32,
    ethereum::execution::{Account, ProvenAccount, ProvenSlot, account, json},
};
use serde::Serialize;

use crate::cli::{Failure, Output, input, output::Decimal};

/// Arguments of the command.
#[derive(Args)]
pub(crate) struct EthAccount {
    /// State root of a verified execution block
    #[arg(long, value_name = "ROOT")]
    state_root: Hash32,
    /// Answer to eth_getProof (JSON)
    #[arg(long, value_name = "FILE")]
    proof: PathBuf,
}

/// Runs the verification and prints what it establishes.
pub(crate) fn run(arguments: &EthAccount, output: &mut Output) -> Result<(), Failure> {
    let bytes = input::read(&arguments.proof)?;
    let answer =
        json::account_proof(&bytes).map_err(|error| Failure::input(arguments.proof.display(), error))?;
    let proven =
        account::verify(&arguments.state_root, &answer).map_err(|error| Failure::rejected(&error))?;
    output.fact(&AccountFact::of(&proven))?;
    proven
        .slots()
        .iter()
        .try_for_each(|slot| output.fact(&SlotFact::of(slot)))
}

#[derive(Serialize)]
struct AccountFact {
    fact: &'static str,
    address: String,
    exists: bool,
    nonce: Decimal,
    balance: String,
    storage_hash: Option<String>,
    code_hash: Option<String>,
}

impl AccountFact {
    fn of(proven: &ProvenAccount) -> Self {
        let account: Option<&Account> = proven.account();
        Self {
            fact: "account",
            address: proven.address().to_string(),
            exists: account.is_some(),
            nonce: Decimal(account.map_or(0, |account| account.nonce)),
            balance: account.map_or_else(|| "0".to_owned(), |account| account.balance.to_string()),
            storage_hash: account.map(|account| account.storage_root.to_string()),
            code_hash: account.map(|account| account.code_hash.to_string()),
        }
    }
}

impl fmt::Display for AccountFact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.storage_hash, &self.code_hash) {
            (Some(storage_hash), Some(code_hash)) => write!(
                formatter,
                "account    {}  balance {} wei  nonce {}  storage {storage_hash}  code {code_hash}",
                self.address, self.balance, self.nonce
            ),
            _ => write!(formatter, "account    {}  proved not to exist", self.address),
        }
    }
}

#[derive(Serialize)]
struct SlotFact {
    fact: &'static str,
    key: String,
    exists: bool,
    value: String,
}

impl SlotFact {
    fn of(slot: &ProvenSlot) -> Self {
        Self {
            fact: "slot",
            key: slot.slot.to_string(),
            exists: slot.value.is_some(),
            value: slot.value.unwrap_or_default().to_string(),
        }
    }
}

impl fmt::Display for SlotFact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.exists {
            write!(formatter, "slot       {}  value {}", self.key, self.value)
        } else {
            write!(formatter, "slot       {}  proved to be unset", self.key)
        }
    }
}
