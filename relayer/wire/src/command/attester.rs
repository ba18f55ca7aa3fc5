//! Commands that one attester signs alone.
//!
//! Specification: `spec/ledger.md`, Commands; `spec/relayer.md`, Security layers.

use crate::{
    command::HaltReason,
    eip712::{Statement, structs},
    signature::SignedBy,
    types::{Address, ChainId},
};

structs! {
    /// Asks for stake to be released once the unstake delay is over.
    #[derive(Copy)]
    pub struct Unstake {
        /// Whose stake, and who signs.
        pub attester: Address,
        /// Names the command among the attester's.
        pub nonce: u64,
        /// Block time in milliseconds from which it is refused.
        pub expiry_ms as expiryMs: u64,
        /// How much of the stake, at 1e18, positive.
        pub amount: i128,
    }

    /// Puts a proposal into force whose delay is over.
    #[derive(Copy)]
    pub struct Enact {
        /// Who signs.
        pub attester: Address,
        /// Names the command among the attester's.
        pub nonce: u64,
        /// Block time in milliseconds from which it is refused.
        pub expiry_ms as expiryMs: u64,
        /// The [`crate::command::Propose::id`].
        pub proposal: u64,
    }

    /// One attester's halt: stops deposits and releases of a chain for an hour, once a day.
    #[derive(Copy)]
    pub struct HaltByOne {
        /// Who signs.
        pub attester: Address,
        /// Names the command among the attester's.
        pub nonce: u64,
        /// Block time in milliseconds from which it is refused.
        pub expiry_ms as expiryMs: u64,
        /// The chain that stops.
        pub chain: ChainId,
        /// Why.
        pub reason: HaltReason,
    }

    /// One attester's pause of one vault's releases, given to the contract; once per set.
    #[derive(Copy)]
    pub struct VaultPause {
        /// The vault's chain.
        pub chain: ChainId,
        /// The vault.
        pub vault: crate::types::Hash,
        /// The attester set of the vault at this time.
        pub set_id as setId: u32,
    }
}

impl Statement for VaultPause {}

/// A command with a nonce of an attester.
pub trait AttesterCommand: SignedBy {
    /// The number that the attester chose.
    fn nonce(&self) -> u64;

    /// Block time in milliseconds from which it is refused.
    fn expiry_ms(&self) -> u64;
}

macro_rules! attester_commands {
    ($($name:ident),+) => {$(
        impl Statement for $name {}

        impl SignedBy for $name {
            fn signer(&self) -> Address {
                self.attester
            }
        }

        impl AttesterCommand for $name {
            fn nonce(&self) -> u64 {
                self.nonce
            }

            fn expiry_ms(&self) -> u64 {
                self.expiry_ms
            }
        }
    )+};
}
attester_commands!(Unstake, Enact, HaltByOne);
