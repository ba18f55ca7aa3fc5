//! Every bound of the protocol, in one place.
//!
//! Largest memory of one node, at 64 attesters: [`OPEN_BYTES`] and [`PARKED_BYTES`] for each, [`CERTIFIED_KEPT`] statements with a
//! signature of each member, one piece of evidence per attester and rule, and one entry per listed peer.

/// Largest message on the topic of attestations, statements and evidence: a [`wire::command::ReorgStatement`] at its own limit fits.
pub const ATTESTATION_BYTES: usize = 128 << 10;
/// Largest message on the topic of commands: a price report at its own limit fits.
pub const COMMAND_BYTES: usize = 128 << 10;
/// Largest heartbeat: 64 chains fit.
pub const HEARTBEAT_BYTES: usize = 4 << 10;
/// Largest request for a range.
pub const REQUEST_BYTES: usize = 64;
/// Largest answer to one.
pub const ANSWER_BYTES: usize = 1 << 20;

/// What the uncertified statements of one attester may take, as they are encoded: some 1,200 attestations.
pub const OPEN_BYTES: usize = 256 << 10;
/// The same for what waits for our light client.
pub const PARKED_BYTES: usize = 64 << 10;
/// Certified statements that are kept to answer others and to notice late conflicts.
pub const CERTIFIED_KEPT: usize = 4096;

/// Statements per second that one attester may sign in the long run.
pub const AUTHOR_RATE: u64 = 50;
/// How many at once.
pub const AUTHOR_BURST: u64 = 1_000;
/// Commands, intents and reports per second that one peer may forward.
pub const ITEM_RATE: u64 = 1_000;
/// How many at once.
pub const ITEM_BURST: u64 = 10_000;
/// Pieces of evidence per second that one peer may forward.
pub const EVIDENCE_RATE: u64 = 1;
/// How many at once: one against each member of the largest set.
pub const EVIDENCE_BURST: u64 = 64;
/// Range requests per second that one peer may make.
pub const REQUEST_RATE: u64 = 4;
/// How many at once.
pub const REQUEST_BURST: u64 = 15;

/// A heartbeat or a request to observe again is fresh this long, before and after its own time.
pub const FRESH_MS: u64 = 15 * 60 * 1000;
/// Between two heartbeats of a node.
pub const HEARTBEAT_MS: u64 = 15_000;
/// A block is looked at again at most this often.
pub const REOBSERVE_MS: u64 = 60_000;
/// Blocks that were looked at again and are remembered.
pub const REOBSERVED_KEPT: usize = 1024;

/// How long a statement may stay short of a quorum before others are asked for it, and between two such requests.
pub const CATCH_UP_MS: u64 = 5_000;
/// Between two requests for statements that are not about a block.
pub const STATEMENTS_MS: u64 = 60_000;
/// How long an answer is waited for.
pub const ANSWER_MS: u64 = 10_000;
/// Heights of one request.
pub const RANGE: u64 = 256;
/// A request for more heights than this is refused rather than clamped to [`RANGE`].
pub const RANGE_REFUSED: u64 = 1 << 16;
/// Statements of one answer.
pub const ANSWER_STATEMENTS: u32 = 256;
/// Signatures of one answer: some 50 ms of checking.
pub const ANSWER_SIGNATURES: usize = 1024;
/// A statement that is not about a block and finds no quorum this long is forgotten.
pub const STATEMENT_MS: u64 = 24 * 60 * 60 * 1000;

/// Peers of one network.
pub const PEERS: usize = 128;
/// A peer at or below this score is not listened to.
pub const GRAYLIST: i64 = -400;
/// The lowest score.
pub const SCORE_FLOOR: i64 = -1_000;
/// A bad score recovers one point in this time.
pub const RECOVERY_MS: u64 = 1_000;
/// Rules that evidence may name ([`wire::evidence::Conflict`]): one piece per attester and rule is kept.
pub const CONFLICTS: usize = 5;
