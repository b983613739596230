//! `lightship tx transfer`: sends ICS-20 transfers from a chain's wallet.

use std::time::Duration;

use relayer::{TransferError, TransferRequest, transfer};
use serde_json::json;
use types::Height;

use crate::args::TransferArgs;
use crate::commands::query::missing_channel;
use crate::connect::{Memory, Running};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};

/// A packet without a timeout of its own waits this long for its relayer.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(3600);

/// Sends the transfers, and waits until they stand in blocks.
///
/// # Errors
/// When the chain can't be reached or refuses.
pub(crate) async fn run(context: &Context, args: TransferArgs) -> Outcome {
    let wanted = [(&args.from.chain, args.key.as_deref())];
    let running = Running::procedure(context, &args.passphrase, &wanted, Memory::Forgetful).await?;
    let sent = send(&running, &args).await;
    running.close().await?;
    let sent = sent?;
    let value =
        json!({ "chain": args.from.chain, "port": args.from.port, "channel": args.from.channel, "sequences": sent });
    let numbers = match (sent.first(), sent.last()) {
        (Some(first), Some(last)) if first != last => format!("{} packets, {first} to {last}", sent.len()),
        (Some(first), _) => format!("packet {first}"),
        (None, _) => "nothing".to_owned(),
    };
    let words = format!("sent {numbers} on {}/{} of {}", args.from.port, args.from.channel, args.from.chain);
    context.output.one(&value, &words)?;
    Ok(Exit::Done)
}

async fn send(running: &Running, args: &TransferArgs) -> Result<Vec<u64>, Failure> {
    let unknown = || Failure::wrong(format!("chain {} is not connected", args.from.chain));
    let chain = running.chains.get(&args.from.chain).ok_or_else(unknown)?;
    let timeout_height = match args.timeout_height_offset {
        Some(offset) => destination_height(chain, args, offset).await?,
        None => Height::ZERO,
    };
    let timeout_after = match (args.timeout_seconds, args.timeout_height_offset) {
        (Some(seconds), _) => Some(Duration::from_secs(seconds)),
        (None, Some(_)) => None,
        (None, None) => Some(TIMEOUT_DEFAULT),
    };
    let request = TransferRequest {
        port: args.from.port.clone(),
        channel: args.from.channel.clone(),
        denom: args.amount.denom.clone(),
        amount: args.amount.amount,
        receiver: args.receiver.clone(),
        memo: args.memo.clone(),
        timeout_height,
        timeout_after,
        count: usize::try_from(args.count).map_err(Failure::internal)?,
    };
    match transfer(chain, &running.handle, &running.clock, &request).await {
        Ok(sent) => Ok(sent.into_iter().map(|sequence| sequence.0).collect()),
        Err(error) => Err(why(chain, args, error).await),
    }
}

/// A chain takes the name of a channel that is not there for a client's, and refuses in words that tell nothing.
async fn why(chain: &relayer::Chain, args: &TransferArgs, error: TransferError) -> Failure {
    match chain.query().channel(&args.from.port, &args.from.channel).await {
        Err(absent) if absent.is_not_found() => {
            missing_channel(absent, &args.from.chain, &args.from.port, &args.from.channel)
        }
        Ok(_) | Err(_) => Failure::input(error),
    }
}

/// So many blocks above what the client on `chain` knows of the destination.
async fn destination_height(chain: &relayer::Chain, args: &TransferArgs, offset: u64) -> Result<Height, Failure> {
    let state = chain.query().channel_client_state(&args.from.port, &args.from.channel).await;
    let (_, state) =
        state.map_err(|error| missing_channel(error, &args.from.chain, &args.from.port, &args.from.channel))?;
    let latest = state.latest_height;
    Ok(Height { revision_height: latest.revision_height.saturating_add(offset), ..latest })
}
