//! The state before the first block, from the ledger's part of `genesis.toml`.
//!
//! ```toml
//! [parameters]                       # governed values; what is not named has its default
//! epoch_ms = "24h"
//! [[chain]]                          # registry number, "contract" or "multisig", and the chain's own governed values
//! id = 1
//! custody = "contract"
//! native = 1                         # the [[feed]] of its native coin
//! normal_lag_ms = "15min"
//! [[feed]]
//! id = 1
//! [[asset]]
//! chain = 1
//! token = "0x…32 bytes"
//! class = "cash"
//! decimals = 6
//! feed = 1
//! [[listing]]                        # kind: perpetual, futures, options (underlying) or spot (base); cash: number of an [[asset]], from 0
//! kind = "perpetual"
//! underlying = 1
//! cash = 0
//! [staking]                          # number of the [[asset]] that attesters stake
//! asset = 0
//! [[attester]]
//! address = "0x…20 bytes"
//! weight = 1
//! ```
//! The file is judged as a whole: every error is listed at once, and a value outside its bounds is an error. Tables of other parts of the
//! network (checkpoints, finality) stand in the same file and are not this module's. Spec: `spec/parameters.md`; `DESIGN.md`, Identities.

use super::{AssetKey, AssetRisk, Bound, ChainKey, ChainRisk, FeedKey, FeedRisk, MarketKey, MarketRisk};
use super::{NetworkKey, NetworkParameters, Unit};
use crate::ids::{Address, AssetId, ChainId, Hash, Series, Underlying};
use crate::limits::Staking;
use crate::math::{DecimalError, Fixed};
use crate::state::{
    Asset, AssetTerms, Attester, AttesterSet, Chain, Class, Custody, Feed, Health, Listing, Sets, State,
    Table,
};
use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use strum::{IntoStaticStr, VariantNames};
use thiserror::Error;
use toml::{Table as Toml, Value};

/// One thing that is wrong with a genesis file, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error, IntoStaticStr, VariantNames)]
pub enum GenesisError {
    /// No TOML.
    #[error("{reason}")]
    Syntax {
        /// What the parser says.
        reason: String,
    },
    /// A value that must be there.
    #[error("{place}: {field} is missing")]
    Missing {
        /// Table.
        place: String,
        /// Key.
        field: &'static str,
    },
    /// A value of another type or form.
    #[error("{place}: {field} is {got}, not {wanted}")]
    Malformed {
        /// Table.
        place: String,
        /// Key.
        field: String,
        /// What stands there.
        got: String,
        /// What should.
        wanted: &'static str,
    },
    /// A key that nothing reads.
    #[error("{place}: {field} is not known")]
    Unknown {
        /// Table.
        place: String,
        /// Key.
        field: String,
    },
    /// A governed value outside its bounds.
    #[error("{place}: {field} is {got}, outside {low} to {high}")]
    OutOfBounds {
        /// Table.
        place: String,
        /// Key.
        field: &'static str,
        /// Raw value.
        got: i128,
        /// Lowest raw value.
        low: i128,
        /// Highest raw value.
        high: i128,
    },
    /// Two values that contradict each other.
    #[error("{place}: {reason}")]
    Inconsistent {
        /// Table.
        place: String,
        /// Why.
        reason: &'static str,
    },
}

/// Reads one file and collects what is wrong with it.
#[derive(Default)]
struct Loader {
    errors: Vec<GenesisError>,
}

/// The state before the first block.
///
/// # Errors
/// Everything that is wrong with the file, at once.
pub fn genesis(text: &str) -> Result<State, Vec<GenesisError>> {
    let file: Toml = match text.parse() {
        Ok(file) => file,
        Err(reason) => {
            return Err([GenesisError::Syntax {
                reason: reason.to_string(),
            }]
            .into());
        }
    };
    let mut loader = Loader::default();
    let state = loader.state(&file);
    if loader.errors.is_empty() {
        Ok(state)
    } else {
        Err(loader.errors)
    }
}

/// Loads one table of governed values; every key of it that `own` does not name must be one.
macro_rules! load_governed {
    ($loader:expr, $table:expr, $place:expr, $values:ty, $key:ty, $own:expr) => {{
        let mut values = <$values>::default();
        for key in <$key>::ALL {
            if let Some(raw) = $loader.governed($table, $place, key.bound()) {
                values.set(*key, raw);
            }
        }
        let known: &[&str] = &$own;
        for field in $table.keys() {
            let governed = <$key>::ALL.iter().any(|key| key.bound().name == field);
            if !governed && !known.contains(&field.as_str()) {
                $loader.errors.push(GenesisError::Unknown {
                    place: $place.to_string(),
                    field: field.clone(),
                });
            }
        }
        values
    }};
}

impl Loader {
    fn state(&mut self, file: &Toml) -> State {
        let none = Toml::new();
        let parameters = file.get("parameters").and_then(Value::as_table).unwrap_or(&none);
        let parameters = load_governed!(self, parameters, "parameters", NetworkParameters, NetworkKey, []);
        let chains = self.each(file, "chain", Self::chain);
        let feeds = self.each(file, "feed", Self::feed);
        let assets = self.each(file, "asset", Self::asset);
        let order: Vec<AssetId> = assets.iter().map(|(id, _)| *id).collect();
        let listings = self.each(file, "listing", |loader, table, place| {
            loader.listing(table, place, &order)
        });
        let attesters = self.each(file, "attester", Self::attester);
        let staked = match file.get("staking").and_then(Value::as_table) {
            Some(table) => self.reference(table, "staking", "asset", &order),
            None => self.missing("file", "staking"),
        };
        let members = attesters
            .iter()
            .map(|(address, attester)| (*address, attester.weight))
            .collect();
        self.refer(&chains, &feeds, &assets, &listings);
        State {
            parameters,
            health: chains
                .iter()
                .map(|(id, row)| (*id, Health::new(row.risk.normal_lag_ms)))
                .collect(),
            chains: self.unique("chain", chains),
            feeds: self.unique("feed", feeds),
            assets: self.unique("asset", assets),
            listings: self.unique("listing", listings),
            attesters: self.unique("attester", attesters),
            staking: Staking {
                asset: staked,
                ..Staking::default()
            },
            sets: Sets {
                current: self.set(members),
                ..Sets::default()
            },
            ..State::default()
        }
    }

    fn each<T>(
        &mut self,
        file: &Toml,
        name: &str,
        read: impl Fn(&mut Self, &Toml, &str) -> Option<T>,
    ) -> Vec<T> {
        let rows = file
            .get(name)
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let tables = rows.iter().filter_map(Value::as_table).enumerate();
        tables
            .filter_map(|(index, table)| read(self, table, &format!("{name} {index}")))
            .collect()
    }

    fn unique<K: Ord + Clone, V: Clone>(&mut self, place: &str, rows: Vec<(K, V)>) -> Table<K, V> {
        let count = rows.len();
        let table: BTreeMap<K, V> = rows.into_iter().collect();
        if table.len() != count {
            self.inconsistent(place, "one of them stands twice");
        }
        table.into()
    }

    fn chain(&mut self, table: &Toml, place: &str) -> Option<(ChainId, Chain)> {
        let risk = load_governed!(
            self,
            table,
            place,
            ChainRisk,
            ChainKey,
            ["id", "custody", "native", "finality", "checkpoint"]
        );
        let id = self.number(table, place, "id")?;
        let custody = match self.text(table, place, "custody")? {
            "contract" => Custody::Contract,
            "multisig" => Custody::Multisig,
            got => return self.malformed(place, "custody", got, "\"contract\" or \"multisig\""),
        };
        let native = Underlying(self.number(table, place, "native")?);
        Some((ChainId(id), Chain::new(custody, risk, native)))
    }

    fn feed(&mut self, table: &Toml, place: &str) -> Option<(Underlying, Feed)> {
        let risk = load_governed!(self, table, place, FeedRisk, FeedKey, ["id", "name"]);
        let id = self.number(table, place, "id")?;
        Some((
            Underlying(id),
            Feed {
                risk,
                ..Feed::default()
            },
        ))
    }

    fn asset(&mut self, table: &Toml, place: &str) -> Option<(AssetId, Asset)> {
        let own = ["chain", "token", "class", "decimals", "feed", "name"];
        let risk = load_governed!(self, table, place, AssetRisk, AssetKey, own);
        let chain = ChainId(self.number(table, place, "chain")?);
        let asset = Hash(self.bytes(table, place, "token")?);
        let class = match self.text(table, place, "class")? {
            "cash" => Class::Cash,
            "collateral" => Class::Collateral,
            got => return self.malformed(place, "class", got, "\"cash\" or \"collateral\""),
        };
        let decimals = self.number(table, place, "decimals")?;
        let Some(decimals) = u8::try_from(decimals).ok().filter(|decimals| *decimals <= 18) else {
            return self.malformed(place, "decimals", &decimals.to_string(), "at most 18");
        };
        let feed = Underlying(self.number(table, place, "feed")?);
        Some((
            AssetId { chain, asset },
            Asset::new(
                AssetTerms {
                    class,
                    decimals,
                    feed,
                },
                risk,
            ),
        ))
    }

    fn listing(&mut self, table: &Toml, place: &str, assets: &[AssetId]) -> Option<(Series, Listing)> {
        let risk = load_governed!(
            self,
            table,
            place,
            MarketRisk,
            MarketKey,
            ["kind", "underlying", "base", "cash"]
        );
        if risk.maintenance > risk.initial {
            self.inconsistent(place, "maintenance is above initial");
        }
        if risk.open_interest_lower >= risk.open_interest_upper {
            self.inconsistent(place, "open_interest_lower is not below open_interest_upper");
        }
        let cash = self.reference(table, place, "cash", assets)?;
        let kind = self.text(table, place, "kind")?;
        let series = if kind == "spot" {
            Series::Spot {
                base: self.reference(table, place, "base", assets)?,
                quote: cash,
            }
        } else {
            let underlying = Underlying(self.number(table, place, "underlying")?);
            match kind {
                "perpetual" => Series::Perpetual { underlying, cash },
                "futures" => Series::Futures { underlying, cash },
                "options" => Series::Options { underlying, cash },
                got => return self.malformed(place, "kind", got, "perpetual, futures, options or spot"),
            }
        };
        Some((
            series,
            Listing {
                risk,
                ..Listing::default()
            },
        ))
    }

    fn attester(&mut self, table: &Toml, place: &str) -> Option<(Address, Attester)> {
        let address = Address(self.bytes(table, place, "address")?);
        let weight = self.number(table, place, "weight")?;
        Some((
            address,
            Attester {
                weight,
                ..Attester::default()
            },
        ))
    }

    /// The first attester set; the rule of every set judges it.
    fn set(&mut self, members: BTreeMap<Address, u32>) -> AttesterSet {
        let listed = members.iter().map(|(attester, weight)| wire::attesters::Member {
            attester: *attester,
            weight: *weight,
        });
        if let Err(reason) = wire::attesters::AttesterSet::new(0, listed.collect()) {
            self.malformed::<()>(
                "attester",
                "set",
                &reason.to_string(),
                "a set of 4 to 64, none above a third",
            );
        }
        AttesterSet { id: 0, members }
    }

    /// Every number that names another table's row names one that is there.
    fn refer(
        &mut self,
        chains: &[(ChainId, Chain)],
        feeds: &[(Underlying, Feed)],
        assets: &[(AssetId, Asset)],
        listings: &[(Series, Listing)],
    ) {
        let has_feed = |id: Underlying| feeds.iter().any(|(feed, _)| *feed == id);
        for (_, chain) in chains {
            if !has_feed(chain.native) {
                self.inconsistent("chain", "the feed of its native coin is not listed");
            }
        }
        for (id, asset) in assets {
            if !chains.iter().any(|(chain, _)| *chain == id.chain) {
                self.inconsistent("asset", "its chain is not listed");
            }
            if !has_feed(asset.terms.feed) {
                self.inconsistent("asset", "its feed is not listed");
            }
        }
        for (series, _) in listings {
            let (underlying, cash) = match *series {
                Series::Perpetual { underlying, cash }
                | Series::Futures { underlying, cash }
                | Series::Options { underlying, cash } => (Some(underlying), cash),
                Series::Spot { quote, .. } => (None, quote),
            };
            if underlying.is_some_and(|id| !has_feed(id)) {
                self.inconsistent("listing", "its underlying has no feed");
            }
            if !assets
                .iter()
                .any(|(id, asset)| *id == cash && asset.terms.class == Class::Cash)
            {
                self.inconsistent("listing", "its cash is no cash");
            }
        }
    }

    /// A governed value in bounds, where the table names it.
    fn governed(&mut self, table: &Toml, place: &str, bound: Bound) -> Option<i128> {
        let text = match table.get(bound.name)? {
            Value::String(text) => text.clone(),
            Value::Integer(whole) => whole.to_string(),
            other => return self.malformed(place, bound.name, other.type_str(), "a string or an integer"),
        };
        let raw = match bound.unit {
            Unit::Decimal => text
                .parse()
                .map(Fixed::raw)
                .map_err(|_: DecimalError| "a decimal"),
            Unit::Duration => {
                duration_ms(&text).ok_or("a duration such as \"90s\", \"15min\", \"24h\" or \"21d\"")
            }
        };
        match raw {
            Ok(raw) if bound.contains(raw) => Some(raw),
            Ok(got) => {
                let Bound {
                    name: field,
                    low,
                    high,
                    ..
                } = bound;
                self.errors.push(GenesisError::OutOfBounds {
                    place: place.into(),
                    field,
                    got,
                    low,
                    high,
                });
                None
            }
            Err(wanted) => self.malformed(place, bound.name, &text, wanted),
        }
    }

    fn reference(
        &mut self,
        table: &Toml,
        place: &str,
        field: &'static str,
        assets: &[AssetId],
    ) -> Option<AssetId> {
        let index = self.number(table, place, field)?;
        let asset = usize::try_from(index)
            .ok()
            .and_then(|index| assets.get(index))
            .copied();
        asset.or_else(|| self.malformed(place, field, &index.to_string(), "the number of an [[asset]]"))
    }

    fn number(&mut self, table: &Toml, place: &str, field: &'static str) -> Option<u32> {
        let value = self.value(table, place, field)?;
        let number = value.as_integer().and_then(|number| u32::try_from(number).ok());
        number.or_else(|| self.malformed(place, field, value.type_str(), "a number below 2^32"))
    }

    fn text<'a>(&mut self, table: &'a Toml, place: &str, field: &'static str) -> Option<&'a str> {
        let value = self.value(table, place, field)?;
        value
            .as_str()
            .or_else(|| self.malformed(place, field, value.type_str(), "a string"))
    }

    fn bytes<const N: usize>(&mut self, table: &Toml, place: &str, field: &'static str) -> Option<[u8; N]> {
        let text = self.text(table, place, field)?;
        let bytes = text.strip_prefix("0x").and_then(from_hex);
        bytes.or_else(|| self.malformed(place, field, text, "bytes of this length in hex with 0x"))
    }

    fn missing<T>(&mut self, place: &str, field: &'static str) -> Option<T> {
        self.errors.push(GenesisError::Missing {
            place: place.into(),
            field,
        });
        None
    }

    fn value<'a>(&mut self, table: &'a Toml, place: &str, field: &'static str) -> Option<&'a Value> {
        let value = table.get(field);
        if value.is_none() {
            self.errors.push(GenesisError::Missing {
                place: place.into(),
                field,
            });
        }
        value
    }

    fn malformed<T>(&mut self, place: &str, field: &str, got: &str, wanted: &'static str) -> Option<T> {
        let (place, field, got) = (place.into(), field.into(), got.into());
        self.errors.push(GenesisError::Malformed {
            place,
            field,
            got,
            wanted,
        });
        None
    }

    fn inconsistent(&mut self, place: &str, reason: &'static str) {
        self.errors.push(GenesisError::Inconsistent {
            place: place.into(),
            reason,
        });
    }
}

/// Milliseconds of a whole number with a unit.
fn duration_ms(text: &str) -> Option<i128> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    let factor = match text.strip_prefix(digits)? {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    i128::from(digits.parse::<u32>().ok()?).checked_mul(factor)
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != N.checked_mul(2)? {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let pair = core::str::from_utf8(pair)
            .ok()
            .filter(|pair| pair.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;
