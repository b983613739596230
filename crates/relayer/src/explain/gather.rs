//! The facts about one packet, asked of both chains and the relayer: all at once where one answer does not need
//! another. What can't be learned is a fact too, with its reason.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use chain::Endpoint;
use engine::{PacketKey, Path, Refused};
use futures::future::OptionFuture;
use types::packet::timed_out;
use types::{ChainId, ChannelId, Height, MerklePrefix, Packet, PortId, Timestamp};

use super::end;
use super::life::{self, AtDestination, AtSource};
use super::look::Look;
use super::relayer;
use super::report::{EndFacts, Fact, Facts, RelayerFacts, TimeoutFacts};

/// Blocks that the block time is measured over, where it is not configured.
const BLOCKS_MEASURED: u64 = 20;

/// How a chain is asked.
#[derive(Debug)]
pub struct ChainAccess {
    /// The chain.
    pub id: ChainId,
    /// Its nodes.
    pub endpoints: Vec<Endpoint>,
    /// The address of the wallet that pays there, or why it is not known.
    pub wallet: Result<String, String>,
    /// What fees are paid in.
    pub fee_denom: String,
    /// Are fees asked for at all?
    pub is_fee_needed: bool,
    /// Where IBC's store stands.
    pub store_prefix: MerklePrefix,
    /// Blocks before its timeout from which on a packet is not delivered there any more.
    pub timeout_margin_blocks: u64,
    /// Usual time between two blocks, if configured.
    pub block_time: Option<Duration>,
}

/// What is asked.
#[derive(Debug)]
pub struct Question {
    /// The packet.
    pub packet: PacketKey,
    /// The chain that it is sent from.
    pub source: ChainAccess,
    /// The other chains that are configured.
    pub others: BTreeMap<ChainId, ChainAccess>,
    /// The paths that are configured.
    pub paths: Vec<Path>,
    /// Directory of the relayer's store.
    pub store: PathBuf,
}

/// Where the packet goes.
struct Destination {
    chain: ChainId,
    port: PortId,
    channel: ChannelId,
}

/// Learns what can be learned. Nothing is changed, and nothing fails.
pub async fn gather(question: &Question) -> Facts {
    let PacketKey { source: key, sequence } = &question.packet;
    let (look, told) = futures::join!(Look::at(&question.source), relayer::ask(&question.store, &question.packet));
    let source = end::ask(&look, &key.port, &key.channel).await;
    let path = path_of(&question.paths, &question.packet, &source);
    let destination = destination(path, &question.packet, &source);
    let far = destination.and_then(|end| match question.others.get(&end.chain) {
        Some(access) => Ok((access, end)),
        None => Err(format!("chain {} is not configured", end.chain)),
    });
    let far_look = OptionFuture::from(far.as_ref().ok().map(|(access, _)| Look::at(access))).await;
    let far_end = match (&far_look, &far) {
        (Some(look), Ok((_, end))) => Fact::Known(end::ask(look, &end.port, &end.channel).await),
        (None, Ok(_)) => Fact::Unknown("it was not asked".to_owned()),
        (_, Err(why)) => Fact::Unknown(why.clone()),
    };
    let ends = [Some(&source), far_end.known()].into_iter().flatten();
    let order = ends.filter_map(|end| end.end.known()?.as_ref()).map(|end| end.ordering).next();
    let far_node = match (&far_look, &far_end) {
        (Some(look), _) => look.node.clone(),
        (None, Fact::Unknown(why)) => Err(why.clone()),
        (None, Fact::Known(end)) => Err(format!("{} was not asked", end.chain)),
    };
    let (at_source, at_destination) = futures::join!(
        life::at_source(look.node.as_ref(), &question.packet),
        life::at_destination(far_node.as_ref(), far_end.known(), *sequence, order, told.acknowledgement.as_ref()),
    );
    assemble(question, Learned { told, source, far_end, far_look, path, at_source, at_destination }).await
}

/// What was learned, by where.
struct Learned<'a> {
    told: relayer::Told,
    source: EndFacts,
    far_end: Fact<EndFacts>,
    far_look: Option<Look<'a>>,
    path: Option<&'a Path>,
    at_source: AtSource,
    at_destination: AtDestination,
}

async fn assemble(question: &Question, learned: Learned<'_>) -> Facts {
    let Learned { told, source, far_end, far_look, path, at_source, at_destination } = learned;
    let record = match &told.facts {
        RelayerFacts::Runs(facts) => facts.record.clone(),
        RelayerFacts::None { record } => record.clone(),
        RelayerFacts::Silent(_) | RelayerFacts::Unreadable(_) => None,
    };
    let packet: Option<Packet> = told.packet.or(at_source.packet);
    let timeouts = packet.as_ref().map(|packet| (packet.timeout_height, packet.timeout_timestamp));
    let timeouts = timeouts.or_else(|| record.as_ref().map(|it| (it.timeout_height, it.timeout_timestamp)));
    let size = packet.as_ref().map(|packet| packet.data.len()).or_else(|| record.as_ref().map(|it| it.data_size));
    let unsearched = || "its bytes were not found: the node keeps no old states, and no relayer has them".to_owned();
    let timeout = match timeouts {
        Some((height, timestamp)) => Fact::Known(timeout(far_look.as_ref(), height, timestamp).await),
        None => Fact::Unknown(unsearched()),
    };
    let refused = path.and_then(|path| refused(path, &question.packet, far_end.known(), packet.as_ref()));
    Facts {
        packet: question.packet.clone(),
        path: path.map(|path| path.id.clone()),
        source,
        sent: at_source.sent,
        sent_at: match (at_source.sent_at, &record) {
            (Fact::Unknown(_), Some(record)) if record.sent_at.0 > 0 => Fact::Known(life::block(record.sent_at)),
            (found, _) => found,
        },
        committed: at_source.committed,
        data_size: size.map_or_else(|| Fact::Unknown(unsearched()), Fact::Known),
        timeout,
        received: at_destination.received,
        received_at: at_destination.received_at,
        next_acknowledged: at_destination.next_received.is_some().then_some(at_source.next_acknowledged),
        next_received: at_destination.next_received,
        acknowledgement: at_destination.acknowledgement,
        refused,
        relayer: told.facts,
        destination: far_end,
    }
}

/// The configured path of the channel: one that names it, else one without a list on the channel's client.
fn path_of<'a>(paths: &'a [Path], packet: &PacketKey, source: &EndFacts) -> Option<&'a Path> {
    let names = |path: &&Path| {
        let here = (packet.source.port.clone(), packet.source.channel.clone());
        let ends = |chain: &ChainId, end: &(PortId, ChannelId)| *chain == packet.source.chain && *end == here;
        path.channels.iter().any(|channel| ends(&path.a.chain, &channel.a) || ends(&path.b.chain, &channel.b))
    };
    let client = source.client.known().map(|client| &client.client);
    let holds = |path: &&Path| {
        let mut ends = [&path.a, &path.b].into_iter();
        path.channels.is_empty() && ends.any(|end| end.chain == packet.source.chain && Some(&end.client) == client)
    };
    paths.iter().find(names).or_else(|| paths.iter().find(holds))
}

/// Where the packet goes: as the path says, else as the channel's end and its client say.
fn destination(path: Option<&Path>, packet: &PacketKey, source: &EndFacts) -> Result<Destination, String> {
    let here = (packet.source.port.clone(), packet.source.channel.clone());
    let named = path.and_then(|path| {
        let far = |channel: &engine::ChannelPath| {
            if path.a.chain == packet.source.chain && channel.a == here {
                Some((path.b.chain.clone(), channel.b.clone()))
            } else if path.b.chain == packet.source.chain && channel.b == here {
                Some((path.a.chain.clone(), channel.a.clone()))
            } else {
                None
            }
        };
        path.channels.iter().find_map(far)
    });
    if let Some((chain, (port, channel))) = named {
        return Ok(Destination { chain, port, channel });
    }
    match (&source.end, &source.client) {
        (Fact::Known(None), _) => Err("there is no such channel".to_owned()),
        (Fact::Unknown(why), _) | (_, Fact::Unknown(why)) => Err(why.clone()),
        (Fact::Known(Some(end)), Fact::Known(client)) => match &end.counterparty_channel {
            Some(channel) => Ok(Destination {
                chain: client.tracks.clone(),
                port: end.counterparty_port.clone(),
                channel: channel.clone(),
            }),
            None => Err("the channel has no other end yet".to_owned()),
        },
    }
}

/// What the path's policy says, as far as it can be asked.
fn refused(path: &Path, key: &PacketKey, far: Option<&EndFacts>, packet: Option<&Packet>) -> Option<Refused> {
    let near = (&key.source.chain, &key.source.port, &key.source.channel);
    let by_channel = far.and_then(|far| path.policy.channel([near, (&far.chain, &far.port, &far.channel)]).err());
    by_channel.or_else(|| path.policy.packet(&key.source, packet?).err())
}

/// ICS-04: a timeout is judged by the destination's newest block.
async fn timeout(far: Option<&Look<'_>>, height: Height, timestamp: Timestamp) -> TimeoutFacts {
    let unknown =
        |why: &str| TimeoutFacts { height, timestamp, is_past: Fact::Unknown(why.to_owned()), is_near: false };
    let Some(look) = far else { return unknown("the destination is not configured") };
    let node = match &look.node {
        Ok(node) => node,
        Err(why) => return unknown(why),
    };
    let head = (node.status.height, node.status.time);
    let block_time = match look.access.block_time {
        Some(configured) => configured,
        None => {
            let blocks = BLOCKS_MEASURED.min(head.0.0.saturating_sub(node.status.earliest_height.0)).max(1);
            let earlier = node.endpoint.header_time(head.0.back(blocks)).await;
            earlier.map_or(Duration::ZERO, |earlier| Duration::from_nanos(head.1.0.saturating_sub(earlier.0) / blocks))
        }
    };
    let is_out_after = |blocks: u64| {
        let revision_number = look.access.id.revision_number();
        let at = Height { revision_number, revision_height: head.0.forward(blocks).0 };
        let later = u64::try_from(block_time.as_nanos()).unwrap_or(u64::MAX).saturating_mul(blocks);
        timed_out(height, timestamp, at, Timestamp(head.1.0.saturating_add(later)))
    };
    let is_past = is_out_after(0);
    // A message lands in the next block at the earliest.
    let is_near = !is_past && is_out_after(look.access.timeout_margin_blocks.max(1));
    TimeoutFacts { height, timestamp, is_past: Fact::Known(is_past), is_near }
}
