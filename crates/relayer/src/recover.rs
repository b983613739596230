//! `Action::Recover`: packets and acknowledgements whose events we never saw. On chain both are only hashes; their bytes
//! are looked for where it costs least: in the store; among the known constants; in the very block that wrote the key,
//! where the node keeps old states; in all blocks backwards; in an index of transactions, where there is one. None of
//! this needs an index.
//!
//! Whatever is found counts only if it hashes to what the chain's state holds now, so that a node's invention is passed
//! over and the search goes on. That hash is a claim too; the proof is made when the leg is built.
//!
//! What stands nowhere is told to the engine once, and tried again at growing distances by [`retry`]: a node may have
//! left it out. What stands in blocks that can't be read now is told neither as found nor as unfound, and tried again in
//! those blocks alone: [`Searches`] remembers which were left.

mod bounds;
mod constant;
mod height;
mod heights;
mod index;
mod nodes;
mod retry;
mod scan;
mod searches;
mod sought;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chain::ChainError;
use engine::{ChannelKey, Event, FoundAcknowledgement, FoundPacket, PacketKey};
use store::Store;
use tokio::sync::mpsc;
use tracing::{debug, info, warn};
use types::{Acknowledgement, BlockHeight, ChannelId, Packet, PortId, Sequence};

use crate::chain::Chain;
use crate::driver::Shell;
use crate::sweep::{Ends, ends};
use heights::Heights;
use scan::Scan;
use searches::Search;
use sought::{Sought, Wanted};

pub(crate) use bounds::Bounds;
pub(crate) use nodes::{Node, nodes};
pub(crate) use retry::keep_trying;
pub(crate) use searches::Searches;
pub(crate) use sought::{Bytes, Found, Kind};

/// Found bytes that wait to be taken, at most; more of them make the search wait.
const FOUND_MAX: usize = 64;

/// Where a search takes place.
pub(crate) struct Place<'a> {
    /// The chain that emitted the event: the source of a send, the destination of an acknowledgement.
    pub(crate) chain: &'a Chain,
    /// What was written down already.
    pub(crate) store: &'a Store,
    /// Blocks below this one are not searched, if set.
    pub(crate) from: Option<BlockHeight>,
    sought: Sought,
    scan: Arc<Scan>,
}

impl<'a> Place<'a> {
    /// Where the events of one kind of a channel's packets stand.
    pub(crate) fn new(
        kind: Kind,
        channel: &ChannelKey,
        destination: (PortId, ChannelId),
        chain: &'a Chain,
        store: &'a Store,
        from: Option<BlockHeight>,
    ) -> Self {
        let sought = Sought { kind, channel: channel.clone(), destination };
        Self { chain, store, from, sought, scan: Arc::default() }
    }

    /// The same within a running relayer, where searches of one chain read its blocks together.
    fn shared(kind: Kind, channel: &ChannelKey, ends: &Ends<'a>, shell: &'a Shell) -> Self {
        let chain = match kind {
            Kind::Send => ends.source,
            Kind::Acknowledgement => ends.destination,
        };
        let destination = (ends.destination_port.clone(), ends.destination_channel.clone());
        let from = shell.options.search_from.get(&chain.id).copied().max(shell.bounds.lowest(channel, &chain.id));
        let place = Self::new(kind, channel, destination, chain, &shell.store, from);
        Self { scan: shell.searches.scan(&chain.id), ..place }
    }
}

/// How a search ended.
struct Searched {
    /// What stands nowhere that was searched.
    unfound: BTreeSet<Sequence>,
    /// The blocks that could not be searched.
    unread: Heights,
}

/// `Action::Recover`: what is found is told, and what is not is the answer, [`Event::Recovered`].
pub(crate) async fn recover(
    shell: &Shell,
    channel: ChannelKey,
    sends: &[Sequence],
    acknowledgements: &[Sequence],
) -> Event {
    let (sends, acknowledgements) = futures::join!(
        recover_kind(shell, &channel, Kind::Send, sends),
        recover_kind(shell, &channel, Kind::Acknowledgement, acknowledgements),
    );
    Event::Recovered { channel, sends, acknowledgements }
}

/// Searches for what nobody searches for yet; says what stands nowhere, now or when it was searched for before.
async fn recover_kind(shell: &Shell, channel: &ChannelKey, kind: Kind, asked: &[Sequence]) -> BTreeSet<Sequence> {
    let begun = shell.searches.begin(channel, kind, asked);
    let mut unfound = begun.in_vain;
    unfound.extend(search_and_tell(shell, begun.new).await);
    unfound
}

/// One search from its beginning to its end; what is found is told to the engine, what stands nowhere is returned.
async fn search_and_tell(shell: &Shell, under_way: Search<'_>) -> BTreeSet<Sequence> {
    let (channel, kind) = (&under_way.channel, under_way.kind);
    let Some(ends) = ends(shell, channel).filter(|_| !under_way.sequences.is_empty()) else { return BTreeSet::new() };
    let place = Place::shared(kind, channel, &ends, shell);
    let began = shell.clock.now();
    let (sender, found) = mpsc::channel(FOUND_MAX);
    let (searched, ()) =
        futures::join!(search(&place, &under_way.sequences, &under_way.heights, sender), tell(shell, channel, found));
    let (chain, now) = (&place.chain.id, shell.clock.now());
    match searched {
        Ok(Searched { unfound, unread }) if unread.is_empty() => {
            if let Some(first) = unfound.first() {
                warn!(%chain, channel = %channel.channel, %kind, packets = unfound.len(), %first, "packets stand in no block that the nodes keep and tell; they are searched for again later");
            }
            under_way.rest_in_vain(&unfound, (began, now));
            unfound
        }
        Ok(Searched { unfound, unread }) => {
            if let Some(first) = unfound.first() {
                warn!(%chain, channel = %channel.channel, %kind, packets = unfound.len(), %first, blocks = %unread, "old blocks that can't be read now hold these packets up; they alone are asked for again");
            }
            under_way.rest_held_up(&unfound, unread, now);
            BTreeSet::new()
        }
        Err(error) => {
            warn!(%chain, channel = %channel.channel, %error, "packets can't be searched for now");
            BTreeSet::new()
        }
    }
}

/// Brings what is found to the engine: what is found at the same time at the same time, so that it is relayed together.
async fn tell(shell: &Shell, channel: &ChannelKey, mut found: mpsc::Receiver<Found>) {
    let mut together = Vec::new();
    while found.recv_many(&mut together, FOUND_MAX).await > 0 {
        let (mut packets, mut acknowledgements) = (Vec::new(), Vec::new());
        for Found { sequence, bytes, height } in together.drain(..) {
            match bytes {
                Bytes::Packet(packet) => packets.push(FoundPacket { packet, height }),
                Bytes::Acknowledgement(acknowledgement) => {
                    let packet = PacketKey { source: channel.clone(), sequence };
                    acknowledgements.push(FoundAcknowledgement { packet, acknowledgement, height });
                }
            }
        }
        if !packets.is_empty() {
            shell.tell(Event::PacketsFound { chain: channel.chain.clone(), packets }).await;
        }
        if !acknowledgements.is_empty() {
            shell.tell(Event::AcknowledgementsFound { acknowledgements }).await;
        }
    }
}

/// The bytes of those packets whose bytes stand anywhere, whichever source tells them first; what is over is not among
/// them.
///
/// # Errors
/// When no node answers.
pub(crate) async fn find_all(
    place: &Place<'_>,
    sequences: &BTreeSet<Sequence>,
) -> Result<BTreeMap<Sequence, Found>, ChainError> {
    let (sender, mut receiver) = mpsc::channel::<Found>(FOUND_MAX);
    let collect = async {
        let mut all = BTreeMap::new();
        while let Some(found) = receiver.recv().await {
            all.insert(found.sequence, found);
        }
        all
    };
    let everywhere = Heights::all();
    let (searched, found) = futures::join!(search(place, sequences, &everywhere, sender), collect);
    searched.map(|_| found)
}

/// Asks one source after the other, the cheap ones first; of blocks those at `heights`. What the state holds nothing for
/// is over: it is not looked for, and not unfound either.
async fn search(
    place: &Place<'_>,
    sequences: &BTreeSet<Sequence>,
    heights: &Heights,
    found: mpsc::Sender<Found>,
) -> Result<Searched, ChainError> {
    let (mut wanted, state_height) = state::hashes(place, sequences).await?;
    stored(place, &mut wanted, state_height, &found).await;
    constant::known(place, &mut wanted, state_height, &found).await;
    let unread = search_nodes(place, heights, &mut wanted, &found).await;
    Ok(Searched { unfound: wanted.sequences(), unread })
}

/// Gives the blocks that could not be searched.
async fn search_nodes(
    place: &Place<'_>,
    heights: &Heights,
    wanted: &mut Wanted,
    found: &mpsc::Sender<Found>,
) -> Heights {
    if wanted.is_empty() {
        return Heights::default();
    }
    let nodes = nodes(place.chain).await;
    if nodes.is_empty() {
        return heights.clone();
    }
    let (mut heights, mut unread) = (heights.clone(), Heights::default());
    if heights == Heights::all()
        && let Some((low, high)) = height::narrow(place, &nodes, wanted, found).await
    {
        debug!(chain = %place.chain.id, from = %low, to = %high, packets = wanted.len(), "old states tell where to search");
        let likely = Heights::range(low.0, high.0);
        unread = place.scan.read(place, &nodes, &likely, wanted, found).await;
        heights = heights.without(&likely);
    }
    unread.add(&place.scan.read(place, &nodes, &heights, wanted, found).await);
    index::search(place, &nodes, wanted, found).await;
    unread
}

/// What was written down already. A packet's block is not: 0 stands for "in some block up to now".
async fn stored(place: &Place<'_>, wanted: &mut Wanted, state_height: BlockHeight, found: &mpsc::Sender<Found>) {
    for sequence in wanted.sequences() {
        let key = PacketKey { source: place.sought.channel.clone(), sequence };
        let (bytes, height) = match place.sought.kind {
            Kind::Send => (place.store.packet(&key).map(|packet| packet.map(Bytes::Packet)), BlockHeight(0)),
            Kind::Acknowledgement => {
                (place.store.acknowledgement(&key).map(|bytes| bytes.map(Bytes::Acknowledgement)), state_height)
            }
        };
        match bytes {
            Ok(Some(bytes)) => pass(wanted, Found { sequence, bytes, height }, found).await,
            Ok(None) => {}
            Err(error) => info!(%sequence, %error, "stored bytes can't be read; they are searched for"),
        }
    }
}

/// Hands out what hashes to what is wanted; anything else is passed over.
async fn pass(wanted: &mut Wanted, claimed: Found, found: &mpsc::Sender<Found>) {
    if wanted.take(claimed.sequence, &claimed.bytes) && found.send(claimed).await.is_err() {
        debug!("bytes were found that nobody waits for any more");
    }
}

impl Found {
    /// The packet, if it is one.
    pub(crate) fn packet(self) -> Option<Packet> {
        match self.bytes {
            Bytes::Packet(packet) => Some(packet),
            Bytes::Acknowledgement(_) => None,
        }
    }

    /// The acknowledgement, if it is one.
    pub(crate) fn acknowledgement(self) -> Option<Acknowledgement> {
        match self.bytes {
            Bytes::Packet(_) => None,
            Bytes::Acknowledgement(acknowledgement) => Some(acknowledgement),
        }
    }
}
