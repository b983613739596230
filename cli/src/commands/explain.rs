//! `lightship explain packet`: a verdict in one sentence, then the facts that it rests on. Nothing is changed, and no
//! key is unlocked.

mod lines;

use std::collections::BTreeMap;

use engine::PacketKey;
use keyring::Keyring;
use relayer::explain::{ChainAccess, Facts, Question, gather, judge};
use serde::Serialize;
use types::{MerklePrefix, Sequence};

use crate::args::{ExplainCommand, ExplainPacketArgs};
use crate::config::ChainConfig;
use crate::connect::RELAY;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};

/// The answer as JSON.
#[derive(Serialize)]
struct Answer<'a> {
    reason: &'static str,
    verdict: &'a str,
    facts: &'a Facts,
}

/// Explains.
///
/// # Errors
/// Where the chain is not configured, or an address of the configuration is not usable.
pub(crate) async fn run(context: &Context, command: ExplainCommand) -> Outcome {
    let ExplainCommand::Packet(args) = command;
    let facts = gather(&question(context, args)?).await;
    let verdict = judge(&facts);
    let answer = Answer { reason: verdict.reason.code(), verdict: &verdict.sentence, facts: &facts };
    context.output.one(&answer, &lines::text(&verdict, &facts))?;
    Ok(Exit::Done)
}

fn question(context: &Context, args: ExplainPacketArgs) -> Result<Question, Failure> {
    let config = context.config()?;
    let keyring = Keyring::open(context.keys_directory());
    let source = access(config.chain(&args.from.chain)?, &keyring)?;
    let others = config.chains.values().filter(|chain| chain.id != args.from.chain);
    let others = others.map(|chain| Ok((chain.id.clone(), access(chain, &keyring)?)));
    let others = others.collect::<Result<BTreeMap<_, _>, Failure>>()?;
    Ok(Question {
        packet: PacketKey { source: args.from.key(), sequence: Sequence(args.sequence) },
        source,
        others,
        paths: config.paths.clone(),
        store: config.store.join(RELAY),
    })
}

fn access(config: &ChainConfig, keyring: &Keyring) -> Result<ChainAccess, Failure> {
    let prefix = config.store_prefix.as_ref().map(|name| MerklePrefix(name.clone().into_bytes()));
    Ok(ChainAccess {
        id: config.id.clone(),
        endpoints: super::query::endpoints(config)?,
        wallet: keyring.show(&config.id, &config.key).map(|key| key.address).map_err(|error| error.to_string()),
        fee_denom: config.gas_price.denom().to_owned(),
        is_fee_needed: !config.gas_price.is_zero(),
        store_prefix: prefix.unwrap_or_default(),
        timeout_margin_blocks: config.timeout_margin_blocks,
        block_time: config.block_time,
    })
}
