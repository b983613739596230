//! `lightship update client`, `lightship upgrade client`.

use crate::args::{UpdateCommand, UpgradeCommand};
use crate::context::Context;
use crate::exit::{Failure, Outcome};

pub(crate) async fn update(context: &Context, command: UpdateCommand) -> Outcome {
    let _ = (context, command);
    Err(Failure::wrong("not there yet"))
}

pub(crate) async fn upgrade(context: &Context, command: UpgradeCommand) -> Outcome {
    let _ = (context, command);
    Err(Failure::wrong("not there yet"))
}
