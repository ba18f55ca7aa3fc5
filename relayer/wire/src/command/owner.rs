//! Commands that a sub's owner signs.
//!
//! Each begins with `account` (whose owner must be the signer), `nonce` (the command's name within the sub) and `expiryMs` (the
//! first block time, in milliseconds, at which it no longer applies). Money is `int128` at 1e18 in the asset's whole unit.
//!
//! Specification: `spec/ledger.md`, Commands and Withdrawals.

use crate::{
    eip712::structs,
    encoding::{codes, records},
    signature::SignedBy,
    types::{Account, AssetId, ChainId, CommandId, Hash},
};

codes! {
    /// How a sub's margin is computed.
    pub enum MarginModel {
        /// Per instrument.
        Standard = 0,
        /// By scenarios over the whole sub.
        Portfolio = 1,
    }

    /// Which of a sub's intents are cancelled.
    pub enum CancelScope {
        /// The one with the given nonce.
        One = 0,
        /// All with a nonce below the given one.
        AllBelow = 1,
    }
}

structs! {
    /// Credits a deposit that waits in suspense, once nothing forbids it any more.
    #[derive(Copy)]
    pub struct ClaimSuspense {
        /// The sub that the deposit named, and its owner signs.
        pub account: Account,
        /// Names the command within the sub.
        pub nonce: u64,
        /// Block time in milliseconds from which it is refused.
        pub expiry_ms as expiryMs: u64,
        /// The chain of the deposit.
        pub chain: ChainId,
        /// The number that its vault gave the deposit.
        pub seq: u64,
    }

    /// Moves collateral out: to its home chain as a release, to another as a bridged token.
    #[derive(Copy)]
    pub struct RequestWithdraw {
        /// The sub that pays.
        pub account: Account,
        /// Names the command, and the withdrawal it makes.
        pub nonce: u64,
        /// Block time in milliseconds from which it is refused.
        pub expiry_ms as expiryMs: u64,
        /// What is withdrawn.
        pub asset: AssetId,
        /// How much, fee included; at 1e18, positive.
        pub amount: i128,
        /// Where it is paid out.
        pub destination: ChainId,
        /// To whom, as in [`crate::outbox::Release::recipient`].
        pub recipient: Hash,
        /// Most the owner pays for the release, in the withdrawn asset at 1e18.
        pub max_fee as maxFee: i128,
    }

    /// Takes back a withdrawal that is not yet in an outbox root.
    #[derive(Copy)]
    pub struct CancelWithdraw {
        /// The sub of the withdrawal.
        pub account: Account,
        /// Names the command.
        pub nonce: u64,
        /// Block time in milliseconds from which it is refused.
        pub expiry_ms as expiryMs: u64,
        /// Nonce of the [`RequestWithdraw`].
        pub withdrawal: u64,
    }

    /// Cancels intents, so that no later fill may use them.
    #[derive(Copy)]
    pub struct CancelIntents {
        /// The sub of the intents.
        pub account: Account,
        /// Names the command.
        pub nonce: u64,
        /// Block time in milliseconds from which it is refused.
        pub expiry_ms as expiryMs: u64,
        /// One, or all below.
        pub scope: CancelScope,
        /// The nonce that the scope speaks of.
        pub intent: u64,
    }

    /// Moves a claim to another sub of the same owner.
    #[derive(Copy)]
    pub struct TransferSub {
        /// The sub that gives.
        pub account: Account,
        /// Names the command.
        pub nonce: u64,
        /// Block time in milliseconds from which it is refused.
        pub expiry_ms as expiryMs: u64,
        /// The owner's sub that receives.
        pub to: u32,
        /// What is moved.
        pub asset: AssetId,
        /// How much, at 1e18, positive.
        pub amount: i128,
    }

    /// Changes the margin model of a sub.
    #[derive(Copy)]
    pub struct SetModel {
        /// The sub.
        pub account: Account,
        /// Names the command.
        pub nonce: u64,
        /// Block time in milliseconds from which it is refused.
        pub expiry_ms as expiryMs: u64,
        /// The model from now on.
        pub model: MarginModel,
    }

    /// Bids for a fraction of a sub under auction.
    #[derive(Copy)]
    pub struct LiquidationBid {
        /// The sub that buys and pays; it holds only cash.
        pub account: Account,
        /// Names the command.
        pub nonce: u64,
        /// Block time in milliseconds from which it is refused.
        pub expiry_ms as expiryMs: u64,
        /// The sub under auction.
        pub target: Account,
        /// Fraction of every position, balance and loan, at 1e18; in (0, 1e18].
        pub fraction: i128,
        /// Most the bidder pays, in the cash of the bid at 1e18; negative where the bidder is to be paid.
        pub price_limit as priceLimit: i128,
        /// The oracle epoch whose prices the bidder saw.
        pub epoch: u64,
    }
}

/// A command with a nonce of a sub.
pub trait OwnerCommand: SignedBy {
    /// The sub that it acts for.
    fn account(&self) -> Account;

    /// The number that the owner chose.
    fn nonce(&self) -> u64;

    /// Block time in milliseconds from which it is refused.
    fn expiry_ms(&self) -> u64;

    /// Its name: one body per id, ever.
    fn id(&self) -> CommandId {
        CommandId {
            account: self.account(),
            nonce: self.nonce(),
        }
    }
}

macro_rules! owner_commands {
    ($($name:ident),+ $(,)?) => {$(
        impl crate::eip712::Statement for $name {}

        impl crate::signature::SignedBy for $name {
            fn signer(&self) -> crate::types::Address {
                self.account.owner
            }
        }

        impl crate::command::OwnerCommand for $name {
            fn account(&self) -> crate::types::Account {
                self.account
            }

            fn nonce(&self) -> u64 {
                self.nonce
            }

            fn expiry_ms(&self) -> u64 {
                self.expiry_ms
            }
        }
    )+};
}
pub(crate) use owner_commands;

owner_commands!(
    ClaimSuspense,
    RequestWithdraw,
    CancelWithdraw,
    CancelIntents,
    TransferSub,
    SetModel,
    LiquidationBid,
);

records! {
    /// Asks for the liquidation scan of a sub; nobody signs it.
    #[derive(Copy)]
    pub struct Flag {
        /// The sub to look at.
        pub target: Account,
    }
}
