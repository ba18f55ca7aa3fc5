//! Why a liquidation bid is refused.

use crate::ids::{Account, AssetId};
use crate::math::Fixed;
use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;

/// Why a liquidation bid is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
#[expect(missing_docs, reason = "each field is what the message says of it")]
pub enum BidRefusal {
    /// Nothing is sold.
    #[error("no auction over {target:?} runs")]
    NoAuction { target: Account },
    /// Prices were accepted since.
    #[error("bid at oracle epoch {got}, it is {now}")]
    OtherEpoch { got: u64, now: u64 },
    /// The bidder has positions, loans or other collateral.
    #[error("{bidder:?} holds more than cash")]
    NotOnlyCash { bidder: Account },
    /// A fraction of nothing, or of more than there is.
    #[error("fraction {got} is not in (0, 1]")]
    BadFraction { got: Fixed },
    /// Dust.
    #[error("fraction {got} is below {least}, the least, and not the {left} that is left")]
    FractionTooSmall { got: Fixed, least: Fixed, left: Fixed },
    /// The bidder would pay more than it said.
    #[error("price {price} is above the limit {limit}")]
    AbovePriceLimit { price: Fixed, limit: Fixed },
    /// The bidder could not keep what it buys.
    #[error("bid and backing need {required} of {cash:?}, {available} available")]
    TooLittleCash {
        cash: AssetId,
        required: Fixed,
        available: Fixed,
    },
    /// The fund, or what the tier caps leave of it, does not pay for the fraction.
    #[error("payout {required} is above {available}, what insurance may pay")]
    InsuranceExhausted { required: Fixed, available: Fixed },
}
