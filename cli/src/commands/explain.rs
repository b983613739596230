//! `lightship explain packet`.

use crate::args::ExplainCommand;
use crate::context::Context;
use crate::exit::{Failure, Outcome};

pub(crate) async fn run(context: &Context, command: ExplainCommand) -> Outcome {
    let _ = (context, command);
    Err(Failure::wrong("not there yet"))
}
