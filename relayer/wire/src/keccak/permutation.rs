//! Keccak-f\[1600\] over several states side by side, written once and built for each kind of vector.
//!
//! ```text
//! word x + 5·y of every state is one vector        round: theta ─► rho, pi ─► chi ─► iota
//! ```
//! The module that invokes [`side_by_side!`] has in scope `xor`, `xor3`, `chi` (`a ^ (!b & c)`), `rotate::<LEFT, RIGHT>` (LEFT + RIGHT
//! = 64), `splat` (a number in every lane), `gather` (one number per lane) and `lanes` (back). A macro and not a trait: a function that
//! may use vector instructions is safe to call only from a function that may use them too, and no trait method can say so.

/// What iota adds to word 0, round by round.
pub(super) const ROUND: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

/// Defines `digests`, which hashes `$LANES` messages side by side; `$attribute` names the instructions that it may use.
macro_rules! side_by_side {
    ($Word:ty, $LANES:literal, #[$attribute:meta]) => {
        macro_rules! turned {
            ($word:expr, $column:expr, $left:literal) => {
                rotate::<$left, { 64 - $left }>(xor($word, $column))
            };
        }

        #[$attribute]
        #[inline]
        #[rustfmt::skip]
        fn round(s: [$Word; 25], constant: u64) -> [$Word; 25] {
            let c = [
                xor3(xor3(s[0], s[5], s[10]), s[15], s[20]),
                xor3(xor3(s[1], s[6], s[11]), s[16], s[21]),
                xor3(xor3(s[2], s[7], s[12]), s[17], s[22]),
                xor3(xor3(s[3], s[8], s[13]), s[18], s[23]),
                xor3(xor3(s[4], s[9], s[14]), s[19], s[24]),
            ];
            let d = [
                xor(c[4], rotate::<1, 63>(c[1])),
                xor(c[0], rotate::<1, 63>(c[2])),
                xor(c[1], rotate::<1, 63>(c[3])),
                xor(c[2], rotate::<1, 63>(c[4])),
                xor(c[3], rotate::<1, 63>(c[0])),
            ];
            let b = [
                xor(s[0], d[0]), turned!(s[6], d[1], 44), turned!(s[12], d[2], 43), turned!(s[18], d[3], 21), turned!(s[24], d[4], 14),
                turned!(s[3], d[3], 28), turned!(s[9], d[4], 20), turned!(s[10], d[0], 3), turned!(s[16], d[1], 45), turned!(s[22], d[2], 61),
                turned!(s[1], d[1], 1), turned!(s[7], d[2], 6), turned!(s[13], d[3], 25), turned!(s[19], d[4], 8), turned!(s[20], d[0], 18),
                turned!(s[4], d[4], 27), turned!(s[5], d[0], 36), turned!(s[11], d[1], 10), turned!(s[17], d[2], 15), turned!(s[23], d[3], 56),
                turned!(s[2], d[2], 62), turned!(s[8], d[3], 55), turned!(s[14], d[4], 39), turned!(s[15], d[0], 41), turned!(s[21], d[1], 2),
            ];
            let mut out = [
                chi(b[0], b[1], b[2]), chi(b[1], b[2], b[3]), chi(b[2], b[3], b[4]), chi(b[3], b[4], b[0]), chi(b[4], b[0], b[1]),
                chi(b[5], b[6], b[7]), chi(b[6], b[7], b[8]), chi(b[7], b[8], b[9]), chi(b[8], b[9], b[5]), chi(b[9], b[5], b[6]),
                chi(b[10], b[11], b[12]), chi(b[11], b[12], b[13]), chi(b[12], b[13], b[14]), chi(b[13], b[14], b[10]), chi(b[14], b[10], b[11]),
                chi(b[15], b[16], b[17]), chi(b[16], b[17], b[18]), chi(b[17], b[18], b[19]), chi(b[18], b[19], b[15]), chi(b[19], b[15], b[16]),
                chi(b[20], b[21], b[22]), chi(b[21], b[22], b[23]), chi(b[22], b[23], b[24]), chi(b[23], b[24], b[20]), chi(b[24], b[20], b[21]),
            ];
            out[0] = xor(out[0], splat(constant));
            out
        }

        /// The states with one block of each message added, permuted.
        #[$attribute]
        #[inline]
        fn absorb(mut state: [$Word; 25], blocks: &[Block; $LANES]) -> [$Word; 25] {
            for (place, word) in state.iter_mut().take(RATE / 8).enumerate() {
                *word = xor(*word, gather(blocks.each_ref().map(|block| word_of(block, place))));
            }
            for constant in ROUND {
                state = round(state, constant);
            }
            state
        }

        /// One digest per message, in order; every message has `blocks` blocks.
        #[$attribute]
        pub(super) fn digests(mut messages: [&[u8]; $LANES], blocks: usize) -> [[u8; 32]; $LANES] {
            let (mut state, mut block) = ([splat(0); 25], [[0; RATE]; $LANES]);
            for _ in 0..blocks {
                for (block, message) in block.iter_mut().zip(&mut messages) {
                    take_block(message, block);
                }
                state = absorb(state, &block);
            }
            let [a, b, c, d, ..] = state;
            squeezed([lanes(a), lanes(b), lanes(c), lanes(d)])
        }
    };
}

pub(super) use side_by_side;
