//! The outbox: what the ledger asks the vaults to do.
//!
//! `outboxRoot` of a header holds every entry that is neither confirmed nor void, so that any newer header proves it. A leaf hashes
//! the entry's type hash before its words, so that no entry of one kind can pass for another.
//!
//! Specification: `DESIGN.md`, Identities and formats; `spec/relayer.md`, Contracts.

use ruint::aliases::U256;

use crate::{
    eip712::{Struct as _, structs},
    encoding::choice,
    types::{ChainId, Hash},
};

structs! {
    /// Pays an asset out of a vault, or mints a bridged token there.
    #[derive(Copy)]
    pub struct Release {
        /// Numbered by the ledger; each once.
        pub id: u64,
        /// The chain that pays.
        pub chain: ChainId,
        /// The vault that pays: its address left-padded, or the multisig's lock hash.
        pub vault: Hash,
        /// The chain's own identifier of the asset; for a bridged token [`crate::types::AssetId::bridged`] of its home asset; in the stake
        /// vault also the ASCII names, right-padded, `stake` (out of the recipient's own stake) and `bucket` (out of slashed stake).
        pub asset: Hash,
        /// An address left-padded; on Cosmos the account's bytes left-padded, on CKB the lock's 20-byte args left-padded, on Bitcoin
        /// the taproot output key.
        pub recipient: Hash,
        /// In the chain's unit of the asset.
        pub amount: U256,
        /// Unix seconds of the chain's clock after which the vault refuses it.
        pub valid_until as validUntil: u64,
    }

    /// Sets a value of a vault, within the bounds that the vault checks itself.
    #[derive(Copy)]
    pub struct Govern {
        /// Numbered by the ledger together with the releases; each once.
        pub id: u64,
        /// The vault's chain.
        pub chain: ChainId,
        /// The vault.
        pub vault: Hash,
        /// Which value: the ASCII name right-padded with zeros.
        pub key: Hash,
        /// The value.
        pub value: U256,
    }

    /// How far the events of a chain's vault are applied.
    #[derive(Copy)]
    pub struct Progress {
        /// The chain.
        pub chain: ChainId,
        /// Number of the next event to apply: all below it are applied.
        pub processed_seq as processedSeq: u64,
    }
}

choice! {
    /// One entry of the outbox.
    #[derive(Copy)]
    pub enum OutboxEntry {
        /// See [`Release`].
        0 => Release(Release),
        /// See [`Govern`].
        1 => Govern(Govern),
        /// See [`Progress`].
        2 => Progress(Progress),
    }
}

impl OutboxEntry {
    /// The leaf that stands for it in the outbox tree.
    pub fn leaf(&self) -> Hash {
        match self {
            Self::Release(entry) => entry.leaf(),
            Self::Govern(entry) => entry.leaf(),
            Self::Progress(entry) => entry.leaf(),
        }
    }
}
