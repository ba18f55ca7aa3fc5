//! Instruments: what positions are in.
//!
//! In EIP-712 an instrument is one flat struct, `Instrument(uint8 kind,uint32 underlying,AssetId base,AssetId cash,uint64 expiry,
//! int128 strike)`, whose unused fields are zero; `kind` is 0 perpetual, 1 future, 2 call, 3 put, 4 spot. The map from instruments to
//! structs is injective, because the kind says which fields are in use. The binary encoding holds the used fields only.
//!
//! Specification: `spec/ledger.md`, State.

use alloc::vec::Vec;

use crate::{
    eip712::impl_struct,
    encoding::{Canonical, DecodeError, Reader, codes},
    types::{AssetId, ChainId, Hash, Underlying},
};

codes! {
    /// Which right an option gives.
    pub enum OptionKind {
        /// To buy at the strike.
        Call = 2,
        /// To sell at the strike.
        Put = 3,
    }

    /// Which side of a trade an intent takes.
    pub enum Side {
        /// Quantity grows; for Spot the base asset is received.
        Buy = 0,
        /// Quantity falls; for Spot the base asset is given.
        Sell = 1,
    }
}

/// What a position is in, and the cash in which it settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Instrument {
    /// A perpetual future with hourly funding.
    Perpetual {
        /// What it follows.
        underlying: Underlying,
        /// The settlement cash.
        cash: AssetId,
    },
    /// A dated future.
    Future {
        /// What it follows.
        underlying: Underlying,
        /// The settlement cash.
        cash: AssetId,
        /// Unix seconds.
        expiry: u64,
    },
    /// A European option, settled in cash.
    Option {
        /// What it follows.
        underlying: Underlying,
        /// The settlement cash.
        cash: AssetId,
        /// Unix seconds.
        expiry: u64,
        /// Price at 1e18.
        strike: i128,
        /// Call or put.
        kind: OptionKind,
    },
    /// An exchange of posted claims at once; never a position, never borrows.
    Spot {
        /// What is bought or sold.
        base: AssetId,
        /// In which cash it is paid.
        quote: AssetId,
    },
}

const PERPETUAL: u8 = 0;
const FUTURE: u8 = 1;
const CALL: u8 = 2;
const PUT: u8 = 3;
const SPOT: u8 = 4;

impl Instrument {
    /// The settlement cash; for Spot the quote.
    pub fn cash(&self) -> AssetId {
        match *self {
            Self::Perpetual { cash, .. } | Self::Future { cash, .. } | Self::Option { cash, .. } => cash,
            Self::Spot { quote, .. } => quote,
        }
    }

    /// The byte that says which kind it is, and which fields are in use.
    pub fn code(&self) -> u8 {
        match self {
            Self::Perpetual { .. } => PERPETUAL,
            Self::Future { .. } => FUTURE,
            Self::Option { kind, .. } => kind.code(),
            Self::Spot { .. } => SPOT,
        }
    }

    /// What it follows; 0 for Spot.
    fn underlying_or_zero(&self) -> Underlying {
        match *self {
            Self::Perpetual { underlying, .. }
            | Self::Future { underlying, .. }
            | Self::Option { underlying, .. } => underlying,
            Self::Spot { .. } => Underlying(0),
        }
    }

    fn base_or_zero(&self) -> AssetId {
        match *self {
            Self::Spot { base, .. } => base,
            _ => AssetId {
                chain: ChainId(0),
                asset: Hash::ZERO,
            },
        }
    }

    fn expiry_or_zero(&self) -> u64 {
        match *self {
            Self::Future { expiry, .. } | Self::Option { expiry, .. } => expiry,
            Self::Perpetual { .. } | Self::Spot { .. } => 0,
        }
    }

    fn strike_or_zero(&self) -> i128 {
        match *self {
            Self::Option { strike, .. } => strike,
            _ => 0,
        }
    }
}

impl_struct!(Instrument, "Instrument", |value| {
    "kind" => u8 = value.code(),
    "underlying" => Underlying = value.underlying_or_zero(),
    "base" => AssetId = value.base_or_zero(),
    "cash" => AssetId = value.cash(),
    "expiry" => u64 = value.expiry_or_zero(),
    "strike" => i128 = value.strike_or_zero(),
});

impl Canonical for Instrument {
    fn encode_to(&self, out: &mut Vec<u8>) {
        out.push(self.code());
        match self {
            Self::Perpetual { underlying, cash } => {
                underlying.encode_to(out);
                cash.encode_to(out);
            }
            Self::Future {
                underlying,
                cash,
                expiry,
            } => {
                underlying.encode_to(out);
                cash.encode_to(out);
                expiry.encode_to(out);
            }
            Self::Option {
                underlying,
                cash,
                expiry,
                strike,
                kind: _,
            } => {
                underlying.encode_to(out);
                cash.encode_to(out);
                expiry.encode_to(out);
                strike.encode_to(out);
            }
            Self::Spot { base, quote } => {
                base.encode_to(out);
                quote.encode_to(out);
            }
        }
    }

    fn decode_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::decode_from(input)? {
            PERPETUAL => Ok(Self::Perpetual {
                underlying: Canonical::decode_from(input)?,
                cash: Canonical::decode_from(input)?,
            }),
            FUTURE => Ok(Self::Future {
                underlying: Canonical::decode_from(input)?,
                cash: Canonical::decode_from(input)?,
                expiry: Canonical::decode_from(input)?,
            }),
            CALL => decode_option(input, OptionKind::Call),
            PUT => decode_option(input, OptionKind::Put),
            SPOT => Ok(Self::Spot {
                base: Canonical::decode_from(input)?,
                quote: Canonical::decode_from(input)?,
            }),
            code => Err(DecodeError::UnknownCode {
                code,
                of: "Instrument",
            }),
        }
    }
}

fn decode_option(input: &mut Reader<'_>, kind: OptionKind) -> Result<Instrument, DecodeError> {
    Ok(Instrument::Option {
        underlying: Canonical::decode_from(input)?,
        cash: Canonical::decode_from(input)?,
        expiry: Canonical::decode_from(input)?,
        strike: Canonical::decode_from(input)?,
        kind,
    })
}

#[cfg(test)]
impl crate::sample::Sample for Instrument {
    fn sample(rng: &mut crate::sample::Rng) -> Self {
        use crate::sample::Sample;
        let (underlying, cash, expiry) = (Sample::sample(rng), Sample::sample(rng), Sample::sample(rng));
        match rng.below(4) {
            0 => Self::Perpetual { underlying, cash },
            1 => Self::Future {
                underlying,
                cash,
                expiry,
            },
            2 => Self::Option {
                underlying,
                cash,
                expiry,
                strike: Sample::sample(rng),
                kind: Sample::sample(rng),
            },
            _ => Self::Spot {
                base: Sample::sample(rng),
                quote: cash,
            },
        }
    }
}
