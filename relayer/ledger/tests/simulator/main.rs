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
mod facts;
mod invariants;
mod order;
mod random;
mod run;
mod tally;
mod world;

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    str::FromStr,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use run::{Broken, actions, run, shrunk};
use tally::Tally;

const COMMANDS: usize = 1_000;
/// Seeds of the quick run.
const FEW: u64 = 20;

fn variable<T: FromStr>(name: &str) -> Option<T> {
    env::var(name).ok().map(|text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is no number"))
    })
}

/// Runs one seed and answers what happened in it; a panic of the ledger counts as a broken invariant of its own.
fn check(seed: u64, commands: usize) -> Tally {
    let actions = actions(seed, commands);
    let outcome = catch_unwind(AssertUnwindSafe(|| run(&actions)));
    let broken = match outcome {
        Ok(Ok(tally)) => return tally,
        Ok(Err(broken)) => broken,
        Err(_) => panic!("seed {seed}: a panic"),
    };
    let Broken {
        invariant,
        place,
        why,
    } = &broken;
    eprintln!("seed {seed}: {invariant} broken by command {place}: {why}\nshortening the list of commands");
    let short = shrunk(actions, &broken);
    let list: Vec<String> = short.iter().map(|action| format!("  {action:?}")).collect();
    panic!(
        "seed {seed}: {invariant} broken by command {place}: {why}\n{} actions do it:\n{}",
        short.len(),
        list.join("\n")
    );
}

/// Seeds from `base` on, on all cores, until `count` are done or the time is over; answers how many were done and what happened.
fn many(base: u64, count: u64, until: Option<Instant>) -> (u64, Tally) {
    let (next, done) = (AtomicU64::new(0), Mutex::new((0, Tally::default())));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while until.is_none_or(|until| Instant::now() < until) {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= count {
                        return;
                    }
                    let tally = check(base.wrapping_add(place), COMMANDS);
                    let mut done = done.lock().expect("no other seed has failed");
                    done.0 += 1;
                    done.1 += tally;
                }
            });
        }
    });
    done.into_inner().expect("no seed has failed")
}

/// The simulation means something only if commands of every kind succeed and are refused, and every effect comes up.
#[test]
fn no_invariant_breaks_in_a_few_seeds_and_everything_happens_in_them() {
    let (_, tally) = many(0, FEW, None);
    println!("{tally}");
    assert!(tally.missing().is_empty(), "never: {:?}", tally.missing());
    assert!(tally.refusals() >= 30, "few refusals");
}

#[test]
#[ignore = "long: VIADUCT_SEEDS seeds of 1,000 commands"]
fn long_run() {
    let (base, count) = (
        variable("VIADUCT_BASE").unwrap_or(0),
        variable("VIADUCT_SEEDS").unwrap_or(10_000),
    );
    let start = Instant::now();
    let (done, tally) = many(base, count, None);
    println!(
        "{tally}{done} seeds of {COMMANDS} commands from {base} in {:.0?}",
        start.elapsed()
    );
}

#[test]
#[ignore = "takes VIADUCT_SECONDS"]
fn as_many_as_fit() {
    let seconds = variable("VIADUCT_SECONDS").unwrap_or(300);
    let commit = env::var("VIADUCT_COMMIT").unwrap_or_default();
    let base = u64::from_str_radix(commit.get(..15).unwrap_or("0"), 16).expect("a commit's hash");
    let (done, tally) = many(
        base,
        u64::MAX,
        Some(Instant::now() + Duration::from_secs(seconds)),
    );
    println!("{tally}{done} seeds of {COMMANDS} commands from {base} in {seconds} s");
}

#[test]
#[ignore = "runs VIADUCT_SEED"]
fn one_seed() {
    let tally = check(
        variable("VIADUCT_SEED").unwrap_or(0),
        variable("VIADUCT_COMMANDS").unwrap_or(COMMANDS),
    );
    println!("{tally}");
}
