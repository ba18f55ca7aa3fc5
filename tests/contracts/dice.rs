//! Chance that a seed decides, and properties tried from many seeds.
//!
//! | run | what |
//! |---|---|
//! | `cargo test -p tests contracts` | every property from its quick count of seeds |
//! | `VIADUCT_SEEDS=5000 cargo test -p tests contracts` | from that many |
//! | `VIADUCT_SEED=17 cargo test -p tests contracts` | one seed again |

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Debug,
    thread,
};

/// A source of choices: the seed alone decides.
pub(crate) struct Dice(u64);

impl Dice {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0, below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// As [`Dice::below`], for places in a list.
    pub(crate) fn index(&mut self, bound: usize) -> usize {
        self.below(bound as u64) as usize
    }

    /// One of `choices`.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.index(choices.len())]
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// Any bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next() as u8)
    }

    /// Turns one bit over.
    pub(crate) fn flip(&mut self, bytes: &mut [u8]) {
        let place = self.index(bytes.len());
        bytes[place] ^= 1 << self.below(8);
    }
}

/// Says which seed was at work when a property fails.
struct Witness(u64);

impl Drop for Witness {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("seed {}: again with VIADUCT_SEED={}", self.0, self.0);
        }
    }
}

fn variable(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is no number")),
    )
}

/// Tries a property from `quick` seeds, or as many as the environment asks for.
pub(crate) fn from_seeds(quick: u64, mut property: impl FnMut(&mut Dice)) {
    let seeds = match variable("VIADUCT_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..variable("VIADUCT_SEEDS").unwrap_or(quick),
    };
    for seed in seeds {
        let _witness = Witness(seed);
        property(&mut Dice(seed));
    }
}

/// Whether the run is of one seed alone, which need not come to everything.
pub(crate) fn is_replay() -> bool {
    variable("VIADUCT_SEED").is_some()
}

/// What both sides said about the cases so far: by Rust's word and the contract's.
#[derive(Default)]
pub(crate) struct Verdicts(BTreeMap<(&'static str, &'static str), u64>);

/// Both sides accept.
pub(crate) const ACCEPTED: &str = "accepted";

impl Verdicts {
    /// Notes one case, of which the words must be a pair of `agreed`, and then what both authenticated must be equal.
    pub(crate) fn note<T: PartialEq + Debug>(
        &mut self,
        agreed: &[(&'static str, &'static str)],
        what: &str,
        ours: Result<T, &'static str>,
        theirs: Result<T, &'static str>,
    ) {
        let word = |side: &Result<T, &'static str>| side.as_ref().err().copied().unwrap_or(ACCEPTED);
        let pair = (word(&ours), word(&theirs));
        let is_agreed = pair == (ACCEPTED, ACCEPTED) || agreed.contains(&pair);
        assert!(is_agreed, "{what}: wire says {}, the contract {}", pair.0, pair.1);
        if let (Ok(ours), Ok(theirs)) = (&ours, &theirs) {
            assert_eq!(ours, theirs, "{what}: wire's left, the contract's right");
        }
        *self.0.entry(pair).or_default() += 1;
    }

    /// Checks that cases of both outcomes and every agreed reason occurred; a run from one seed may miss some.
    pub(crate) fn reached(&self, agreed: &[(&'static str, &'static str)]) {
        println!("{} cases: {:?}", self.0.values().sum::<u64>(), self.0);
        if is_replay() {
            return;
        }
        let wanted: BTreeSet<_> = agreed.iter().copied().chain([(ACCEPTED, ACCEPTED)]).collect();
        let missed: Vec<_> = wanted.iter().filter(|pair| !self.0.contains_key(*pair)).collect();
        assert!(
            missed.is_empty(),
            "no case came to {missed:?}, only to {:?}",
            self.0
        );
    }
}
