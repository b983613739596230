//! What the demo plays on: chains, a home in a temporary directory, a relayer and a user.

mod attack;

use std::time::Duration;

use devnet::network::RunningChain;
use relayer::{TransferRequest, transfer};
use tempfile::TempDir;
use types::{BlockHeight, ChannelId, Height, PortId, QueryHeight, Sequence};

use super::life::{Key, Side};
use super::show::Show;
use super::watch::Watch;
use crate::args::PassphraseArgs;
use crate::commands::devnet::chains::{Devnet, Plan, Ports, Reach, TOKEN, USER};
use crate::commands::devnet::home::Home;
use crate::commands::devnet::path::open_between_neighbours;
use crate::config::Config;
use crate::connect::{Memory, Running};
use crate::context::Context;
use crate::exit::Failure;
use crate::output::Output;

const BLOCK_TIME: Duration = Duration::from_millis(500);
const VALIDATORS: u16 = 4;
const STOP_DEADLINE: Duration = Duration::from_secs(10);

/// What the demo plays on.
pub(super) struct Stage {
    pub(super) devnet: Devnet,
    pub(super) watch: Watch,
    context: Context,
    path: Option<engine::Path>,
    /// Opens the path.
    opening: Option<Running>,
    relayer: Option<Running>,
    user: Option<Running>,
    home: Home,
    directory: TempDir,
}

impl Stage {
    /// Starts two chains; their keys are thrown away with them.
    ///
    /// # Errors
    /// When there is no room for them on this machine.
    pub(super) async fn set(output: Output) -> Result<Self, Failure> {
        let directory = tempfile::Builder::new().prefix("lightship-demo-").tempdir().map_err(Failure::internal)?;
        let home = Home::make(directory.path())?;
        let mut devnet = Devnet::start(&Plan {
            count: 2,
            ports: Ports::Free,
            block_time: BLOCK_TIME,
            validators: VALIDATORS,
            seed: devnet::clock::Clock::System.now().0,
            has_liar: true,
        })
        .await?;
        // The node that will lie is nobody's until then.
        for reach in &mut devnet.reaches {
            reach.nodes.truncate(1);
        }
        home.add_keys(&devnet.reaches)?;
        let context = watching(home.config(&devnet.reaches, &[])?, output);
        let ([a, b], [reach_a, reach_b]) = (devnet.network.chains(), devnet.reaches.as_slice()) else {
            return Err(Failure::Internal("two chains were to be started".to_owned()));
        };
        let chains: [RunningChain; 2] = [a.clone(), b.clone()];
        let watch = Watch::new(chains, [reach_a.id.clone(), reach_b.id.clone()]);
        let (path, opening, relayer, user) = (None, None, None, None);
        Ok(Self { devnet, watch, context, path, opening, relayer, user, home, directory })
    }

    /// Opens the path, as `create path` does.
    ///
    /// # Errors
    /// When a chain refuses a step.
    pub(super) async fn open_path(&mut self, show: &Show) -> Result<(), Failure> {
        let (reaches, opening) = (&self.devnet.reaches, &mut self.opening);
        let paths = open_between_neighbours(&self.context, reaches, &|line| show.say(line), opening).await?;
        if let Some(opening) = self.opening.take() {
            opening.close_within(STOP_DEADLINE).await?;
        }
        self.context = watching(self.home.config(reaches, &paths)?, self.context.output);
        self.path = paths.into_iter().next();
        Ok(())
    }

    /// Starts the relayer, as `start` does.
    ///
    /// # Errors
    /// When it can't.
    pub(super) async fn start_relayer(&mut self) -> Result<(), Failure> {
        self.relayer = Some(Running::relay(&self.context, &PassphraseArgs::default()).await?);
        Ok(())
    }

    /// Stops it, as a signal does.
    ///
    /// # Errors
    /// When it failed.
    pub(super) async fn stop_relayer(&mut self) -> Result<(), Failure> {
        match self.relayer.take() {
            Some(relayer) => relayer.close_within(STOP_DEADLINE).await,
            None => Ok(()),
        }
    }

    /// Lets a user come who may sign on both chains, as `tx transfer` does.
    ///
    /// # Errors
    /// When a chain does not answer.
    pub(super) async fn admit_user(&mut self) -> Result<(), Failure> {
        let wanted: Vec<_> = self.devnet.reaches.iter().map(|reach| (&reach.id, Some(USER))).collect();
        let user = Running::procedure(&self.context, &PassphraseArgs::default(), &wanted, Memory::Forgetful).await?;
        self.user = Some(user);
        Ok(())
    }

    /// Sends transfers of the user, each of `amount`; they stand in blocks afterwards.
    ///
    /// # Errors
    /// When the chain refuses.
    pub(super) async fn send(&self, from: Side, order: &Order<'_>) -> Result<Vec<Key>, Failure> {
        let user = self.user()?;
        let (port, channel) = self.end(from)?.clone();
        let request = TransferRequest {
            port,
            channel,
            denom: TOKEN.to_owned(),
            amount: order.amount,
            receiver: order.receiver.to_owned(),
            memo: String::new(),
            timeout_height: Height::ZERO,
            timeout_after: Some(order.timeout),
            count: order.count,
        };
        let sent = transfer(self.chain(user, from)?, &user.handle, &user.clock, &request).await;
        let sequences: Vec<Sequence> = sent.map_err(Failure::input)?;
        if sequences.len() != order.count {
            let [sent, wanted] = [sequences.len(), order.count];
            return Err(Failure::Internal(format!("{sent} packets were sent instead of {wanted}")));
        }
        Ok(sequences.into_iter().map(|sequence| (from, sequence.0)).collect())
    }

    /// Watches the chains until `done`.
    ///
    /// # Errors
    /// When the relayer ends meanwhile.
    pub(super) async fn until(&mut self, show: &Show, done: impl Fn(&Watch) -> bool) -> Result<(), Failure> {
        let ended = async {
            match &mut self.relayer {
                Some(relayer) => (&mut relayer.driver).await,
                None => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            () = self.watch.until(show, done) => return Ok(()),
            ended = ended => ended,
        };
        // It is at its end: nobody may wait for that once more.
        self.relayer = None;
        Err(match ended {
            Ok(Ok(())) => Failure::Internal("the relayer stopped by itself".to_owned()),
            Ok(Err(error)) => Failure::internal(error),
            Err(error) => Failure::internal(error),
        })
    }

    /// What the user of a side has of a denomination: now, or when the state was that of a height.
    ///
    /// # Errors
    /// When the chain does not answer.
    pub(super) async fn balance(&self, side: Side, denom: &str, at: Option<u64>) -> Result<u128, Failure> {
        let chain = self.chain(self.user()?, side)?;
        let queries = match at {
            Some(height) => chain.query().at(QueryHeight(BlockHeight(height))),
            None => chain.query(),
        };
        Ok(queries.balance(&self.address(side)?, denom).await?.amount)
    }

    /// JSON-RPC calls that the relayer has made since it was started.
    pub(super) fn relayer_calls(&self) -> u64 {
        self.relayer.iter().flat_map(|relayer| relayer.chains.values()).map(|chain| chain.calls()).sum()
    }

    /// The address of the user of a side.
    ///
    /// # Errors
    /// Never: there is a user on every chain.
    pub(super) fn address(&self, side: Side) -> Result<String, Failure> {
        let purse = self.reach(side)?.accounts.iter().find(|purse| purse.name == USER);
        let missing = || Failure::Internal("a chain has no user".to_owned());
        Ok(purse.ok_or_else(missing)?.address.clone())
    }

    /// Port and channel of a side.
    ///
    /// # Errors
    /// Before the path is opened.
    pub(super) fn end(&self, side: Side) -> Result<&(PortId, ChannelId), Failure> {
        let channel = self.path.as_ref().and_then(|path| path.channels.first());
        let channel = channel.ok_or_else(|| Failure::Internal("there is no path".to_owned()))?;
        Ok(match side {
            Side::A => &channel.a,
            Side::B => &channel.b,
        })
    }

    /// A chain's reach.
    ///
    /// # Errors
    /// Never: there are two chains.
    pub(super) fn reach(&self, side: Side) -> Result<&Reach, Failure> {
        self.devnet.reaches.get(side.index()).ok_or_else(|| Failure::Internal("there are not two chains".to_owned()))
    }

    fn user(&self) -> Result<&Running, Failure> {
        self.user.as_ref().ok_or_else(|| Failure::Internal("there is no user yet".to_owned()))
    }

    fn chain<'a>(&self, running: &'a Running, side: Side) -> Result<&'a relayer::Chain, Failure> {
        let id = &self.reach(side)?.id;
        let chain = running.chains.get(id).ok_or_else(|| Failure::Internal(format!("{id} is not connected")))?;
        Ok(chain)
    }

    /// A configuration with the path, for those who want to go on by themselves.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn write_config(&mut self) -> Result<Config, Failure> {
        self.home.write(&self.devnet.reaches, self.path.as_slice())
    }

    /// Sends relayer and user home; the chains go on.
    ///
    /// # Errors
    /// When one of them failed.
    pub(super) async fn close(&mut self) -> Result<(), Failure> {
        let mut closed = Ok(());
        for running in [self.opening.take(), self.relayer.take(), self.user.take()].into_iter().flatten() {
            closed = closed.and(running.close_within(STOP_DEADLINE).await);
        }
        closed
    }

    /// Ends everything, and leaves nothing behind.
    ///
    /// # Errors
    /// When something is left all the same.
    pub(super) async fn strike(mut self) -> Result<(), Failure> {
        let closed = self.close().await;
        self.devnet.network.stop().await;
        drop(self.home);
        let directory = self.directory.path().display().to_string();
        let removed = self.directory.close();
        closed.and(removed.map_err(|error| Failure::Internal(format!("{directory} is left behind: {error}"))))
    }
}

/// With `monitor = true`, as an operator would have it.
fn watching(mut config: Config, output: Output) -> Context {
    config.monitor = true;
    Context::of(config, output)
}

/// What a user orders.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order<'a> {
    pub(super) receiver: &'a str,
    pub(super) amount: u128,
    pub(super) count: usize,
    pub(super) timeout: Duration,
}
