//! An update of a client: what a chain holds of the client, the time there, and what it is handed.

use std::collections::BTreeMap;

use prost::Message as _;
use proto::ibc::lightclients::tendermint::v1 as raw;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use types::{Height, Timestamp};

use crate::case::Case;
use crate::{seal, validators};

/// What can still be changed, since nothing of it is encoded.
#[derive(Clone)]
pub(crate) struct Attempt {
    pub(crate) client: raw::ClientState,
    pub(crate) states: BTreeMap<Height, raw::ConsensusState>,
    pub(crate) now: Timestamp,
    pub(crate) message: Message,
}

/// A client message.
#[derive(Clone)]
pub(crate) enum Message {
    Header(Box<raw::Header>),
    Misbehaviour(Box<raw::Misbehaviour>),
}

impl Attempt {
    /// The headers that the message has.
    pub(crate) fn headers(&mut self) -> Vec<&mut raw::Header> {
        match &mut self.message {
            Message::Header(header) => vec![&mut **header],
            Message::Misbehaviour(both) => both.header_1.iter_mut().chain(both.header_2.iter_mut()).collect(),
        }
    }

    /// One of the headers.
    pub(crate) fn any_header(&mut self, random: &mut ChaCha8Rng) -> Option<&mut raw::Header> {
        let mut headers = self.headers();
        let place = random.gen_range(0..headers.len().max(1));
        (place < headers.len()).then(|| headers.swap_remove(place))
    }

    /// The headers are whole again, whatever they say.
    pub(crate) fn seal(&mut self) {
        self.headers().into_iter().for_each(seal::seal);
    }

    /// The client believes in the trusted validators of the headers, whoever they are.
    pub(crate) fn vouch(&mut self) {
        let told: Vec<_> = self.headers().iter().filter_map(|header| trusted(header)).collect();
        for (height, hash) in told {
            if let Some(state) = self.states.get_mut(&height) {
                state.next_validators_hash = hash;
            }
        }
    }

    pub(crate) fn case(self) -> Case {
        let (type_url, message) = match self.message {
            Message::Header(header) => (light_client::Header::TYPE_URL, header.encode_to_vec()),
            Message::Misbehaviour(both) => (light_client::Misbehaviour::TYPE_URL, both.encode_to_vec()),
        };
        Case { client: self.client, states: self.states, now: self.now, type_url, message }
    }
}

fn trusted(header: &raw::Header) -> Option<(Height, Vec<u8>)> {
    Some((header.trusted_height?.into(), validators::hash(header.trusted_validators.as_ref()?)))
}
