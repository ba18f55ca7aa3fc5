//! Several commands of one owner that all apply or none.
//!
//! Each step is a whole command with its own sub, nonce and expiry, so that what it makes (a withdrawal, say) has an id of its own;
//! the batch adds the owner and the order. In EIP-712 a step is a struct with one list per kind, of which exactly one list holds
//! exactly one element: a wallet shows the command and the signature stays unambiguous.
//!
//! A step's digest on its own differs from the batch's, so neither signature serves the other; the nonces stop a second run.
//!
//! Specification: `spec/ledger.md`, Commands (`Batch`).

use alloc::vec::Vec;

use crate::{
    command::{
        CancelIntents, CancelWithdraw, ClaimSuspense, LiquidationBid, OwnerCommand, RequestWithdraw,
        SetModel, TransferSub,
    },
    eip712::{Statement, impl_struct, structs},
    encoding::{Listed, choice},
    signature::SignedBy,
    types::{Account, Address, CommandId},
};

choice! {
    /// One command of a batch.
    pub enum Step {
        /// See [`ClaimSuspense`].
        0 => ClaimSuspense(ClaimSuspense),
        /// See [`RequestWithdraw`].
        1 => RequestWithdraw(RequestWithdraw),
        /// See [`CancelWithdraw`].
        2 => CancelWithdraw(CancelWithdraw),
        /// See [`CancelIntents`].
        3 => CancelIntents(CancelIntents),
        /// See [`TransferSub`].
        4 => TransferSub(TransferSub),
        /// See [`SetModel`].
        5 => SetModel(SetModel),
        /// See [`LiquidationBid`].
        6 => LiquidationBid(LiquidationBid),
    }
}

macro_rules! only {
    ($variant:ident, $value:expr) => {
        match $value {
            Step::$variant(command) => Some(command),
            _ => None,
        }
    };
}

impl_struct!(Step, "Step", |value| {
    "claimSuspense" => Option<&ClaimSuspense> = only!(ClaimSuspense, value),
    "requestWithdraw" => Option<&RequestWithdraw> = only!(RequestWithdraw, value),
    "cancelWithdraw" => Option<&CancelWithdraw> = only!(CancelWithdraw, value),
    "cancelIntents" => Option<&CancelIntents> = only!(CancelIntents, value),
    "transferSub" => Option<&TransferSub> = only!(TransferSub, value),
    "setModel" => Option<&SetModel> = only!(SetModel, value),
    "liquidationBid" => Option<&LiquidationBid> = only!(LiquidationBid, value),
});

impl Listed for Step {
    /// Commands of one batch.
    const LIMIT: u32 = 32;
}

impl Step {
    fn command(&self) -> &dyn DynOwnerCommand {
        match self {
            Self::ClaimSuspense(command) => command,
            Self::RequestWithdraw(command) => command,
            Self::CancelWithdraw(command) => command,
            Self::CancelIntents(command) => command,
            Self::TransferSub(command) => command,
            Self::SetModel(command) => command,
            Self::LiquidationBid(command) => command,
        }
    }

    /// The sub that it acts for.
    pub fn account(&self) -> Account {
        self.command().account()
    }

    /// Its name.
    pub fn id(&self) -> CommandId {
        self.command().id()
    }

    /// Block time in milliseconds from which it is refused.
    pub fn expiry_ms(&self) -> u64 {
        self.command().expiry_ms()
    }
}

/// The part of [`OwnerCommand`] that a reference to any command can give.
trait DynOwnerCommand {
    fn account(&self) -> Account;
    fn id(&self) -> CommandId;
    fn expiry_ms(&self) -> u64;
}

impl<T: OwnerCommand> DynOwnerCommand for T {
    fn account(&self) -> Account {
        OwnerCommand::account(self)
    }

    fn id(&self) -> CommandId {
        OwnerCommand::id(self)
    }

    fn expiry_ms(&self) -> u64 {
        OwnerCommand::expiry_ms(self)
    }
}

structs! {
    /// Commands of one owner, applied in order, all or none.
    pub struct Batch {
        /// Whose they are, and who signs.
        pub owner: Address,
        /// The commands.
        pub steps: Vec<Step>,
    }
}

impl Statement for Batch {}

impl SignedBy for Batch {
    fn signer(&self) -> Address {
        self.owner
    }
}

/// Why a batch is malformed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum BatchError {
    /// It holds no step.
    #[error("the batch is empty")]
    Empty,
    /// A step acts for somebody else.
    #[error("step {step} acts for {got}, not for {owner}")]
    ForeignStep {
        /// Position of the step.
        step: usize,
        /// The step's owner.
        got: Address,
        /// The batch's owner.
        owner: Address,
    },
}

impl Batch {
    /// Checks what the signature does not say: there are steps, and each acts for the batch's owner.
    ///
    /// # Errors
    /// [`BatchError`].
    pub fn check(&self) -> Result<(), BatchError> {
        if self.steps.is_empty() {
            return Err(BatchError::Empty);
        }
        for (step, command) in self.steps.iter().enumerate() {
            let got = command.account().owner;
            if got != self.owner {
                return Err(BatchError::ForeignStep {
                    step,
                    got,
                    owner: self.owner,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    fn claim(owner: Address) -> Step {
        let mut claim = ClaimSuspense::of_seed(1);
        claim.account.owner = owner;
        claim.into()
    }

    #[test]
    fn accepts_steps_of_the_owner_in_any_sub() {
        let owner = Address([7; 20]);
        assert_eq!(
            Batch {
                owner,
                steps: [claim(owner), claim(owner)].into()
            }
            .check(),
            Ok(())
        );
    }

    #[test]
    fn rejects_an_empty_batch() {
        assert_eq!(
            Batch {
                owner: Address([7; 20]),
                steps: Vec::new()
            }
            .check(),
            Err(BatchError::Empty)
        );
    }

    #[test]
    fn rejects_a_step_of_somebody_else() {
        let (owner, got) = (Address([7; 20]), Address([8; 20]));
        let batch = Batch {
            owner,
            steps: [claim(owner), claim(got)].into(),
        };
        assert_eq!(
            batch.check(),
            Err(BatchError::ForeignStep { step: 1, got, owner })
        );
    }
}
