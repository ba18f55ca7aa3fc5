//! A table of the state: an ordered map that can take back what the running command did to it.
//!
//! ```text
//!   begin ──► writes remember the row's value before ──┬─► commit: forget the old values, keep the touched keys
//!                                                      └─► roll back: put the old values back
//! ```
//! Reading is that of a `BTreeMap`; every write goes through [`Table::row`], [`Table::insert`] or [`Table::remove`], so that a refusal leaves
//! no trace whatever the command had done before it was refused. A command writes few rows, so that the old values are a sorted list. The touched keys of a block are what the root recomputes.
//! Not guaranteed: nesting (a batch is one command).

use alloc::{
    collections::{BTreeMap, btree_map::Entry},
    vec::Vec,
};
use core::{mem, ops::Deref};

/// An ordered map with undo; see the module head.
#[derive(Clone, Debug)]
pub struct Table<K, V> {
    rows: BTreeMap<K, V>,
    /// Values before the running command, ascending by key.
    undo: Vec<(K, Option<V>)>,
    recording: bool,
    touched: Vec<K>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            undo: Vec::new(),
            recording: false,
            touched: Vec::new(),
        }
    }
}

impl<K, V> Deref for Table<K, V> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &Self::Target {
        &self.rows
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl<K: Ord, V> From<BTreeMap<K, V>> for Table<K, V> {
    fn from(rows: BTreeMap<K, V>) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Table<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(rows: I) -> Self {
        rows.into_iter().collect::<BTreeMap<_, _>>().into()
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    /// The row under `key` for writing.
    pub fn row(&mut self, key: &K) -> Option<&mut V> {
        let row = self.rows.get_mut(key)?;
        if !self.recording {
            self.touched.push(key.clone());
        } else if let Err(place) = place_of(&self.undo, key) {
            self.undo.insert(place, (key.clone(), Some(row.clone())));
        }
        Some(row)
    }

    /// The row under `key` for writing, made from `V::default` where there was none.
    pub fn row_or_default(&mut self, key: &K) -> &mut V
    where
        V: Default,
    {
        let entry = self.rows.entry(key.clone());
        if !self.recording {
            self.touched.push(key.clone());
        } else if let Err(place) = place_of(&self.undo, key) {
            let before = match &entry {
                Entry::Occupied(row) => Some(row.get().clone()),
                Entry::Vacant(_) => None,
            };
            self.undo.insert(place, (key.clone(), before));
        }
        entry.or_default()
    }

    /// Puts a row in; answers the one it replaced.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let before = self.rows.insert(key.clone(), value);
        self.remember(key, before.as_ref());
        before
    }

    /// Takes a row out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let before = self.rows.remove(key);
        self.remember(key.clone(), before.as_ref());
        before
    }

    /// Starts to remember, for the command that begins.
    pub(crate) fn begin(&mut self) {
        self.recording = true;
    }

    /// Keeps what the command did.
    pub(crate) fn commit(&mut self) {
        self.recording = false;
        self.touched.extend(self.undo.drain(..).map(|(key, _)| key));
    }

    /// Takes back what the command did.
    pub(crate) fn roll_back(&mut self) {
        self.recording = false;
        for (key, value) in self.undo.drain(..) {
            match value {
                Some(value) => self.rows.insert(key, value),
                None => self.rows.remove(&key),
            };
        }
    }

    /// The rows that the running command wrote and that are still there, ascending.
    pub(crate) fn written(&self) -> Vec<(K, V)> {
        self.undo
            .iter()
            .filter_map(|(key, _)| Some((key.clone(), self.rows.get(key)?.clone())))
            .collect()
    }

    /// The keys written since the last call, ascending, each once.
    pub fn take_touched(&mut self) -> Vec<K> {
        let mut touched = mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    fn remember(&mut self, key: K, before: Option<&V>) {
        if !self.recording {
            self.touched.push(key);
        } else if let Err(place) = place_of(&self.undo, &key) {
            self.undo.insert(place, (key, before.cloned()));
        }
    }
}

/// Where `key` stands in the list, or would stand.
fn place_of<K: Ord, V>(undo: &[(K, V)], key: &K) -> Result<usize, usize> {
    undo.binary_search_by(|(written, _)| written.cmp(key))
}

#[cfg(test)]
mod tests {
    use super::{Table, Vec};

    #[test]
    fn a_roll_back_restores_changed_new_and_removed_rows() {
        let mut table: Table<u8, u8> = [(1, 10), (2, 20)].into_iter().collect();
        let before = table.clone();
        table.begin();
        *table.row(&1).unwrap() = 11;
        *table.row(&1).unwrap() = 12;
        table.insert(3, 30);
        table.remove(&2);
        *table.row_or_default(&4) += 1;
        table.roll_back();
        assert_eq!(table, before);
        assert!(table.take_touched().is_empty());
    }

    #[test]
    fn a_commit_keeps_the_rows_and_names_them_once() {
        let mut table: Table<u8, u8> = [(1, 10)].into_iter().collect();
        table.insert(2, 20);
        table.begin();
        *table.row(&1).unwrap() = 11;
        table.remove(&2);
        table.commit();
        assert_eq!(table.iter().collect::<Vec<_>>(), [(&1, &11)]);
        assert_eq!(table.take_touched(), [1, 2]);
        assert!(table.take_touched().is_empty());
    }
}
