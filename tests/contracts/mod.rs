//! The vault against `wire` and `ledger`: the same input to the contract, in `revm`, and to the Rust crates; both must say the same.
//!
//! | module | input | ours | theirs |
//! |---|---|---|---|
//! | `sets` | members, one set after another | `wire::attesters` | constructor, `rotate` |
//! | `certificates` | headers with signatures | `wire::certificate` | `submitHeader` |
//! | `outbox` | entries with proofs | `wire::tree` | `release`, `govern`, `declareExitByForcedCommand` |
//! | `evidence` | two signed statements | `wire::evidence` | `slash` |
//! | `exits` | proofs of a sub | `ledger::root` | `exit` |
//! | `pauses` | signatures over `VaultPause` | `wire::signature` | `pause` |
//! | `walks` | everything, at random | the events alone | the vault's own counters |
//! | `journey` | a deposit, a withdrawal, an exit | the ledger, block by block | the vault, event by event |
//!
//! Inputs are random and then damaged: fields and bytes flipped, dropped, doubled, reordered, too many, too few, signed by others, in another
//! network, as another type. A case agrees when both sides accept and authenticate the same values, or both refuse for one reason: each module
//! lists which word of ours stands for which of theirs, and its test fails on any other pair and on a pair that never came up. How many seeds a
//! run tries, and how to run one again: `dice`. The vault is deployed from its committed artifact under mainnet's limits, so that a run needs
//! neither Node nor a Solidity compiler.
//!
//! Specification: `spec/relayer.md`, Contracts; `DESIGN.md`, Identities and formats.

mod abi;
mod certificates;
mod chain;
mod dice;
mod events;
mod evidence;
mod exits;
mod journey;
mod outbox;
mod pauses;
mod scene;
mod sets;
mod walks;
