//! Connections and channels that users began.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::probe::{self, Timeout};
use lightship_tests::user;
use types::connection::Version;
use types::message::{MsgChannelOpenInit, MsgConnectionOpenInit};
use types::{MerklePrefix, Order};

/// Each step waits for a block of the other chain and one of its own.
const WITHIN: Duration = Duration::from_secs(120);
/// ibc-go `STATE_OPEN`, of connections and of channels.
const OPEN: i32 = 3;
/// Of the connection that a user begins; the path names one without a delay.
const DELAY: Duration = Duration::from_secs(4);
const LONG: Timeout = Timeout::Seconds(3_600);

/// While `start` runs on a path with `handshakes`, a user begins a channel, then a connection and a channel over it, at
/// either end: all are completed and carry packets. What was begun while nothing ran is completed after the start. A path
/// without a list of channels relays them all.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("foreign_handshake")?;
    let toml = format!("{}handshakes = true\n", channels.toml);
    let mut relayer = bed.relayer("foreign_handshake", Role::Relayer, &toml, |_| ())?;
    let ours = Ours::of(bed, &channels)?;

    relayer.start()?;
    let begun = begin_channel(&*bed.a, &ours.a_connection, Order::Unordered)?;
    let opened = await_channel(bed, &begun)?;
    carry(bed, &opened)?;

    let connection = begin_connection(&*bed.b, &ours.b_client, &ours.a_client)?;
    let other = wait_for("end of a connection that a user began", WITHIN, || open_connection(bed, &connection))?;
    let begun = begin_channel(&*bed.a, &other, Order::Ordered)?;
    carry(bed, &await_channel(bed, &begun)?)?;
    relayer.stop()?;

    let begun = begin_channel(&*bed.b, &ours.b_connection, Order::Unordered)?;
    probe::send(&*bed.a, &*bed.b, &opened.0, "text:hello", 2, LONG)?;
    relayer.start()?;
    await_end(bed, &opened)?;
    let swapped = wait_for("end of a channel that was begun while nothing ran", WITHIN, || {
        open_channel(&*bed.b, &*bed.a, &begun)
    })?;
    carry(bed, &(swapped.1, swapped.0))?;
    relayer.stop()?;

    // A path that names no channels relays all that stand.
    let mut relayer = bed.relayer("foreign_handshake-all", Role::Relayer, &nameless(&channels.toml)?, |_| ())?;
    relayer.start()?;
    carry(bed, &opened)?;
    relayer.stop()
}

/// The path's block without its channels.
fn nameless(toml: &str) -> Result<String> {
    let (before, rest) = toml.split_once("channels = [").context("a path without channels")?;
    let (_, after) = rest.split_once("\n]").context("channels without an end")?;
    Ok(format!("{before}{after}"))
}

/// What the path rests on.
struct Ours {
    a_client: String,
    b_client: String,
    a_connection: String,
    b_connection: String,
}

impl Ours {
    fn of(bed: &Bed, channels: &Channels) -> Result<Self> {
        let at_a = bed.a.handshakes()?;
        let end = at_a.channels.iter().find(|end| end.channel_id == channels.a).context("the path's channel")?;
        let hop = end.connection_hops.first().context("a channel over no connection")?;
        let connection = at_a.connections.iter().find(|end| end.id == *hop).context("the path's connection")?;
        let other = connection.counterparty.clone().context("a connection without another end")?;
        Ok(Self {
            a_client: connection.client_id.clone(),
            b_client: other.client_id,
            a_connection: hop.clone(),
            b_connection: other.connection_id,
        })
    }
}

/// A user's first step; returns the channel.
fn begin_channel(chain: &dyn ChainUnderTest, connection: &str, ordering: Order) -> Result<String> {
    let known: Vec<_> = chain.handshakes()?.channels.into_iter().map(|end| end.channel_id).collect();
    let init = MsgChannelOpenInit {
        port: probe::PORT.parse()?,
        ordering,
        connection: connection.parse()?,
        counterparty_port: probe::PORT.parse()?,
        version: "any".to_owned(),
        signer: chain.account(Role::User).address.as_str().into(),
    };
    user::submit(chain, Role::User, vec![init.into()], "")?;
    let new = chain.handshakes()?.channels.into_iter().find(|end| !known.contains(&end.channel_id));
    Ok(new.context("no channel was begun")?.channel_id)
}

/// A user's first step; returns the connection.
fn begin_connection(chain: &dyn ChainUnderTest, client: &str, counterparty_client: &str) -> Result<String> {
    let known: Vec<_> = chain.handshakes()?.connections.into_iter().map(|end| end.id).collect();
    let init = MsgConnectionOpenInit {
        client: client.parse()?,
        counterparty_client: counterparty_client.parse()?,
        counterparty_prefix: MerklePrefix::default(),
        version: Some(Version::default()),
        delay_period: DELAY,
        signer: chain.account(Role::User).address.as_str().into(),
    };
    user::submit(chain, Role::User, vec![init.into()], "")?;
    let new = chain.handshakes()?.connections.into_iter().find(|end| !known.contains(&end.id));
    Ok(new.context("no connection was begun")?.id)
}

/// The connection at A, once both ends of the one begun at B are open.
fn open_connection(bed: &Bed, at_b: &str) -> Result<Option<String>> {
    let end = bed.b.handshakes()?.connections.into_iter().find(|end| end.id == at_b && end.state == OPEN);
    let Some(other) = end.and_then(|end| end.counterparty) else { return Ok(None) };
    let is_open = |end: &&_| is_open_as(end, &other.connection_id);
    Ok(bed.a.handshakes()?.connections.iter().find(is_open).map(|end| end.id.clone()))
}

fn is_open_as(end: &proto::ibc::core::connection::v1::IdentifiedConnection, id: &str) -> bool {
    end.id == id && end.state == OPEN
}

/// Both ends, once they are open.
fn open_channel(
    here: &dyn ChainUnderTest,
    there: &dyn ChainUnderTest,
    channel: &str,
) -> Result<Option<(String, String)>> {
    let end = here.handshakes()?.channels.into_iter().find(|end| end.channel_id == channel && end.state == OPEN);
    let Some(other) = end.and_then(|end| end.counterparty) else { return Ok(None) };
    let is_open =
        there.handshakes()?.channels.iter().any(|end| end.channel_id == other.channel_id && end.state == OPEN);
    Ok(is_open.then(|| (channel.to_owned(), other.channel_id)))
}

fn await_channel(bed: &Bed, at_a: &str) -> Result<(String, String)> {
    wait_for("end of a channel that a user began", WITHIN, || open_channel(&*bed.a, &*bed.b, at_a))
}

/// Packets both ways through a channel: all come to their end.
fn carry(bed: &Bed, ends: &(String, String)) -> Result<()> {
    probe::send(&*bed.a, &*bed.b, &ends.0, "text:hello", 3, LONG)?;
    probe::send(&*bed.b, &*bed.a, &ends.1, "text:hello", 2, LONG)?;
    await_end(bed, ends)
}

fn await_end(bed: &Bed, (a, b): &(String, String)) -> Result<()> {
    wait_for("end of all packets", WITHIN, || {
        let left = (bed.a.pending(probe::PORT, a)?, bed.b.pending(probe::PORT, b)?);
        ensure!(left.0.is_empty() && left.1.is_empty(), "packets of {a} and {b} are under way: {left:?}");
        Ok(Some(()))
    })
}
