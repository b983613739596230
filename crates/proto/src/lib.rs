//! The one facade over generated protobuf: ibc-proto re-exported, and IBC v2 messages.
//!
//! ibc-proto 0.52 holds the messages of ibc-go v8.1 and of the Cosmos SDK v0.50; what it lacks, `ibc.core.channel.v2`
//! and `ibc.core.client.v2` of ibc-go v10, is generated from the files in `proto/` and stands in [`ibc`] beside the
//! rest. Unknown fields are ignored in decoding, so that messages of later chains are read all the same.
//!
//! Nobody else in this workspace names ibc-proto or the traits of prost: one generation of protobuf, changed here.
//! Feature `grpc` adds the tonic clients of ibc-proto.

mod transaction;

pub use ibc_proto::{Protobuf, cosmos, google, ics23};
pub use prost::{self, DecodeError, EncodeError, Message, Name};
pub use tendermint_proto;
pub use transaction::TxMessages;

/// The messages of IBC, laid out by their protobuf packages.
pub mod ibc {
    pub use ibc_proto::ibc::{applications, lightclients};

    /// Clients, connections, channels and commitments (ICS-02, 03, 04, 23).
    pub mod core {
        pub use ibc_proto::ibc::core::{commitment, connection, types};

        /// Channels and packets (ICS-04).
        pub mod channel {
            pub use ibc_proto::ibc::core::channel::v1;

            /// Packets of IBC v2, from client to client.
            pub mod v2 {
                include!("gen/ibc.core.channel.v2.rs");
            }
        }

        /// Clients (ICS-02).
        pub mod client {
            pub use ibc_proto::ibc::core::client::v1;

            /// What clients of IBC v2 know of their counterparties.
            pub mod v2 {
                include!("gen/ibc.core.client.v2.rs");
            }
        }
    }
}
