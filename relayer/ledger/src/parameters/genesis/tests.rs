//! Genesis files that load, and everything that is wrong with others.

use super::{GenesisError, genesis};
use crate::ids::{Series, Underlying};
use crate::math::Fixed;
use std::{format, string::String};

fn file(parameters: &str, weights: [u32; 4]) -> String {
    let attesters = weights.iter().enumerate();
    let attesters = attesters.map(|(index, weight)| {
        format!(
            "[[attester]]\naddress = \"0x{}\"\nweight = {weight}\n",
            format!("{:02x}", index + 1).repeat(20)
        )
    });
    let token = "01".repeat(32);
    format!(
        "[parameters]\n{parameters}\n[staking]\nasset = 0\n\
         [[chain]]\nid = 1\ncustody = \"contract\"\nnative = 1\nnormal_lag_ms = \"15min\"\n\
         [[feed]]\nid = 1\nprice_bound = \"0.05\"\n\
         [[asset]]\nchain = 1\ntoken = \"0x{token}\"\nclass = \"cash\"\ndecimals = 6\nfeed = 1\n\
         [[listing]]\nkind = \"perpetual\"\nunderlying = 1\ncash = 0\ninitial = \"0.1\"\n{}",
        attesters.collect::<String>()
    )
}

#[test]
fn loads_named_values_and_defaults() {
    let state = genesis(&file("epoch_ms = \"12h\"", [1; 4])).unwrap();
    assert_eq!(state.parameters.epoch_ms, 12 * 3_600_000);
    assert_eq!(state.parameters.maturing_ms, 30 * 60_000);
    let (series, listing) = state.listings.iter().next().unwrap();
    assert!(matches!(
        series,
        Series::Perpetual {
            underlying: Underlying(1),
            ..
        }
    ));
    assert_eq!(listing.risk.initial, "0.1".parse::<Fixed>().unwrap());
    assert_eq!(state.sets.current.quorum(), 3);
}

#[test]
fn lists_every_error_at_once() {
    let errors = genesis(&file(
        "epoch_ms = \"30d\"\nsigma = 3\nh0 = 1\nmaturing_ms = \"soon\"",
        [9, 1, 1, 1],
    ))
    .unwrap_err();
    let names: std::vec::Vec<&'static str> = errors.iter().map(Into::into).collect();
    assert_eq!(
        names,
        ["OutOfBounds", "OutOfBounds", "Malformed", "Unknown", "Malformed"],
        "{errors:?}"
    );
    assert!(matches!(
        errors[0],
        GenesisError::OutOfBounds {
            field: "epoch_ms",
            ..
        }
    ));
}

#[test]
fn refuses_maintenance_above_initial_and_missing_references() {
    let text = file("", [1; 4])
        .replace("initial = \"0.1\"", "initial = \"0.02\"")
        .replace("feed = 1\n[[l", "feed = 2\n[[l");
    let errors = genesis(&text).unwrap_err();
    assert!(
        errors
            .iter()
            .all(|error| matches!(error, GenesisError::Inconsistent { .. })),
        "{errors:?}"
    );
    assert_eq!(errors.len(), 2);
}

#[test]
fn refuses_what_is_no_toml_and_what_is_missing() {
    assert!(matches!(
        genesis("=").unwrap_err()[..],
        [GenesisError::Syntax { .. }]
    ));
    let errors = genesis(&file("", [1; 4]).replace("decimals = 6\n", "")).unwrap_err();
    assert!(errors.contains(&GenesisError::Missing {
        place: "asset 0".into(),
        field: "decimals"
    }));
}
