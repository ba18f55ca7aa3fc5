//! The libp2p swarm: transports, behaviours, topics, scores.
//!
//! Gossip is anonymous, with content hashes as ids, because the signatures inside the messages are what counts; libp2p forwards
//! nothing before [`crate::proto`] says so. With at most ten nodes every node is in every mesh.

use std::time::Duration;

use libp2p::{
    PeerId, StreamProtocol, Swarm, SwarmBuilder, allow_block_list, connection_limits, gossipsub, identify,
    identity::Keypair, memory_connection_limits, noise, ping, request_response, swarm::NetworkBehaviour, tcp,
    yamux,
};
use strum::VariantArray as _;
use wire::types::NetworkId;

use super::{NetError, codec::Bytes};
use crate::proto::{Topic, gossip_id, limits::ANSWER_MS};

/// Bytes of gossip per message that no topic's own limit allows.
const TRANSMIT_BYTES: usize = 160 << 10;

pub(super) type Gossip =
    gossipsub::Behaviour<gossipsub::IdentityTransform, gossipsub::WhitelistSubscriptionFilter>;

/// The allow-list comes first: it refuses a stranger before anything else sees it.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) allowed: allow_block_list::Behaviour<allow_block_list::AllowedPeers>,
    limits: connection_limits::Behaviour,
    memory: memory_connection_limits::Behaviour,
    pub(super) gossip: Gossip,
    pub(super) catch_up: request_response::Behaviour<Bytes>,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
}

/// The name of a topic: `/viaduct/<network id>/<topic>`.
pub fn topic_name(network: NetworkId, topic: Topic) -> String {
    format!("/viaduct/{}/{topic}", network.0)
}

pub(super) fn ident_topic(network: NetworkId, topic: Topic) -> gossipsub::IdentTopic {
    gossipsub::IdentTopic::new(topic_name(network, topic))
}

pub(super) fn build(
    identity: Keypair,
    network: NetworkId,
    peers: impl Iterator<Item = PeerId>,
) -> Result<Swarm<Behaviour>, NetError> {
    let public = identity.public();
    let mut allowed = allow_block_list::Behaviour::<allow_block_list::AllowedPeers>::default();
    for peer in peers {
        allowed.allow_peer(peer);
    }
    let behaviour = Behaviour {
        allowed,
        limits: connection_limits::Behaviour::new(connection_bounds()),
        memory: memory_connection_limits::Behaviour::with_max_percentage(0.8),
        gossip: gossip(network)?,
        catch_up: catch_up(network),
        identify: identify::Behaviour::new(identify::Config::new("/viaduct/1".into(), public)),
        ping: ping::Behaviour::new(ping::Config::new()),
    };
    Ok(SwarmBuilder::with_existing_identity(identity)
        .with_tokio()
        .with_tcp(
            tcp::Config::default().nodelay(true),
            noise::Config::new,
            yamux::Config::default,
        )
        .map_err(|error| NetError::Transport(error.to_string()))?
        .with_quic()
        .with_behaviour(|_| behaviour)
        .map_err(|error| NetError::Transport(error.to_string()))?
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(600)))
        .build())
}

fn connection_bounds() -> connection_limits::ConnectionLimits {
    connection_limits::ConnectionLimits::default()
        .with_max_pending_incoming(Some(32))
        .with_max_pending_outgoing(Some(32))
        .with_max_established_incoming(Some(128))
        .with_max_established(Some(256))
        .with_max_established_per_peer(Some(2))
}

fn catch_up(network: NetworkId) -> request_response::Behaviour<Bytes> {
    let name = StreamProtocol::try_from_owned(format!("/viaduct/{}/catch-up/1", network.0));
    let protocol = name.expect("the name begins with a slash");
    let config = request_response::Config::default()
        .with_request_timeout(Duration::from_millis(ANSWER_MS))
        .with_max_concurrent_streams(16);
    request_response::Behaviour::new([(protocol, request_response::ProtocolSupport::Full)], config)
}

fn gossip(network: NetworkId) -> Result<Gossip, NetError> {
    let topics = Topic::VARIANTS
        .iter()
        .map(|topic| (*topic, ident_topic(network, *topic)));
    let topics: Vec<_> = topics.collect();
    let filter =
        gossipsub::WhitelistSubscriptionFilter(topics.iter().map(|(_, topic)| topic.hash()).collect());
    let refused = |error: &dyn ToString| NetError::Gossip(error.to_string());
    let mut gossip = Gossip::new_with_subscription_filter(
        gossipsub::MessageAuthenticity::Anonymous,
        gossip_config(&topics)?,
        filter,
    )
    .map_err(|error| refused(&error))?;
    let (parameters, thresholds) = scores(&topics);
    gossip
        .with_peer_score(parameters, thresholds)
        .map_err(|error| refused(&error))?;
    for (_, topic) in &topics {
        gossip.subscribe(topic).map_err(|error| refused(&error))?;
    }
    Ok(gossip)
}

fn gossip_config(topics: &[(Topic, gossipsub::IdentTopic)]) -> Result<gossipsub::Config, NetError> {
    let mut config = gossipsub::ConfigBuilder::default();
    config
        .validation_mode(gossipsub::ValidationMode::Anonymous)
        .message_id_fn(|message| {
            gossipsub::MessageId::from(gossip_id(message.topic.as_str(), &message.data).0.0.to_vec())
        })
        .validate_messages()
        .heartbeat_interval(Duration::from_millis(500))
        .mesh_outbound_min(2)
        .mesh_n_low(3)
        .mesh_n(6)
        .mesh_n_high(10)
        .gossip_lazy(6)
        .flood_publish(true)
        .max_transmit_size(TRANSMIT_BYTES)
        .duplicate_cache_time(Duration::from_secs(120))
        .history_length(12)
        .history_gossip(3)
        .max_publish_messages(500)
        .max_control_message_size(16 << 10)
        .connection_handler_queue_len(1024);
    for (topic, ident) in topics {
        // The frame around the content takes a few bytes for the topic's name.
        config.max_transmit_size_for_topic(topic.limit() + 256, ident.hash());
    }
    config
        .build()
        .map_err(|error| NetError::Gossip(error.to_string()))
}

/// Scores that punish rubbish, and neither silence nor a shared address: both are normal in a small network.
fn scores(
    topics: &[(Topic, gossipsub::IdentTopic)],
) -> (gossipsub::PeerScoreParams, gossipsub::PeerScoreThresholds) {
    let each = || gossipsub::TopicScoreParams {
        topic_weight: 1.0,
        time_in_mesh_weight: 0.0,
        first_message_deliveries_weight: 0.5,
        first_message_deliveries_decay: 0.9,
        first_message_deliveries_cap: 50.0,
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        invalid_message_deliveries_weight: -100.0,
        invalid_message_deliveries_decay: gossipsub::score_parameter_decay(Duration::from_secs(600)),
        ..Default::default()
    };
    let parameters = gossipsub::PeerScoreParams {
        topics: topics.iter().map(|(_, topic)| (topic.hash(), each())).collect(),
        app_specific_weight: 1.0,
        ip_colocation_factor_weight: 0.0,
        behaviour_penalty_weight: -10.0,
        behaviour_penalty_threshold: 6.0,
        behaviour_penalty_decay: 0.9,
        ..Default::default()
    };
    let thresholds = gossipsub::PeerScoreThresholds {
        gossip_threshold: -100.0,
        publish_threshold: -200.0,
        graylist_threshold: -400.0,
        accept_px_threshold: 1e6,
        opportunistic_graft_threshold: 0.0,
    };
    (parameters, thresholds)
}
