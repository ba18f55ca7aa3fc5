//! Measures an operation and its peer in turns and prints the ratio of their medians as one Markdown row.
//!
//! A bench binary is a plain `main` (`harness = false`):
//! ```no_run
//! use benches::{Operation, Target, print_table};
//! # let (data, ours, peer) = (0u64, |x: &u64| *x, |x: &u64| *x);
//! print_table(|table| {
//!     table.row(Operation { name: "sum of one", peer: "identity", target: Target::TimeAtMost(1.15) },
//!         || ours(&data), || peer(&data));
//! });
//! ```
//! Ours and the peer alternate sample by sample, so that a change of clock rate or a busy neighbour meets both.
//! Ratios are of medians; a sample repeats its operation until it lasts about [`SAMPLE`]. Nothing here fails a run:
//! a missed target is printed as missed.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// How long one sample should last: far above the clock's resolution, short enough for many turns.
pub const SAMPLE: Duration = Duration::from_millis(4);
/// Samples of each side.
const ROUNDS: usize = 41;
/// No comparison takes longer than this, but each side gets at least [`MIN_ROUNDS`] samples.
const BUDGET: Duration = Duration::from_secs(20);
const MIN_ROUNDS: usize = 5;

/// What is compared with what.
pub struct Operation<'a> {
    /// The operation with its size, such as `Ethereum update, 512 keys`.
    pub name: &'a str,
    /// What stands beside it.
    pub peer: &'a str,
    /// What the ratio should be.
    pub target: Target,
}

/// The direction of the printed ratio, and its limit (`spec/light-client.md`, Speed).
pub enum Target {
    /// Our time as a multiple of the peer's: at most this.
    TimeAtMost(f64),
    /// Our speed as a multiple of the peer's: at least this.
    SpeedAtLeast(f64),
    /// Our speed as a multiple of the peer's, without a limit.
    Speed,
}

/// A Markdown table under way; each row is printed when measured.
pub struct Table(());

/// Prints the table's head and then the rows that `rows` measures.
pub fn print_table(rows: impl FnOnce(&mut Table)) {
    println!("| operation | ours | peer | ratio | target |");
    println!("|---|---|---|---|---|");
    rows(&mut Table(()));
}

impl Table {
    /// Measures both sides in turns and prints the row; answers our median time.
    pub fn row<A, B>(
        &mut self,
        operation: Operation<'_>,
        mut ours: impl FnMut() -> A,
        mut peer: impl FnMut() -> B,
    ) -> Duration {
        let (ours, peer) = interleaved(|| drop(black_box(ours())), || drop(black_box(peer())));
        let time_ratio = ours.as_secs_f64() / peer.as_secs_f64();
        println!(
            "| {} | {} | {} {} | {} |",
            operation.name,
            readable(ours),
            operation.peer,
            readable(peer),
            operation.target.judge(time_ratio),
        );
        ours
    }
}

impl Target {
    /// The cells `ratio | target`.
    fn judge(&self, time_ratio: f64) -> String {
        let speed = time_ratio.recip();
        match *self {
            Self::TimeAtMost(limit) => {
                format!(
                    "{time_ratio:.2}x time | <= {limit:.2}x {}",
                    verdict(time_ratio <= limit)
                )
            }
            Self::SpeedAtLeast(limit) => {
                format!("{speed:.2}x speed | >= {limit:.2}x {}", verdict(speed >= limit))
            }
            Self::Speed => format!("{speed:.2}x speed | -"),
        }
    }
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}

/// Medians of both sides, sampled in turns.
fn interleaved(mut ours: impl FnMut(), mut peer: impl FnMut()) -> (Duration, Duration) {
    let repeats = [repeats_per_sample(&mut ours), repeats_per_sample(&mut peer)];
    let mut samples = [Vec::new(), Vec::new()];
    let start = Instant::now();
    for round in 0..ROUNDS {
        if round >= MIN_ROUNDS && start.elapsed() > BUDGET {
            break;
        }
        samples[0].push(sample(&mut ours, repeats[0]));
        samples[1].push(sample(&mut peer, repeats[1]));
    }
    let [ours, peer] = samples.map(median);
    (ours, peer)
}

/// How often the operation fits one sample; also warms the caches.
fn repeats_per_sample(operation: &mut impl FnMut()) -> u32 {
    let mut repeats = 1;
    loop {
        let each = sample(operation, repeats);
        if each * repeats >= SAMPLE / 2 || repeats >= 1 << 24 {
            return (SAMPLE.as_nanos() / each.as_nanos().max(1)).clamp(1, 1 << 24) as u32;
        }
        repeats *= 4;
    }
}

/// Time of one operation, averaged over `repeats`.
fn sample(operation: &mut impl FnMut(), repeats: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..repeats {
        operation();
    }
    start.elapsed() / repeats
}

fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort_unstable();
    samples[samples.len() / 2]
}

/// Three significant digits with the unit that fits.
fn readable(time: Duration) -> String {
    let nanos = time.as_nanos() as f64;
    let (value, unit) = match nanos {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "us"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    let digits = if value < 10.0 {
        2
    } else if value < 100.0 {
        1
    } else {
        0
    };
    format!("{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_judged_in_its_own_direction() {
        assert_eq!(Target::TimeAtMost(1.15).judge(1.1), "1.10x time | <= 1.15x met");
        assert_eq!(
            Target::TimeAtMost(1.15).judge(1.2),
            "1.20x time | <= 1.15x missed"
        );
        assert_eq!(
            Target::SpeedAtLeast(3.0).judge(0.25),
            "4.00x speed | >= 3.00x met"
        );
        assert_eq!(
            Target::SpeedAtLeast(3.0).judge(0.5),
            "2.00x speed | >= 3.00x missed"
        );
    }

    #[test]
    fn times_are_readable() {
        assert_eq!(readable(Duration::from_nanos(5)), "5.00 ns");
        assert_eq!(readable(Duration::from_micros(1_234)), "1.23 ms");
        assert_eq!(readable(Duration::from_millis(450)), "450 ms");
    }

    #[test]
    fn the_slower_side_has_the_larger_median() {
        let wait = |micros| move || std::thread::sleep(Duration::from_micros(micros));
        let (short, long) = interleaved(wait(100), wait(2_000));
        assert!(short < long, "{short:?} {long:?}");
    }
}
