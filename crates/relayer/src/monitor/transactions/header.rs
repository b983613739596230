//! The headers in a message for a client.

use light_client::{Header, Misbehaviour};
use proto::google::protobuf::Any;
use proto::ibc::lightclients::tendermint::v1 as raw;
use types::transaction::ClientUpdate;
use types::{BlockHeight, ClientId, wire};

/// A header that a client was told.
pub(super) struct Told {
    pub(super) client: ClientId,
    pub(super) sender: String,
    pub(super) transaction: String,
    pub(super) block: BlockHeight,
    pub(super) header: Header,
}

/// The headers that an update tells; none, if it is for a client of another kind.
pub(super) fn told_by(update: &ClientUpdate, transaction: &str, block: BlockHeight) -> Vec<Told> {
    let told = |header: Header| Told {
        client: update.client.clone(),
        sender: update.sender.clone(),
        transaction: transaction.to_owned(),
        block,
        header,
    };
    headers_of(&update.client_message).into_iter().map(told).collect()
}

fn headers_of(message: &Any) -> Vec<Header> {
    if let Ok(header) = wire::unpack::<raw::Header>(message) {
        return Header::try_from(header).into_iter().collect();
    }
    let misbehaviour = wire::unpack::<raw::Misbehaviour>(message).ok();
    let misbehaviour = misbehaviour.and_then(|raw| Misbehaviour::try_from(raw).ok());
    misbehaviour.map(|both| vec![both.header_1, both.header_2]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_another_kind_of_client_tells_no_header() {
        let other = Any { type_url: "/ibc.lightclients.solomachine.v3.Header".to_owned(), value: vec![1] };
        assert!(headers_of(&other).is_empty());
        let malformed = Any { type_url: Header::TYPE_URL.to_owned(), value: vec![0xff] };
        assert!(headers_of(&malformed).is_empty());
        let empty = Any { type_url: Misbehaviour::TYPE_URL.to_owned(), value: Vec::new() };
        assert!(headers_of(&empty).is_empty());
    }
}
