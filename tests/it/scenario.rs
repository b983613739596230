//! What must happen on any two chains: functions over the seam [`lightship_tests::chain_under_test::ChainUnderTest`].

pub(crate) mod backlog;
pub(crate) mod create_path;
pub(crate) mod killed;
pub(crate) mod measured;
pub(crate) mod node_outage;
pub(crate) mod refund;
pub(crate) mod relay;
pub(crate) mod shared_account;
pub(crate) mod wrong_input;
