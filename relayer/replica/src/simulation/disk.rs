//! Disks that survive a crash: a block store in memory, and the engine's log, which loses what was not flushed.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use arc_malachitebft_core_consensus::Input;
use arc_malachitebft_engine::wal::{Msg, WalRef};
use async_trait::async_trait;
use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::{
    application::{BlockStore, Decided, StoreError, Undecided, Write},
    context::Context,
};

#[derive(Default)]
struct Entries {
    decided: BTreeMap<u64, Decided>,
    undecided: Vec<Undecided>,
}

/// Where a crash falls within a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    After,
}

#[derive(Default)]
pub(crate) struct MemoryStore {
    entries: Mutex<Entries>,
    /// Writes until the process dies, counted in half steps: an even number dies before a write, an odd one after it.
    fuse: AtomicI64,
}

impl MemoryStore {
    /// Lets the process die at the `count`-th write from now, before or after it is durable.
    pub(crate) fn die_at(&self, count: u32, moment: Moment) {
        let half_steps = 2 * i64::from(count) + i64::from(moment == Moment::After);
        self.fuse.store(half_steps, Ordering::SeqCst);
    }

    pub(crate) fn disarm(&self) {
        self.fuse.store(0, Ordering::SeqCst);
    }

    fn write(&self, change: impl FnOnce(&mut Entries)) -> Result<(), StoreError> {
        let died = || StoreError::Medium {
            family: "blocks",
            reason: "the process died".into(),
        };
        let left = self.fuse.fetch_sub(2, Ordering::SeqCst) - 2;
        if left == 0 {
            return Err(died());
        }
        change(&mut self.entries.lock().unwrap());
        match left {
            1 => Err(died()),
            _ => Ok(()),
        }
    }
}

impl BlockStore for MemoryStore {
    fn tip(&self) -> Result<u64, StoreError> {
        let entries = self.entries.lock().unwrap();
        Ok(entries.decided.keys().next_back().copied().unwrap_or(0))
    }

    fn lowest(&self) -> Result<u64, StoreError> {
        Ok(1)
    }

    fn decided(&self, height: u64) -> Result<Option<Decided>, StoreError> {
        Ok(self.entries.lock().unwrap().decided.get(&height).cloned())
    }

    fn commit(&self, decided: &Decided, _: &[Write]) -> Result<(), StoreError> {
        let height = decided.block.header.height;
        self.write(|entries| {
            assert!(
                entries.decided.insert(height, decided.clone()).is_none(),
                "height {height} is committed twice"
            );
            entries.undecided.retain(|one| one.block.header.height > height);
        })
    }

    fn put_undecided(&self, undecided: &Undecided) -> Result<(), StoreError> {
        self.write(|entries| entries.undecided.push(undecided.clone()))
    }

    fn undecided(&self) -> Result<Vec<Undecided>, StoreError> {
        Ok(self.entries.lock().unwrap().undecided.clone())
    }
}

#[derive(Default)]
pub(crate) struct Journal {
    height: u64,
    entries: Vec<Input<Context>>,
    flushed: usize,
    /// The disk under the log is full.
    pub(crate) is_full: bool,
}

impl Journal {
    fn begin(&mut self, height: u64) {
        self.height = height;
        self.entries.clear();
        self.flushed = 0;
    }
}

fn written(is_full: bool) -> eyre::Result<()> {
    match is_full {
        true => Err(eyre::eyre!("no space left")),
        false => Ok(()),
    }
}

/// The engine's log as an actor over memory that outlives it.
pub(crate) struct JournalActor(Arc<Mutex<Journal>>);

impl JournalActor {
    pub(crate) async fn spawn(journal: Arc<Mutex<Journal>>) -> WalRef<Context> {
        Actor::spawn(None, Self(journal), ()).await.unwrap().0
    }
}

#[async_trait]
impl Actor for JournalActor {
    type Msg = Msg<Context>;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Msg<Context>>, (): ()) -> Result<(), ActorProcessingErr> {
        let mut journal = self.0.lock().unwrap();
        let flushed = journal.flushed;
        journal.entries.truncate(flushed);
        Ok(())
    }

    async fn handle(
        &self,
        _: ActorRef<Msg<Context>>,
        message: Msg<Context>,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        let mut journal = self.0.lock().unwrap();
        match message {
            Msg::StartedHeight(height, reply) => {
                if journal.height != height.0 {
                    journal.begin(height.0);
                }
                let kept = journal.entries.iter().cloned().map(Ok).collect();
                let _ = reply.send(Ok(kept));
            }
            Msg::Reset(height, reply) => {
                journal.begin(height.0);
                let _ = reply.send(Ok(()));
            }
            Msg::Append(height, entry, reply) => {
                if journal.height == height.0 {
                    journal.entries.push(entry);
                }
                let _ = reply.send(written(journal.is_full));
            }
            Msg::Flush(reply) => {
                journal.flushed = journal.entries.len();
                let _ = reply.send(Ok(()));
            }
            Msg::Dump => {}
        }
        Ok(())
    }
}
