//! `lightship tx packet-recv`, `packet-ack`, `packet-timeout`.

use engine::{ChannelKey, Leg};
use relayer::step::{StepKind, StepRequest, Stepped, step};
use serde::Serialize;
use types::{BlockHeight, ChainId, Sequence};

use crate::args::PacketStep;
use crate::commands::query;
use crate::connect::{Memory, Running};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};

/// Takes one leg of the packets, and says of each what became of it.
///
/// # Errors
/// When a chain can't be reached, or there is no such channel.
pub(crate) async fn run(context: &Context, command: PacketStep) -> Outcome {
    let (kind, args) = match command {
        PacketStep::PacketRecv(args) => (StepKind::Recv, args),
        PacketStep::PacketAck(args) => (StepKind::Ack, args),
        PacketStep::PacketTimeout(args) => (StepKind::Timeout, args),
    };
    let source = args.from.key();
    let destination = destination(context, &source).await?;
    let wanted = [(&source.chain, None), (&destination, None)];
    let running = Running::procedure(context, &args.passphrase, &wanted, Memory::Forgetful).await?;
    let request = StepRequest {
        kind,
        source: source.clone(),
        destination: destination.clone(),
        sequences: args.sequences.as_ref().map(|named| named.iter().collect()),
        bytes_at: args.packet_data_query_height.map(BlockHeight),
    };
    let done = step(&running.chains, &running.handle, &running.clock, &request).await;
    running.close().await?;
    answer(context, &done.map_err(Failure::input)?)
}

/// Where the channel leads: as a path says, else as the client does that it goes over.
async fn destination(context: &Context, source: &ChannelKey) -> Result<ChainId, Failure> {
    let ChannelKey { chain, port, channel } = source;
    let here = (port.clone(), channel.clone());
    for path in &context.config()?.paths {
        if path.a.chain == *chain && path.channels.iter().any(|pair| pair.a == here) {
            return Ok(path.b.chain.clone());
        }
        if path.b.chain == *chain && path.channels.iter().any(|pair| pair.b == here) {
            return Ok(path.a.chain.clone());
        }
    }
    let pool = query::connect(context, chain).await?;
    let state = pool.current().queries().channel_client_state(port, channel).await;
    let missing = |error| query::missing_channel(error, chain, port, channel);
    let (_, state) = state.map_err(missing)?;
    Ok(state.chain_id)
}

#[derive(Serialize)]
struct Row {
    sequence: Sequence,
    leg: Option<Leg>,
    height: Option<BlockHeight>,
    reason: Option<String>,
}

impl From<&Stepped> for Row {
    fn from(stepped: &Stepped) -> Self {
        Self {
            sequence: stepped.sequence,
            leg: stepped.leg,
            height: stepped.outcome.as_ref().ok().copied(),
            reason: stepped.outcome.as_ref().err().cloned(),
        }
    }
}

fn answer(context: &Context, done: &[Stepped]) -> Outcome {
    let rows: Vec<_> = done.iter().map(Row::from).collect();
    let cells = |row: &Row| {
        let outcome = match (&row.height, &row.reason) {
            (Some(height), _) => format!("done in block {height}"),
            (None, reason) => reason.clone().unwrap_or_default(),
        };
        [row.sequence.to_string(), row.leg.map_or("-", Leg::name).to_owned(), outcome]
    };
    context.output.list(["PACKET", "STEP", "OUTCOME"], &rows, cells, "no packet needs this step")?;
    Ok(if done.iter().all(|stepped| stepped.outcome.is_ok()) { Exit::Done } else { Exit::Left })
}
