//! What ibc-go's ante handler does with packets (`modules/core/ante/ante.go`, `04-channel/keeper/ante.go`): it keeps
//! transactions out of the mempool that only repeat what another relayer has done.

use proto::google::protobuf::Any;
use proto::ibc::core::channel::v1::ResponseResultType;

use super::errors::{REDUNDANT_TX, wrap};
use super::message::{self, ACKNOWLEDGEMENT, RECV_PACKET, TIMEOUT, TIMEOUT_ON_CLOSE, proof_at};
use super::receive::{self, Verdict};
use crate::app::context::{Ctx, Mode};
use crate::app::error::Result;
use crate::app::ibc::client;

const UPDATE_CLIENT: &str = "/ibc.core.client.v1.MsgUpdateClient";

/// ibc-go's `RedundantRelayDecorator`, the last of the ante handler (`modules/core/ante/ante.go`): looks at all messages
/// of a transaction, whatever the mode; what it writes in CheckTx stays in the check state.
///
/// # Errors
/// Channel 22, and what a message itself meets.
pub fn redundant_relay(ctx: &mut Ctx, messages: &[Any]) -> Result<()> {
    if !matches!(ctx.mode, Mode::Check | Mode::Recheck) {
        return Ok(());
    }
    let (mut packets, mut redundant) = (0, 0);
    for message in messages {
        let is_new = match message.type_url.as_str() {
            RECV_PACKET => receive(ctx, &message.value)?,
            ACKNOWLEDGEMENT => is_success(message::acknowledgement(ctx, &message.value)?),
            TIMEOUT => is_success(message::time_out(ctx, &message.value)?),
            TIMEOUT_ON_CLOSE => is_success(message::time_out_on_close(ctx, &message.value)?),
            UPDATE_CLIENT => {
                client::update_in_check(ctx, &message.value)?;
                continue;
            }
            // The transaction does something else too, which must not be lost.
            _ => return Ok(()),
        };
        packets += 1;
        redundant += usize::from(!is_new);
    }
    if packets > 0 && redundant == packets {
        return Err(REDUNDANT_TX.plain());
    }
    Ok(())
}

fn is_success(result: i32) -> bool {
    result == i32::from(ResponseResultType::Success)
}

/// Receiving without the application; is the packet new? A transaction that waits was proven when it came.
fn receive(ctx: &mut Ctx, bytes: &[u8]) -> Result<bool> {
    let (packet, message) = message::read_recv_packet(bytes)?;
    let is_new = if ctx.mode == Mode::Recheck {
        receive::receive_again(ctx, &packet)
    } else {
        let proof = proof_at(&message.proof_commitment, message.proof_height);
        receive::receive(ctx, &packet, proof).map(|verdict| verdict != Verdict::Redundant)
    };
    is_new.map_err(wrap("receive packet verification failed"))
}

#[cfg(test)]
mod tests;
