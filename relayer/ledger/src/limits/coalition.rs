//! The least stake that a third of the weight could lose: what the economic budget rests on.
//!
//! One third of the weight can equivocate and break agreement; what it puts at stake bounds what may be at risk. The cheapest such
//! coalition is a knapsack; its fractional relaxation (the attesters with the least stake per weight first, the last one in part) is
//! never above it, so that the budget errs to the safe side. Spec: `spec/ledger.md`, Limits.

use crate::math::{ArithmeticError, Fixed, Wide};
use alloc::vec::Vec;

/// The stake of the cheapest third by weight; zero without members. Each member is its weight and its stake.
///
/// # Errors
/// A sum does not fit.
pub(super) fn cheapest_third(members: &[(u32, Fixed)]) -> Result<Fixed, ArithmeticError> {
    let total: u64 = members.iter().map(|(weight, _)| u64::from(*weight)).sum();
    let mut wanted = total.div_ceil(3);
    let mut stake = Fixed::ZERO;
    for (weight, of_member) in by_stake_per_weight(members) {
        let part = u64::from(weight).min(wanted);
        wanted = wanted.saturating_sub(part);
        stake = stake.add(of_member.mul_div_floor(whole(part), whole(u64::from(weight)))?)?;
    }
    Ok(stake)
}

fn by_stake_per_weight(members: &[(u32, Fixed)]) -> Vec<(u32, Fixed)> {
    let mut members: Vec<(u32, Fixed)> = members
        .iter()
        .copied()
        .filter(|(weight, _)| *weight > 0)
        .collect();
    members.sort_by_key(|member| member.0);
    members.sort_by(|(weight, stake), (other_weight, other_stake)| {
        let (weight, other_weight) = (whole(u64::from(*weight)), whole(u64::from(*other_weight)));
        Wide::product(*stake, other_weight).cmp(&Wide::product(*other_stake, weight))
    });
    members
}

/// `count` as a raw number: only ratios of them are used.
fn whole(count: u64) -> Fixed {
    Fixed::from_raw(i128::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(units: i64) -> Fixed {
        Fixed::from_int(units)
    }

    #[test]
    fn equal_attesters_stake_a_third_of_the_whole() {
        let members = [(1, of(90)); 6];
        assert_eq!(cheapest_third(&members).unwrap(), of(180));
    }

    #[test]
    fn the_cheapest_weight_counts_first() {
        // Weight 12, so 4 are wanted: three at 10 each from the third, one at 20 from the first.
        let members = [(4, of(80)), (5, of(500)), (3, of(30))];
        assert_eq!(cheapest_third(&members).unwrap(), of(50));
    }

    #[test]
    fn an_attester_without_stake_makes_its_weight_free() {
        assert_eq!(
            cheapest_third(&[(1, of(0)), (1, of(100)), (1, of(100))]).unwrap(),
            of(0)
        );
        assert_eq!(cheapest_third(&[]).unwrap(), of(0));
    }

    #[test]
    fn it_is_never_above_the_cheapest_whole_coalition() {
        let members = [(3, of(31)), (2, of(17)), (5, of(60)), (1, of(13)), (4, of(29))];
        let total: u32 = members.iter().map(|member| member.0).sum();
        let coalitions = (0_u32..1 << members.len()).filter_map(|chosen| {
            let chosen = (0..members.len())
                .filter(|place| chosen >> place & 1 == 1)
                .map(|place| members[place]);
            let (weight, stake) = chosen.fold((0, Fixed::ZERO), |sum, member| {
                (sum.0 + member.0, sum.1.add(member.1).unwrap())
            });
            (3 * weight >= total).then_some(stake)
        });
        assert!(cheapest_third(&members).unwrap() <= coalitions.min().unwrap());
    }
}
