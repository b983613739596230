//! Steps on channels, whose connection is asked for first.

use engine::Message;
use types::connection::ConnectionEnd;
use types::{ChannelEnd, ConnectionId};

use super::fits::Both;
use super::{Chains, EndName, channel_end, connection_end, no_end, text};
use crate::chain::Chain;
use crate::handshake::next::{At, Phase, Step};
use crate::handshake::{HandshakeError, agree, answering_channel, channel};

/// The connection of a channel end.
struct Over {
    id: ConnectionId,
    end: ConnectionEnd,
    other: ConnectionId,
}

impl Chains<'_> {
    pub(super) async fn chan_try(&self, src: &EndName) -> Result<(Vec<Message>, String), HandshakeError> {
        let began = channel_end(self.src, src).await?;
        let over = self.connections(self.src, &began).await?;
        let answer = match &began.counterparty.channel {
            Some(known) => {
                let name = (began.counterparty.port.clone(), known.clone());
                let end = channel_end(self.dst, &name).await?;
                Some((name, end))
            }
            None => answering_channel(self.dst, &over.other, &began.counterparty.port, src).await?,
        };
        let ends = Both {
            here: (format!("channel {}", text(src)), began.state.into()),
            there: answer.map(|(name, end)| (format!("channel {}", text(&name)), end.state.into())),
        };
        self.fits(Step::Try, At::There, &ends, Step::of_channel)?;
        let pair = self.pair(&over.end.counterparty.client, &over.end.client);
        Ok((channel::attempt(pair, &over.other, src).await?, began.counterparty.port.to_string()))
    }

    pub(super) async fn chan_close_init(&self, dst: &EndName) -> Result<(Vec<Message>, String), HandshakeError> {
        let end = channel_end(self.dst, dst).await?;
        if Phase::from(end.state) == Phase::Closed {
            let found = format!("channel {} on {} is {}", text(dst), self.dst.id, end.state);
            let fits = "if the other end is open, chan-close-confirm fits there".to_owned();
            return Err(HandshakeError::Misfit { step: "chan-close-init", found, fits });
        }
        Ok((channel::close_init(self.dst, dst), text(dst)))
    }

    /// A step on a channel end that is there.
    pub(super) async fn chan_on(
        &self,
        dst: &EndName,
        src: Option<&EndName>,
        step: Step,
    ) -> Result<(Vec<Message>, String), HandshakeError> {
        let here = channel_end(self.dst, dst).await?;
        let over = self.connections(self.dst, &here).await?;
        let named = here.counterparty.channel.clone().map(|id| (here.counterparty.port.clone(), id));
        let there = match src.cloned().or(named) {
            Some(name) => {
                let end = channel_end(self.src, &name).await?;
                Some((name, end))
            }
            None => answering_channel(self.src, &over.other, &here.counterparty.port, dst).await?,
        };
        let ends = Both {
            here: (format!("channel {}", text(dst)), here.state.into()),
            there: there.as_ref().map(|(name, end)| (format!("channel {}", text(name)), end.state.into())),
        };
        if let Some((name, end)) = &there {
            agree::channels([&over.id, &over.other], (dst, &here), (name, end))
                .map_err(HandshakeError::Disagreement)?;
        }
        let there = self.fits(step, At::Here, &ends, Step::of_channel).and_then(|()| there.ok_or_else(no_end))?.0;
        let pair = self.pair(&over.end.client, &over.end.counterparty.client);
        let messages = match step {
            Step::Ack => channel::ack(pair, dst, &there).await?,
            Step::CloseConfirm => channel::close_confirm(pair, dst, &there).await?,
            Step::Confirm | Step::Try => channel::confirm(pair, dst, &there).await?,
        };
        Ok((messages, text(dst)))
    }

    /// The connection that a channel end of `chain` is over, and its other end.
    async fn connections(&self, chain: &Chain, end: &ChannelEnd) -> Result<Over, HandshakeError> {
        let wrong = |reason: &str| HandshakeError::Disagreement(format!("the channel on {} {reason}", chain.id));
        let [id] = end.connection_hops.as_slice() else { return Err(wrong("is over several connections")) };
        let connection = connection_end(chain, id).await?;
        let Some(other) = connection.counterparty.connection.clone() else {
            return Err(wrong(&format!("is over {id}, which is {}; finish that handshake first", connection.state)));
        };
        Ok(Over { id: id.clone(), end: connection, other })
    }
}
