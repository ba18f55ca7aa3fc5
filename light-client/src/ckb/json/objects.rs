//! The objects of CKB's RPC, field by field: first as text, then as the types of this module.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::fields::{Text, shown};
use super::{JsonError, each};
use crate::ckb::block::{Block, TransactionProof, Uncle};
use crate::ckb::header::{EpochFraction, Header};
use crate::ckb::target::CompactTarget;
use crate::ckb::transaction::{
    CellDep, CellInput, CellOutput, DepType, HashType, OutPoint, RawTransaction, Script, Transaction,
};

/// A header, or the response that holds it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawHeader<'a> {
    #[serde(borrow)]
    result: Option<Box<HexOr<'a, RawHeader<'a>>>>,
    #[serde(borrow)]
    version: Text<'a>,
    #[serde(borrow)]
    compact_target: Text<'a>,
    #[serde(borrow)]
    timestamp: Text<'a>,
    #[serde(borrow)]
    number: Text<'a>,
    #[serde(borrow)]
    epoch: Text<'a>,
    #[serde(borrow)]
    parent_hash: Text<'a>,
    #[serde(borrow)]
    transactions_root: Text<'a>,
    #[serde(borrow)]
    proposals_hash: Text<'a>,
    #[serde(borrow)]
    extra_hash: Text<'a>,
    #[serde(borrow)]
    dao: Text<'a>,
    #[serde(borrow)]
    nonce: Text<'a>,
    #[serde(borrow)]
    hash: Text<'a>,
}

impl RawHeader<'_> {
    fn header(self) -> Result<Header, JsonError> {
        if let Some(inner) = self.result {
            return inner.header();
        }
        let header = Header {
            version: self.version.u32("version")?,
            compact_target: CompactTarget(self.compact_target.u32("compact_target")?),
            timestamp_ms: self.timestamp.u64("timestamp")?,
            number: self.number.u64("number")?,
            epoch: EpochFraction(self.epoch.u64("epoch")?),
            parent_hash: self.parent_hash.hash("parent_hash")?,
            transactions_root: self.transactions_root.hash("transactions_root")?,
            proposals_hash: self.proposals_hash.hash("proposals_hash")?,
            extra_hash: self.extra_hash.hash("extra_hash")?,
            dao: self.dao.array("dao")?,
            nonce: self.nonce.u128("nonce")?,
        };
        self.hash.claims("hash", header.hash())?;
        Ok(header)
    }
}

/// An object, and never the list of its values in order, which a derived structure takes as well.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = T;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(entries))
            }
        }

        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

/// An object, or its serialised bytes as hex.
pub(super) enum HexOr<'a, T> {
    Hex(Text<'a>),
    Object(T),
}

impl HexOr<'_, RawHeader<'_>> {
    pub(super) fn header(self) -> Result<Header, JsonError> {
        match self {
            Self::Object(raw) => raw.header(),
            Self::Hex(text) => {
                let bytes = text.bytes("")?;
                let refused = |_| JsonError::Hex {
                    path: "".into(),
                    value: shown(text.str("").unwrap_or("")),
                };
                Header::decode(&bytes).map_err(refused)
            }
        }
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for HexOr<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HexOrVisitor<'a, T>(PhantomData<(&'a (), T)>);

        impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for HexOrVisitor<'a, T> {
            type Value = HexOr<'a, T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object or a hex string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(HexOr::Hex(Text::Present(text.into())))
            }

            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(entries)).map(HexOr::Object)
            }
        }

        deserializer.deserialize_any(HexOrVisitor(PhantomData))
    }
}

/// A block, or the response that holds it.
#[derive(Deserialize)]
pub(super) struct RawBlock<'a> {
    #[serde(borrow)]
    result: Option<Box<Object<RawBlock<'a>>>>,
    #[serde(borrow)]
    header: Option<Object<RawHeader<'a>>>,
    #[serde(borrow, default)]
    uncles: Option<Vec<Object<RawUncle<'a>>>>,
    #[serde(borrow, default)]
    transactions: Option<Vec<Object<RawTransactionAnswer<'a>>>>,
    #[serde(borrow, default)]
    proposals: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    extension: Text<'a>,
}

impl RawBlock<'_> {
    pub(super) fn block(self) -> Result<Block, JsonError> {
        if let Some(inner) = self.result {
            return inner.0.block();
        }
        let extension = (!self.extension.is_missing())
            .then(|| self.extension.bytes("extension"))
            .transpose()?;
        Ok(Block {
            header: present(self.header, "header")?
                .0
                .header()
                .map_err(|error| error.within("header"))?,
            uncles: list(self.uncles, "uncles", |Object(uncle)| uncle.uncle())?,
            transactions: list(self.transactions, "transactions", |Object(transaction)| {
                transaction.transaction()
            })?,
            proposals: list(self.proposals, "proposals", |id| id.array(""))?,
            extension,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct RawUncle<'a> {
    #[serde(borrow)]
    header: Option<Object<RawHeader<'a>>>,
    #[serde(borrow, default)]
    proposals: Option<Vec<Text<'a>>>,
}

impl RawUncle<'_> {
    fn uncle(self) -> Result<Uncle, JsonError> {
        Ok(Uncle {
            header: present(self.header, "header")?
                .0
                .header()
                .map_err(|error| error.within("header"))?,
            proposals: list(self.proposals, "proposals", |id| id.array(""))?,
        })
    }
}

/// A transaction, or `get_transaction`'s answer that holds it, or the response that holds either.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawTransactionAnswer<'a> {
    #[serde(borrow)]
    transaction: Option<Box<Object<RawTransactionAnswer<'a>>>>,
    #[serde(borrow)]
    version: Text<'a>,
    #[serde(borrow)]
    cell_deps: Option<Vec<Object<RawCellDep<'a>>>>,
    #[serde(borrow)]
    header_deps: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    inputs: Option<Vec<Object<RawInput<'a>>>>,
    #[serde(borrow)]
    outputs: Option<Vec<Object<RawOutput<'a>>>>,
    #[serde(borrow)]
    outputs_data: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    witnesses: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    hash: Text<'a>,
}

impl RawTransactionAnswer<'_> {
    pub(super) fn transaction(self) -> Result<Transaction, JsonError> {
        if let Some(inner) = self.transaction {
            return inner.0.transaction().map_err(|error| error.within("transaction"));
        }
        let raw = RawTransaction {
            version: self.version.u32("version")?,
            cell_deps: list(self.cell_deps, "cell_deps", |Object(dep)| dep.cell_dep())?,
            header_deps: list(self.header_deps, "header_deps", |hash| hash.hash(""))?,
            inputs: list(self.inputs, "inputs", |Object(input)| input.input())?,
            outputs: list(self.outputs, "outputs", |Object(output)| output.output())?,
            outputs_data: list(self.outputs_data, "outputs_data", |data| data.bytes(""))?,
        };
        let (expected, got) = (raw.outputs.len(), raw.outputs_data.len());
        if expected != got {
            return Err(JsonError::DataCount {
                path: "outputs_data".into(),
                expected,
                got,
            });
        }
        self.hash.claims("hash", raw.hash())?;
        Ok(Transaction {
            raw,
            witnesses: list(self.witnesses, "witnesses", |witness| witness.bytes(""))?,
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawOutPoint<'a> {
    #[serde(borrow)]
    tx_hash: Text<'a>,
    #[serde(borrow)]
    index: Text<'a>,
}

impl RawOutPoint<'_> {
    fn out_point(self) -> Result<OutPoint, JsonError> {
        Ok(OutPoint {
            tx_hash: self.tx_hash.hash("tx_hash")?,
            index: self.index.u32("index")?,
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawCellDep<'a> {
    #[serde(borrow)]
    out_point: Option<Object<RawOutPoint<'a>>>,
    #[serde(borrow)]
    dep_type: Text<'a>,
}

impl RawCellDep<'_> {
    fn cell_dep(self) -> Result<CellDep, JsonError> {
        let dep_type = match self.dep_type.str("dep_type")? {
            "code" => DepType::Code,
            "dep_group" => DepType::DepGroup,
            other => {
                return Err(JsonError::UnknownValue {
                    path: "dep_type".into(),
                    value: shown(other),
                });
            }
        };
        let out_point = present(self.out_point, "out_point")?.0.out_point();
        Ok(CellDep {
            out_point: out_point.map_err(|error| error.within("out_point"))?,
            dep_type,
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawInput<'a> {
    #[serde(borrow)]
    since: Text<'a>,
    #[serde(borrow)]
    previous_output: Option<Object<RawOutPoint<'a>>>,
}

impl RawInput<'_> {
    fn input(self) -> Result<CellInput, JsonError> {
        let previous = present(self.previous_output, "previous_output")?.0.out_point();
        let previous_output = previous.map_err(|error| error.within("previous_output"))?;
        Ok(CellInput {
            since: self.since.u64("since")?,
            previous_output,
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawOutput<'a> {
    #[serde(borrow)]
    capacity: Text<'a>,
    #[serde(borrow)]
    lock: Option<Object<RawScript<'a>>>,
    #[serde(borrow, rename = "type")]
    type_script: Option<Object<RawScript<'a>>>,
}

impl RawOutput<'_> {
    fn output(self) -> Result<CellOutput, JsonError> {
        let type_script = self.type_script.map(|Object(script)| script.script()).transpose();
        Ok(CellOutput {
            capacity: self.capacity.u64("capacity")?,
            lock: present(self.lock, "lock")?
                .0
                .script()
                .map_err(|error| error.within("lock"))?,
            type_script: type_script.map_err(|error| error.within("type"))?,
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawScript<'a> {
    #[serde(borrow)]
    code_hash: Text<'a>,
    #[serde(borrow)]
    hash_type: Text<'a>,
    #[serde(borrow)]
    args: Text<'a>,
}

impl RawScript<'_> {
    fn script(self) -> Result<Script, JsonError> {
        let text = self.hash_type.str("hash_type")?;
        let unknown = || JsonError::UnknownValue {
            path: "hash_type".into(),
            value: shown(text),
        };
        Ok(Script {
            code_hash: self.code_hash.hash("code_hash")?,
            hash_type: hash_type(text).ok_or_else(unknown)?,
            args: self.args.bytes("args")?,
        })
    }
}

/// `type`, `data`, `data1`, `data2`, …
fn hash_type(text: &str) -> Option<HashType> {
    if text == "type" {
        return Some(HashType::TYPE);
    }
    match text.strip_prefix("data")? {
        "" => HashType::data(0),
        version if version.starts_with(['0', '+']) => None,
        version => HashType::data(version.parse().ok()?),
    }
}

/// `get_transaction_proof`'s answer.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawProof<'a> {
    #[serde(borrow)]
    block_hash: Text<'a>,
    #[serde(borrow)]
    witnesses_root: Text<'a>,
    #[serde(borrow)]
    proof: Option<Object<RawBranch<'a>>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawBranch<'a> {
    #[serde(borrow)]
    indices: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    lemmas: Option<Vec<Text<'a>>>,
}

impl RawProof<'_> {
    pub(super) fn proof(self) -> Result<TransactionProof, JsonError> {
        let Object(branch) = present(self.proof, "proof")?;
        Ok(TransactionProof {
            block_hash: self.block_hash.hash("block_hash")?,
            indices: list(branch.indices, "proof.indices", |index| index.u32(""))?,
            lemmas: list(branch.lemmas, "proof.lemmas", |lemma| lemma.hash(""))?,
            witnesses_root: self.witnesses_root.hash("witnesses_root")?,
        })
    }
}

fn present<T>(value: Option<T>, path: &str) -> Result<T, JsonError> {
    value.ok_or_else(|| JsonError::Missing { path: path.into() })
}

fn list<T, U>(
    items: Option<Vec<T>>,
    path: &str,
    read: impl Fn(T) -> Result<U, JsonError>,
) -> Result<Vec<U>, JsonError> {
    each(present(items, path)?, read).map_err(|error| error.within(path))
}
