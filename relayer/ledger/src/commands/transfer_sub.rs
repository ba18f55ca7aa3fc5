//! `TransferSub` and `SetModel`. Spec: `spec/ledger.md`, Commands.

use crate::ids::Account;
use crate::math::Fixed;
use crate::posting::Place;
use crate::receipt::Effect;
use crate::refusal::Refusal;
use crate::state::{State, Status};
use wire::command::{SetModel, TransferSub};

impl State {
    /// Moves a claim to another sub of the owner; the source keeps its initial margin.
    pub(super) fn transfer_sub(&mut self, transfer: &TransferSub) -> Result<Effect, Refusal> {
        let TransferSub {
            account,
            to,
            asset,
            amount,
            ..
        } = *transfer;
        let (amount, target) = (positive(amount)?, Account { sub: to, ..account });
        if target == account {
            return Err(Refusal::SameSub { account });
        }
        self.require_not_in_auction(account)?;
        self.require_not_exited(asset)?;
        self.touch(account)?;
        self.touch(target)?;
        self.require_withdraw_prices(account)?;
        self.require_room_for(target, asset)?;
        self.post(asset, Place::Sub(account), Place::Sub(target), amount)?;
        self.move_net_deposit(account, target, asset, amount)?;
        self.require_withdrawable(account)?;
        Ok(Effect::Done)
    }

    /// Changes the margin model; both must be satisfied.
    pub(super) fn set_model(&mut self, set: &SetModel) -> Result<Effect, Refusal> {
        self.require_not_in_auction(set.account)?;
        self.touch(set.account)?;
        self.require_initial(set.account)?;
        self.subs.row_or_default(&set.account).model = set.model;
        self.require_initial(set.account)?;
        Ok(Effect::Done)
    }

    /// Refuses what would move the money of a sub under auction.
    pub(crate) fn require_not_in_auction(&self, account: Account) -> Result<(), Refusal> {
        match self.subs.get(&account).map_or(Status::Open, |sub| sub.status) {
            Status::Open => Ok(()),
            Status::InAuction => Err(Refusal::NotOpen { account }),
        }
    }

    fn move_net_deposit(
        &mut self,
        from: Account,
        to: Account,
        asset: crate::ids::AssetId,
        amount: Fixed,
    ) -> Result<(), Refusal> {
        for (account, change) in [(from, amount.negate()), (to, amount)] {
            let deposits = self
                .subs
                .row_or_default(&account)
                .net_deposits
                .entry(asset)
                .or_default();
            *deposits = deposits.add(change)?;
        }
        Ok(())
    }
}

/// A raw amount that must be above zero.
pub(super) fn positive(raw: i128) -> Result<Fixed, Refusal> {
    let amount = Fixed::from_raw(raw);
    if amount.is_zero() {
        return Err(Refusal::ZeroAmount);
    }
    if amount.is_negative() {
        return Err(Refusal::NegativeAmount { amount });
    }
    Ok(amount)
}
