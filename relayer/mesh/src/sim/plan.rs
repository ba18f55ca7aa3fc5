//! What goes wrong in a run.

use super::Rng;

/// How a node breaks the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Says one thing to some and another to the others.
    Equivocate,
    /// Attests nothing.
    Withhold,
    /// Sends what it has heard again and again.
    Replay,
    /// Sends rubbish, forgeries, and attestations of heights that nobody knows.
    Flood,
}

impl Fault {
    const ALL: [Self; 4] = [Self::Equivocate, Self::Withhold, Self::Replay, Self::Flood];
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Drives everything that the plan leaves open.
    pub seed: u64,
    /// How many nodes; each has the same weight.
    pub nodes: usize,
    /// How each node breaks the rules, if it does.
    pub faults: Vec<Option<Fault>>,
    /// Of a hundred messages, how many a link loses before the heal.
    pub loss: u64,
    /// Of a hundred messages, how many arrive twice.
    pub duplication: u64,
    /// Longest delay of a link in milliseconds.
    pub delay_ms: u64,
    /// Two halves that do not hear each other (the nodes below the number, and the others), from and to which millisecond.
    pub partition: Option<(usize, (u64, u64))>,
    /// A node that is down and loses its memory, from and to which millisecond.
    pub crash: Option<(usize, (u64, u64))>,
    /// Largest error of a node's clock in milliseconds.
    pub skew_ms: u64,
}

impl Plan {
    /// When links begin to lose nothing.
    pub const HEAL_MS: u64 = 60_000;
    /// When a run ends.
    pub const END_MS: u64 = 150_000;
    /// Attestations of each chain.
    pub const HEIGHTS: u64 = 10;

    /// The plan of a seed: 4 to 7 nodes, as many Byzantine ones as they withstand.
    pub fn of_seed(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let nodes = usize::try_from(4 + rng.below(4)).unwrap_or(4);
        let mut plan = Self {
            loss: rng.below(4) * 10,
            duplication: rng.below(3) * 10,
            delay_ms: 1 + rng.below(3_000),
            skew_ms: rng.below(5_000),
            ..Self::calm(seed, nodes)
        };
        plan.break_nodes(&mut rng);
        if rng.percent(50) {
            plan.partition = Some((1 + pick(&mut rng, nodes - 1), span(&mut rng)));
        }
        if rng.percent(50) {
            plan.crash = Some((pick(&mut rng, nodes), span(&mut rng)));
        }
        plan
    }

    /// A run in which nothing goes wrong.
    pub fn calm(seed: u64, nodes: usize) -> Self {
        Self {
            seed,
            nodes,
            faults: vec![None; nodes],
            loss: 0,
            duplication: 0,
            delay_ms: 50,
            partition: None,
            crash: None,
            skew_ms: 0,
        }
    }

    fn break_nodes(&mut self, rng: &mut Rng) {
        for _ in 0..(self.nodes - 1) / 3 {
            let node = pick(rng, self.nodes);
            self.faults[node] = Some(Fault::ALL[pick(rng, Fault::ALL.len())]);
        }
    }

    /// Whether every message arrives, in time.
    pub fn is_calm(&self) -> bool {
        self.loss == 0 && self.partition.is_none() && self.crash.is_none()
    }
}

fn pick(rng: &mut Rng, bound: usize) -> usize {
    usize::try_from(rng.draw()).unwrap_or(0) % bound
}

fn span(rng: &mut Rng) -> (u64, u64) {
    let from = rng.below(Plan::HEAL_MS / 2);
    (from, from + rng.below(Plan::HEAL_MS / 2))
}
