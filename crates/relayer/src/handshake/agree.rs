//! Do two ends name each other? Asked both ways before a step is paid for: a proof would not bear out the others.

use types::connection::{ConnectionEnd, ConnectionState};
use types::{ChannelEnd, ChannelState, ClientId, ConnectionId};

use super::channel::EndName;

/// Both connection ends, each over its client, name each other; an end in state INIT names no connection yet.
///
/// # Errors
/// What is named instead.
pub(crate) fn connections(
    clients: [&ClientId; 2],
    here: (&ConnectionId, &ConnectionEnd),
    there: (&ConnectionId, &ConnectionEnd),
) -> Result<(), String> {
    let [client, other_client] = clients;
    connection(client, other_client, here, there.0)?;
    connection(other_client, client, there, here.0)
}

fn connection(
    client: &ClientId,
    other_client: &ClientId,
    (id, end): (&ConnectionId, &ConnectionEnd),
    other: &ConnectionId,
) -> Result<(), String> {
    let found = (&end.client, &end.counterparty.client);
    if found != (client, other_client) {
        return Err(format!("{id} is between {} and {}, not {client} and {other_client}", found.0, found.1));
    }
    match &end.counterparty.connection {
        None if end.state == ConnectionState::Init => Ok(()),
        Some(named) if named == other => Ok(()),
        named => Err(format!("{id} is joined to {}, not to {other}", text(named.as_ref()))),
    }
}

/// Both channel ends, each over its connection, name each other and deliver alike; an end in state INIT names no
/// channel yet.
///
/// # Errors
/// What is named instead.
pub(crate) fn channels(
    connections: [&ConnectionId; 2],
    here: (&EndName, &ChannelEnd),
    there: (&EndName, &ChannelEnd),
) -> Result<(), String> {
    channel(connections[0], here, there.0)?;
    channel(connections[1], there, here.0)?;
    if here.1.ordering == there.1.ordering {
        return Ok(());
    }
    let (ours, theirs) = (name(here.0), name(there.0));
    Err(format!("{ours} is {}, and {theirs} is {}", here.1.ordering, there.1.ordering))
}

fn channel(connection: &ConnectionId, (id, end): (&EndName, &ChannelEnd), other: &EndName) -> Result<(), String> {
    if end.connection_hops != [connection.clone()] {
        let hops: Vec<_> = end.connection_hops.iter().map(ToString::to_string).collect();
        return Err(format!("{} is over {}, not over {connection}", name(id), hops.join(", ")));
    }
    let is_theirs = match &end.counterparty.channel {
        None => end.state == ChannelState::Init,
        Some(named) => *named == other.1,
    };
    if is_theirs && end.counterparty.port == other.0 {
        return Ok(());
    }
    let named = text(end.counterparty.channel.as_ref());
    Err(format!("{} is joined to {}/{named}, not to {}", name(id), end.counterparty.port, name(other)))
}

fn name((port, channel): &EndName) -> String {
    format!("{port}/{channel}")
}

fn text(id: Option<&impl ToString>) -> String {
    id.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use types::{MerklePrefix, Order, channel as ics4, connection as ics3};

    use super::*;

    fn id<T: core::str::FromStr<Err = types::IdentifierError>>(text: &str) -> T {
        text.parse().unwrap()
    }

    fn connection_end(state: ConnectionState, other: Option<&str>) -> ConnectionEnd {
        ConnectionEnd {
            client: id("07-tendermint-0"),
            versions: Vec::new(),
            state,
            counterparty: ics3::Counterparty {
                client: id("07-tendermint-1"),
                connection: other.map(id),
                prefix: MerklePrefix::default(),
            },
            delay_period: Duration::ZERO,
        }
    }

    fn mirrored(state: ConnectionState, other: Option<&str>) -> ConnectionEnd {
        let end = connection_end(state, other);
        let counterparty = ics3::Counterparty { client: end.client, ..end.counterparty };
        ConnectionEnd { client: id("07-tendermint-1"), counterparty, ..end }
    }

    fn check(here: &ConnectionEnd, there: &ConnectionEnd) -> Result<(), String> {
        let clients = [&id("07-tendermint-0"), &id("07-tendermint-1")];
        connections(clients, (&id("connection-0"), here), (&id("connection-5"), there))
    }

    #[test]
    fn connection_ends_must_name_each_other() {
        let answered = mirrored(ConnectionState::TryOpen, Some("connection-0"));
        assert_eq!(check(&connection_end(ConnectionState::Init, None), &answered), Ok(()));
        assert_eq!(check(&connection_end(ConnectionState::Open, Some("connection-5")), &answered), Ok(()));
        let elsewhere = check(&connection_end(ConnectionState::Open, Some("connection-6")), &answered);
        assert_eq!(elsewhere.unwrap_err(), "connection-0 is joined to connection-6, not to connection-5");
        let nameless = check(&connection_end(ConnectionState::Open, None), &answered);
        assert_eq!(nameless.unwrap_err(), "connection-0 is joined to nothing, not to connection-5");
        let same_client = connection_end(ConnectionState::TryOpen, Some("connection-0"));
        let refused = check(&connection_end(ConnectionState::Init, None), &same_client).unwrap_err();
        assert!(refused.starts_with("connection-5 is between 07-tendermint-0 and 07-tendermint-1"), "{refused}");
    }

    fn channel_end(state: ChannelState, ordering: Order, other: Option<&str>, hop: &str) -> ChannelEnd {
        ChannelEnd {
            state,
            ordering,
            counterparty: ics4::Counterparty { port: id("probe"), channel: other.map(id) },
            connection_hops: vec![id(hop)],
            version: "any".to_owned(),
            upgrade_sequence: 0,
        }
    }

    #[test]
    fn channel_ends_must_name_each_other_and_deliver_alike() {
        let (here, there) = ((id("probe"), id("channel-0")), (id("probe"), id("channel-3")));
        let over = [&id("connection-0"), &id("connection-5")];
        let check = |one: &ChannelEnd, other: &ChannelEnd| channels(over, (&here, one), (&there, other));
        let answered = channel_end(ChannelState::TryOpen, Order::Ordered, Some("channel-0"), "connection-5");
        let began = channel_end(ChannelState::Init, Order::Ordered, None, "connection-0");
        assert_eq!(check(&began, &answered), Ok(()));
        let unordered = ChannelEnd { ordering: Order::Unordered, ..began.clone() };
        assert_eq!(
            check(&unordered, &answered).unwrap_err(),
            "probe/channel-0 is unordered, and probe/channel-3 is ordered"
        );
        let elsewhere = ChannelEnd { connection_hops: vec![id("connection-9")], ..began.clone() };
        assert_eq!(
            check(&elsewhere, &answered).unwrap_err(),
            "probe/channel-0 is over connection-9, not over connection-0"
        );
        let joined = channel_end(ChannelState::Open, Order::Ordered, Some("channel-4"), "connection-0");
        assert_eq!(
            check(&joined, &answered).unwrap_err(),
            "probe/channel-0 is joined to probe/channel-4, not to probe/channel-3"
        );
    }
}
