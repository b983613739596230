//! `lightship update client`, `lightship upgrade client`.

use relayer::{update_client, upgrade_client};
use serde_json::json;
use types::{BlockHeight, ChainId, ClientId};

use super::query::{connect, missing_client};
use crate::args::{PassphraseArgs, UpdateClientArgs, UpdateCommand, UpgradeClientArgs, UpgradeCommand};
use crate::connect::{Memory, Running};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};

/// Brings a client to a height.
///
/// # Errors
/// When a chain can't be reached or refuses, or the client can't get there.
pub(crate) async fn update(context: &Context, command: UpdateCommand) -> Outcome {
    let UpdateCommand::Client(UpdateClientArgs { chain, client, height, passphrase }) = command;
    let (running, tracked) = both(context, &chain, &client, &passphrase).await?;
    let updated = async {
        let (host, tracked) = (of(&running, &chain)?, of(&running, &tracked)?);
        let height = height.map(BlockHeight);
        let updated = update_client(host, tracked, &client, height, &running.handle, &running.clock).await;
        updated.map_err(Failure::input)
    };
    let updated = updated.await;
    running.close().await?;
    let updated = updated?;
    let value = json!({
        "chain": chain, "client": client, "tracks": tracked, "before": updated.before, "after": updated.after,
        "target": updated.target, "headers": updated.headers,
    });
    let words = match updated.headers {
        0 => format!(
            "{client} on {chain} holds {} of {tracked} already; its newest height is {}",
            updated.target, updated.after
        ),
        _ if updated.target == updated.after => {
            format!("{client} on {chain} went from {} to {} of {tracked}", updated.before, updated.after)
        }
        _ => format!(
            "{client} on {chain} holds {} of {tracked} now; its newest height is {}",
            updated.target, updated.after
        ),
    };
    context.output.one(&value, &words)?;
    Ok(Exit::Done)
}

/// Brings a client over an upgrade of the chain that it tracks.
///
/// # Errors
/// When a chain can't be reached or refuses, or has not planned such an upgrade.
pub(crate) async fn upgrade(context: &Context, command: UpgradeCommand) -> Outcome {
    let UpgradeCommand::Client(UpgradeClientArgs { chain, client, upgrade_height, passphrase }) = command;
    let (running, tracked) = both(context, &chain, &client, &passphrase).await?;
    let upgraded = async {
        let (host, tracked) = (of(&running, &chain)?, of(&running, &tracked)?);
        let height = BlockHeight(upgrade_height);
        let upgraded = upgrade_client(host, tracked, &client, height, &running.handle, &running.clock).await;
        upgraded.map_err(Failure::input)
    };
    let upgraded = upgraded.await;
    running.close().await?;
    let upgraded = upgraded?;
    let value = json!({
        "chain": chain, "client": client, "before": upgraded.before, "after": upgraded.after,
        "tracked_before": upgraded.chain_before, "tracks": upgraded.chain_after,
    });
    let mut words = format!(
        "{client} on {chain} went from {} of {} to {} of {}",
        upgraded.before, upgraded.chain_before, upgraded.after, upgraded.chain_after
    );
    if upgraded.chain_before != upgraded.chain_after {
        words.push_str(&format!("; name {} in the configuration from now on", upgraded.chain_after));
    }
    context.output.one(&value, &words)?;
    Ok(Exit::Done)
}

/// A driver on the client's chain and on the one that it tracks.
async fn both(
    context: &Context,
    host: &ChainId,
    client: &ClientId,
    passphrase: &PassphraseArgs,
) -> Result<(Running, ChainId), Failure> {
    let pool = connect(context, host).await?;
    let state = pool.run(|endpoint| async move { endpoint.queries().client_state(client).await }).await;
    let tracked = state.map_err(|error| missing_client(error, host, client))?.chain_id;
    let wanted = [(host, None), (&tracked, None)];
    let running = Running::procedure(context, passphrase, &wanted, Memory::Forgetful).await?;
    Ok((running, tracked))
}

fn of<'a>(running: &'a Running, chain: &ChainId) -> Result<&'a relayer::Chain, Failure> {
    let found = running.chains.get(chain).map(|chain| &**chain);
    found.ok_or_else(|| Failure::wrong(format!("chain {chain} is not connected")))
}
