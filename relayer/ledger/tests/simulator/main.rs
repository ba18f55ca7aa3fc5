//! A seeded simulation of the whole ledger: valid and invalid commands, events, price paths, gaps, halts, stalled chains, losses
//! and liquidations, with every invariant checked after every command.
//!
//! | run | what |
//! |---|---|
//! | `cargo test -p ledger --test simulator` | a few seeds |
//! | `VIADUCT_SEEDS=10000 cargo test -p ledger --test simulator -- --ignored --nocapture long_run` | that many seeds of 1,000 commands |
//! | `VIADUCT_SECONDS=300 VIADUCT_COMMIT=$(git rev-parse HEAD) cargo test … --ignored --nocapture as_many_as_fit` | as many as fit, from a base that the commit gives |
//! | `VIADUCT_SEED=17 cargo test … --ignored --nocapture one_seed` | one seed again |
//!
//! A failure prints its seed and a shortened list of actions.

mod action;
mod draw;
mod invariants;
mod order;
mod random;
mod run;
mod world;

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    str::FromStr,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use run::{Broken, actions, run, shrunk};

const COMMANDS: usize = 1_000;

fn variable<T: FromStr>(name: &str) -> Option<T> {
    env::var(name).ok().map(|text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is no number"))
    })
}

/// Runs one seed; a panic of the ledger counts as a broken invariant of its own.
fn check(seed: u64, commands: usize) {
    let actions = actions(seed, commands);
    let outcome = catch_unwind(AssertUnwindSafe(|| run(&actions)));
    let Ok(Err(broken)) = outcome else {
        assert!(outcome.is_ok(), "seed {seed}: a panic");
        return;
    };
    let Broken {
        invariant,
        place,
        why,
    } = &broken;
    let short = shrunk(actions, &broken);
    let list: Vec<String> = short.iter().map(|action| format!("  {action:?}")).collect();
    panic!(
        "seed {seed}: {invariant} broken by command {place}: {why}\n{} actions do it:\n{}",
        short.len(),
        list.join("\n")
    );
}

/// Seeds from `base` on, on all cores, until `count` are done or the time is over; answers how many were done.
fn many(base: u64, count: u64, until: Option<Instant>) -> u64 {
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while until.is_none_or(|until| Instant::now() < until) {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= count {
                        return;
                    }
                    check(base.wrapping_add(place), COMMANDS);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    done.into_inner()
}

#[test]
fn no_invariant_breaks_in_a_few_seeds() {
    for seed in 0..6 {
        check(seed, 400);
    }
}

/// The simulation means something only if commands of every kind succeed and are refused.
#[test]
fn commands_of_all_kinds_succeed_and_fail() {
    let (mut done, mut refused) = (
        std::collections::BTreeSet::new(),
        std::collections::BTreeSet::new(),
    );
    for seed in 0..16 {
        let mut world = world::World::new();
        for action in actions(seed, 1_000) {
            let block = action.block(&mut world);
            for outcome in world.apply(block) {
                match outcome {
                    Ok(receipt) => {
                        let effect = format!("{:?}", receipt.effect);
                        done.insert(
                            effect
                                .split([' ', '('])
                                .next()
                                .map(str::to_owned)
                                .expect("a name"),
                        );
                    }
                    Err(refusal) => {
                        refused.insert(<&str>::from(&refusal));
                    }
                }
            }
        }
    }
    println!("succeeded: {done:?}\nrefused: {refused:?}");
    for effect in [
        "Credited",
        "Suspended",
        "Filled",
        "Withdrawing",
        "Released",
        "ReleaseFailed",
        "Attested",
        "Batch",
        "Reported",
    ] {
        assert!(done.contains(effect), "no {effect} in {done:?}");
    }
    assert!(refused.len() >= 15, "only {refused:?}");
}

#[test]
#[ignore = "long: VIADUCT_SEEDS seeds of 1,000 commands"]
fn long_run() {
    let (base, count) = (
        variable("VIADUCT_BASE").unwrap_or(0),
        variable("VIADUCT_SEEDS").unwrap_or(10_000),
    );
    let start = Instant::now();
    let done = many(base, count, None);
    println!(
        "{done} seeds of {COMMANDS} commands from {base} in {:.0?}",
        start.elapsed()
    );
}

#[test]
#[ignore = "takes VIADUCT_SECONDS"]
fn as_many_as_fit() {
    let seconds = variable("VIADUCT_SECONDS").unwrap_or(300);
    let commit = env::var("VIADUCT_COMMIT").unwrap_or_default();
    let base = u64::from_str_radix(commit.get(..15).unwrap_or("0"), 16).expect("a commit's hash");
    let done = many(
        base,
        u64::MAX,
        Some(Instant::now() + Duration::from_secs(seconds)),
    );
    println!("{done} seeds of {COMMANDS} commands from {base} in {seconds} s");
}

#[test]
#[ignore = "runs VIADUCT_SEED"]
fn one_seed() {
    check(
        variable("VIADUCT_SEED").unwrap_or(0),
        variable("VIADUCT_COMMANDS").unwrap_or(COMMANDS),
    );
}
