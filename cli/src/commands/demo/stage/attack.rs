//! What the last act needs: a chain that goes two ways, and a stranger who knows only the false one.

use std::path::PathBuf;

use relayer::update_client;
use types::{BlockHeight, ChainId, ClientId, client::Status};

use super::{STOP_DEADLINE, Stage};
use crate::args::PassphraseArgs;
use crate::commands::demo::life::Side;
use crate::commands::devnet::attack::{AttackAt, Attacked, Kind, carry_out};
use crate::commands::devnet::chains::USER;
use crate::connect::{Memory, Running};
use crate::context::Context;
use crate::exit::Failure;

impl Stage {
    /// Lets the validators of the first chain sign a second block of its newest height; a node of its own serves it.
    ///
    /// # Errors
    /// When the chain can't be attacked.
    pub(in crate::commands::demo) async fn equivocate(&self) -> Result<Attacked, Failure> {
        let missing = || Failure::Internal("there is no chain to attack".to_owned());
        let chain = self.devnet.network.chains().first().ok_or_else(missing)?;
        let height = chain.with(|chain| chain.height());
        carry_out(AttackAt { kind: Kind::Equivocation, height }, chain).await
    }

    /// Somebody whose only node of the first chain is the liar updates the client on the second one, as `update client`
    /// does.
    ///
    /// # Errors
    /// When the second chain refuses, or its client is past that height.
    pub(in crate::commands::demo) async fn tell_the_lie(&self, attacked: &Attacked) -> Result<(), Failure> {
        let mut reaches = self.devnet.reaches.clone();
        if let Some(node) = reaches.first_mut().and_then(|reach| reach.nodes.first_mut()) {
            node.rpc.clone_from(&attacked.liar);
        }
        let context = Context::of(self.home.config(&reaches, &[])?, self.context.output);
        let wanted: Vec<_> = reaches.iter().map(|reach| (&reach.id, Some(USER))).collect();
        let stranger = Running::procedure(&context, &PassphraseArgs::default(), &wanted, Memory::Forgetful).await?;
        let (_, client) = self.deceived()?;
        let (tracked, host) = (self.chain(&stranger, Side::A)?, self.chain(&stranger, Side::B)?);
        let height = Some(BlockHeight(attacked.height));
        let updated = update_client(host, tracked, &client, height, &stranger.handle, &stranger.clock).await;
        stranger.close_within(STOP_DEADLINE).await?;
        match updated.map_err(Failure::input)?.headers {
            0 => Err(Failure::Internal(format!("{client} held height {} before the lie", attacked.height))),
            _ => Ok(()),
        }
    }

    /// The second chain, and its client of the first one.
    ///
    /// # Errors
    /// Before the path is opened.
    pub(in crate::commands::demo) fn deceived(&self) -> Result<(ChainId, ClientId), Failure> {
        let path = self.path.as_ref().ok_or_else(|| Failure::Internal("there is no path".to_owned()))?;
        Ok((path.b.chain.clone(), path.b.client.clone()))
    }

    /// Its status, as its chain says it.
    ///
    /// # Errors
    /// When the chain does not answer.
    pub(in crate::commands::demo) async fn status_of_deceived(&self) -> Result<Status, Failure> {
        let (_, client) = self.deceived()?;
        Ok(self.chain(self.user()?, Side::B)?.query().client_status(&client).await?)
    }

    /// Where the watch keeps its evidence.
    pub(in crate::commands::demo) fn evidence_directory(&self) -> PathBuf {
        self.context.evidence_directory()
    }
}
