//! One update of 512 keys with the committee cached, beside the raw signature check and beside a verifier that
//! decompresses the committee for every update. Input: a real mainnet update of the shared vectors.
//!
//! Run with `cargo bench --profile dev -p benches --bench ethereum_update`.

mod ethereum;

use benches::{Operation, Target, print_table};
use light_client::ethereum::{types::Update, verify};

use ethereum::Chain;

fn main() {
    let Some(chain) = Chain::load() else { return };
    let first = chain.updates[0].clone();
    // As a finality update: no committee to load.
    let update = Update {
        next_sync_committee: None,
        ..first
    };
    let raw = chain.raw_check(&update);
    let ours = || verify(&chain.start, &update, &chain.params, chain.now).expect("a valid update");
    print_table(|table| {
        let operation = Operation {
            name: "Ethereum update, 512 keys, committee cached",
            peer: "one blst fast_aggregate_verify on cached affine keys",
            target: Target::TimeAtMost(1.15),
        };
        table.row(operation, ours, || assert!(raw.holds()));
        let operation = Operation {
            name: "Ethereum update, 512 keys, committee cached",
            peer: "straightforward: committee decompressed per update",
            target: Target::Speed,
        };
        table.row(operation, ours, || assert!(chain.straightforward(&update)));
    });
}
