//! The permutation, written once and built for each kind of word: one state, or several states side by side in a vector.
//!
//! ```text
//! round: matrix ─► circulant (x ^ x<<<a ^ x<<<b) ─► inject constants ─► add, rotate, add
//! ```
//! The module that invokes [`permutation!`] has in scope `xor`, `add`, `splat` (a constant in every lane) and
//! `rotate::<LEFT, RIGHT>` (LEFT + RIGHT = 32) for its word. A macro and not a trait: a function that may use vector instructions is
//! safe to call only from a function that may use them too, and no trait method can say so.

/// Exclusive or of any number of words.
macro_rules! sum {
    ($first:ident $(^ $rest:ident)+) => {{
        let sum = $first;
        $(let sum = xor(sum, $rest);)+
        sum
    }};
}

/// The circulant step of one word, and its injected constant.
macro_rules! spread {
    ($word:ident, $first:literal, $second:literal, $constant:ident) => {{
        let first = rotate::<$first, { 32 - $first }>($word);
        let second = rotate::<$second, { 32 - $second }>($word);
        let constant = splat($constant);
        sum!($word ^ first ^ second ^ constant)
    }};
}

/// Defines `permute` over sixteen words of type `$Word`; `$attribute` names the instructions that it may use.
macro_rules! permutation {
    ($Word:ty $(, #[$attribute:meta])?) => {
        /// The bit matrix of RFC 10, appendix A, as 64 exclusive ors: sums that several rows need are computed once.
        $(#[$attribute])?
        #[inline]
        fn matrix(
            [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15]: [$Word; 16],
        ) -> [$Word; 16] {
            let t0 = sum!(s0 ^ s1);
            let t1 = sum!(s2 ^ s3);
            let t2 = sum!(s4 ^ s15);
            let t3 = sum!(s5 ^ t2);
            let t4 = sum!(s8 ^ t0);
            let t5 = sum!(s10 ^ t1);
            let t6 = sum!(s6 ^ s7);
            let t7 = sum!(s9 ^ s11);
            let t8 = sum!(s12 ^ s13);
            let t9 = sum!(s14 ^ t5);
            let t10 = sum!(s0 ^ t6);
            let t11 = sum!(s1 ^ t1);
            let t12 = sum!(s2 ^ s9);
            let t13 = sum!(s3 ^ s6);
            let t14 = sum!(s4 ^ t8);
            let t15 = sum!(s7 ^ t7);
            let t16 = sum!(s11 ^ s12);
            let t17 = sum!(s14 ^ t3);
            let t18 = sum!(t0 ^ t6);
            let t19 = sum!(t2 ^ t8);
            let t20 = sum!(t4 ^ t16);
            [
                sum!(s12 ^ t3 ^ t10),
                sum!(t4 ^ t19),
                sum!(s14 ^ t12 ^ t18 ^ t19),
                sum!(s6 ^ t4 ^ t9 ^ t14),
                sum!(s13 ^ t11 ^ t15 ^ t17),
                sum!(s0 ^ s7 ^ s8 ^ t9),
                sum!(s1 ^ s3 ^ s8 ^ t2 ^ t7),
                sum!(s10 ^ s15 ^ t10 ^ t12),
                sum!(s10 ^ t3 ^ t13 ^ t20),
                sum!(s2 ^ s13 ^ s15 ^ t0 ^ t7),
                sum!(t3 ^ t9 ^ t18),
                sum!(t1 ^ t20),
                sum!(s9 ^ t11 ^ t14),
                sum!(s4 ^ s5 ^ s13 ^ t9),
                sum!(s11 ^ t13 ^ t17),
                sum!(s5 ^ s15 ^ t4 ^ t5 ^ t15),
            ]
        }

        /// Add, rotate, add: an even word and the odd one after it.
        $(#[$attribute])?
        #[inline]
        fn add_rotate_add(even: $Word, odd: $Word) -> [$Word; 2] {
            let even = rotate::<8, 24>(add(even, odd));
            [even, add(even, rotate::<24, 8>(odd))]
        }

        $(#[$attribute])?
        #[inline]
        fn round(state: [$Word; 16], constants: &[u32; 16]) -> [$Word; 16] {
            let [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15] = matrix(state);
            let [c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15] = *constants;
            let [s0, s1] = add_rotate_add(spread!(s0, 2, 4, c0), spread!(s1, 13, 22, c1));
            let [s2, s3] = add_rotate_add(spread!(s2, 4, 19, c2), spread!(s3, 3, 14, c3));
            let [s4, s5] = add_rotate_add(spread!(s4, 27, 31, c4), spread!(s5, 3, 8, c5));
            let [s6, s7] = add_rotate_add(spread!(s6, 17, 26, c6), spread!(s7, 3, 12, c7));
            let [s8, s9] = add_rotate_add(spread!(s8, 18, 22, c8), spread!(s9, 12, 18, c9));
            let [s10, s11] = add_rotate_add(spread!(s10, 4, 7, c10), spread!(s11, 4, 31, c11));
            let [s12, s13] = add_rotate_add(spread!(s12, 12, 27, c12), spread!(s13, 7, 17, c13));
            let [s14, s15] = add_rotate_add(spread!(s14, 7, 8, c14), spread!(s15, 1, 13, c15));
            [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15]
        }

        $(#[$attribute])?
        #[inline]
        fn permute(mut state: [$Word; 16]) -> [$Word; 16] {
            for constants in &INJECTION {
                state = round(state, constants);
            }
            state
        }

        /// Words 0..8 with a block added; the capacity (words 8..16) stays.
        $(#[$attribute])?
        #[inline]
        fn absorb(
            [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15]: [$Word; 16],
            [b0, b1, b2, b3, b4, b5, b6, b7]: [$Word; 8],
        ) -> [$Word; 16] {
            [
                xor(s0, b0), xor(s1, b1), xor(s2, b2), xor(s3, b3),
                xor(s4, b4), xor(s5, b5), xor(s6, b6), xor(s7, b7),
                s8, s9, s10, s11, s12, s13, s14, s15,
            ]
        }
    };
}

/// Defines `pow_hashes`, which hashes `$LANES` messages side by side. In scope besides what [`permutation!`] asks for:
/// `gather` (`$LANES` numbers into a vector) and `lanes` (back).
macro_rules! side_by_side {
    ($Word:ty, $LANES:literal, #[$attribute:meta]) => {
        permutation!($Word, #[$attribute]);

        /// One digest per message, in order.
        #[$attribute]
        pub(super) fn pow_hashes(messages: &[Message; $LANES]) -> [[u8; 32]; $LANES] {
            let words = messages.map(|message| message_words(&message));
            let word = |place: usize| gather(words.map(|words| words.get(place).copied().unwrap_or(0)));
            let zero = splat(0);
            let first = [word(0), word(1), word(2), word(3), word(4), word(5), word(6), word(7)];
            let last = [word(8), word(9), word(10), word(11), splat(DELIMITER), zero, zero, zero];
            let state = permute(absorb([zero; 16], first));
            let [s0, s1, s2, s3, s4, s5, s6, s7, ..] = permute(absorb(state, last));
            digests([
                lanes(s0), lanes(s1), lanes(s2), lanes(s3), lanes(s4), lanes(s5), lanes(s6), lanes(s7),
            ])
        }
    };
}

pub(super) use {permutation, side_by_side, spread, sum};
