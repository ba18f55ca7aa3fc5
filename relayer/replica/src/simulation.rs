//! Whole replicas on one virtual clock, under a seeded network and disks that survive crashes.
//!
//! ```text
//! Swarm (loss, delay, duplication, reordering, partition, equivocation)
//!   └─ Replica: real engine, host, codecs, signatures ─ Tally ─ MemoryStore, Journal (survive a crash; unflushed log is lost)
//! ```
//! Every run ends in the same checks: one block per height on all replicas, every certificate accepted by independent recovery code,
//! equal states at equal heights, no honest attester accused. The seed is in the message of what fails; a run is reproducible up to the
//! order in which tasks that are ready at the same instant run.

mod contract;
pub(crate) mod disk;
mod swarm;
pub(crate) mod tally;
mod tests;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use secp256k1::SecretKey;
use tokio::time::{Instant, sleep, timeout};
use wire::{attesters::AttesterSet, evidence::Evidence};

use self::{
    disk::{Journal, JournalActor, MemoryStore},
    swarm::{Swarm, Weather},
    tally::{Lie, Tally},
};
use crate::{
    application::{BlockStore as _, Tip},
    host::Clock,
    replica::{Engine, Health, OrderedLog as _, Pace, Replica, Start},
    sample::{self, KeySigner, peer},
};

/// Time at genesis.
const GENESIS_MS: u64 = 1_800_000_000_000;

/// Tells apart the replicas of all runs in the engine's metrics.
static NAMES: AtomicU64 = AtomicU64::new(0);

/// The virtual clock, ahead or behind by a skew.
struct SkewedClock {
    started: Instant,
    skew_ms: i64,
}

impl Clock for SkewedClock {
    fn now_ms(&self) -> u64 {
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap();
        (GENESIS_MS + elapsed).saturating_add_signed(self.skew_ms)
    }
}

struct Node {
    key: SecretKey,
    store: Arc<MemoryStore>,
    journal: Arc<Mutex<Journal>>,
    skew_ms: i64,
    lie: Lie,
    replica: Option<Replica<Tally, MemoryStore>>,
    accused: Vec<Arc<Mutex<Vec<Evidence>>>>,
}

struct World {
    started: Instant,
    swarm: Swarm,
    nodes: Vec<Node>,
    sets: Vec<AttesterSet>,
    epoch_blocks: u64,
    seed: u64,
}

impl World {
    /// A network whose one set is all nodes; nothing runs yet.
    fn new(count: u32, seed: u64, weather: Weather) -> Self {
        let (set, keys) = sample::set_of(count);
        let nodes = keys.into_iter().map(|key| Node {
            key,
            store: Arc::default(),
            journal: Arc::default(),
            skew_ms: 0,
            lie: Lie::None,
            replica: None,
            accused: Vec::new(),
        });
        Self {
            started: Instant::now(),
            swarm: Swarm::new(count as usize, seed, weather),
            nodes: nodes.collect(),
            sets: vec![set],
            epoch_blocks: u64::MAX,
            seed,
        }
    }

    async fn boot(&mut self, at: usize) {
        let genesis = Tip {
            height: 0,
            block_id: sample::network().0,
            time_ms: GENESIS_MS - 1,
        };
        let plane = self.swarm.join(at);
        let node = &mut self.nodes[at];
        let tally = Tally::new(genesis, self.sets.clone(), self.epoch_blocks, node.lie);
        node.accused.push(tally.accused.clone());
        node.store.disarm();
        let start = Start {
            name: format!("simulated-{}", NAMES.fetch_add(1, Ordering::Relaxed)),
            me: peer(at),
            application: tally,
            store: node.store.clone(),
            signer: Arc::new(KeySigner(node.key)),
            domain: sample::domain(),
            clock: Arc::new(SkewedClock {
                started: self.started,
                skew_ms: node.skew_ms,
            }),
            pace: Pace::default(),
            plane,
        };
        let journal = crate::engine::Journal::Memory(JournalActor::spawn(node.journal.clone()).await);
        node.replica = Some(Replica::start_with(start, journal).await.unwrap());
    }

    async fn boot_all(&mut self) {
        for at in 0..self.nodes.len() {
            self.boot(at).await;
        }
    }

    /// Ends a replica at once; its disks stay.
    async fn crash(&mut self, at: usize) {
        if let Some(replica) = self.nodes[at].replica.take() {
            replica.stop().await;
        }
    }

    fn tip(&self, at: usize) -> u64 {
        self.nodes[at].store.tip().unwrap()
    }

    fn health(&self, at: usize) -> Health {
        self.nodes[at].replica.as_ref().unwrap().health().borrow().clone()
    }

    fn submit(&self, at: usize, number: u64) {
        self.nodes[at].replica.as_ref().unwrap().submit(number).unwrap();
    }

    /// Waits until the nodes have all decided a height, at most so many virtual seconds.
    async fn reach(&self, nodes: &[usize], height: u64, seconds: u64) {
        let reached = async {
            while nodes.iter().any(|at| self.tip(*at) < height) {
                sleep(Duration::from_millis(100)).await;
            }
        };
        if timeout(Duration::from_secs(seconds), reached).await.is_err() {
            let tips: Vec<_> = (0..self.nodes.len()).map(|at| self.tip(at)).collect();
            panic!(
                "seed {}: height {height} is not reached after {seconds} s, tips {tips:?}",
                self.seed
            );
        }
    }

    /// Waits until a replica has ended by itself.
    async fn ended(&self, at: usize) -> Engine {
        let mut health = self.nodes[at].replica.as_ref().unwrap().health();
        let ended = health.wait_for(|health| health.engine != Engine::Running);
        let ended = timeout(Duration::from_secs(120), ended).await;
        ended.expect("the replica did not end").unwrap().engine.clone()
    }

    /// The checks of every run; `guilty` nodes may be accused, nobody else.
    fn check(&self, guilty: &[usize]) {
        let highest = (0..self.nodes.len()).map(|at| self.tip(at)).max().unwrap();
        for height in 1..=highest {
            self.check_height(height);
        }
        let honest = (0..self.nodes.len()).filter(|at| !guilty.contains(at));
        let guilty: Vec<_> = guilty
            .iter()
            .map(|at| sample::address(&self.nodes[*at].key))
            .collect();
        for evidence in honest.flat_map(|at| self.accusations(at)) {
            let offence = evidence.judge(&sample::domain(), |_| None).unwrap();
            assert!(
                guilty.contains(&offence.offender()),
                "seed {}: {evidence:?}",
                self.seed
            );
        }
    }

    fn accusations(&self, at: usize) -> Vec<Evidence> {
        let all = self.nodes[at].accused.iter();
        all.flat_map(|seen| seen.lock().unwrap().clone()).collect()
    }

    fn check_height(&self, height: u64) {
        let epoch = usize::try_from((height - 1) / self.epoch_blocks).unwrap();
        let set = self.sets.get(epoch).unwrap_or(self.sets.last().unwrap());
        let kept: Vec<_> = self
            .nodes
            .iter()
            .filter_map(|node| node.store.decided(height).unwrap())
            .collect();
        for decided in &kept {
            let seed = self.seed;
            assert_eq!(
                decided.block, kept[0].block,
                "seed {seed}: two blocks at height {height}"
            );
            assert_eq!(decided.block.header, decided.certificate.header);
            contract::check(&decided.certificate, sample::network().0.0, set);
        }
    }
}

/// Runs a scenario on its own virtual clock.
fn simulate<F: Future<Output = ()>>(scenario: impl FnOnce() -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async { scenario().await });
}
