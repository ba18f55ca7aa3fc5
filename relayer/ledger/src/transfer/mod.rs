//! The transfer core: double entry with two-phase transfers, and nothing else that moves money into or out of a vault.
//!
//! Terms, as TigerBeetle uses them: an *account* has debits and credits, each *posted* (settled) and *pending* (reserved). A
//! *transfer* debits one account and credits another by one amount. A *pending* transfer reserves the amount on both sides;
//! later it is *posted* (up to the reserved amount, the rest is given back) or *voided* (all of it is given back), or it
//! *expires*. *Linked* events succeed or fail together.
//!
//! ```text
//!            reserve                 post_pending(amount <= reserved)
//!  nothing ──────────► pending ───────────────────────────────────────► posted
//!                         │  void_pending, or expiry
//!                         └───────────────────────────────────────────► nothing
//! ```
//!
//! Two layers: [`account`] is the arithmetic on a pair of accounts, which the vault books of the ledger's state use directly;
//! [`book`] adds identities, idempotency, linked chains and expiry over many accounts.
//!
//! Guarantees: the sum of debits equals the sum of credits, posted and pending alike; an amount is never posted beyond its
//! reservation nor twice; a refused call changes nothing (a refusal that depends on balances or on what exists burns the
//! transfer's id, so that a retry can not succeed later by surprise). Not guaranteed: any meaning of accounts, any authority.
//!
//! Deviations: balancing and closing transfers, imports and queries are left out, since nothing in the ledger needs them. Time
//! is the block's, in milliseconds. Combinations of flags that contradict each other can not be written down ([`Phase`]).

pub mod account;
pub mod book;
mod event;
mod refusal;
#[cfg(test)]
mod tests;

pub use account::{Account, Limit, Unposted, post, post_pending, reserve, void_pending};
pub use book::{Book, Status};
pub use event::{NewAccount, Phase, Transfer, UserData};
pub use refusal::{AccountRefusal, TransferRefusal};
