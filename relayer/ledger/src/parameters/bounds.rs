//! Governed values as data: unit, default, bounds, largest step and direction of each.
//!
//! A value outside its bounds is refused when genesis is loaded, and a step beyond the largest is refused when a change is proposed.
//! Spec: `spec/parameters.md`.

use crate::math::Fixed;

/// One, at 1e18.
pub(crate) const ONE: i128 = Fixed::ONE.raw();

/// Delay before a change that tightens.
pub const TIGHTEN_MS: u64 = 3_600_000;
/// Delay before a change that loosens.
pub const LOOSEN_MS: u64 = 48 * 3_600_000;

/// What a raw value means, and how genesis writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A decimal string at 1e18, such as `"0.05"`: a fraction, a price or an amount.
    Decimal,
    /// A duration, such as `"24h"`, kept in milliseconds.
    Duration,
}

/// Largest change at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A constant since genesis: no change at all.
    Constant,
    /// To at most this multiple, or down to one over it.
    Times(i128),
    /// By at most this much.
    By(i128),
    /// Anything within the bounds.
    Any,
}

/// Which way is the safe one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tighter {
    /// A lower value is tighter.
    Lower,
    /// A higher value is tighter.
    Higher,
}

/// The rule of one governed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Its name in genesis.
    pub name: &'static str,
    /// Unit.
    pub unit: Unit,
    /// Value where genesis says nothing.
    pub default: i128,
    /// Lowest.
    pub low: i128,
    /// Highest.
    pub high: i128,
    /// Largest step.
    pub step: Step,
    /// Direction.
    pub tighter: Tighter,
}

impl Bound {
    /// Whether `value` lies within.
    pub const fn contains(&self, value: i128) -> bool {
        self.low <= value && value <= self.high
    }

    /// Whether the step from `old` to `new` is allowed.
    pub fn allows_step(&self, old: i128, new: i128) -> bool {
        let (small, large) = if old < new { (old, new) } else { (new, old) };
        match self.step {
            Step::Constant => old == new,
            Step::Times(factor) => small.checked_mul(factor).is_none_or(|most| large <= most),
            Step::By(most) => large.checked_sub(small).is_some_and(|by| by <= most),
            Step::Any => true,
        }
    }

    /// How long a change from `old` to `new` waits.
    pub const fn delay_ms(&self, old: i128, new: i128) -> u64 {
        let tightens = match self.tighter {
            Tighter::Lower => new < old,
            Tighter::Higher => new > old,
        };
        if tightens { TIGHTEN_MS } else { LOOSEN_MS }
    }
}

/// `percent` hundredths of one.
pub(crate) const fn percent(percent: i128) -> i128 {
    percent.saturating_mul(ONE / 100)
}

/// `points` hundredths of a hundredth of one.
pub(crate) const fn basis_points(points: i128) -> i128 {
    points.saturating_mul(ONE / 10_000)
}

/// `units` of money.
pub(crate) const fn money(units: i128) -> i128 {
    units.saturating_mul(ONE)
}

/// `count` seconds in milliseconds.
pub(crate) const fn seconds(count: i128) -> i128 {
    count.saturating_mul(1_000)
}

/// `count` minutes in milliseconds.
pub(crate) const fn minutes(count: i128) -> i128 {
    count.saturating_mul(60_000)
}

/// `count` hours in milliseconds.
pub(crate) const fn hours(count: i128) -> i128 {
    count.saturating_mul(3_600_000)
}

/// `count` days in milliseconds.
pub(crate) const fn days(count: i128) -> i128 {
    count.saturating_mul(86_400_000)
}

/// One struct of governed values, the keys that name them and the table of their bounds, from one list.
macro_rules! governed {
    ($(#[$meta:meta])* $name:ident, $key:ident {
        $($(#[$doc:meta])* $variant:ident $field:ident: $unit:ident, $default:expr, $low:expr, $high:expr, $step:expr, $tighter:ident;)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$doc])* pub $field: governed_type!($unit),)+
        }

        #[doc = concat!("Names one value of [`", stringify!($name), "`].")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $key {
            $($(#[$doc])* $variant,)+
        }

        impl $key {
            /// Every key, in the order of the specification's table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The rule of this value.
            pub const fn bound(self) -> Bound {
                match self {
                    $(Self::$variant => Bound {
                        name: stringify!($field),
                        unit: Unit::$unit,
                        default: $default,
                        low: $low,
                        high: $high,
                        step: $step,
                        tighter: Tighter::$tighter,
                    },)+
                }
            }
        }

        impl $name {
            /// The raw value under `key`.
            pub fn get(&self, key: $key) -> i128 {
                match key {
                    $($key::$variant => Governed::raw(self.$field),)+
                }
            }

            /// Replaces the value under `key`; the caller has checked bounds and step.
            pub fn set(&mut self, key: $key, raw: i128) {
                match key {
                    $($key::$variant => self.$field = Governed::of_raw(raw),)+
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: Governed::of_raw($key::$variant.bound().default),)+ }
            }
        }
    };
}
pub(crate) use governed;

/// The Rust type of a unit.
macro_rules! governed_type {
    (Decimal) => {
        crate::math::Fixed
    };
    (Duration) => {
        u64
    };
}
pub(crate) use governed_type;

/// A type that governed values have.
pub(crate) trait Governed: Copy {
    /// As the table of bounds writes it.
    fn raw(self) -> i128;
    /// Back from there; bounds keep it in range.
    fn of_raw(raw: i128) -> Self;
}

impl Governed for Fixed {
    fn raw(self) -> i128 {
        Self::raw(self)
    }

    fn of_raw(raw: i128) -> Self {
        Self::from_raw(raw)
    }
}

impl Governed for u64 {
    fn raw(self) -> i128 {
        i128::from(self)
    }

    fn of_raw(raw: i128) -> Self {
        Self::try_from(raw).unwrap_or(0)
    }
}
