//! Packets and acknowledgements of IBC in the storage of a contract: proved below the updates that a relayer delivered
//! with them.
//!
//! ```text
//!  verified execution state root ──► account of the contract ──storage root──► slot ──► commitment, or none
//!  slot = keccak256( keccak256(client ‖ kind ‖ sequence) ‖ slot of the contract's mapping )
//! ```

use light_client::{
    Hash32,
    ethereum::execution::{Account, Address, account},
    proof::keccak256,
};
use ruint::aliases::U256;
use serde_json::Value;
use tests::damage;

use super::{hash, text, unhex};

/// The contract's client of the other chain, in every recording; each packet is its first.
const CLIENT: &[u8] = b"cosmoshub-1";
const SEQUENCE: u64 = 1;

/// What the contract keeps about a packet, by the byte in its path.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Sent = 1,
    Received = 2,
    Acknowledged = 3,
}

impl Kind {
    /// What a message proves: a packet to be received was sent there, an acknowledgement was written there, and a packet that
    /// timed out was never received there.
    fn of_step(name: &str) -> Self {
        match name {
            "receive_packets" => Self::Sent,
            "ack_packets" => Self::Acknowledged,
            "timeout_packets" => Self::Received,
            other => panic!("an unknown step: {other}"),
        }
    }

    fn slot(self, mapping: &Hash32) -> Hash32 {
        let path = keccak256(&[CLIENT, &[self as u8], &SEQUENCE.to_be_bytes()].concat());
        keccak256(&[path.0, mapping.0].concat())
    }
}

/// Checks the proof in the message of a step below the state root of the update delivered last.
pub(crate) fn checks_membership(client: &Value, step: &str, body: &[u8], state_root: &Hash32) {
    let membership = membership(body);
    let contract: Address = text(&client["ibc_contract_address"]).parse().expect("an address");
    let account = account_of(&membership["account_proof"], state_root, &contract);
    let kind = Kind::of_step(step);
    let proof = &membership["storage_proof"];
    let slot = kind.slot(&hash(&client["ibc_commitment_slot"]));
    assert_eq!(slot, hash(&proof["key"]), "{step}");
    let nodes = nodes(proof);
    let declared: U256 = text(&proof["value"]).parse().expect("a value");
    let expected = (kind != Kind::Received).then_some(declared);
    assert_eq!(declared.is_zero(), expected.is_none(), "{step}");
    assert_eq!(
        account::slot(&account.storage_root, slot, &nodes),
        Ok(expected),
        "{step}"
    );

    let other = Kind::Received.slot(&slot);
    assert_ne!(
        account::slot(&account.storage_root, other, &nodes).ok().flatten(),
        Some(declared)
    );
    for (position, node) in nodes.iter().enumerate() {
        damage::refuses_all_damage(step, node, |damaged| {
            let mut nodes = nodes.clone();
            nodes[position] = damaged.to_vec();
            account::slot(&account.storage_root, slot, &nodes)
        });
    }
}

/// The contract's account, which the state root proves, and whose storage root is the one declared.
fn account_of(proof: &Value, state_root: &Hash32, contract: &Address) -> Account {
    let nodes = nodes(proof);
    let account = account::account(state_root, contract, &nodes).expect("a valid proof");
    let account = account.expect("the contract");
    assert_eq!(account.storage_root, hash(&proof["storage_root"]));
    for (position, node) in nodes.iter().enumerate() {
        damage::refuses_all_damage("account", node, |damaged| {
            let mut nodes = nodes.clone();
            nodes[position] = damaged.to_vec();
            account::account(state_root, contract, &nodes)
        });
    }
    account
}

fn nodes(proof: &Value) -> Vec<Vec<u8>> {
    let nodes = proof["proof"].as_array().expect("nodes").iter();
    nodes.map(|node| unhex(text(node))).collect()
}

/// The JSON proof inside a protobuf body.
fn membership(body: &[u8]) -> Value {
    let start = br#"{"account_proof""#;
    let at = body.windows(start.len()).position(|window| window == start);
    let mut values = serde_json::Deserializer::from_slice(&body[at.expect("a proof")..]).into_iter();
    values.next().expect("a proof").expect("JSON")
}
