//! From the state to its root: what a block changed, and the trees that follow it.
//!
//! ```text
//!   ledger's thread:  apply_block(n) ─► seal ─► apply_block(n + 1) ─► seal ─► …
//!                                        │ Changes                    │
//!   another thread:                      └─► Roots::apply ─► root(n)  └─► Roots::apply ─► root(n + 1)
//! ```
//! [`seal`] runs exactly once after each block: it brings what the touched subs could exit with up to the block and copies out
//! what the trees need. [`Roots::apply`] does the hashing. Both together are a pure function of the state: a node that starts
//! from a snapshot gets the same roots from [`Roots::of`].
//!
//! The globals are one section per field of the state. Large tables (nonces, withdrawals, suspense) are trees of their own, whose
//! root is the section's content; every other section's content is its canonical bytes. The rows that only index others
//! (expiring nonces, the queue, lapsing entries) have no section.

use alloc::vec::Vec;

use wire::{
    encoding::Canonical,
    keccak::Batch,
    types::{Account, Hash},
};

use super::{
    SubsTree,
    amounts::{AmountRejection, Amounts, Sums},
    globals::{SectionName, globals_root, section_hash},
    leaf::{Leaf, key},
    state_root,
    tree::{Change, Content, Summary, Tree},
};
use crate::{
    ids::AssetId,
    state::{Shared, State, Sub, Table},
};

/// What a block changed, copied out of the state.
#[derive(Clone, Debug)]
pub struct Changes {
    subs: Vec<(Account, Option<SubContent>)>,
    trees: [RowChanges; TREES.len()],
    sections: Vec<Option<Vec<u8>>>,
}

/// A sub's own bytes are written where they are hashed.
#[derive(Clone, Debug)]
struct SubContent {
    sums: Sums,
    rest: Shared<Sub>,
}

/// Rows of one table, one after the other as their leaves hash them: 00 ‖ key ‖ value, without a value where the row is gone.
#[derive(Clone, Debug, Default)]
struct RowChanges {
    bytes: Vec<u8>,
    rows: Vec<RowEnd>,
}

/// Where a row's key and the row itself end.
#[derive(Clone, Copy, Debug)]
struct RowEnd {
    key: usize,
    row: usize,
    is_there: bool,
}

const TREES: [&str; 4] = ["nonces", "uses", "withdrawals", "suspense"];

/// The roots of one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateRoots {
    /// Root over the subs.
    pub subs: Hash,
    /// Root over everything else.
    pub globals: Hash,
}

impl StateRoots {
    /// What a header commits to.
    #[must_use]
    pub fn state_root(&self) -> Hash {
        state_root(&self.subs, &self.globals)
    }
}

/// Which rows are copied out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Touched,
    All,
}

macro_rules! sections {
    (
        clock { $($clock:ident),+ } values { $($value:ident),+ } tables { $($table:ident),+ $(,)? }
        elsewhere { $($elsewhere:ident),+ }
    ) => {
        /// Names of the sections in their order: values, tables, trees.
        const SECTIONS: &[&str] = &["clock", $(stringify!($value),)+ $(stringify!($table),)+];

        /// The canonical bytes of each section that may have changed. A field of the state that is in no list does not compile.
        fn contents(state: &mut State, extent: Extent) -> Vec<Option<Vec<u8>>> {
            let State { $($clock,)+ $($value,)+ $($table,)+ $($elsewhere: _,)+ } = state;
            let mut contents = Vec::with_capacity(SECTIONS.len());
            contents.push(Some(($(*$clock),+).encode()));
            $( contents.push(Some($value.encode())); )+
            $( contents.push(table_content($table, extent)); )+
            contents
        }
    };
}

sections! {
    clock { height, time_ms }
    values { parameters, sets, scans, staking }
    tables {
        assets, listings, markets, chains, bridged, feeds, price_reports, health, health_reports, halts, attesters,
        auctions, flagged, attester_nonces, statements, checkpoints, falsified,
        indemnities, indemnity_entries, vault_changes, proposals, outflows, inflows, budget,
    }
    elsewhere { subs, exits, nonces, uses, withdrawals, suspense, expiring, queue, lapsing, arrays }
}

fn table_content<K, V>(table: &mut Table<K, V>, extent: Extent) -> Option<Vec<u8>>
where
    K: Canonical + Ord + Clone,
    V: Canonical + Clone,
{
    let is_touched = !table.take_touched().is_empty();
    (is_touched || extent == Extent::All).then(|| table.encode())
}

fn tree_changes<K, V>(table: &mut Table<K, V>, extent: Extent) -> RowChanges
where
    K: Canonical + Ord + Clone,
    V: Canonical + Clone,
{
    let touched = table.take_touched();
    let keys = match extent {
        Extent::Touched => touched,
        Extent::All => table.keys().cloned().collect(),
    };
    let mut changes = RowChanges::default();
    keys.iter().for_each(|key| changes.push(key, table.get(key)));
    changes
}

impl RowChanges {
    fn push(&mut self, key: &impl Canonical, value: Option<&impl Canonical>) {
        self.bytes.push(ROW_TAG);
        key.encode_to(&mut self.bytes);
        let key = self.bytes.len();
        if let Some(value) = value {
            value.encode_to(&mut self.bytes);
        }
        self.rows.push(RowEnd {
            key,
            row: self.bytes.len(),
            is_there: value.is_some(),
        });
    }

    /// The changes of the table's tree; all rows are hashed side by side.
    fn hashed(&self) -> Vec<Change<Row>> {
        let (mut batch, mut start) = (Batch::default(), 0_usize);
        for end in &self.rows {
            let of = |from: usize, to: usize| self.bytes.get(from..to).unwrap_or_default();
            batch.push(&[of(start.saturating_add(1), end.key)]);
            batch.push(&[if end.is_there { of(start, end.row) } else { &[] }]);
            start = end.row;
        }
        let digests = batch.digests();
        let (digests, _) = digests.as_chunks();
        let changes = self.rows.iter().zip(digests).map(|(end, [key, hash])| Change {
            key: *key,
            leaf: end.is_there.then_some((
                Row,
                Summary {
                    hash: *hash,
                    sums: (),
                },
            )),
        });
        changes.collect()
    }
}

/// Ends a block: brings `exits` up to it and copies out what changed. Exactly once per block.
///
/// # Errors
/// [`AmountRejection`] when a sub's shares leave their range, which the limits of the ledger rule out.
pub fn seal(state: &mut State) -> Result<Changes, AmountRejection> {
    let touched = state.refresh_exits();
    Changes::new(state, touched, Extent::Touched)
}

impl Changes {
    fn new(state: &mut State, subs: Vec<Account>, extent: Extent) -> Result<Self, AmountRejection> {
        let content = |account: Account| -> Result<_, AmountRejection> {
            let content = state
                .subs
                .get(&account)
                .map(|sub| SubContent::new(state, account, sub));
            Ok((account, content.transpose()?))
        };
        Ok(Self {
            subs: subs.into_iter().map(content).collect::<Result<_, _>>()?,
            trees: [
                tree_changes(&mut state.nonces, extent),
                tree_changes(&mut state.uses, extent),
                tree_changes(&mut state.withdrawals, extent),
                tree_changes(&mut state.suspense, extent),
            ],
            sections: contents(state, extent),
        })
    }
}

impl SubContent {
    fn new(state: &State, account: Account, sub: &Shared<Sub>) -> Result<Self, AmountRejection> {
        let shares = |sign: fn(i128) -> bool| -> Vec<(AssetId, u128)> {
            let shares = sub
                .balances
                .iter()
                .map(|(asset, balance)| (*asset, balance.shares.raw()));
            shares
                .filter(|(_, raw)| sign(*raw))
                .map(|(asset, raw)| (asset, raw.unsigned_abs()))
                .collect()
        };
        let sums = Sums {
            claims: Amounts::new(shares(|raw| raw > 0))?,
            loans: Amounts::new(shares(|raw| raw < 0))?,
            exitable: state.exits.of(&account),
        };
        Ok(Self {
            sums,
            rest: sub.clone(),
        })
    }
}

const ROW_TAG: u8 = 0;
const NODE_TAG: u8 = 1;

/// One row of a table that is a tree: leaf = keccak(00 ‖ key ‖ value), node = keccak(01 ‖ left ‖ right).
#[derive(Clone, Copy, Debug)]
struct Row;

impl Content for Row {
    type Sums = ();

    fn plus((): &(), (): &()) -> Result<(), AmountRejection> {
        Ok(())
    }

    fn preimages(left: &Summary<()>, right: &Summary<()>, (): &(), batch: &mut Batch) {
        batch.push(&[&[NODE_TAG], &left.hash.0, &right.hash.0]);
    }

    fn joined((): (), digests: &mut impl Iterator<Item = Hash>) -> Option<Summary<()>> {
        digests.next().map(|hash| Summary { hash, sums: () })
    }
}

/// All trees of a state, kept from block to block.
#[derive(Clone, Debug)]
pub struct Roots {
    subs: SubsTree,
    trees: [Tree<Row>; TREES.len()],
    sections: Vec<Hash>,
}

impl Roots {
    /// The trees of a whole state, such as genesis or a snapshot.
    ///
    /// # Errors
    /// As [`seal`] and [`Roots::apply`].
    pub fn of(state: &State) -> Result<(Self, StateRoots), AmountRejection> {
        let mut state = state.clone();
        let subs = state.subs.keys().copied().collect();
        let changes = Changes::new(&mut state, subs, Extent::All)?;
        let trees = Default::default();
        let mut roots = Self {
            subs: SubsTree::default(),
            trees,
            sections: Vec::new(),
        };
        roots.sections.resize(SECTIONS.len(), Hash::ZERO);
        let found = roots.apply(changes)?;
        Ok((roots, found))
    }

    /// Follows one block.
    ///
    /// # Errors
    /// [`AmountRejection`] when a sum over subs leaves its range, which the limits of the ledger rule out.
    pub fn apply(&mut self, changes: Changes) -> Result<StateRoots, AmountRejection> {
        self.follow_subs(changes.subs);
        for (tree, rows) in self.trees.iter_mut().zip(&changes.trees) {
            tree.change(rows.hashed());
        }
        for ((place, name), content) in self.sections.iter_mut().zip(SECTIONS).zip(changes.sections) {
            if let Some(content) = content {
                *place = section_hash(SectionName::new(name), &content);
            }
        }
        let globals = globals_root(&self.all_sections()?);
        Ok(StateRoots {
            subs: self.subs.root()?,
            globals,
        })
    }

    fn follow_subs(&mut self, changes: Vec<(Account, Option<SubContent>)>) {
        let (mut batch, mut contents) = (Batch::default(), Vec::with_capacity(changes.len()));
        for (account, content) in changes {
            match content {
                Some(SubContent { sums, rest }) => {
                    batch.write(|bytes| rest.encode_to(bytes));
                    contents.push((account, sums));
                }
                None => self.subs.remove(&key(&account)),
            }
        }
        let leaves = contents.into_iter().zip(batch.digests());
        let leaves = leaves.map(|((account, sums), rest)| Leaf { account, sums, rest });
        self.subs.set_all(leaves.collect());
    }

    /// The tree over the subs, for proofs.
    pub fn subs(&mut self) -> &mut SubsTree {
        &mut self.subs
    }

    /// Hashes of all sections in their order: what shows one of them against the globals root.
    ///
    /// # Errors
    /// As [`Roots::apply`].
    pub fn all_sections(&mut self) -> Result<Vec<Hash>, AmountRejection> {
        let mut sections = self.sections.clone();
        for (tree, name) in self.trees.iter_mut().zip(TREES) {
            sections.push(section_hash(SectionName::new(name), &tree.root()?.0));
        }
        Ok(sections)
    }
}
