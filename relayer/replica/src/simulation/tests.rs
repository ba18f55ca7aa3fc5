//! What replicas do over a network that loses, delays, repeats, reorders and parts: agreement, one certificate per height, liveness.

use futures::StreamExt as _;

use super::*;
use crate::{plane::Topic, sample::Rng};

const CALM: Weather = Weather {
    loss_percent: 0,
    duplicate_percent: 0,
    delay_ms: 20,
    jitter_ms: 10,
};

const ROUGH: Weather = Weather {
    loss_percent: 3,
    duplicate_percent: 10,
    delay_ms: 10,
    jitter_ms: 120,
};

#[test]
fn four_replicas_decide_an_empty_block_every_second_and_a_full_one_at_once() {
    simulate(|| async {
        let mut world = World::new(4, 1, CALM);
        world.boot_all().await;
        sleep(Duration::from_secs(10)).await;
        let tip = world.tip(0);
        assert!((8..=11).contains(&tip), "{tip} blocks in 10 s");
        let mut decided = Box::pin(world.nodes[2].replica.as_ref().unwrap().decided(tip + 1));
        let before = Instant::now();
        world.submit(1, 77);
        let holds_it = async {
            loop {
                let decided = decided.next().await.unwrap().unwrap();
                if decided
                    .block
                    .body
                    .attestations
                    .iter()
                    .any(|one| one.statement.height == 77)
                {
                    return decided;
                }
            }
        };
        let decided = timeout(Duration::from_secs(10), holds_it).await.unwrap();
        assert!(before.elapsed() < Duration::from_secs(5));
        let certificate = world.nodes[0].replica.as_ref().unwrap();
        let height = decided.block.header.height;
        world.reach(&[0, 1, 2, 3], height, 5).await;
        assert!(certificate.certificate(height).unwrap().is_some());
        world.check(&[]);
    });
}

#[test]
fn replicas_agree_under_loss_delay_duplication_and_reordering() {
    for (seed, count) in [(11, 4), (12, 5), (13, 7)] {
        simulate(|| async move {
            let mut world = World::new(count, seed, ROUGH);
            world.boot_all().await;
            let all: Vec<_> = (0..count as usize).collect();
            world.reach(&all, 10, 300).await;
            world.check(&[]);
        });
    }
}

#[test]
fn a_minority_cut_off_stands_still_and_catches_up_when_healed() {
    simulate(|| async {
        let mut world = World::new(7, 21, CALM);
        world.boot_all().await;
        world.reach(&[0, 1, 2, 3, 4, 5, 6], 3, 60).await;
        world.swarm.partition(vec![0, 0, 0, 0, 0, 1, 1]);
        sleep(Duration::from_secs(1)).await;
        let (apart, tip) = (world.tip(5), world.tip(0));
        world.reach(&[0, 1, 2, 3, 4], tip + 10, 200).await;
        assert!(world.tip(5) <= apart + 1);
        assert!(!world.health(5).is_ready(Instant::now(), Duration::from_secs(5)));
        world.swarm.heal();
        world.reach(&[5, 6], world.tip(0) + 5, 200).await;
        world.check(&[]);
    });
}

#[test]
fn nothing_is_decided_without_a_quorum_and_everything_after() {
    simulate(|| async {
        let mut world = World::new(4, 22, CALM);
        world.boot_all().await;
        world.reach(&[0, 1, 2, 3], 3, 60).await;
        world.swarm.partition(vec![0, 0, 1, 1]);
        sleep(Duration::from_secs(2)).await;
        let before: Vec<_> = (0..4).map(|at| world.tip(at)).collect();
        sleep(Duration::from_secs(60)).await;
        assert_eq!(before, (0..4).map(|at| world.tip(at)).collect::<Vec<_>>());
        world.swarm.heal();
        world.reach(&[0, 1, 2, 3], world.tip(0) + 5, 200).await;
        world.check(&[]);
    });
}

#[test]
fn a_replica_that_dies_at_any_write_goes_on_where_it_was() {
    simulate(|| async {
        let mut world = World::new(4, 31, CALM);
        world.boot_all().await;
        for count in 1..=5 {
            for moment in [disk::Moment::Before, disk::Moment::After] {
                world.reach(&[0, 1, 2, 3], world.tip(0) + 1, 120).await;
                world.nodes[1].store.die_at(count, moment);
                assert!(matches!(world.ended(1).await, Engine::Stopped { .. }));
                world.crash(1).await;
                world.boot(1).await;
            }
        }
        world.reach(&[0, 1, 2, 3], world.tip(0) + 3, 120).await;
        world.check(&[]);
    });
}

#[test]
fn a_late_node_accepts_old_block_times() {
    simulate(|| async {
        let mut world = World::new(4, 41, CALM);
        for at in 0..3 {
            world.boot(at).await;
        }
        world.reach(&[0, 1, 2], 20, 200).await;
        sleep(Duration::from_secs(5)).await;
        world.boot(3).await;
        world.reach(&[3], world.tip(0) + 3, 60).await;
        world.check(&[]);
        let height = world.tip(3);
        world.reach(&[0, 1, 2, 3], height, 10).await;
    });
}

#[test]
fn all_replicas_may_crash_at_once() {
    simulate(|| async {
        let mut world = World::new(4, 51, CALM);
        for _ in 0..3 {
            world.boot_all().await;
            world.reach(&[0, 1, 2, 3], world.tip(0) + 3, 120).await;
            for at in 0..4 {
                world.crash(at).await;
            }
        }
        world.check(&[]);
    });
}

#[test]
fn a_proposer_of_false_roots_is_outvoted_and_its_turns_cost_a_round() {
    simulate(|| async {
        let mut world = World::new(4, 61, CALM);
        world.nodes[2].lie = Lie::StateRoot;
        world.boot_all().await;
        world.reach(&[0, 1, 3], 9, 200).await;
        world.check(&[2]);
        let rounds = (1..=9).map(|height| {
            let decided = world.nodes[0].store.decided(height).unwrap().unwrap();
            decided.certificate.round
        });
        assert!(rounds.into_iter().any(|round| round > 0));
    });
}

#[test]
fn a_proposer_whose_clock_is_an_hour_ahead_does_not_move_the_chains_time() {
    simulate(|| async {
        let mut world = World::new(4, 71, CALM);
        world.nodes[1].skew_ms = 3_600_000;
        world.nodes[2].skew_ms = 1_500;
        world.boot_all().await;
        world.reach(&[0, 2, 3], 9, 200).await;
        let now = GENESIS_MS + u64::try_from(world.started.elapsed().as_millis()).unwrap();
        let last = world.nodes[0].store.decided(9).unwrap().unwrap();
        assert!(last.block.header.time_ms < now + 3_600);
        world.check(&[]);
    });
}

#[test]
fn who_votes_twice_is_convicted_and_nobody_else() {
    simulate(|| async {
        let mut world = World::new(4, 81, CALM);
        world.swarm.equivocates(3, world.nodes[3].key);
        world.boot_all().await;
        world.reach(&[0, 1, 2], 8, 200).await;
        world.check(&[3]);
        let convicted = (0..3).filter(|at| !world.accusations(*at).is_empty());
        assert_eq!(convicted.count(), 3);
    });
}

#[test]
fn sets_rotate_at_epochs_and_certificates_are_of_the_set_of_their_height() {
    simulate(|| async {
        let mut world = World::new(7, 91, CALM);
        let keys: Vec<_> = world.nodes.iter().map(|node| node.key).collect();
        world.sets = vec![
            sample::set_with(1, &keys[..6]),
            sample::set_with(2, &keys[1..]),
            sample::set_with(3, &keys[2..]),
        ];
        world.epoch_blocks = 4;
        world.boot_all().await;
        world.reach(&[0, 1, 2, 3, 4, 5, 6], 14, 300).await;
        world.check(&[]);
    });
}

#[test]
fn bytes_that_are_no_message_are_counted_and_harm_nobody() {
    simulate(|| async {
        let mut world = World::new(4, 101, CALM);
        world.boot_all().await;
        let mut rng = Rng(5);
        for _ in 0..200 {
            let topic = Topic::ALL[rng.below(4) as usize];
            let length = rng.below(300);
            let bytes = (0..length).map(|_| rng.next() as u8).collect();
            world.swarm.inject(3, 0, topic, bytes);
        }
        world.reach(&[0, 1, 2, 3], 4, 60).await;
        assert!(world.swarm.malformed() > 150);
        world.check(&[]);
    });
}

#[test]
fn an_engine_whose_log_fails_holds_still_and_says_so() {
    simulate(|| async {
        let mut world = World::new(4, 111, CALM);
        world.boot_all().await;
        world.reach(&[0, 1, 2, 3], 3, 60).await;
        world.nodes[2].journal.lock().unwrap().is_full = true;
        assert_eq!(world.ended(2).await, Engine::HangsForSafety);
        world.reach(&[0, 1, 3], world.tip(0) + 6, 200).await;
        assert!(world.tip(2) <= 5);
        world.nodes[2].journal.lock().unwrap().is_full = false;
        world.crash(2).await;
        world.boot(2).await;
        world.reach(&[2], world.tip(0), 60).await;
        world.check(&[]);
    });
}

/// Random weather, partitions, crashes at random writes and submissions, then calm: all agree and go on.
async fn chaos(seed: u64) {
    let mut rng = Rng(seed);
    let count = 4 + rng.below(4) as u32;
    let mut world = World::new(count, seed, ROUGH);
    world.boot_all().await;
    for step in 0..6 {
        let at = rng.below(u64::from(count)) as usize;
        match rng.below(4) {
            0 => world
                .swarm
                .partition((0..count).map(|_| u8::from(rng.percent(30))).collect()),
            1 => world.swarm.heal(),
            2 => {
                let moment = if rng.percent(50) {
                    disk::Moment::Before
                } else {
                    disk::Moment::After
                };
                world.nodes[at].store.die_at(1 + rng.below(3) as u32, moment);
            }
            _ => world.submit_if_alive(at, seed * 100 + step),
        }
        sleep(Duration::from_millis(200 + rng.below(3_000))).await;
        world.revive().await;
    }
    world.swarm.heal();
    world.swarm.set_weather(CALM);
    world.revive().await;
    let all: Vec<_> = (0..count as usize).collect();
    for at in &all {
        world.nodes[*at].store.disarm();
    }
    world.revive().await;
    let highest = all.iter().map(|at| world.tip(*at)).max().unwrap();
    world.reach(&all, highest + 3, 300).await;
    world.check(&[]);
}

impl World {
    fn submit_if_alive(&self, at: usize, number: u64) {
        if self.health(at).engine == Engine::Running {
            self.submit(at, number);
        }
    }

    /// Boots again whatever has died.
    async fn revive(&mut self) {
        for at in 0..self.nodes.len() {
            if self.health(at).engine != Engine::Running {
                self.crash(at).await;
                self.boot(at).await;
            }
        }
    }
}

fn seeds(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |count| count.parse().unwrap())
}

/// `VIADUCT_REPLICA_SEEDS=1000 cargo test -p replica chaos` runs a thousand; `VIADUCT_REPLICA_SEED` is the first.
#[test]
fn chaos_ends_in_agreement() {
    let (first, count) = (
        seeds("VIADUCT_REPLICA_SEED", 1),
        seeds("VIADUCT_REPLICA_SEEDS", 8),
    );
    for seed in first..first + count {
        simulate(|| async move {
            let run = std::panic::AssertUnwindSafe(chaos(seed));
            if let Err(panic) = futures::FutureExt::catch_unwind(run).await {
                eprintln!("replica simulation failed with seed {seed}");
                std::panic::resume_unwind(panic);
            }
        });
    }
    println!("replica simulation: {count} seeds from {first}");
}
