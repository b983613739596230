//! One end of a packet's channel: the end itself, the client under it, the wallet that pays there.

use chain::ChainError;
use types::client::Status;
use types::{ChannelId, PortId, Timestamp};

use super::look::{Look, Node};
use super::report::{ChannelFacts, ClientFacts, EndFacts, Fact, WalletFacts};

/// Asks for all of it at once.
pub(super) async fn ask(look: &Look<'_>, port: &PortId, channel: &ChannelId) -> EndFacts {
    let (end, client, wallet) = match &look.node {
        Ok(node) => futures::join!(end(node, port, channel), client(node, port, channel), wallet(look, node)),
        Err(why) => (Fact::Unknown(why.clone()), Fact::Unknown(why.clone()), Fact::Unknown(why.clone())),
    };
    EndFacts {
        chain: look.access.id.clone(),
        port: port.clone(),
        channel: channel.clone(),
        word_of: look.word_of(),
        endpoints: look.endpoints.clone(),
        head: look.head(),
        end,
        client,
        wallet,
    }
}

async fn end(node: &Node, port: &PortId, channel: &ChannelId) -> Fact<Option<ChannelFacts>> {
    match node.endpoint.queries().channel(port, channel).await {
        Ok(end) => Fact::Known(Some(ChannelFacts {
            state: end.state,
            ordering: end.ordering,
            connection: end.connection_hops.into_iter().next(),
            counterparty_port: end.counterparty.port,
            counterparty_channel: end.counterparty.channel,
        })),
        Err(error) if error.is_not_found() => Fact::Known(None),
        Err(error) => Fact::Unknown(error.to_string()),
    }
}

async fn client(node: &Node, port: &PortId, channel: &ChannelId) -> Fact<ClientFacts> {
    Fact::from_result(try_client(node, port, channel).await)
}

async fn try_client(node: &Node, port: &PortId, channel: &ChannelId) -> Result<ClientFacts, ChainError> {
    let queries = node.endpoint.queries();
    let (client, state) = queries.channel_client_state(port, channel).await?;
    let status = queries.client_status(&client).await?;
    let newest = queries.consensus_state(&client, state.latest_height).await;
    let period = u64::try_from(state.trusting_period.as_nanos()).unwrap_or(u64::MAX);
    let expires_at = newest.ok().map(|newest| Timestamp(newest.timestamp.0.saturating_add(period)));
    // A client that can't be used at all does not expire.
    let expires_at = expires_at.filter(|_| matches!(status, Status::Active | Status::Expired));
    let latest_height = state.latest_height;
    Ok(ClientFacts { client, tracks: state.chain_id, status, latest_height, expires_at })
}

async fn wallet(look: &Look<'_>, node: &Node) -> Fact<WalletFacts> {
    let wallet = match &look.access.wallet {
        Ok(wallet) => wallet,
        Err(why) => return Fact::Unknown(why.clone()),
    };
    let denom = &look.access.fee_denom;
    Fact::from_result(node.endpoint.queries().balance(wallet, denom).await.map(|coin| WalletFacts {
        address: wallet.clone(),
        denom: coin.denom,
        amount: coin.amount,
        is_needed: look.access.is_fee_needed,
    }))
}
