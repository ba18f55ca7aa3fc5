//! What users order in these tests: commands and intents with fresh nonces, a day to live.

use super::*;

impl World {
    pub(crate) fn withdraw(
        &mut self,
        account: Account,
        asset: AssetId,
        amount: Fixed,
        destination: ChainId,
    ) -> Command {
        let (nonce, expiry_ms) = (self.next_nonce(), self.expiry_ms());
        Command::Owner(Step::RequestWithdraw(RequestWithdraw {
            account,
            nonce,
            expiry_ms,
            asset,
            amount: amount.raw(),
            destination,
            recipient: Hash([7; 32]),
            max_fee: int(100).raw(),
        }))
    }

    pub(crate) fn transfer(&mut self, account: Account, to: u32, asset: AssetId, amount: Fixed) -> Command {
        let (nonce, expiry_ms) = (self.next_nonce(), self.expiry_ms());
        Command::Owner(Step::TransferSub(TransferSub {
            account,
            nonce,
            expiry_ms,
            to,
            asset,
            amount: amount.raw(),
        }))
    }

    pub(crate) fn claim_suspense(&mut self, account: Account, seq: u64) -> Command {
        let (nonce, expiry_ms) = (self.next_nonce(), self.expiry_ms());
        Command::Owner(Step::ClaimSuspense(ClaimSuspense {
            account,
            nonce,
            expiry_ms,
            chain: HOME,
            seq,
        }))
    }

    pub(crate) fn cancel(&mut self, account: Account, scope: CancelScope, intent: u64) -> Command {
        let (nonce, expiry_ms) = (self.next_nonce(), self.expiry_ms());
        Command::Owner(Step::CancelIntents(CancelIntents {
            account,
            nonce,
            expiry_ms,
            scope,
            intent,
        }))
    }

    pub(crate) fn cancel_withdraw(&mut self, account: Account, withdrawal: u64) -> Command {
        let (nonce, expiry_ms) = (self.next_nonce(), self.expiry_ms());
        Command::Owner(Step::CancelWithdraw(CancelWithdraw {
            account,
            nonce,
            expiry_ms,
            withdrawal,
        }))
    }

    pub(crate) fn intent(
        &mut self,
        account: Account,
        side: Side,
        kind: IntentKind,
        quantity: i64,
        limit: i64,
    ) -> Intent {
        Intent {
            account,
            nonce: self.next_nonce(),
            expiry_ms: self.expiry_ms(),
            instrument: PERPETUAL,
            side,
            quantity: int(quantity).raw(),
            limit: int(limit).raw(),
            max_fee: 0,
            venue: Address::ZERO,
            kind,
            reduce_only: false,
            counterparty: None,
        }
    }

    /// `buyer` posts and `seller` takes at `price`.
    pub(crate) fn meet(&mut self, buyer: Account, seller: Account, quantity: i64, price: i64) -> Match {
        let post = self.intent(buyer, Side::Buy, IntentKind::Post, quantity, price);
        let take = self.intent(seller, Side::Sell, IntentKind::Take, quantity, price);
        Match {
            post,
            take,
            quantity: int(quantity).raw(),
        }
    }

    pub(crate) fn trade(&mut self, buyer: Account, seller: Account, quantity: i64, price: i64) -> Receipt {
        let fill = self.meet(buyer, seller, quantity, price);
        self.one(Command::Fill(fill)).unwrap()
    }
}
