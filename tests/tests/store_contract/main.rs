//! One contract for every implementation of the store's ports: in memory, and on DynamoDB
//! (dynoxide, spoken to by the real SDK client over HTTP). Each sentence of the ports'
//! documentation has a test here.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod capacity;
mod confirmations;
mod counters;
mod definitions;
mod due;
mod dynamodb;
mod fixtures;
mod inbox;
mod line;
mod lost;
mod origins;
mod outages;
mod outbox;
mod page;
mod profiles;
mod suppressions;

/// Runs each test of each port against each implementation.
macro_rules! contract {
    ($($port:ident { $($name:ident),+ $(,)? })+) => {
        mod in_memory {
            $(mod $port {$(
                #[test]
                fn $name() {
                    let world = beckon_tests::memory::MemoryWorld::new(crate::fixtures::at("2026-03-01T10:00:00Z"));
                    let outcome = beckon_tests::memory::run(crate::$port::$name(&world.store));
                    assert_eq!(outcome, beckon_tests::memory::Outcome::Finished(()));
                }
            )+})+
        }
        mod on_dynamodb {
            $(mod $port {$(
                #[tokio::test]
                async fn $name() {
                    let table = crate::dynamodb::Table::start().await;
                    crate::$port::$name(&table.store).await;
                }
            )+})+
        }
    };
}

contract! {
    inbox {
        an_item_is_new_once,
        an_item_is_told_apart_by_profile_time_and_id,
        what_was_put_is_read,
        a_time_before_1970_counts_as_1970,
        what_was_received_between_two_moments_is_read_in_that_order,
        an_inbox_of_many_pages_is_read_whole,
        the_latest_are_read_first_and_no_further_than_asked,
        what_may_be_forgotten_is_not_among_the_latest,
        the_latest_come_in_pages_that_follow_one_another,
        an_item_that_is_too_large_is_refused,
    }
    profiles {
        there_is_none_before_the_first_save,
        what_was_saved_is_loaded,
        what_is_beside_it_in_the_partition_is_not_loaded,
        each_save_counts,
        only_one_of_two_writers_saves,
        only_one_of_two_first_saves_succeeds,
        traits_are_written_only_when_they_changed,
        messages_are_queued_with_the_save,
        a_conflict_queues_nothing,
        a_message_that_is_there_is_left_as_it_is,
        a_message_given_twice_is_one_message,
        what_is_too_large_is_named_and_nothing_is_saved,
        more_messages_than_a_transaction_takes_are_refused,
        forwards_are_put_with_the_save,
        a_forward_that_is_there_is_left_as_it_is,
        a_conflict_forwards_nothing,
        more_forwards_than_a_transaction_takes_are_put_all_the_same,
        a_forward_that_is_too_large_is_named_and_nothing_is_saved,
    }
    outbox {
        a_queued_message_is_claimed_once,
        what_is_claimed_is_whole,
        a_claim_is_held_until_its_lease_has_ended,
        a_message_that_is_gone_is_done,
        a_settled_message_is_done,
        a_late_settler_does_nothing,
        a_message_to_retry_waits_until_it_is_due,
        a_message_that_may_have_been_sent_says_so_when_it_is_tried_again,
        a_late_postponer_does_nothing,
        a_settled_message_cannot_be_postponed,
        only_what_is_postponed_is_queued_again,
        moving_a_message_that_is_gone_makes_none,
    }
    line {
        those_who_wait_are_told_in_the_order_in_which_they_leave,
        who_is_called_up_is_queued_and_gone_from_the_line,
        who_stands_elsewhere_meanwhile_is_not_called_up,
        a_late_claimer_puts_nothing_into_the_line,
        who_stands_in_a_line_is_not_due,
        a_pace_follows_the_one_before,
    }
    page {
        what_is_placed_waits_for_its_profile,
        what_is_placed_twice_is_what_it_was_first,
        what_the_profile_has_seen_and_whom_it_joined_come_with_it,
    }
    due {
        an_alarm_is_due_in_half_open_windows_to_the_millisecond,
        an_alarm_that_moved_is_only_where_it_is_now,
        an_alarm_that_was_taken_off_is_gone,
        a_postponed_message_is_due_until_it_is_queued_again,
        pages_give_everything_once_in_order_of_time,
        other_shards_are_not_looked_at,
        an_empty_window_holds_nothing,
        a_quiet_month_is_passed_over,
        the_sweeps_cursor_is_kept,
    }
    suppressions {
        an_address_is_suppressed_with_its_first_reason,
        an_address_is_one_however_it_is_spelt,
        what_was_stopped_may_be_lifted_and_stopped_again,
        a_bounce_is_not_lifted_by_a_word,
        channels_are_apart,
    }
    confirmations {
        three_messages_ask_in_a_day,
        addresses_are_apart_however_they_are_spelt,
        those_that_ask_at_once_are_counted_exactly,
    }
    origins {
        an_origin_is_found_by_the_services_id,
        an_address_stands_for_the_last_message,
        words_wait_for_their_origin,
        a_word_that_comes_late_finds_its_origin,
        no_more_words_wait_than_can_be_told,
        each_of_many_words_at_once_is_told,
    }
    outages {
        the_latest_moment_of_an_outage_is_kept,
    }
    counters {
        a_batch_is_decided_once,
        who_is_missing_is_told_also_after_the_merge,
        totals_are_merged_once_into_their_day,
        totals_of_more_campaigns_than_a_transaction_takes_are_merged_in_parts,
        merging_what_does_not_wait_does_nothing,
    }
    definitions {
        nothing_is_in_force_before_the_first_apply,
        a_manifest_follows_the_one_before,
        definitions_are_read_by_key,
        what_is_not_there_is_left_out,
        storing_again_changes_nothing,
        more_than_a_batch_is_read,
        a_definition_that_is_too_large_is_refused,
    }
}
