//! The engine's settings and its start: own network, own log, and the mode in which the application may refuse a block.
//!
//! Specification: `spec/relayer.md`, Replica; `spec/parameters.md`, block.

use std::{path::PathBuf, time::Duration};

use arc_malachitebft_app_channel::{
    Channels, ConsensusContext, EngineBuilder, EngineHandle, NetworkMsg, RequestContext, SyncContext,
    WalContext, app::config::NodeConfig,
};
use arc_malachitebft_config::{ConsensusConfig, ValuePayload, ValueSyncConfig};
use arc_malachitebft_core_types::LinearTimeouts;
use arc_malachitebft_engine::network::NetworkRef;
use arc_malachitebft_peer::PeerId;
use tokio::sync::mpsc;

use crate::{
    codec::{WireCodec, limit},
    context::Context,
    network::Network,
    plane::{Peer, Plane},
    replica::StartError,
};

/// How fast and how patient a replica is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From one empty block to the next.
    pub cadence: Duration,
    /// How long a round waits for its proposal, more by a sixth in each later round.
    pub propose: Duration,
    /// How long a round waits for more votes, more by half in each later round.
    pub vote: Duration,
    /// How often a replica tells its height.
    pub status: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            cadence: Duration::from_secs(1),
            propose: Duration::from_millis(2_500),
            vote: Duration::from_millis(500),
            status: Duration::from_secs(2),
        }
    }
}

impl Pace {
    pub(crate) fn timeouts(&self) -> LinearTimeouts {
        LinearTimeouts {
            propose: self.propose,
            propose_delta: self.propose / 6,
            prevote: self.vote,
            prevote_delta: self.vote / 2,
            precommit: self.vote,
            precommit_delta: self.vote / 2,
            rebroadcast: self.propose,
            max_timeout: self.propose.saturating_mul(6),
        }
    }
}

/// Where the engine writes down what it must not forget.
pub(crate) enum Journal {
    File(PathBuf),
    #[cfg(test)]
    Memory(arc_malachitebft_engine::wal::WalRef<Context>),
}

/// The engine's settings. Its own network's are unused.
pub(crate) struct Config {
    name: String,
    consensus: ConsensusConfig,
    sync: ValueSyncConfig,
}

impl Config {
    pub(crate) fn new(name: String, pace: &Pace) -> Self {
        Self {
            name,
            consensus: ConsensusConfig {
                // The other mode leaves the application no way to refuse a block.
                value_payload: ValuePayload::ProposalAndParts,
                ..ConsensusConfig::default()
            },
            sync: ValueSyncConfig {
                status_update_interval: pace.status,
                request_timeout: pace.propose.saturating_mul(2),
                batch_size: limit::HEIGHTS as usize / 4,
                ..ValueSyncConfig::default()
            },
        }
    }
}

impl NodeConfig for Config {
    fn moniker(&self) -> &str {
        &self.name
    }

    fn consensus(&self) -> &ConsensusConfig {
        &self.consensus
    }

    fn consensus_mut(&mut self) -> &mut ConsensusConfig {
        &mut self.consensus
    }

    fn value_sync(&self) -> &ValueSyncConfig {
        &self.sync
    }

    fn value_sync_mut(&mut self) -> &mut ValueSyncConfig {
        &mut self.sync
    }
}

/// Starts the network actor.
pub(crate) async fn network(me: &Peer, plane: Plane) -> Result<NetworkRef<Context>, StartError> {
    let me = PeerId::from_bytes(&me.0).map_err(|error| StartError::PeerId {
        reason: error.to_string(),
    })?;
    Network::spawn(me, plane)
        .await
        .map_err(|error| StartError::Engine {
            reason: error.to_string(),
        })
}

/// Starts the rest of the engine.
pub(crate) async fn build(
    config: Config,
    network: NetworkRef<Context>,
    consensus: ConsensusContext<Context>,
    journal: Journal,
) -> Result<(Channels<Context>, EngineHandle), StartError> {
    let engine = EngineBuilder::new(Context, config)
        .with_custom_network(network.clone(), forwarder(network))
        .with_default_sync(SyncContext::new(WireCodec))
        .with_default_consensus(consensus)
        .with_default_request(RequestContext::new(16));
    let built = match journal {
        Journal::File(path) => {
            engine
                .with_default_wal(WalContext::new(path, WireCodec))
                .build()
                .await
        }
        #[cfg(test)]
        Journal::Memory(wal) => engine.with_custom_wal(wal).build().await,
    };
    built.map_err(|error| StartError::Engine {
        reason: error.to_string(),
    })
}

/// Hands the host's blocks to the network actor.
fn forwarder(network: NetworkRef<Context>) -> mpsc::Sender<NetworkMsg<Context>> {
    let (sender, mut blocks) = mpsc::channel::<NetworkMsg<Context>>(16);
    tokio::spawn(async move {
        while let Some(block) = blocks.recv().await {
            if network.cast(block.into()).is_err() {
                break;
            }
        }
    });
    sender
}
