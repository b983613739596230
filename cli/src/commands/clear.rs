//! `lightship clear packets`.

use crate::args::ClearCommand;
use crate::context::Context;
use crate::exit::{Failure, Outcome};

pub(crate) async fn run(context: &Context, command: ClearCommand) -> Outcome {
    let _ = (context, command);
    Err(Failure::wrong("not there yet"))
}
