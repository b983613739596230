//! `lightship devnet`: chains of this process, in the foreground until a signal ends them.

pub(crate) mod attack;
pub(super) mod chains;
pub(super) mod home;
pub(super) mod path;

use std::time::Duration;

use engine::ChannelPath;
use serde_json::json;

use crate::args::DevnetArgs;
use crate::config::Config;
use crate::connect::Running;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::progress::Progress;
use crate::signals::Signals;
use attack::Attacked;
use chains::{Devnet, Plan, Ports};
use home::Home;

/// How long transactions in flight may take to come to an end.
const STOP_DEADLINE: Duration = Duration::from_secs(10);

/// Runs chains until SIGINT or SIGTERM.
///
/// # Errors
/// When a port is taken, the directory holds a configuration already, or an attack is not possible.
pub(crate) async fn run(context: &Context, args: DevnetArgs) -> Outcome {
    let mut signals = Signals::listen()?;
    let mut home = args.write_config.as_deref().map(Home::make).transpose()?;
    let devnet = Devnet::start(&plan(&args)).await?;
    let mut running = None;
    let ended = tokio::select! {
        served = serve(context, &args, &devnet, home.as_mut(), &mut running) => served,
        () = signals.next() => Ok(()),
    };
    let closed = match running {
        Some(running) => running.close_within(STOP_DEADLINE).await,
        None => Ok(()),
    };
    devnet.network.stop().await;
    ended.and(closed)?;
    Ok(Exit::Done)
}

fn plan(args: &DevnetArgs) -> Plan {
    Plan {
        count: args.chains,
        ports: Ports::From(args.port),
        block_time: Duration::from_millis(args.block_time),
        validators: args.validators,
        seed: args.seed,
        has_liar: args.attack.is_some(),
    }
}

/// Makes ready what was asked for, says so, and goes on for ever.
async fn serve(
    context: &Context,
    args: &DevnetArgs,
    devnet: &Devnet,
    home: Option<&mut Home>,
    running: &mut Option<Running>,
) -> Result<(), Failure> {
    let config = match home {
        Some(home) => Some(configure(context, devnet, home, running).await?),
        None => None,
    };
    context.output.one(
        &json!({
            "chains": devnet.reaches,
            "config": config.as_ref().map(|config| &config.file),
            "paths": config.iter().flat_map(|config| &config.paths).map(|path| path.id.to_string()).collect::<Vec<_>>(),
            "attack": args.attack,
        }),
        &words(devnet, config.as_ref()),
    )?;
    if let (Some(attack), Some(chain)) = (args.attack, devnet.network.chains().first()) {
        let attacked: Attacked = attack::carry_out(attack, chain).await?;
        context.output.one(&json!({ "attacked": attacked }), &attacked.to_string())?;
    }
    std::future::pending().await
}

/// Keys, a path between each chain and the next, and the configuration that names them.
async fn configure(
    context: &Context,
    devnet: &Devnet,
    home: &mut Home,
    running: &mut Option<Running>,
) -> Result<Config, Failure> {
    home.add_keys(&devnet.reaches)?;
    let inner = Context::of(home.config(&devnet.reaches, &[])?, context.output);
    let progress = Progress::start();
    let paths = path::open_between_neighbours(&inner, &devnet.reaches, &|line| progress.did(line), running).await?;
    drop(progress);
    if let Some(running) = running.take() {
        running.close_within(STOP_DEADLINE).await?;
    }
    home.write(&devnet.reaches, &paths)
}

/// How everything is reached, for people.
pub(super) fn words(devnet: &Devnet, config: Option<&Config>) -> String {
    let mut words = chains::words(&devnet.reaches);
    if let Some(config) = config {
        let file = config.file.display();
        words.push('\n');
        for path in &config.paths {
            for ChannelPath { a, b, .. } in &path.channels {
                let (on_a, on_b) = (&path.a.chain, &path.b.chain);
                words.push_str(&format!("path           {on_a} {}/{}  {on_b} {}/{}\n", a.0, a.1, b.0, b.1));
            }
        }
        words.push_str(&format!("configuration  {file}\n"));
        if !config.paths.is_empty() {
            words.push_str(&format!("to relay       lightship start --config {file}\n"));
        }
    }
    words.push_str("\nblocks are made until Ctrl-C");
    words
}
