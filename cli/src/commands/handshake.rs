//! `lightship tx conn-init` and its like.

use crate::args::HandshakeStep;
use crate::context::Context;
use crate::exit::{Failure, Outcome};

pub(crate) async fn run(context: &Context, command: HandshakeStep) -> Outcome {
    let _ = (context, command);
    Err(Failure::wrong("not there yet"))
}
