//! Networks as data: mainnet, testnet, and any chain from the chain-spec TOML that its nodes run with.
//!
//! Everything that differs between CKB networks is here; the rules take it as an argument. The TOML is read in this crate because the
//! relayer, the development chain and the command line all start from the same file; parsing it is one `serde` structure.

use alloc::format;
use alloc::string::String;

use serde::Deserialize;

use super::epoch::Rule;
use super::pow::Pow;
use super::target::{CompactTarget, InvalidTarget};
use crate::Hash32;

/// A network's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// Proof of work.
    pub pow: Pow,
    /// Difficulty rule.
    pub epoch: Rule,
    /// Hash of block 0, where it is known.
    pub genesis_hash: Option<Hash32>,
    /// Blocks whose *parent* is in this epoch or a later one carry the chain root in their extension (RFC 44).
    pub chain_root_since_epoch: u64,
    /// A block is final under the work of this many blocks at the current difficulty (`spec/parameters.md`).
    pub finality_blocks: u64,
}

const FINALITY_BLOCKS: u64 = 24;
const MAINNET_CHAIN_ROOT_EPOCH: u64 = 8651;
const TESTNET_CHAIN_ROOT_EPOCH: u64 = 5711;
/// Blocks of epoch 0 where a chain spec does not say.
const DEFAULT_GENESIS_LENGTH: u64 = 1000;

impl Params {
    /// Mainnet, "Lina", since 2019-11-15.
    pub const MAINNET: Self = Self {
        pow: Pow::Eaglesong,
        epoch: Rule {
            genesis_length: 1743,
            genesis_target: CompactTarget(0x1a08_a97e),
            duration_target_s: Rule::FOUR_HOURS_S,
            permanent: false,
        },
        genesis_hash: Some(Hash32([
            0x92, 0xb1, 0x97, 0xaa, 0x1f, 0xba, 0x0f, 0x63, 0x63, 0x39, 0x22, 0xc6, 0x1c, 0x92, 0x37, 0x5c,
            0x9c, 0x07, 0x4a, 0x93, 0xe8, 0x59, 0x63, 0x55, 0x4f, 0x54, 0x99, 0xfe, 0x14, 0x50, 0xd0, 0xe5,
        ])),
        chain_root_since_epoch: MAINNET_CHAIN_ROOT_EPOCH,
        finality_blocks: FINALITY_BLOCKS,
    };

    /// Testnet, "Aggron", since 2020-05-12.
    pub const TESTNET: Self = Self {
        pow: Pow::EaglesongBlake2b,
        epoch: Rule {
            genesis_length: DEFAULT_GENESIS_LENGTH,
            genesis_target: CompactTarget(0x1e01_5555),
            duration_target_s: Rule::FOUR_HOURS_S,
            permanent: false,
        },
        genesis_hash: Some(Hash32([
            0x10, 0x63, 0x9e, 0x08, 0x95, 0x50, 0x2b, 0x56, 0x88, 0xa6, 0xbe, 0x8c, 0xf6, 0x94, 0x60, 0xd7,
            0x65, 0x41, 0xbf, 0xa4, 0x82, 0x16, 0x29, 0xd8, 0x6d, 0x62, 0xba, 0x0a, 0xae, 0x3f, 0x96, 0x06,
        ])),
        chain_root_since_epoch: TESTNET_CHAIN_ROOT_EPOCH,
        finality_blocks: FINALITY_BLOCKS,
    };

    /// Reads a node's chain spec. Its genesis hash is known only where the file states it.
    pub fn from_chain_spec(text: &str) -> Result<Self, SpecError> {
        let spec: ChainSpec = toml::from_str(text).map_err(|error| syntax(text, &error))?;
        let compact_target = CompactTarget(spec.genesis.compact_target);
        compact_target.target()?;
        if spec.params.epoch_duration_target == 0 {
            return Err(SpecError::Zero {
                field: "params.epoch_duration_target",
            });
        }
        if spec.params.genesis_epoch_length == 0 {
            return Err(SpecError::Zero {
                field: "params.genesis_epoch_length",
            });
        }
        let pow = spec.pow.engine()?;
        Ok(Self {
            pow,
            epoch: Rule {
                genesis_length: spec.params.genesis_epoch_length,
                genesis_target: compact_target,
                duration_target_s: spec.params.epoch_duration_target,
                permanent: pow == Pow::Dummy && spec.params.permanent_difficulty_in_dummy,
            },
            genesis_hash: spec.genesis.stated_hash()?,
            chain_root_since_epoch: chain_root_since_epoch(&spec.name),
            finality_blocks: FINALITY_BLOCKS,
        })
    }
}

/// The problem and its line; the line itself may be as long as the file.
fn syntax(text: &str, error: &toml::de::Error) -> SpecError {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count().saturating_add(1));
    SpecError::Syntax(format!("line {line}: {}", error.message()))
}

/// Nodes hold these per chain name; on every other chain the root is there from the start.
fn chain_root_since_epoch(name: &str) -> u64 {
    match name {
        "ckb" => MAINNET_CHAIN_ROOT_EPOCH,
        "ckb_testnet" => TESTNET_CHAIN_ROOT_EPOCH,
        _ => 0,
    }
}

/// Why a file is not a chain spec.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum SpecError {
    /// Not TOML, or a field is missing or of another type.
    #[error("{0}")]
    Syntax(String),
    /// An engine that this crate does not know.
    #[error("pow.func: unknown engine `{0}`")]
    UnknownPow(String),
    /// The genesis hash is not a hash.
    #[error("genesis.hash: `{0}` is not a hash")]
    GenesisHash(String),
    /// A zero that no rule can work with.
    #[error("{field}: must not be zero")]
    Zero {
        /// The field.
        field: &'static str,
    },
    /// The genesis target is invalid.
    #[error("genesis.compact_target: {0}")]
    Target(#[from] InvalidTarget),
}

#[derive(Deserialize)]
struct ChainSpec {
    name: String,
    genesis: Genesis,
    #[serde(default)]
    params: SpecParams,
    pow: SpecPow,
}

#[derive(Deserialize)]
struct Genesis {
    compact_target: u32,
    hash: Option<String>,
}

#[derive(Deserialize)]
#[serde(default)]
struct SpecParams {
    genesis_epoch_length: u64,
    epoch_duration_target: u64,
    permanent_difficulty_in_dummy: bool,
}

impl Default for SpecParams {
    fn default() -> Self {
        Self {
            genesis_epoch_length: DEFAULT_GENESIS_LENGTH,
            epoch_duration_target: Rule::FOUR_HOURS_S,
            permanent_difficulty_in_dummy: false,
        }
    }
}

#[derive(Deserialize)]
struct SpecPow {
    func: String,
}

impl Genesis {
    fn stated_hash(&self) -> Result<Option<Hash32>, SpecError> {
        let parse = |text: &String| text.parse().map_err(|_| SpecError::GenesisHash(text.clone()));
        self.hash.as_ref().map(parse).transpose()
    }
}

impl SpecPow {
    fn engine(&self) -> Result<Pow, SpecError> {
        match self.func.as_str() {
            "Dummy" => Ok(Pow::Dummy),
            "Eaglesong" => Ok(Pow::Eaglesong),
            "EaglesongBlake2b" => Ok(Pow::EaglesongBlake2b),
            other => Err(SpecError::UnknownPow(other.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantNames as _;

    use super::*;

    const SPEC: &str = "name = \"x\"\n[genesis]\ncompact_target = 0x20010000\nhash = \"0x1063\"\n[params]\ngenesis_epoch_length = 10\nepoch_duration_target = 80\n[pow]\nfunc = \"Dummy\"\n";

    fn spec(from: &str, to: &str) -> Result<Params, SpecError> {
        assert!(SPEC.contains(from), "{from}");
        Params::from_chain_spec(&SPEC.replacen("hash = \"0x1063\"\n", "", 1).replacen(from, to, 1))
    }

    #[test]
    fn absent_parameters_are_the_networks_defaults() {
        let params = spec(
            "[params]\ngenesis_epoch_length = 10\nepoch_duration_target = 80\n",
            "",
        )
        .unwrap();
        assert_eq!(params.epoch.genesis_length, 1000);
        assert_eq!(params.epoch.duration_target_s, 14_400);
        assert_eq!((params.genesis_hash, params.chain_root_since_epoch), (None, 0));
    }

    #[test]
    fn permanent_difficulty_needs_dummy_proof_of_work() {
        let flag = "epoch_duration_target = 80\npermanent_difficulty_in_dummy = true";
        assert!(spec("epoch_duration_target = 80", flag).unwrap().epoch.permanent);
        let text = SPEC
            .replace("hash = \"0x1063\"\n", "")
            .replace("epoch_duration_target = 80", flag);
        assert!(
            !Params::from_chain_spec(&text.replace("Dummy", "Eaglesong"))
                .unwrap()
                .epoch
                .permanent
        );
    }

    #[test]
    fn every_error_has_a_case() {
        let cases = [
            spec("name = \"x\"", "").unwrap_err(),
            spec("Dummy", "Cuckoo").unwrap_err(),
            Params::from_chain_spec(SPEC).unwrap_err(),
            spec("= 80", "= 0").unwrap_err(),
            spec("0x20010000", "0x20000000").unwrap_err(),
        ];
        let names: alloc::vec::Vec<&str> = cases.iter().map(<&str>::from).collect();
        assert_eq!(names, SpecError::VARIANTS);
        let zero = spec("genesis_epoch_length = 10", "genesis_epoch_length = 0");
        assert_eq!(
            zero,
            Err(SpecError::Zero {
                field: "params.genesis_epoch_length"
            })
        );
    }
}
