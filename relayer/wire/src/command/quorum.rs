//! Statements that take effect under a quorum of the attester set. They are gossiped and collected like attestations.
//!
//! Where nothing in a statement keeps it from being said again, `serial` does: the ledger takes each (kind, serial) once, and
//! `expiryMs` (block time in milliseconds) bounds how long it must remember.
//!
//! Specification: `DESIGN.md`, Identities and formats; `spec/ledger.md`, Commands; `spec/relayer.md`, Security layers.

use alloc::vec::Vec;

use crate::{
    eip712::{Statement, impl_struct, structs},
    encoding::{Canonical, DecodeError, Listed, Reader, codes},
    types::{Account, AssetId, BlockRef, ChainHeight, ChainId, Hash},
};

codes! {
    /// Why something was halted.
    pub enum HaltReason {
        /// Planned work.
        Maintenance = 0,
        /// The chain stalls or its finality is in doubt.
        ChainFault = 1,
        /// A light client saw two valid but conflicting histories.
        LightClientConflict = 2,
        /// Attesters contradict themselves.
        Equivocation = 3,
        /// The books and a vault's counter differ.
        ConservationGap = 4,
        /// A vault or a multisig misbehaves.
        VaultFault = 5,
        /// Prices cannot be trusted.
        PriceFault = 6,
        /// A key is lost or stolen.
        KeyCompromise = 7,
    }
}

/// What a halt or a resumption is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Every chain.
    Everything,
    /// One chain.
    Chain(ChainId),
    /// One asset.
    Asset(AssetId),
}

impl Scope {
    fn code(&self) -> u8 {
        match self {
            Self::Everything => 0,
            Self::Chain(_) => 1,
            Self::Asset(_) => 2,
        }
    }

    fn chain_or_zero(&self) -> ChainId {
        match *self {
            Self::Everything => ChainId(0),
            Self::Chain(chain) | Self::Asset(AssetId { chain, .. }) => chain,
        }
    }

    fn asset_or_zero(&self) -> Hash {
        match *self {
            Self::Asset(AssetId { asset, .. }) => asset,
            Self::Everything | Self::Chain(_) => Hash::ZERO,
        }
    }
}

impl_struct!(Scope, "Scope", |value| {
    "kind" => u8 = value.code(),
    "chain" => ChainId = value.chain_or_zero(),
    "asset" => Hash = value.asset_or_zero(),
});

impl Canonical for Scope {
    fn encode_to(&self, out: &mut Vec<u8>) {
        out.push(self.code());
        match self {
            Self::Everything => {}
            Self::Chain(chain) => chain.encode_to(out),
            Self::Asset(asset) => asset.encode_to(out),
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::decode_from(input)? {
            0 => Ok(Self::Everything),
            1 => Canonical::decode_from(input).map(Self::Chain),
            2 => Canonical::decode_from(input).map(Self::Asset),
            code => Err(DecodeError::UnknownCode { code, of: "Scope" }),
        }
    }
}

#[cfg(test)]
impl crate::sample::Sample for Scope {
    fn sample(rng: &mut crate::sample::Rng) -> Self {
        use crate::sample::Sample;
        match rng.below(3) {
            0 => Self::Everything,
            1 => Self::Chain(Sample::sample(rng)),
            _ => Self::Asset(Sample::sample(rng)),
        }
    }
}

structs! {
    /// Names the vault of a chain; one per chain.
    #[derive(Copy)]
    pub struct RegisterVault {
        /// Registry number of the chain.
        pub chain: ChainId,
        /// EIP-155 chain id; 0 where the chain is not an EVM.
        pub evm_chain_id as evmChainId: u64,
        /// The contract's address left-padded, or the multisig's lock hash.
        pub address as vault: Hash,
        /// keccak256 of the contract's runtime code; zero without a contract.
        pub code_hash as codeHash: Hash,
        /// First height at which its events count.
        pub from_height as fromHeight: u64,
    }

    /// Proposes a parameter's value; it is enacted by id after the parameter's delay.
    #[derive(Copy)]
    pub struct Propose {
        /// Names the proposal; each id once.
        pub id: u64,
        /// Block time in milliseconds from which the proposal can neither be made nor enacted.
        pub expiry_ms as expiryMs: u64,
        /// The parameter: the ASCII name right-padded with zeros.
        pub parameter: Hash,
        /// What it is a parameter of (a chain, asset, underlying or attester), encoded as the ledger says; zero: the network.
        pub subject: Hash,
        /// The value, in the parameter's unit.
        pub value: i128,
    }

    /// A quorum's halt: margin tier 1 and neither deposits nor releases in its scope.
    #[derive(Copy)]
    pub struct Halt {
        /// Each serial once.
        pub serial: u64,
        /// Block time in milliseconds from which it is refused.
        pub expiry_ms as expiryMs: u64,
        /// What stops.
        pub scope: Scope,
        /// Why.
        pub reason: HaltReason,
    }

    /// Ends a halt after the resumption delay.
    #[derive(Copy)]
    pub struct Resume {
        /// Each serial once.
        pub serial: u64,
        /// Block time in milliseconds from which it is refused.
        pub expiry_ms as expiryMs: u64,
        /// The scope of the halt that ends.
        pub scope: Scope,
    }

    /// A trust root for every light client of a chain. Heights only grow, so it needs no serial.
    #[derive(Copy)]
    pub struct Checkpoint {
        /// The chain.
        pub chain: ChainId,
        /// Height of the block.
        pub height: u64,
        /// Its hash; on Ethereum the beacon block root.
        pub hash: Hash,
        /// Unix seconds after which it is no trust root any more.
        pub not_after as notAfter: u64,
    }

    /// Collateral that is gone from a vault.
    #[derive(Copy)]
    pub struct CustodyLoss {
        /// Each serial once.
        pub serial: u64,
        /// Block time in milliseconds from which it is refused.
        pub expiry_ms as expiryMs: u64,
        /// What was lost.
        pub asset: AssetId,
        /// How much, at 1e18, positive.
        pub amount: i128,
        /// The sub that received it without right and is debited first; none: the loss is nobody's.
        pub account: Option<Account>,
        /// The attestation that led to it, where evidence has proved one false: slashed stake then pays before the holders do; none: any
        /// other cause.
        pub cause: Option<ChainHeight>,
    }

    /// A credit that a reorganisation took back.
    #[derive(Copy)]
    pub struct Reversal {
        /// The number of the deposit that is gone.
        pub seq: u64,
        /// The sub that was credited.
        pub account: Account,
        /// What was credited.
        pub asset: AssetId,
        /// How much, at 1e18, positive.
        pub amount: i128,
    }

    /// Blocks that were final are so no longer.
    pub struct ReorgStatement {
        /// Each serial once.
        pub serial: u64,
        /// Block time in milliseconds from which it is refused.
        pub expiry_ms as expiryMs: u64,
        /// The chain.
        pub chain: ChainId,
        /// The attested block that is orphaned.
        pub old as orphaned: BlockRef,
        /// The block that stands in its place; attestations go on from it.
        pub new as replacement: BlockRef,
        /// Number of the first vault event that no longer holds; the chain's cursor goes back to it.
        pub first_seq as firstSeq: u64,
        /// The deposits that are gone, ascending by `seq`.
        pub reversals: Vec<Reversal>,
    }
}

impl Listed for Reversal {
    const LIMIT: u32 = 1024;
}

impl Statement for RegisterVault {}
impl Statement for Propose {}
impl Statement for Halt {}
impl Statement for Resume {}
impl Statement for Checkpoint {}
impl Statement for CustodyLoss {}
impl Statement for ReorgStatement {}
