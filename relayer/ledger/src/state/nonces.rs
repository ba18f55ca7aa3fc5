//! Which ids of a sub are used: commands by their body, intents by their filled quantity, until they expire.
//!
//! An expired command or intent is refused for its age, so its nonce may be forgotten then; that bounds the table. Nonces belong to the
//! globals of the root: a refused command burns its nonce and leaves the subs as they were. Each use is a row of its own, so that a command
//! costs the same however many live nonces its sub has. Spec: `spec/ledger.md`, Commands.

use crate::math::Fixed;
use alloc::boxed::Box;
use wire::command::{Intent, Step};

/// Most nonces of one sub that are not yet expired.
pub const NONCES_MAX: u32 = 4_096;

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

/// What is kept of a sub's nonces beside their uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nonces {
    /// Intents with a nonce below this one are cancelled.
    pub intents_from: u64,
    /// Number of its uses that are not yet forgotten.
    pub live: u32,
}

/// One use of a nonce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// Block time from which it may be forgotten.
    pub until_ms: u64,
    /// For what.
    pub by: Use,
}
