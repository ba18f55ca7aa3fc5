//! A chain of real mainnet updates, each with a new committee: one by one, in one batch, and batched over threads, beside a
//! verifier that decompresses the committee for every update. A year has 321 such updates.
//!
//! Run with `cargo bench --profile dev -p benches --bench ethereum_catch_up`.

mod ethereum;

use std::{num::NonZeroU64, thread};

use benches::{Operation, Target, print_table};
use light_client::ethereum::{InPlace, TrustedState, Workers, catch_up, verify};

use ethereum::Chain;

/// One thread per processor.
struct Threads(usize);

impl Workers for Threads {
    fn count(&self) -> usize {
        self.0
    }

    fn map<I: Sync, O: Send>(&self, items: &[I], job: impl Fn(&I) -> O + Sync) -> Vec<O> {
        let size = items.len().div_ceil(self.0).max(1);
        thread::scope(|scope| {
            let job = &job;
            let part = |part| scope.spawn(move || Iterator::map(<[I]>::iter(part), job).collect::<Vec<O>>());
            let handles: Vec<_> = items.chunks(size).map(part).collect();
            handles
                .into_iter()
                .flat_map(|handle| handle.join().expect("a job does not panic"))
                .collect()
        })
    }
}

fn run(chain: &Chain, workers: &impl Workers) -> TrustedState {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let draw = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        NonZeroU64::new(seed | 1).expect("odd")
    };
    catch_up(
        &chain.start,
        &chain.updates,
        &chain.params,
        chain.now,
        draw,
        workers,
    )
    .expect("valid updates")
    .state
}

fn one_by_one(chain: &Chain) -> TrustedState {
    let mut state = chain.start.clone();
    for update in &chain.updates {
        let verified = verify(&state, update, &chain.params, chain.now).expect("a valid update");
        state.advance(verified).expect("verified against this state");
    }
    state
}

fn main() {
    let Some(chain) = Chain::load() else { return };
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let straightforward = || chain.updates.iter().all(|update| chain.straightforward(update));
    let count = chain.updates.len();
    let straight = "straightforward, one by one";
    let sequential = "this client, one by one";
    print_table(|table| {
        let name = format!("{count} Ethereum updates, one by one");
        table.row(
            Operation {
                name: &name,
                peer: straight,
                target: Target::Speed,
            },
            || one_by_one(&chain),
            straightforward,
        );
        let name = format!("{count} Ethereum updates, one batch");
        table.row(
            Operation {
                name: &name,
                peer: sequential,
                target: Target::SpeedAtLeast(1.0),
            },
            || run(&chain, &InPlace),
            || one_by_one(&chain),
        );
        let name = format!("{count} Ethereum updates, batched over {processors} threads");
        for (peer, side) in [(straight, true), (sequential, false)] {
            let target = Target::SpeedAtLeast(0.8 * processors as f64);
            table.row(
                Operation {
                    name: &name,
                    peer,
                    target,
                },
                || run(&chain, &Threads(processors)),
                || match side {
                    true => assert!(straightforward()),
                    false => drop(one_by_one(&chain)),
                },
            );
        }
    });
}
