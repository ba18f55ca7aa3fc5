//! The one loop of a replica: the engine's messages, submissions and the cadence, one at a time.
//!
//! Specification: `spec/relayer.md`, Replica.

use std::time::Duration;

use arc_malachitebft_app_channel::{AppMsg, Channels, EngineHandle, NetworkMsg};
use metrics::gauge;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};
use tracing::error;

use crate::{
    application::{Application, BlockStore},
    codec::envelope,
    context::Context,
    host::{Fault, Finished, Host, Outcome},
    replica::{Engine, Health},
};

/// How long the engine may take to fall over after its channel closed, before that counts as a hang for safety.
const GRACE: Duration = Duration::from_secs(2);

/// What the host may be asked to handle.
enum Event<S> {
    Engine(Box<AppMsg<Context>>),
    Submission(S),
}

/// See the module's head.
pub(crate) struct Driver<A: Application, S> {
    pub(crate) host: Host<A, S>,
    pub(crate) channels: Channels<Context>,
    pub(crate) queue: mpsc::Receiver<A::Submission>,
    pub(crate) said: watch::Sender<Health>,
    pub(crate) cadence: Duration,
}

/// The next height, held back until it is due.
struct Due {
    finished: Finished,
    at: Instant,
}

impl<A: Application, S: BlockStore> Driver<A, S> {
    /// Runs until the engine has ended, and says how.
    pub(crate) async fn run(self, engine: EngineHandle) {
        let (node, said) = (engine.actor.clone(), self.said.clone());
        let ended = match self.answer_all().await {
            Err(fault) => {
                error!(%fault, "the replica stops");
                node.get_cell().stop_children(Some(fault.to_string()));
                node.stop(Some(fault.to_string()));
                Engine::Stopped {
                    reason: fault.to_string(),
                }
            }
            Ok(()) => match tokio::time::timeout(GRACE, engine.handle).await {
                Ok(_) => Engine::Stopped {
                    reason: "the engine stopped".into(),
                },
                Err(_) => Engine::HangsForSafety,
            },
        };
        gauge!("viaduct_engine_safety_failure").set(f64::from(u8::from(ended == Engine::HangsForSafety)));
        said.send_modify(|health| health.engine = ended);
    }

    /// Answers until the engine is gone.
    async fn answer_all(mut self) -> Result<(), Fault> {
        let (mut due, mut started): (Option<Due>, _) = (None, Instant::now());
        loop {
            let at = due.as_ref().map(|due| due.at);
            let event = tokio::select! {
                message = self.channels.consensus.recv() => match message {
                    Some(message) => Event::Engine(Box::new(message)),
                    None => return Ok(()),
                },
                Some(submission) = self.queue.recv() => Event::Submission(submission),
                () = sleep_until(at.unwrap_or(started)), if at.is_some() => {
                    started = go_on(due.take());
                    continue;
                }
            };
            let outcome;
            (self, outcome) = self.handle(event).await?;
            self.say(&outcome);
            for block in outcome.blocks {
                let block = NetworkMsg::PublishProposalPart(envelope(block));
                if self.channels.network.send(block).await.is_err() {
                    return Ok(());
                }
            }
            if let Some(finished) = outcome.finished {
                let at = started + self.cadence;
                due = Some(Due { finished, at });
            }
            if outcome.hurry && due.is_some() {
                started = go_on(due.take());
            }
        }
    }

    /// Off the runtime's own threads: blocks are judged and disks are written here.
    async fn handle(self, event: Event<A::Submission>) -> Result<(Self, Outcome), Fault> {
        let mut driver = self;
        let handled = tokio::task::spawn_blocking(move || {
            let outcome = match event {
                Event::Engine(message) => driver.host.handle(*message)?,
                Event::Submission(submission) => driver.host.submit(submission),
            };
            Ok((driver, outcome))
        });
        handled.await.unwrap_or_else(|error| {
            Err(Fault::Aborted {
                reason: error.to_string(),
            })
        })
    }

    fn say(&self, outcome: &Outcome) {
        if let Some(tip) = outcome.applied {
            gauge!("viaduct_ledger_height").set(tip.height as f64);
            self.said.send_modify(|health| {
                health.tip = tip;
                health.applied_at = Instant::now();
            });
        }
    }
}

/// Lets the engine go on and says when it did.
fn go_on(due: Option<Due>) -> Instant {
    if let Some(due) = due {
        due.finished.go_on();
    }
    Instant::now()
}
