//! Vault events: what a chain's vault, or its native multisig, did.
//!
//! Every event has `seq`, by which its vault numbers all kinds together from 0 and without a gap, so that none can be skipped. Amounts
//! and the vault's own counter of holdings are `uint256` in the chain's unit of the asset; the ledger scales them to 1e18 by the asset's
//! decimals. `holdings` is the counter **after** the event; of a bridged token it is the supply.
//!
//! A leaf hashes the event's type hash before its words, so that no event of one kind can pass for another.
//!
//! Specification: `spec/relayer.md`, Contracts; `spec/ledger.md`, Commands. Beyond the kinds that the specification lists stand those
//! that follow from one numbering for all that a vault does: `Burned`, `Governed`, `Paused`, `ExitCancelled`, `Exited`.

use alloc::vec::Vec;

use ruint::aliases::U256;

use crate::{
    eip712::{Member, Struct as _, Word, structs},
    encoding::{Canonical, DecodeError, Reader, choice, encode_count},
    types::{Account, Address, AssetId, Hash, keccak256},
};

/// Bytes of a forced command, as the user gave them to the vault: perhaps no command at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForcedBytes(Vec<u8>);

impl ForcedBytes {
    /// Longest forced command; the vault refuses longer ones.
    pub const LIMIT: u32 = 8192;

    /// Takes bytes that are not too long.
    ///
    /// # Errors
    /// [`DecodeError::ListTooLong`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        let got = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if got > Self::LIMIT {
            return Err(DecodeError::ListTooLong {
                got,
                limit: Self::LIMIT,
            });
        }
        Ok(Self(bytes))
    }

    /// The bytes: the canonical encoding of a [`crate::command::Command`] if the user meant well.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl Canonical for ForcedBytes {
    fn encode_to(&self, out: &mut Vec<u8>) {
        encode_count(self.0.len(), out);
        out.extend_from_slice(&self.0);
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let length = input.count(Self::LIMIT)?;
        input.bytes(length).map(|bytes| Self(bytes.to_vec()))
    }
}

impl Member for ForcedBytes {
    fn type_name() -> alloc::string::String {
        "bytes".into()
    }

    fn word(&self) -> Word {
        keccak256(&[&self.0]).0
    }
}

#[cfg(test)]
impl crate::sample::Sample for ForcedBytes {
    fn sample(rng: &mut crate::sample::Rng) -> Self {
        Self((0..rng.below(100)).map(|_| rng.bytes::<1>()[0]).collect())
    }
}

structs! {
    /// Collateral came in.
    #[derive(Copy)]
    pub struct Deposited {
        /// Number of the event.
        pub seq: u64,
        /// The chain's own identifier of the asset.
        pub asset: Hash,
        /// The sub to credit.
        pub account: Account,
        /// How much came in.
        pub amount: U256,
        /// The vault's counter of the asset, after.
        pub holdings: U256,
    }

    /// A bridged token was burned: a deposit of the asset it stands for.
    #[derive(Copy)]
    pub struct Burned {
        /// Number of the event.
        pub seq: u64,
        /// The home asset that the token stands for.
        pub home: AssetId,
        /// The sub to credit.
        pub account: Account,
        /// How much was burned, in the token's unit.
        pub amount: U256,
        /// The token's supply, after.
        pub holdings: U256,
    }

    /// An outbox release was paid, or its bridged token minted.
    #[derive(Copy)]
    pub struct Released {
        /// Number of the event.
        pub seq: u64,
        /// The [`crate::outbox::Release::id`].
        pub id: u64,
        /// As in the release.
        pub asset: Hash,
        /// As in the release.
        pub recipient: Hash,
        /// As in the release.
        pub amount: U256,
        /// Who submitted it and earns the fee.
        pub submitter: Address,
        /// The vault's counter of the asset, after.
        pub holdings: U256,
    }

    /// An outbox release was tried and its transfer failed; nothing was paid.
    #[derive(Copy)]
    pub struct ReleaseFailed {
        /// Number of the event.
        pub seq: u64,
        /// The [`crate::outbox::Release::id`].
        pub id: u64,
    }

    /// The vault took the next attester set.
    #[derive(Copy)]
    pub struct Rotated {
        /// Number of the event.
        pub seq: u64,
        /// Id of the set that holds from now on.
        pub set_id as setId: u32,
        /// Its hash.
        pub set_hash as setHash: Hash,
        /// Height of the header that named it.
        pub height: u64,
    }

    /// A user gave a command to the vault because nobody else would take it.
    pub struct ForcedCommand {
        /// Number of the event.
        pub seq: u64,
        /// Who gave it; no authority follows from it.
        pub submitter: Address,
        /// The bytes.
        pub command: ForcedBytes,
    }

    /// An offender's whole stake went to the bucket.
    #[derive(Copy)]
    pub struct Slashed {
        /// Number of the event.
        pub seq: u64,
        /// Whose stake.
        pub attester: Address,
        /// How much.
        pub amount: U256,
        /// The bucket, after.
        pub bucket: U256,
    }

    /// An attester's stake grew.
    #[derive(Copy)]
    pub struct StakeDeposited {
        /// Number of the event.
        pub seq: u64,
        /// Whose stake.
        pub attester: Address,
        /// By how much.
        pub amount: U256,
        /// The attester's stake, after.
        pub stake: U256,
    }

    /// An attester's stake was paid back.
    #[derive(Copy)]
    pub struct StakeReleased {
        /// Number of the event.
        pub seq: u64,
        /// Whose stake.
        pub attester: Address,
        /// How much.
        pub amount: U256,
        /// The attester's stake, after.
        pub stake: U256,
    }

    /// A governed value of the vault was set.
    #[derive(Copy)]
    pub struct Governed {
        /// Number of the event.
        pub seq: u64,
        /// The [`crate::outbox::Govern::id`].
        pub id: u64,
    }

    /// One attester paused the vault's releases.
    #[derive(Copy)]
    pub struct Paused {
        /// Number of the event.
        pub seq: u64,
        /// Who.
        pub attester: Address,
        /// Unix seconds at which the pause ends.
        pub until: u64,
    }

    /// Somebody declared that the vault is cut off; final after the time to cancel.
    #[derive(Copy)]
    pub struct ExitDeclared {
        /// Number of the event.
        pub seq: u64,
        /// Height of the newest header that the vault holds.
        pub height: u64,
        /// Unix seconds from which it is final.
        pub final_at as finalAt: u64,
    }

    /// A newer header, or a higher processed number, cancelled a declared exit.
    #[derive(Copy)]
    pub struct ExitCancelled {
        /// Number of the event.
        pub seq: u64,
        /// Height of the header that cancelled it.
        pub height: u64,
    }

    /// A sub left through a final exit.
    #[derive(Copy)]
    pub struct Exited {
        /// Number of the event.
        pub seq: u64,
        /// The chain's own identifier of the asset.
        pub asset: Hash,
        /// Whose claim was paid.
        pub account: Account,
        /// How much.
        pub amount: U256,
        /// The vault's counter of the asset, after.
        pub holdings: U256,
    }

    /// The vault's true balance of an asset, shown on demand.
    #[derive(Copy)]
    pub struct BalanceReport {
        /// Number of the event.
        pub seq: u64,
        /// The chain's own identifier of the asset.
        pub asset: Hash,
        /// What the vault owns in fact.
        pub balance: U256,
        /// What its counter says.
        pub holdings: U256,
    }
}

macro_rules! vault_events {
    ($( $(#[$meta:meta])* $tag:literal => $name:ident($inner:ident), )+) => {
        choice! {
            /// What a vault did.
            pub enum VaultEvent { $( $(#[$meta])* $tag => $name($inner), )+ }
        }

        impl VaultEvent {
            /// The number that the vault gave it.
            pub fn seq(&self) -> u64 {
                match self { $( Self::$name(event) => event.seq, )+ }
            }

            /// The leaf that stands for it in its block's tree of events.
            pub fn leaf(&self) -> Hash {
                match self { $( Self::$name(event) => event.leaf(), )+ }
            }
        }
    };
}

vault_events! {
    /// See [`Deposited`].
    0 => Deposited(Deposited),
    /// See [`Burned`].
    1 => Burned(Burned),
    /// See [`Released`].
    2 => Released(Released),
    /// See [`ReleaseFailed`].
    3 => ReleaseFailed(ReleaseFailed),
    /// See [`Rotated`].
    4 => Rotated(Rotated),
    /// See [`ForcedCommand`].
    5 => ForcedCommand(ForcedCommand),
    /// See [`Slashed`].
    6 => Slashed(Slashed),
    /// See [`StakeDeposited`].
    7 => StakeDeposited(StakeDeposited),
    /// See [`StakeReleased`].
    8 => StakeReleased(StakeReleased),
    /// See [`Governed`].
    9 => Governed(Governed),
    /// See [`Paused`].
    10 => Paused(Paused),
    /// See [`ExitDeclared`].
    11 => ExitDeclared(ExitDeclared),
    /// See [`ExitCancelled`].
    12 => ExitCancelled(ExitCancelled),
    /// See [`Exited`].
    13 => Exited(Exited),
    /// See [`BalanceReport`].
    14 => Report(BalanceReport),
}
