//! The first field in which two commands under one id differ. Spec: `spec/ledger.md`, Commands (`ExistsWithDifferent`).

use wire::command::{Intent, Step};

/// Names the first of the listed fields that differs.
macro_rules! first_difference {
    ($a:expr, $b:expr; $($field:ident),+) => {
        None$(.or(($a.$field != $b.$field).then_some(stringify!($field))))+
    };
}

/// The first field in which two commands differ; `kind` where they are not of one kind.
pub(super) fn step_difference(a: &Step, b: &Step) -> Option<&'static str> {
    match (a, b) {
        (Step::ClaimSuspense(a), Step::ClaimSuspense(b)) => first_difference!(a, b; expiry_ms, chain, seq),
        (Step::RequestWithdraw(a), Step::RequestWithdraw(b)) => {
            first_difference!(a, b; expiry_ms, asset, amount, destination, recipient, max_fee)
        }
        (Step::CancelWithdraw(a), Step::CancelWithdraw(b)) => first_difference!(a, b; expiry_ms, withdrawal),
        (Step::CancelIntents(a), Step::CancelIntents(b)) => first_difference!(a, b; expiry_ms, scope, intent),
        (Step::TransferSub(a), Step::TransferSub(b)) => first_difference!(a, b; expiry_ms, to, asset, amount),
        (Step::SetModel(a), Step::SetModel(b)) => first_difference!(a, b; expiry_ms, model),
        (Step::LiquidationBid(a), Step::LiquidationBid(b)) => {
            first_difference!(a, b; expiry_ms, target, fraction, price_limit, epoch)
        }
        _ => Some("kind"),
    }
}

/// The first field in which two intents differ.
pub(super) fn intent_difference(a: &Intent, b: &Intent) -> Option<&'static str> {
    first_difference!(
        a, b; expiry_ms, instrument, side, quantity, limit, max_fee, venue, kind, reduce_only, counterparty
    )
}
