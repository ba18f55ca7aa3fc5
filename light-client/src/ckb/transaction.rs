//! Transactions: the molecule tables, and the two hashes over them (CKB RFC 22, 27).
//!
//! ```text
//! Transaction ┬ raw ┬ version, cell_deps, header_deps, inputs ─ since, previous_output
//!             │     └ outputs ─ capacity, lock, type             outputs_data
//!             └ witnesses
//! hash = blake2b(raw)              witness_hash = blake2b(Transaction)
//! ```
//! Decoding is strict in both directions: `decode(bytes)?.encode() == bytes`. A value of 64 bytes is never a raw transaction, so an
//! inner node of a transaction tree cannot pass for one: the smallest with an output data item has as many outputs, which makes it larger.

use alloc::vec::Vec;

use super::hash::blake2b;
use super::molecule::{Field, MoleculeError, write_bytes, write_dynvec, write_fixvec};
use crate::Hash32;

const OUT_POINT_BYTES: usize = 36;
const CELL_DEP_BYTES: usize = 37;
const INPUT_BYTES: usize = 44;

/// A transaction with its witnesses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// What the transaction's hash covers.
    pub raw: RawTransaction,
    /// Signatures and other arguments, by input.
    pub witnesses: Vec<Vec<u8>>,
}

/// What a transaction does, without its witnesses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawTransaction {
    /// Always 0 so far.
    pub version: u32,
    /// Cells whose code or data scripts use.
    pub cell_deps: Vec<CellDep>,
    /// Blocks whose headers scripts read.
    pub header_deps: Vec<Hash32>,
    /// Cells that are consumed.
    pub inputs: Vec<CellInput>,
    /// Cells that are created.
    pub outputs: Vec<CellOutput>,
    /// Data of each created cell; as many as `outputs`.
    pub outputs_data: Vec<Vec<u8>>,
}

/// A cell's name: the transaction that created it and its place there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutPoint {
    /// Hash of the transaction.
    pub tx_hash: Hash32,
    /// Place among its outputs; `u32::MAX` in a block's first transaction, which consumes nothing.
    pub index: u32,
}

/// A dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellDep {
    /// The cell.
    pub out_point: OutPoint,
    /// What it is used as.
    pub dep_type: DepType,
}

/// What a dependency is used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepType {
    /// The cell itself.
    Code,
    /// The cells that it lists.
    DepGroup,
}

/// A consumed cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CellInput {
    /// Earliest time or block at which it may be consumed (RFC 17).
    pub since: u64,
    /// The cell.
    pub previous_output: OutPoint,
}

/// A created cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CellOutput {
    /// Amount in shannons, 10^-8 CKB.
    pub capacity: u64,
    /// Who may consume it.
    pub lock: Script,
    /// Which rules it obeys.
    pub type_script: Option<Script>,
}

/// Code and its arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Hash that names the code.
    pub code_hash: Hash32,
    /// What that hash is of.
    pub hash_type: HashType,
    /// Arguments.
    pub args: Vec<u8>,
}

/// What a code hash is of: 1 is the type script, an even value 2v is the data, run by version v of the virtual machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashType(u8);

impl HashType {
    /// The code cell's type script.
    pub const TYPE: Self = Self(1);

    /// The code cell's data, for version 0..=127 of the virtual machine.
    pub fn data(version: u8) -> Option<Self> {
        version.checked_mul(2).map(Self)
    }
}

impl Transaction {
    /// Reads a transaction.
    pub fn decode(bytes: &[u8]) -> Result<Self, MoleculeError> {
        Self::read(Field::new("transaction", bytes))
    }

    fn read(field: Field<'_>) -> Result<Self, MoleculeError> {
        let [raw, witnesses] = field.table()?;
        Ok(Self {
            raw: RawTransaction::read(raw)?,
            witnesses: byte_vectors(witnesses.named("witnesses"))?,
        })
    }

    /// The serialised transaction.
    pub fn encode(&self) -> Vec<u8> {
        write_dynvec(&[self.raw.encode(), write_byte_vectors(&self.witnesses)])
    }

    /// Hash over everything, witnesses included.
    pub fn witness_hash(&self) -> Hash32 {
        blake2b(&[&self.encode()])
    }
}

impl RawTransaction {
    /// Reads a raw transaction.
    pub fn decode(bytes: &[u8]) -> Result<Self, MoleculeError> {
        Self::read(Field::new("raw transaction", bytes))
    }

    fn read(field: Field<'_>) -> Result<Self, MoleculeError> {
        let [version, cell_deps, header_deps, inputs, outputs, outputs_data] = field.table()?;
        let transaction = Self {
            version: version.named("version").u32()?,
            cell_deps: items(cell_deps.named("cell_deps"), CELL_DEP_BYTES, CellDep::read)?,
            header_deps: items(header_deps.named("header_deps"), 32, |field| {
                field.array().map(Hash32)
            })?,
            inputs: items(inputs.named("inputs"), INPUT_BYTES, CellInput::read)?,
            outputs: outputs
                .named("outputs")
                .dynvec()?
                .into_iter()
                .map(CellOutput::read)
                .collect::<Result<_, _>>()?,
            outputs_data: byte_vectors(outputs_data.named("outputs_data"))?,
        };
        transaction.has_data_for_each_output().map(|()| transaction)
    }

    fn has_data_for_each_output(&self) -> Result<(), MoleculeError> {
        let (expected, got) = (self.outputs.len(), self.outputs_data.len());
        if expected == got {
            Ok(())
        } else {
            Err(MoleculeError::Fields {
                at: "outputs_data",
                expected,
                got,
            })
        }
    }

    /// The serialised raw transaction.
    pub fn encode(&self) -> Vec<u8> {
        let cell_deps: Vec<_> = self.cell_deps.iter().map(CellDep::encode).collect();
        let inputs: Vec<_> = self.inputs.iter().map(CellInput::encode).collect();
        let outputs: Vec<_> = self.outputs.iter().map(CellOutput::encode).collect();
        write_dynvec(&[
            self.version.to_le_bytes().to_vec(),
            write_fixvec(cell_deps.iter().map(|item| item.as_slice())),
            write_fixvec(self.header_deps.iter().map(|item| item.0.as_slice())),
            write_fixvec(inputs.iter().map(|item| item.as_slice())),
            write_dynvec(&outputs),
            write_byte_vectors(&self.outputs_data),
        ])
    }

    /// The transaction's hash.
    pub fn hash(&self) -> Hash32 {
        blake2b(&[&self.encode()])
    }
}

impl OutPoint {
    fn read(field: &mut Field<'_>) -> Result<Self, MoleculeError> {
        Ok(Self {
            tx_hash: Hash32(field.take()?),
            index: u32::from_le_bytes(field.take()?),
        })
    }

    fn encode(&self) -> [u8; OUT_POINT_BYTES] {
        let mut bytes = [0; OUT_POINT_BYTES];
        let parts = self.tx_hash.0.into_iter().chain(self.index.to_le_bytes());
        bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        bytes
    }
}

impl CellDep {
    fn read(mut field: Field<'_>) -> Result<Self, MoleculeError> {
        let out_point = OutPoint::read(&mut field)?;
        let dep_type = match field.take()? {
            [0] => DepType::Code,
            [1] => DepType::DepGroup,
            [value] => {
                return Err(MoleculeError::UnknownValue {
                    at: "dep_type",
                    value,
                });
            }
        };
        field.end().map(|()| Self { out_point, dep_type })
    }

    fn encode(&self) -> Vec<u8> {
        let dep_type = match self.dep_type {
            DepType::Code => 0,
            DepType::DepGroup => 1,
        };
        [&self.out_point.encode()[..], &[dep_type]].concat()
    }
}

impl CellInput {
    fn read(mut field: Field<'_>) -> Result<Self, MoleculeError> {
        let input = Self {
            since: u64::from_le_bytes(field.take()?),
            previous_output: OutPoint::read(&mut field)?,
        };
        field.end().map(|()| input)
    }

    fn encode(&self) -> Vec<u8> {
        [&self.since.to_le_bytes()[..], &self.previous_output.encode()].concat()
    }
}

impl CellOutput {
    fn read(field: Field<'_>) -> Result<Self, MoleculeError> {
        let [capacity, lock, type_script] = field.table()?;
        Ok(Self {
            capacity: capacity.named("capacity").u64()?,
            lock: Script::read(lock.named("lock"))?,
            type_script: type_script.named("type").option().map(Script::read).transpose()?,
        })
    }

    fn encode(&self) -> Vec<u8> {
        let type_script = self.type_script.as_ref().map(Script::encode).unwrap_or_default();
        write_dynvec(&[
            self.capacity.to_le_bytes().to_vec(),
            self.lock.encode(),
            type_script,
        ])
    }
}

impl Script {
    fn read(field: Field<'_>) -> Result<Self, MoleculeError> {
        let [code_hash, hash_type, args] = field.table()?;
        Ok(Self {
            code_hash: Hash32(code_hash.named("code_hash").array()?),
            hash_type: HashType::read(hash_type.named("hash_type"))?,
            args: args.named("args").byte_vector()?.to_vec(),
        })
    }

    fn encode(&self) -> Vec<u8> {
        write_dynvec(&[
            self.code_hash.0.to_vec(),
            [self.hash_type.0].to_vec(),
            write_bytes(&self.args),
        ])
    }
}

impl HashType {
    fn read(field: Field<'_>) -> Result<Self, MoleculeError> {
        match field.array()? {
            [1] => Ok(Self::TYPE),
            [value] if value & 1 == 0 => Ok(Self(value)),
            [value] => Err(MoleculeError::UnknownValue {
                at: "hash_type",
                value,
            }),
        }
    }
}

fn items<T>(
    field: Field<'_>,
    size: usize,
    read: impl Fn(Field<'_>) -> Result<T, MoleculeError>,
) -> Result<Vec<T>, MoleculeError> {
    field.fixvec(size)?.map(read).collect()
}

fn byte_vectors(field: Field<'_>) -> Result<Vec<Vec<u8>>, MoleculeError> {
    field
        .dynvec()?
        .into_iter()
        .map(|item| item.byte_vector().map(<[u8]>::to_vec))
        .collect()
}

fn write_byte_vectors(items: &[Vec<u8>]) -> Vec<u8> {
    let items: Vec<_> = items.iter().map(|item| write_bytes(item)).collect();
    write_dynvec(&items)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn sample() -> Transaction {
        let out_point = OutPoint {
            tx_hash: Hash32([3; 32]),
            index: 7,
        };
        let script = Script {
            code_hash: Hash32([4; 32]),
            hash_type: HashType::data(2).unwrap(),
            args: vec![1, 2, 3],
        };
        Transaction {
            raw: RawTransaction {
                version: 0,
                cell_deps: vec![CellDep {
                    out_point,
                    dep_type: DepType::DepGroup,
                }],
                header_deps: vec![Hash32([5; 32])],
                inputs: vec![CellInput {
                    since: 9,
                    previous_output: out_point,
                }],
                outputs: vec![
                    CellOutput {
                        capacity: 1,
                        lock: script.clone(),
                        type_script: None,
                    },
                    CellOutput {
                        capacity: 2,
                        lock: Script::default(),
                        type_script: Some(script),
                    },
                ],
                outputs_data: vec![vec![], vec![8; 40]],
            },
            witnesses: vec![vec![6; 5], vec![]],
        }
    }

    #[test]
    fn reads_what_it_writes() {
        assert_eq!(Transaction::decode(&sample().encode()), Ok(sample()));
        assert_eq!(RawTransaction::decode(&sample().raw.encode()), Ok(sample().raw));
    }

    #[test]
    fn whatever_decodes_writes_back_to_the_same_bytes() {
        let bytes = sample().encode();
        for place in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[place] ^= flip;
                if let Ok(transaction) = Transaction::decode(&damaged) {
                    assert_eq!(transaction.encode(), damaged, "byte {place}");
                }
            }
            assert!(Transaction::decode(&bytes[..place]).is_err());
        }
    }

    #[test]
    fn rejects_unknown_hash_and_dependency_types() {
        let mut script = sample().raw.outputs[0].lock.encode();
        let place = 16 + 32;
        assert_eq!(script[place], 4);
        script[place] = 3;
        let refused = Script::read(Field::new("script", &script)).unwrap_err();
        assert_eq!(
            refused,
            MoleculeError::UnknownValue {
                at: "hash_type",
                value: 3
            }
        );
        let mut dep = sample().raw.cell_deps[0].encode();
        dep[36] = 2;
        let refused = CellDep::read(Field::new("dep", &dep)).unwrap_err();
        assert_eq!(
            refused,
            MoleculeError::UnknownValue {
                at: "dep_type",
                value: 2
            }
        );
    }

    #[test]
    fn two_hashes_are_never_a_raw_transaction() {
        let transaction = RawTransaction {
            outputs_data: vec![vec![0; 4]],
            ..RawTransaction::default()
        };
        let bytes = transaction.encode();
        assert_eq!(bytes.len(), 64);
        let refused = RawTransaction::decode(&bytes).unwrap_err();
        assert_eq!(
            refused,
            MoleculeError::Fields {
                at: "outputs_data",
                expected: 0,
                got: 1
            }
        );
    }
}
