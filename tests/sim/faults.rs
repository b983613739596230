//! What goes wrong in a seed, and the lies that a node tells.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use types::event::{IbcEvent, ObservedBlock};
use types::{Acknowledgement, Sequence};

/// How likely each fault is, in thousandths; all are zero once the faults have stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// Each step: the process dies within it.
    pub(crate) crash: u32,
    /// Each waiting packet and block: a rival delivers it.
    pub(crate) rival: u32,
    /// Each block: somebody signs with our account.
    pub(crate) stranger: u32,
    /// Each broadcast: no answer, whether it arrived or not.
    pub(crate) lost_answer: u32,
    /// Each transaction in the mempool and block: it vanishes.
    pub(crate) lost_tx: u32,
    /// Each block: the engine's node throws out the requests in its mempool, and refuses them for a while.
    pub(crate) evicted: u32,
    /// Each broadcast: the mempool is full.
    pub(crate) full: u32,
    /// Each preparation, sweep, rescan, account read, signature: it fails.
    pub(crate) failed: u32,
    /// Each block: it is not read.
    pub(crate) missed_block: u32,
    /// Each block: it is told twice.
    pub(crate) repeated: u32,
    /// Each event of a block: it is left out.
    pub(crate) left_out: u32,
    /// Each block: an event is made up.
    pub(crate) invented: u32,
    /// Each signature: the gas limit is too low.
    pub(crate) out_of_gas: u32,
    /// Each simulation: it overlooks that a message fails.
    pub(crate) blind: u32,
    /// Each block: the wallet is empty for a while.
    pub(crate) broke: u32,
    /// Each block: it takes none or one transaction.
    pub(crate) crowded: u32,
    /// Blocks that nodes keep; 0 for all.
    pub(crate) kept_blocks: u64,
    /// Do refusals name message index and expected sequence?
    pub(crate) hints: bool,
    /// Most milliseconds that an answer takes.
    pub(crate) latency_max: u64,
}

impl Faults {
    /// A seed's faults: each kind is there or not, so that some seeds have few and some have all.
    pub(crate) fn draw(chance: &mut ChaCha8Rng) -> Self {
        let lies = u32::from(chance.gen_bool(0.5));
        let mut draw = |most: u32| if chance.gen_bool(0.5) { chance.gen_range(1..=most) } else { 0 };
        Self {
            crash: draw(50),
            rival: draw(150),
            stranger: draw(100),
            lost_answer: draw(200),
            lost_tx: draw(100),
            evicted: draw(500),
            full: draw(200),
            failed: draw(200),
            missed_block: draw(200),
            repeated: draw(200),
            left_out: draw(130) * lies,
            invented: draw(250) * lies,
            out_of_gas: draw(200),
            blind: draw(500),
            broke: draw(30),
            crowded: draw(900),
            kept_blocks: u64::from(draw(1)) * 25,
            hints: chance.gen_bool(0.5),
            latency_max: chance.gen_range(50..=2_000),
        }
    }

    /// The same world without any fault.
    pub(crate) fn none(&self) -> Self {
        Self { hints: true, latency_max: 300, ..Self::default() }
    }

    pub(crate) fn has_lies(&self) -> bool {
        self.left_out + self.invented > 0
    }
}

/// Does it happen?
pub(crate) fn strikes(chance: &mut ChaCha8Rng, thousandths: u32) -> bool {
    // Drawn even where it can't strike, so that the end of the faults does not shift what is drawn after it.
    chance.gen_range(0..1_000) < thousandths
}

/// What a lying node makes of a block.
pub(crate) fn lie(block: &mut ObservedBlock, faults: &Faults, chance: &mut ChaCha8Rng, material: &[IbcEvent]) {
    let mut keep = |_: &IbcEvent| !strikes(chance, faults.left_out);
    block.block_events.retain(&mut keep);
    for tx in &mut block.transactions {
        tx.events.retain(&mut keep);
    }
    if strikes(chance, faults.invented) && !material.is_empty() {
        let truth = &material[chance.gen_range(0..material.len())];
        block.block_events.extend(invent(truth, chance));
    }
}

/// An event that never happened, made from one that did.
fn invent(truth: &IbcEvent, chance: &mut ChaCha8Rng) -> Option<IbcEvent> {
    let packet = match truth {
        IbcEvent::SendPacket { packet } | IbcEvent::WriteAcknowledgement { packet, .. } => packet.clone(),
        _ => return None,
    };
    let acknowledgement = Acknowledgement(b"invented".as_slice().into());
    Some(match chance.gen_range(0..8) {
        0 => IbcEvent::SendPacket { packet: types::Packet { sequence: Sequence(packet.sequence.0 + 1_000), ..packet } },
        1 => IbcEvent::SendPacket { packet: types::Packet { data: b"invented".as_slice().into(), ..packet } },
        2 => IbcEvent::RecvPacket { packet: packet.id() },
        3 => IbcEvent::WriteAcknowledgement { packet, acknowledgement },
        4 => IbcEvent::AcknowledgePacket { packet: packet.id() },
        5 => IbcEvent::TimeoutPacket { packet: packet.id() },
        6 => IbcEvent::ChannelClosed { port: packet.source_port, channel: packet.source_channel },
        _ => IbcEvent::ChannelClosed { port: packet.destination_port, channel: packet.destination_channel },
    })
}
