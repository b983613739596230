//! Of a transaction what is read here: its messages.

use ibc_proto::google::protobuf::Any;

/// A `cosmos.tx.v1beta1.TxBody`, its messages alone. Chains before cosmos-sdk 0.50 take a memo of any bytes, which no
/// reader of texts takes: whoever reads the memo can be made not to read the messages.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TxMessages {
    /// What the transaction does, in order.
    #[prost(message, repeated, tag = "1")]
    pub messages: Vec<Any>,
}

impl prost::Name for TxMessages {
    const NAME: &'static str = "TxBody";
    const PACKAGE: &'static str = "cosmos.tx.v1beta1";
}
