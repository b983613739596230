//! The cases of ibc-go's own tests of the light client, under their names, and the rules beside them.

mod check_for_misbehaviour;
mod membership;
mod misbehaviour;
mod update_state;
mod upgrade_and_recover;
mod validate_basic;
mod verify_header;

use proto::ibc::lightclients::tendermint::v1 as raw;

use super::super::test_chain::World;
use super::{ClientMessage, client_state};
use crate::app::error::Result;

impl World {
    /// `VerifyClientMessage`.
    fn verify(&mut self, message: impl Into<ClientMessage>) -> Result<()> {
        super::verify_client_message(&mut self.ctx, &self.id, &message.into())
    }

    /// `CheckForMisbehaviour`.
    fn is_misbehaviour(&mut self, message: impl Into<ClientMessage>) -> bool {
        super::check_for_misbehaviour(&mut self.ctx, &self.id, &message.into()).unwrap()
    }

    fn state(&mut self) -> types::ClientState {
        client_state(&mut self.ctx, &self.id).unwrap()
    }

    /// The client as it is after its chain has gone into revision 2: it knows the height 20 of that.
    fn upgraded(&mut self) {
        let mut state = self.state();
        state.chain_id = "chain-2".parse().unwrap();
        state.latest_height = types::Height { revision_number: 2, revision_height: 20 };
        let height = state.latest_height;
        super::set_client_state(&mut self.ctx, &self.id, state).unwrap();
        let known = super::consensus_states::get(&mut self.ctx, &self.id, super::super::test_chain::height(10));
        super::consensus_states::set(&mut self.ctx, &self.id, height, known.unwrap().unwrap()).unwrap();
        super::consensus_states::set_metadata(&mut self.ctx, &self.id, height).unwrap();
    }
}

impl From<raw::Header> for ClientMessage {
    fn from(header: raw::Header) -> Self {
        Self::Header(Box::new(header))
    }
}

impl From<raw::Misbehaviour> for ClientMessage {
    fn from(misbehaviour: raw::Misbehaviour) -> Self {
        Self::Misbehaviour(Box::new(misbehaviour))
    }
}

/// Two headers against a client.
fn misbehaviour(header_1: raw::Header, header_2: raw::Header) -> raw::Misbehaviour {
    #[expect(deprecated, reason = "ibc-go still checks the field")]
    raw::Misbehaviour { client_id: "07-tendermint-0".to_owned(), header_1: Some(header_1), header_2: Some(header_2) }
}
