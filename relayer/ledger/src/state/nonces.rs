//! Which ids of a sub are used: commands by their body, intents by their filled quantity, until they expire.
//!
//! An expired command or intent is refused for its age, so its nonce may be forgotten then; that bounds the table. Nonces belong to the
//! globals of the root: a refused command burns its nonce and leaves the subs as they were. Spec: `spec/ledger.md`, Commands.

use crate::math::Fixed;
use alloc::{boxed::Box, collections::BTreeMap};
use wire::command::{Intent, Step};

/// Most nonces of one sub that are not yet expired.
pub const NONCES_MAX: usize = 4_096;

/// Longest life of a command or an intent.
pub const VALIDITY_MAX_MS: u64 = 7 * 86_400_000;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Applied.
    Applied,
    /// Refused for a business reason.
    Refused,
}

/// What a nonce was used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// A command with this body.
    Command {
        /// Body.
        body: Box<Step>,
        /// How it ended.
        ending: Ending,
    },
    /// An intent, from its first fill on.
    Intent {
        /// Body.
        body: Box<Intent>,
        /// Filled so far, at 1e18.
        filled: Fixed,
    },
    /// Cancelled; fills nothing any more.
    Cancelled,
}

/// The nonces of one sub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nonces {
    /// Intents with a nonce below this one are cancelled.
    pub intents_from: u64,
    /// Uses not yet expired, with the block time after which they may be forgotten.
    pub used: BTreeMap<u64, (u64, Use)>,
}
