//! Intents, which users sign to trade, and fills, which match two of them.
//!
//! An intent is a *post* (it waits and makes the price) or a *take*. A fill holds one of each; anybody submits it, nobody signs it,
//! and its price is the post's limit.
//!
//! Specification: `spec/ledger.md`, Commands (`Intent`, `Fill`).

use crate::{
    command::owner_commands,
    eip712::structs,
    encoding::{codes, records},
    instrument::{Instrument, Side},
    signature::Signed,
    types::{Account, Address},
};

codes! {
    /// Whether an intent makes the price or takes it.
    pub enum IntentKind {
        /// Waits; its limit is the price of the fill.
        Post = 0,
        /// Meets a post.
        Take = 1,
    }
}

structs! {
    /// A user's will to trade up to a quantity at a limit, until it expires or is cancelled.
    #[derive(Copy)]
    pub struct Intent {
        /// The sub that trades.
        pub account: Account,
        /// Names the intent within the sub; its filled quantity is kept under it.
        pub nonce: u64,
        /// Block time in milliseconds from which no fill may use it.
        pub expiry_ms as expiryMs: u64,
        /// What is traded.
        pub instrument: Instrument,
        /// Buy or sell.
        pub side: Side,
        /// Most that is traded over all fills, at 1e18, positive.
        pub quantity: i128,
        /// Worst price, in the settlement cash per unit at 1e18.
        pub limit: i128,
        /// Most that the venue may charge for the whole quantity, in the settlement cash at 1e18; pro rata per fill.
        pub max_fee as maxFee: i128,
        /// Who receives the fee.
        pub venue: Address,
        /// Post or take.
        pub kind: IntentKind,
        /// Whether it may only bring the position nearer to zero.
        pub reduce_only as reduceOnly: bool,
        /// The only owner who may be on the other side; none: anybody.
        pub counterparty: Option<Address>,
    }
}

owner_commands!(Intent);

records! {
    /// Trades a quantity between a post and a take.
    #[derive(Copy)]
    pub struct Fill {
        /// Makes the price.
        pub post: Signed<Intent>,
        /// Meets it.
        pub take: Signed<Intent>,
        /// How much, at 1e18, positive.
        pub quantity: i128,
    }
}
