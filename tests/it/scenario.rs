//! What must happen on any two chains: functions over the seam [`lightship_tests::chain_under_test::ChainUnderTest`].

pub(crate) mod backlog;
pub(crate) mod by_hand;
pub(crate) mod clear;
pub(crate) mod clear_beside_daemon;
pub(crate) mod clear_left;
pub(crate) mod clear_ordered;
pub(crate) mod close;
pub(crate) mod create_path;
pub(crate) mod delay;
pub(crate) mod explain;
pub(crate) mod foreign_handshake;
pub(crate) mod killed;
pub(crate) mod late_acks;
pub(crate) mod live_beside_backlog;
pub(crate) mod measured;
pub(crate) mod metrics;
pub(crate) mod node_outage;
pub(crate) mod odd_acks;
pub(crate) mod old_backlog;
pub(crate) mod ordered;
pub(crate) mod ordered_both_ways;
pub(crate) mod poison;
pub(crate) mod policy;
pub(crate) mod refresh;
pub(crate) mod refund;
pub(crate) mod relay;
pub(crate) mod rival_updates;
pub(crate) mod rivals;
pub(crate) mod shared_account;
pub(crate) mod step;
pub(crate) mod timeouts;
pub(crate) mod unanswerable;
pub(crate) mod wrong_input;

pub(crate) use explain::{
    explain_awaited, explain_chain_down, explain_malformed, explain_never_sent, explain_not_configured,
    explain_not_running, explain_over, explain_quarantined, explain_refused, explain_timeout_near,
    explain_wallet_empty,
};

/// Hands all scenarios that judge, each with its claim, to a macro that makes tests of them. Figures are only worth
/// their time on real chains.
macro_rules! all {
    ($bind:ident) => {
        $bind! {
            relay: two_hundred_transfers_each_way_are_acknowledged;
            create_path: a_path_that_is_killed_after_each_step_is_made_once;
            killed: nothing_is_lost_or_done_twice_when_killed_five_times;
            backlog: what_was_sent_while_the_relayer_was_down_ends_without_a_tx_index;
            old_backlog: what_was_sent_before_any_relayer_is_cleared_though_clearing_is_killed_twice;
            node_outage: a_node_that_comes_back_needs_no_restart;
            refund: a_transfer_that_fails_or_times_out_is_refunded;
            delay: a_connections_delay_is_respected;
            odd_acks: an_acknowledgement_that_the_chain_never_takes_is_given_up_and_any_other_is_brought_back;
            late_acks: what_is_acknowledged_later_is_brought_back_once;
            unanswerable: what_a_closed_channel_takes_no_answer_for_is_given_up_and_said;
            policy: what_a_policy_refuses_is_not_relayed_and_said;
            shared_account: another_signer_of_the_relayers_account_does_not_stop_it;
            timeouts: what_times_out_is_refunded_and_nothing_ends_twice;
            poison: one_bad_packet_holds_up_no_other;
            rival_updates: a_rivals_client_update_serves_us_and_stops_nothing;
            rivals: two_relayers_on_one_path_pay_for_little_twice;
            live_beside_backlog: live_packets_do_not_wait_for_a_backlog;
            clear: everything_pending_ends_by_one_command_with_an_empty_store;
            clear_left: what_cannot_be_cleared_is_told_packet_by_packet;
            clear_beside_daemon: clearing_beside_a_relayer_asks_it_or_does_it_no_harm;
            foreign_handshake: handshakes_that_users_begin_are_completed_and_carry_packets;
            ordered: an_ordered_channel_keeps_order_and_times_out_on_close;
            ordered_both_ways: both_ways_of_an_ordered_channel_end_when_a_packet_times_out;
            close: a_channel_closed_at_one_end_is_closed_at_the_other;
            refresh: clients_are_kept_alive_without_traffic;
            wrong_input: what_is_wrong_is_refused_by_name;
        }
    };
}
pub(crate) use all;

/// The same of those that are about commands: what they rest on is shown on real chains by the others.
macro_rules! of_commands {
    ($bind:ident) => {
        $bind! {
            step: single_legs_are_taken_by_hand;
            metrics: what_a_daemon_tells_of_itself_is_what_it_did;
            explain_never_sent: a_packet_that_was_never_sent_is_told_so;
            explain_over: a_packet_that_is_over_is_told_with_who_brought_it;
            explain_not_running: a_packet_that_no_relayer_brings_is_told_so;
            explain_not_configured: a_packet_of_no_path_is_told_so;
            explain_refused: a_packet_that_the_policy_refuses_is_told_so;
            explain_chain_down: a_packet_whose_destination_is_down_is_told_so;
            explain_timeout_near: a_packet_that_is_left_to_time_out_is_told_so;
            explain_wallet_empty: a_packet_that_nobody_can_pay_for_is_told_so;
            explain_awaited: a_packet_without_an_answer_yet_is_told_so;
            explain_quarantined: a_packet_that_is_refused_is_told_with_the_chains_words;
            explain_malformed: a_packet_with_a_malformed_answer_is_told_so;
            clear_ordered: an_ordered_channel_with_a_timeout_ends_by_one_command;
            by_hand: each_step_of_a_handshake_is_made_by_hand;
        }
    };
}
pub(crate) use of_commands;
