//! Four nodes over TCP and QUIC on loopback, and a stranger.

use std::{
    collections::BTreeMap,
    net::{TcpListener, UdpSocket},
    time::Duration,
};

use libp2p::{Multiaddr, identity::Keypair};
use mesh::{
    net::{Handle, Net, NetSettings, peer_of},
    proto::{
        Action, Event, Peer, Settings,
        message::{Body, Said, Vouched},
    },
};
use secp256k1::{Message, PublicKey, SecretKey, ecdsa::RecoverableSignature};
use tokio::time::timeout;
use wire::{
    attestation::Attestation,
    attesters::{AttesterSet, Member},
    certificate::Certified,
    eip712::{Domain, Statement},
    evidence::Finality,
    gossip::{Heartbeat, NodeHealth, Version},
    signature::{Signature, Signed, address_of},
    tree::EMPTY_ROOT,
    types::{Address, ChainId, Hash, NetworkId},
};

const NETWORK: NetworkId = NetworkId(Hash([0x4c; 32]));
const CHAIN: ChainId = ChainId(1);
const PATIENCE: Duration = Duration::from_secs(40);

fn key(number: u8) -> SecretKey {
    SecretKey::from_secret_bytes([number; 32]).unwrap()
}

fn address(key: &SecretKey) -> Address {
    address_of(&PublicKey::from_secret_key(key))
}

fn sign<T: Statement>(key: &SecretKey, statement: T) -> Signed<T> {
    let digest = statement.digest(&Domain::new(NETWORK));
    let signature = RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(digest.0), key);
    let (id, rs) = signature.serialize_compact();
    let signature = Signature::from_parts(rs, id.to_u8() == 1);
    Signed { statement, signature }
}

fn attestation(height: u64) -> Attestation {
    Attestation {
        chain: CHAIN,
        height,
        block_hash: Hash([7; 32]),
        timestamp: height,
        previous: 0,
        first_seq: 0,
        event_count: 0,
        events_root: EMPTY_ROOT,
    }
}

fn heartbeat(key: &SecretKey, peer: Peer) -> Body {
    let time = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    Body::Heartbeat(sign(
        key,
        Heartbeat {
            attester: address(key),
            peer: peer.0,
            time_ms: u64::try_from(time.as_millis()).unwrap(),
            version: Version {
                major: 0,
                minor: 1,
                patch: 0,
            },
            ledger_height: 0,
            health: NodeHealth::Ready,
            chains: Vec::new(),
        },
    ))
}

fn vouch(key: &SecretKey, height: u64) -> Body {
    let Signed { statement, signature } = sign(key, attestation(height));
    Body::Vouched(Vouched {
        author: address(key),
        said: Said::Attestation(statement),
        signature,
    })
}

fn set() -> AttesterSet {
    let members = (1..=4).map(|number| Member {
        attester: address(&key(number)),
        weight: 1,
    });
    let mut members: Vec<_> = members.collect();
    members.sort();
    AttesterSet::new(1, members).unwrap()
}

/// A port that is free for TCP and UDP at this moment.
fn free_port() -> u16 {
    (0..100)
        .find_map(|_| {
            let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
            UdpSocket::bind(("127.0.0.1", port)).ok()?;
            Some(port)
        })
        .expect("a free port")
}

/// Even pairs meet over TCP, odd ones over QUIC.
fn address_of_node(port: u16, from: usize, to: usize) -> Multiaddr {
    let text = match (from + to).is_multiple_of(2) {
        true => format!("/ip4/127.0.0.1/tcp/{port}"),
        false => format!("/ip4/127.0.0.1/udp/{port}/quic-v1"),
    };
    text.parse().unwrap()
}

struct Node {
    key: SecretKey,
    peer: Peer,
    handle: Handle,
}

/// Nodes 0 to 3 list each other; the others, strangers, list them all.
fn start(nodes: usize) -> Vec<Node> {
    let identities: Vec<_> = (0..nodes).map(|_| Keypair::generate_ed25519()).collect();
    let peers: Vec<_> = identities
        .iter()
        .map(|key| peer_of(&key.public()).unwrap())
        .collect();
    let ports: Vec<_> = (0..nodes).map(|_| free_port()).collect();
    let start = |(own, identity): (usize, Keypair)| {
        let listed: Vec<_> = (0..4).filter(|other| *other != own).collect();
        let addresses = listed
            .iter()
            .filter(|other| **other < own)
            .map(|other| (peers[*other], vec![address_of_node(ports[*other], own, *other)]));
        let settings = NetSettings {
            identity,
            listen: vec![
                address_of_node(ports[own], 0, 0),
                address_of_node(ports[own], 0, 1),
            ],
            addresses: addresses.collect(),
            mesh: Settings {
                network: NETWORK,
                set: set(),
                chains: BTreeMap::from([(CHAIN, Finality::Finalising)]),
                peers: listed.iter().map(|other| peers[*other]).collect(),
            },
            deliveries: 256,
        };
        let (net, handle) = Net::new(settings).unwrap();
        tokio::spawn(net.run());
        Node {
            key: key(u8::try_from(own + 1).unwrap()),
            peer: peers[own],
            handle,
        }
    };
    identities.into_iter().enumerate().map(start).collect()
}

impl Node {
    async fn tell(&self, event: Event) {
        self.handle.events.send(event).await.unwrap();
    }

    /// Answers heartbeats until the wanted number of certificates is there.
    async fn certificates(&mut self, wanted: usize) -> Vec<Certified<Attestation>> {
        let mut found = Vec::new();
        while found.len() < wanted {
            match self.handle.deliveries.recv().await.expect("the loop runs") {
                Action::Beat => self.tell(Event::Own(heartbeat(&self.key, self.peer))).await,
                Action::Certified {
                    said: Said::Attestation(statement),
                    signatures,
                    ..
                } => {
                    found.push(Certified {
                        statement,
                        signatures,
                    });
                }
                _ => {}
            }
        }
        found
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_nodes_certify_over_tcp_and_quic() {
    let mut nodes = start(4);
    for node in &nodes {
        let (chain, height) = (CHAIN, 10);
        node.tell(Event::Finalized { chain, height }).await;
        for height in 1..=10 {
            node.tell(Event::Own(vouch(&node.key, height))).await;
        }
    }
    let all = nodes.iter_mut().map(|node| node.certificates(10));
    let all = timeout(PATIENCE, futures::future::join_all(all))
        .await
        .expect("certificates in time");
    for certified in all.into_iter().flatten() {
        assert!(certified.verify(&Domain::new(NETWORK), &set()).is_ok());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_is_not_let_in() {
    let mut nodes = start(5);
    let mut stranger = nodes.pop().unwrap();
    let patient = async {
        while nodes.iter().any(|node| node.handle.status.borrow().connected < 3) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, patient).await.expect("the listed meet");
    // Long enough for several attempts.
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(
        nodes
            .iter()
            .all(|node| node.handle.status.borrow().connected == 3)
    );
    assert_eq!(stranger.handle.status.borrow_and_update().connected, 0);
}

#[tokio::test]
async fn a_node_that_takes_no_deliveries_does_not_stop_the_loop() {
    let mut node = start(4).remove(0);
    let mut status = node.handle.status.clone();
    node.handle.deliveries.close();
    let dropped = status.wait_for(|status| status.dropped > 0);
    timeout(PATIENCE, dropped)
        .await
        .expect("a heartbeat is due")
        .expect("the loop runs");
    timeout(PATIENCE, status.changed())
        .await
        .expect("ticks go on")
        .expect("the loop runs");
}
