//! A running replica: the engine, the host that answers it, and the handle that the rest of the node holds.
//!
//! ```text
//!  OrderedLog ─ submit ─► queue ─► Host ◄─► engine ◄─► Network ◄─► Plane ◄─► swarm
//!      ▲                            │ one blocking task at a time, in order
//!      └─ decided height ◄──────────┘
//! ```
//! **Pace.** The engine is told its next height when the cadence says, counted from its last one: an empty block every second. It is told
//! at once when the outbox changed, when something waits for a block, or when others have proposed the next one already.
//!
//! **Health.** [`Health`] says how far the log is and whether the engine lives. An engine that stopped may be started again by restarting
//! the process; one that *hangs for safety* (its own log failed under it) must not be: signing on without that log risks evidence.
//!
//! Specification: `spec/relayer.md`, Replica; `spec/parameters.md`, block.

use std::{path::PathBuf, sync::Arc, time::Duration};

use arc_malachitebft_app_channel::ConsensusContext;
use arc_malachitebft_engine::node::NodeRef;
use futures::{Stream, stream};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use wire::{certificate::BlockCertificate, eip712::Domain};

pub use crate::engine::Pace;
use crate::{
    application::{Application, BlockStore, Decided, StoreError, Tip},
    context::Attester,
    driver::Driver,
    engine::{self, Config, Journal},
    host::{Clock, Fault, Host, Parts},
    plane::{Peer, Plane},
    signing::{EngineSigner, KnownHeaders, Signer, Verifier},
};

/// Submissions that may wait for the host.
const SUBMISSIONS: usize = 1024;

/// What a replica is started with.
pub struct Start<A, S> {
    /// Names the replica in the engine's metrics.
    pub name: String,
    /// Its own peer id.
    pub me: Peer,
    /// Gives blocks their meaning.
    pub application: A,
    /// Keeps them.
    pub store: Arc<S>,
    /// Guard and key.
    pub signer: Arc<dyn Signer>,
    /// The network's.
    pub domain: Domain,
    /// The one clock.
    pub clock: Arc<dyn Clock>,
    /// How fast.
    pub pace: Pace,
    /// The way to the others.
    pub plane: Plane,
}

/// Why a replica did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Blocks and state could not be taken up.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The peer id is none.
    #[error("peer id: {reason}")]
    PeerId {
        /// What is wrong.
        reason: String,
    },
    /// The engine did not start.
    #[error("the engine did not start: {reason}")]
    Engine {
        /// Its words.
        reason: String,
    },
}

/// Whether the engine lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engine {
    /// It runs.
    Running,
    /// It stopped; the process may be restarted.
    Stopped {
        /// Why, as far as known.
        reason: String,
    },
    /// It holds still because its log failed; an operator must look before it signs again.
    HangsForSafety,
}

/// How a replica does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The last applied block.
    pub tip: Tip,
    /// When it was applied.
    pub applied_at: Instant,
    /// Whether the engine lives.
    pub engine: Engine,
}

impl Health {
    /// Whether heights advance: the engine runs and the last block is younger than `patience`.
    pub fn is_ready(&self, now: Instant, patience: Duration) -> bool {
        self.engine == Engine::Running && now.saturating_duration_since(self.applied_at) < patience
    }
}

/// Why a submission was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Too many wait.
    #[error("{SUBMISSIONS} submissions are waiting")]
    Full,
    /// The replica has stopped.
    #[error("the replica has stopped")]
    Stopped,
}

/// One order of blocks, whoever makes it.
pub trait OrderedLog {
    /// What is ordered.
    type Submission;

    /// Hands something in to be ordered.
    ///
    /// # Errors
    /// [`SubmitError`].
    fn submit(&self, submission: Self::Submission) -> Result<(), SubmitError>;

    /// Every decided block from a height on, with its certificate, as it is decided; ends when the replica does.
    fn decided(&self, from: u64) -> impl Stream<Item = Result<Decided, StoreError>> + Send;

    /// The certificate of a height; none while it is not decided or no longer kept.
    ///
    /// # Errors
    /// [`StoreError`].
    fn certificate(&self, height: u64) -> Result<Option<BlockCertificate>, StoreError>;
}

/// The handle to a running replica, which goes on without it: only [`Replica::stop`] ends it.
pub struct Replica<A: Application, S> {
    store: Arc<S>,
    submissions: mpsc::Sender<A::Submission>,
    health: watch::Receiver<Health>,
    engine: NodeRef,
}

impl<A: Application, S: BlockStore> Replica<A, S> {
    /// Starts a replica whose engine keeps its log in a file, which nobody else may touch.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(start: Start<A, S>, journal: PathBuf) -> Result<Self, StartError> {
        Self::start_with(start, Journal::File(journal)).await
    }

    pub(crate) async fn start_with(start: Start<A, S>, journal: Journal) -> Result<Self, StartError> {
        let headers = KnownHeaders::default();
        let host = Host::open(Parts {
            application: start.application,
            store: start.store.clone(),
            signer: start.signer.clone(),
            headers: headers.clone(),
            domain: start.domain,
            clock: start.clock,
            timeouts: start.pace.timeouts(),
        })?;
        let network = engine::network(&start.me, start.plane).await?;
        let consensus = ConsensusContext::new_validator(
            Attester(start.signer.address()),
            Box::new(Verifier { domain: start.domain }),
            Box::new(EngineSigner {
                signer: start.signer,
                headers,
            }),
        );
        let config = Config::new(start.name, &start.pace);
        let (channels, engine) = engine::build(config, network, consensus, journal).await?;
        let (submissions, queue) = mpsc::channel(SUBMISSIONS);
        let (said, health) = watch::channel(Health {
            tip: host.tip(),
            applied_at: Instant::now(),
            engine: Engine::Running,
        });
        let node = engine.actor.clone();
        let driver = Driver {
            host,
            channels,
            queue,
            said,
            cadence: start.pace.cadence,
        };
        tokio::spawn(driver.run(engine));
        Ok(Self {
            store: start.store,
            submissions,
            health,
            engine: node,
        })
    }

    /// How the replica does now, and a way to wait for changes.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }

    /// Stops the engine and waits until the replica has ended.
    pub async fn stop(mut self) {
        self.engine.get_cell().stop_children(None);
        self.engine.stop(None);
        while self.health.changed().await.is_ok() {}
    }
}

impl<A: Application, S: BlockStore> OrderedLog for Replica<A, S> {
    type Submission = A::Submission;

    fn submit(&self, submission: A::Submission) -> Result<(), SubmitError> {
        self.submissions
            .try_send(submission)
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => SubmitError::Full,
                mpsc::error::TrySendError::Closed(_) => SubmitError::Stopped,
            })
    }

    fn decided(&self, from: u64) -> impl Stream<Item = Result<Decided, StoreError>> + Send {
        let (store, health) = (self.store.clone(), self.health.clone());
        stream::unfold((store, health, from), |(store, mut health, height)| async move {
            let reached = health.wait_for(|health| health.tip.height >= height).await;
            reached.ok()?;
            let decided = store.decided(height).transpose()?;
            Some((decided, (store, health, height.saturating_add(1))))
        })
    }

    fn certificate(&self, height: u64) -> Result<Option<BlockCertificate>, StoreError> {
        let decided = self.store.decided(height)?;
        Ok(decided.map(|decided| decided.certificate))
    }
}
