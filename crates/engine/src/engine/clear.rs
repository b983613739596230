//! What is wanted from outside while the engine runs: channels that opened, what shall be cleared now, what was searched
//! for. Whoever waited in vain is tried again.

use std::collections::BTreeSet;

use types::{Acknowledgement, BlockHeight, ChainId, Sequence};

use super::Engine;
use crate::{ChannelKey, ChannelPath, PacketKey, PathId, Step};

impl Engine {
    pub(super) fn channel_opened(&mut self, path: &PathId, channel: ChannelPath) {
        let _ = (path, channel);
    }

    pub(super) fn clear_requested(&mut self, channels: &[ChannelKey]) {
        let _ = channels;
    }

    pub(super) fn chain_answered(&mut self, chain: &ChainId) {
        let _ = chain;
    }

    pub(super) fn recovered(
        &mut self,
        channel: &ChannelKey,
        sends: &BTreeSet<Sequence>,
        acknowledgements: &BTreeSet<Sequence>,
    ) {
        let _ = (channel, sends, acknowledgements);
    }

    pub(super) fn acknowledgement_found(
        &mut self,
        packet: &PacketKey,
        acknowledgement: &Acknowledgement,
        height: BlockHeight,
        step: &mut Step,
    ) {
        let _ = (packet, acknowledgement, height, step);
    }
}
