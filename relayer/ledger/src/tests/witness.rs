//! Watches every input that a block applies: a refusal leaves the subs root as it was, and its variant is written down.
//!
//! [`crate::block::apply_block`] hands each of its inputs to this module in tests, so that what it says holds of every refusal that any test of
//! the crate provokes. What the running thread has seen is its own, so that one test can provoke all and count.

use super::{attacks, deposits, fills, idempotency, limits, prices, refusals, withdrawals};
use crate::block::Outcome;
use crate::governance::{self, GovernanceRefusal};
use crate::ids::{Account, Hash};
use crate::math::ArithmeticError;
use crate::refusal::Refusal;
use crate::risk::{self, BidRefusal};
use crate::root::Roots;
use crate::state::{Exits, Shared, State, Sub, Table};
use std::{cell::RefCell, collections::BTreeSet, vec::Vec};
use strum::VariantNames;
use wire::command::BatchError;

std::thread_local! {
    static OVERFLOWS: RefCell<Vec<ArithmeticError>> = const { RefCell::new(Vec::new()) };
    static SEEN: RefCell<BTreeSet<(&'static str, &'static str)>> = const { RefCell::new(BTreeSet::new()) };
}

/// Notes arithmetic that left its range, in a command or in a part of Tick, which drops it.
pub(crate) fn rolled_back(refusal: &Refusal) {
    if let Refusal::Arithmetic(error) = refusal {
        OVERFLOWS.with_borrow_mut(|overflows| overflows.push(*error));
    }
}

/// What this thread has noted.
pub(crate) fn overflows() -> Vec<ArithmeticError> {
    OVERFLOWS.with_borrow(Vec::clone)
}

/// The subs before an input.
pub(crate) struct Before {
    subs: Table<Account, Shared<Sub>>,
    exits: Exits,
}

impl Before {
    /// As they are.
    pub(crate) fn of(state: &State) -> Self {
        Self {
            subs: state.subs.clone(),
            exits: state.exits.clone(),
        }
    }

    /// Compares the subs roots around a refusal.
    pub(crate) fn judge(self, after: &State, outcome: &Outcome) {
        let Err(refusal) = outcome else { return };
        let before = subs_root(self.subs, self.exits);
        let now = subs_root(after.subs.clone(), after.exits.clone());
        assert_eq!(before, now, "{refusal} touched the subs");
        SEEN.with_borrow_mut(|seen| {
            let (variant, inner) = names(refusal);
            seen.insert(("Refusal", variant));
            seen.extend(inner);
        });
    }
}

fn subs_root(subs: Table<Account, Shared<Sub>>, exits: Exits) -> Hash {
    let state = State {
        subs,
        exits,
        ..State::default()
    };
    Roots::of(&state).unwrap().1.subs
}

/// The variant, and the enum and variant of the reason within it.
fn names(refusal: &Refusal) -> (&'static str, Option<(&'static str, &'static str)>) {
    let inner = match refusal {
        Refusal::Governance(reason) => Some(("GovernanceRefusal", reason.into())),
        Refusal::Bid(reason) => Some(("BidRefusal", reason.into())),
        Refusal::BadBatch(reason) => Some(("BatchError", reason.into())),
        _ => None,
    };
    (refusal.into(), inner)
}

/// Tests that provoke every refusal between them.
const SCENARIOS: &[fn()] = &[
    attacks::a_forced_command_runs_only_when_its_event_is_applied,
    attacks::claims_on_an_exited_chain_do_not_change_hands,
    attacks::live_nonces_are_counted_and_bounded,
    attacks::refuses_reports_with_numbers_out_of_range,
    crate::authenticate::tests::a_forced_command_needs_its_owners_signature_like_any_other,
    deposits::attestations_link_by_height_and_wait_for_their_events,
    deposits::deposit_survives_halt_in_suspense,
    deposits::more_bridged_tokens_than_were_minted_burn_nothing,
    fills::a_batch_applies_whole_or_not_at_all,
    fills::an_intent_fills_up_to_its_quantity,
    fills::stale_quote_is_cancellable,
    governance::tests::a_loosening_waits_two_days_and_a_tightening_an_hour,
    governance::tests::a_proposal_that_cannot_be_enacted_in_time_or_twice_is_refused,
    governance::tests::a_quorum_halt_lasts_until_it_is_resumed_and_its_delay_is_over,
    governance::tests::chains::a_chain_has_one_vault_and_it_has_an_address,
    governance::tests::chains::a_reorganisation_that_contradicts_the_events_is_refused,
    governance::tests::chains::checkpoints_only_rise_and_end,
    governance::tests::indemnity::without_evidence_slashed_stake_pays_nothing,
    governance::tests::one_attester_halts_a_chain_for_an_hour_once_a_day,
    governance::tests::orders_count_once_and_only_of_members,
    governance::tests::proposals_out_of_bounds_are_refused,
    governance::tests::sets::evidence_takes_the_weight_and_blocks_the_stake,
    governance::tests::sets::requests_for_stake_that_is_not_there_are_refused,
    idempotency::a_command_lives_a_week_at_most,
    idempotency::an_expired_command_is_refused_and_its_nonce_forgotten,
    idempotency::the_same_command_exists_and_another_under_its_id_differs,
    crate::limits::tests::a_falling_budget_stops_what_is_new_and_lets_close,
    limits::a_fee_that_no_number_holds_is_refused,
    limits::a_loss_of_more_than_the_vault_owes_is_refused_even_where_claims_are_larger,
    limits::a_sub_beyond_what_the_models_take_moves_nothing,
    limits::an_event_of_an_unknown_entry_is_refused_and_halts_its_chain,
    limits::deposits_of_what_is_worth_nothing_wait,
    limits::deposits_that_do_not_fit_wait,
    limits::refuses_a_reduction_that_leaves_less_for_what_is_held,
    limits::refuses_an_option_that_the_surface_gives_no_price,
    limits::refuses_batches_of_nothing_or_of_one_id_twice,
    limits::refuses_instruments_without_feed_or_price,
    limits::refuses_one_instrument_more_than_a_family_may_have,
    limits::refuses_one_position_more_than_a_sub_may_have,
    limits::refuses_to_move_the_money_of_a_sub_in_liquidation,
    prices::a_clamped_price_allows_reducing_only,
    refusals::refuses_a_transfer_to_itself,
    refusals::refuses_an_expired_instrument,
    refusals::refuses_an_unlisted_instrument,
    refusals::refuses_fills_beyond_the_proved_range,
    refusals::refuses_fills_outside_the_band,
    refusals::refuses_fills_that_leave_dust,
    refusals::refuses_fills_without_size,
    refusals::refuses_intents_that_do_not_meet,
    refusals::refuses_reduce_only_that_opens,
    refusals::refuses_reports_out_of_turn,
    refusals::refuses_what_initial_margin_does_not_carry,
    refusals::refuses_withdrawals_that_cannot_be_paid,
    risk::tests::a_flag_is_looked_at_and_an_unknown_sub_is_refused,
    risk::tests::bids_out_of_place_are_refused,
    risk::tests::dust_bid_is_refused,
    risk::tests::insurance_pays_bidders_for_an_insolvent_sub_as_far_as_it_goes,
    withdrawals::a_queued_withdrawal_can_be_taken_back_and_one_in_the_outbox_cannot,
];

/// Variants of `of` that this thread has not seen a block answer.
fn unseen<T: VariantNames>(of: &'static str) -> BTreeSet<&'static str> {
    SEEN.with_borrow(|seen| {
        let variants = T::VARIANTS.iter().copied();
        variants
            .filter(|variant| !seen.contains(&(of, *variant)))
            .collect()
    })
}

#[test]
fn every_refusal_is_reached() {
    SCENARIOS.iter().for_each(|scenario| scenario());
    let none = BTreeSet::new();
    assert_eq!(unseen::<Refusal>("Refusal"), none);
    assert_eq!(unseen::<GovernanceRefusal>("GovernanceRefusal"), none);
    assert_eq!(unseen::<BidRefusal>("BidRefusal"), none);
    assert_eq!(unseen::<BatchError>("BatchError"), none);
}

#[test]
#[should_panic(expected = "touched the subs")]
fn a_refusal_that_leaves_a_trace_is_noticed() {
    let mut state = super::genesis();
    let before = Before::of(&state);
    state.subs.row_or_default(&super::ALICE);
    before.judge(&state, &Err(Refusal::ZeroAmount));
}
