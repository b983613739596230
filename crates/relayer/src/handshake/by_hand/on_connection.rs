//! Steps on connections.

use engine::Message;
use types::ConnectionId;

use super::fits::Both;
use super::{Chains, connection_end, no_end};
use crate::handshake::next::{At, Step};
use crate::handshake::{HandshakeError, agree, answering_connection, connection};

impl Chains<'_> {
    pub(super) async fn conn_try(&self, src: &ConnectionId) -> Result<(Vec<Message>, String), HandshakeError> {
        let began = connection_end(self.src, src).await?;
        let answer = match &began.counterparty.connection {
            Some(known) => Some((known.clone(), connection_end(self.dst, known).await?)),
            None => answering_connection(self.dst, &began.counterparty.client, src).await?,
        };
        let ends = Both {
            here: (format!("connection {src}"), began.state.into()),
            there: answer.map(|(id, end)| (format!("connection {id}"), end.state.into())),
        };
        self.fits(Step::Try, At::There, &ends, Step::of_connection)?;
        let pair = self.pair(&began.counterparty.client, &began.client);
        Ok((connection::attempt(pair, src).await?, String::new()))
    }

    /// `Ack` or `Confirm`, on an end that is there.
    pub(super) async fn conn_on(
        &self,
        dst: &ConnectionId,
        src: Option<&ConnectionId>,
        step: Step,
    ) -> Result<(Vec<Message>, String), HandshakeError> {
        let here = connection_end(self.dst, dst).await?;
        let there = match src.or(here.counterparty.connection.as_ref()) {
            Some(id) => Some((id.clone(), connection_end(self.src, id).await?)),
            None => answering_connection(self.src, &here.counterparty.client, dst).await?,
        };
        let ends = Both {
            here: (format!("connection {dst}"), here.state.into()),
            there: there.as_ref().map(|(id, end)| (format!("connection {id}"), end.state.into())),
        };
        if let Some((id, end)) = &there {
            agree::connections([&here.client, &here.counterparty.client], (dst, &here), (id, end))
                .map_err(HandshakeError::Disagreement)?;
        }
        let there = self.fits(step, At::Here, &ends, Step::of_connection).and_then(|()| there.ok_or_else(no_end))?.0;
        let pair = self.pair(&here.client, &here.counterparty.client);
        let messages = match step {
            Step::Ack => connection::ack(pair, dst, &there).await?,
            Step::Confirm | Step::Try | Step::CloseConfirm => connection::confirm(pair, dst, &there).await?,
        };
        Ok((messages, dst.to_string()))
    }
}
