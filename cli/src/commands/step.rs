//! `lightship tx packet-recv`, `packet-ack`, `packet-timeout`.

use crate::args::PacketStep;
use crate::context::Context;
use crate::exit::{Failure, Outcome};

pub(crate) async fn run(context: &Context, command: PacketStep) -> Outcome {
    let _ = (context, command);
    Err(Failure::wrong("not there yet"))
}
