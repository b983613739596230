//! `lightship create`: clients, connections, channels, and whole paths; each goes on where an earlier run was cut off.

use std::sync::Arc;
use std::time::Duration;

use engine::{ChannelPath, Path, PathEnd, PathId};
use relayer::path::{ClientOptions, EndRequest, Goal, Opened, OpenedEnd, PathRequest, Procedure, open};
use serde_json::json;
use tracing::error;
use types::{ChainId, ClientId, ConnectionId, Order, PortId};

use crate::args::{ChannelArgs, CreateCommand, DelayArgs, EndsArgs, PassphraseArgs};
use crate::config::{path_block, save_path};
use crate::connect::{Memory, Running};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::progress::Progress;

/// The port of ICS-20.
const TRANSFER: &str = "transfer";

/// Opens what was asked for.
///
/// # Errors
/// When a chain can't be reached or refuses a step; what was made is remembered.
pub(crate) async fn run(context: &Context, command: CreateCommand) -> Outcome {
    let existing = Existing::default();
    match command {
        CreateCommand::Client(args) => create(context, &args.ends, None, existing, Goal::Client).await,
        CreateCommand::Connection(args) => {
            let existing = Existing { clients: (args.a_client, args.b_client), delay: args.delay, ..existing };
            create(context, &args.ends, None, existing, Goal::Connection).await
        }
        CreateCommand::Channel(args) => {
            let existing = Existing { connections: (Some(args.a_connection), args.b_connection), ..existing };
            create(context, &args.ends, Some(&args.channel), existing, Goal::Channel).await
        }
        CreateCommand::Path(args) => {
            let existing = Existing { delay: args.delay, ..existing };
            create(context, &args.ends, Some(&args.channel), existing, Goal::Channel).await
        }
    }
}

/// What is there already and shall be used, and the delay of what is not.
#[derive(Default)]
struct Existing {
    clients: (Option<ClientId>, Option<ClientId>),
    connections: (Option<ConnectionId>, Option<ConnectionId>),
    delay: DelayArgs,
}

async fn create(
    context: &Context,
    ends: &EndsArgs,
    channel: Option<&ChannelArgs>,
    existing: Existing,
    goal: Goal,
) -> Outcome {
    if ends.a == ends.b {
        return Err(Failure::wrong(format!("{} can't be both ends; name two chains", ends.a)));
    }
    let file = context.config()?.file.clone();
    let request = request(ends, channel, existing, goal)?;
    let wanted = [(&ends.a, None), (&ends.b, None)];
    let running = Running::procedure(context, &ends.passphrase, &wanted, Memory::Durable).await?;
    let progress = Progress::start();
    let opened = {
        let report = |line: &str| progress.did(line);
        let procedure =
            Procedure { chains: &running.chains, handle: &running.handle, store: &running.store, report: &report };
        open(&procedure, &request, &ClientOptions::default()).await
    };
    drop(progress);
    running.close().await?;
    let opened = opened.map_err(Failure::input)?;
    let path = opened_path(&opened, request.order);
    let saved = match (channel, &path) {
        (Some(channel), Some(path)) if !channel.no_save => save_path(&file, path).map(|_| true),
        (Some(_) | None, _) => Ok(false),
    };
    answer(context, &opened, path.as_ref(), matches!(saved, Ok(true)))?;
    match saved {
        Ok(_) => Ok(Exit::Done),
        Err(error) => {
            error!(%error, "the path stands, but the configuration does not name it");
            Ok(Exit::Left)
        }
    }
}

fn request(
    ends: &EndsArgs,
    channel: Option<&ChannelArgs>,
    existing: Existing,
    goal: Goal,
) -> Result<PathRequest, Failure> {
    let transfer = || TRANSFER.parse::<PortId>().map_err(Failure::internal);
    let (a_port, b_port) = match channel {
        Some(channel) => (channel.a_port.clone(), channel.b_port.clone()),
        None => (transfer()?, transfer()?),
    };
    let (a_client, b_client) = existing.clients;
    let (a_connection, b_connection) = existing.connections;
    Ok(PathRequest {
        a: EndRequest { chain: ends.a.clone(), port: a_port, client: a_client, connection: a_connection },
        b: EndRequest { chain: ends.b.clone(), port: b_port, client: b_client, connection: b_connection },
        order: channel.map_or(Order::Unordered, |channel| channel.ordering),
        version: channel.map(|channel| channel.version.clone()).unwrap_or_default(),
        delay_period: Duration::from_secs(existing.delay.delay_period),
        goal,
        is_fresh: ends.new,
    })
}

/// What `create path` asks for when it is given two chains and nothing else: an unordered channel for transfers.
///
/// # Errors
/// Never: the port's name is one.
pub(super) fn transfer_request(a: &ChainId, b: &ChainId) -> Result<PathRequest, Failure> {
    let ends = EndsArgs { a: a.clone(), b: b.clone(), new: false, passphrase: PassphraseArgs::default() };
    let port = || TRANSFER.parse::<PortId>().map_err(Failure::internal);
    let channel = ChannelArgs {
        a_port: port()?,
        b_port: port()?,
        ordering: Order::Unordered,
        version: types::transfer::VERSION.to_owned(),
        no_save: true,
    };
    request(&ends, Some(&channel), Existing::default(), Goal::Channel)
}

/// The configuration's path for what was opened, if it is a whole one.
pub(super) fn opened_path(opened: &Opened, order: Order) -> Option<Path> {
    let end = |end: &OpenedEnd| {
        let (client, connection) = (end.client.clone()?, end.connection.clone()?);
        Some(PathEnd { chain: end.chain.clone(), client, connection })
    };
    let channel = ChannelPath {
        a: (opened.a.port.clone(), opened.a.channel.clone()?),
        b: (opened.b.port.clone(), opened.b.channel.clone()?),
        order,
    };
    let id = PathId(format!("{}--{}", opened.a.chain, opened.b.chain).into());
    Some(Path { id, a: end(&opened.a)?, b: end(&opened.b)?, channels: vec![channel], policy: Arc::default() })
}

fn answer(context: &Context, opened: &Opened, path: Option<&Path>, is_saved: bool) -> Result<(), Failure> {
    let end = |end: &OpenedEnd| {
        json!({
            "chain": end.chain, "client": end.client, "connection": end.connection,
            "port": end.channel.as_ref().map(|_| &end.port), "channel": end.channel,
        })
    };
    let value = json!({ "a": end(&opened.a), "b": end(&opened.b), "saved": is_saved });
    let mut text = format!("{} <-> {}", words(&opened.a), words(&opened.b));
    if let Some(path) = path {
        text.push_str("\n\n");
        text.push_str(path_block(path).trim_end());
    }
    context.output.one(&value, &text)
}

/// `chain-a 07-tendermint-0 connection-0 transfer/channel-0`, as far as it goes.
fn words(end: &OpenedEnd) -> String {
    let mut words = vec![end.chain.to_string()];
    words.extend(end.client.as_ref().map(ToString::to_string));
    words.extend(end.connection.as_ref().map(ToString::to_string));
    words.extend(end.channel.as_ref().map(|channel| format!("{}/{channel}", end.port)));
    words.join(" ")
}
