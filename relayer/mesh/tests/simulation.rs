//! Seeded runs: a few on every test run, any number on request.
//!
//! `VIADUCT_MESH_SEEDS=100000 cargo test -p mesh --test simulation -- --nocapture` runs seeds 0 to 99,999;
//! `VIADUCT_MESH_SEED=17 cargo test -p mesh --test simulation one_seed -- --nocapture` repeats one that failed.

use std::env;

use mesh::sim::{Fault, Plan, Report, Violation, run};

/// How many seeds run when nobody says otherwise.
const SEEDS: u64 = 60;

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().expect("a number"))
}

fn run_or_tell(plan: &Plan) -> Report {
    run(plan).unwrap_or_else(|violation| panic!("seed {}: {violation}\n{plan:#?}", plan.seed))
}

#[test]
fn many_seeds_agree_and_convict_only_the_guilty() {
    let seeds = number("VIADUCT_MESH_SEEDS").unwrap_or(SEEDS);
    let (mut certificates, mut convictions, mut lost) = (0, 0, 0);
    for seed in 0..seeds {
        let report = run_or_tell(&Plan::of_seed(seed));
        certificates += report.certificates;
        convictions += report.convictions;
        lost += report.lost;
    }
    println!("{seeds} seeds: {certificates} certificates, {convictions} convictions, {lost} messages lost");
    assert!(
        certificates > 0 && convictions > 0 && lost > 0,
        "the seeds exercise nothing"
    );
}

#[test]
fn one_seed() {
    let seed = number("VIADUCT_MESH_SEED").unwrap_or(0);
    let plan = Plan::of_seed(seed);
    let report = run_or_tell(&plan);
    println!("{plan:#?}\n{report:#?}");
}

#[test]
fn a_seed_gives_the_same_run_twice() {
    let plan = Plan::of_seed(7);
    assert_eq!(run(&plan), run(&plan));
}

#[test]
fn every_member_of_the_largest_minority_may_break_every_rule() {
    let kinds = [Fault::Equivocate, Fault::Withhold, Fault::Replay, Fault::Flood];
    for (index, fault) in kinds.into_iter().enumerate() {
        let mut plan = Plan::calm(index.try_into().unwrap(), 7);
        plan.faults[2] = Some(fault);
        plan.faults[5] = Some(fault);
        run_or_tell(&plan);
    }
}

#[test]
fn a_third_that_withholds_stops_certificates_and_nothing_false_appears() {
    let mut plan = Plan::calm(1, 6);
    plan.faults[0] = Some(Fault::Withhold);
    plan.faults[3] = Some(Fault::Withhold);
    assert!(matches!(run(&plan), Err(Violation::Missing { .. })));
}

#[test]
fn the_halves_of_a_partition_certify_once_it_heals() {
    let mut plan = Plan::calm(2, 4);
    plan.partition = Some((2, (0, Plan::HEAL_MS)));
    let report = run_or_tell(&plan);
    assert!(report.lost > 0);
    assert_eq!(report.certificates, 4 * 2 * 10);
}

#[test]
fn a_node_that_lost_its_memory_catches_up() {
    let mut plan = Plan::calm(3, 4);
    plan.crash = Some((1, (20_000, 50_000)));
    assert!(run_or_tell(&plan).certificates >= 4 * 2 * 10);
}
