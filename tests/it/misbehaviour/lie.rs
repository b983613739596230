//! Headers that are lies, and how they come to clients.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use devnet::Attack;
use devnet::chain::{Chain, Conspiracy};
use light_client::Header;
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::{Stopwatch, wait_for};
use lightship_tests::devnet_chain::DevnetChain;
use lightship_tests::signer::{Signer, TxOptions};
use proto::Message;
use proto::Name;
use proto::cosmos::base::v1beta1::Coin;
use proto::cosmos::tx::v1beta1::{TxBody, TxRaw};
use proto::google::protobuf::Any;
use proto::ibc::core::client::v1::MsgUpdateClient as RawUpdate;
use proto::ibc::lightclients::tendermint::v1::{Header as RawHeader, Misbehaviour};
use types::Height;
use types::message::MsgUpdateClient;
use types::wire::pack;

use super::stage::{Client, Stage};

const GAS: u64 = 2_000_000;
const FEE: u64 = 2_000;
const COMMITTED_WITHIN: Duration = Duration::from_secs(60);

/// A block that is no block of the chain, under signatures of its validators.
#[derive(Clone, Debug)]
pub(super) struct Lie {
    header: Header,
}

/// When a lying header was there for all to see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Appeared {
    /// Heights of B and C at that moment.
    pub(super) hosts: [u64; 2],
}

impl Lie {
    /// All of A's validators sign another block at its head, or above it, which `client` would take.
    pub(super) fn tell(stage: &Stage, attack: Attack, client: &Client, conspiracy: Conspiracy<'_>) -> Result<Self> {
        let trusted = client.latest()?;
        wait_for("block above what the client knows", COMMITTED_WITHIN, || {
            Ok((stage.a.running().with(|chain| chain.height()) > trusted + 1).then_some(()))
        })?;
        stage.a.running().with(|chain| {
            let height = match attack {
                Attack::Equivocation | Attack::Amnesia | Attack::Lunatic | Attack::BftTime => chain.height(),
                Attack::ForwardLunatic => chain.height() + ABOVE_HEAD,
            };
            let fork = chain.attack(attack, height, conspiracy)?;
            Self::of(&fork, height, chain, trusted)
        })
    }

    /// The block of `fork` at `height` as a client takes it that trusts a height of `chain`.
    pub(super) fn of(fork: &Chain, height: u64, chain: &Chain, trusted: u64) -> Result<Self> {
        let block = fork.light_block(height).context("the fork has no such block")?;
        let next = chain.light_block(trusted).and_then(|block| block.next_validators).context("no trusted block")?;
        let trusted = Height { revision_number: chain.id().revision_number(), revision_height: trusted };
        Ok(Self { header: Header::new(block, trusted, next) })
    }

    /// The message that brings it to a client.
    pub(super) fn update(&self, client: &Client, signer: &str) -> Result<Any> {
        let header: RawHeader = self.header.clone().into();
        let message =
            MsgUpdateClient { client: client.id.parse()?, client_message: pack(&header), signer: signer.into() };
        Ok(message.into())
    }

    /// Brings it to a client in a transaction of the attacker; returns when that stands in a block.
    pub(super) fn bring(&self, stage: &Stage, client: &Client) -> Result<Appeared> {
        let address = &client.host.account(Role::Rival).address;
        let tx = offer(&client.host, vec![self.update(client, address)?])?;
        let height = committed(&client.host, &tx)?;
        let mut hosts = stage.host_heights();
        // What was made since is not held against anybody.
        if client.host.id() == stage.b.id() {
            hosts[0] = height
        } else {
            hosts[1] = height
        };
        Ok(Appeared { hosts })
    }
}

/// How far above the head a forward lunatic's block stands.
const ABOVE_HEAD: u64 = 30;

/// Offers a transaction of the attacker.
pub(super) fn offer(host: &DevnetChain, messages: Vec<Any>) -> Result<Vec<u8>> {
    let chain: &dyn ChainUnderTest = host;
    let signer = Signer::from_mnemonic(chain.id(), &chain.account(Role::Rival).mnemonic)?;
    let fee = Coin { denom: chain.fee_denom().to_owned(), amount: FEE.to_string() };
    let options = TxOptions { fee: vec![fee], gas_limit: GAS, memo: String::new(), timeout_height: 0 };
    let tx = signer.sign(messages, chain.account_state(Role::Rival)?, &options);
    let (code, log) = chain.offer(&tx)?;
    ensure!(code == 0, "{} refused the attacker's transaction: code {code}: {log}", chain.id());
    Ok(tx)
}

/// The block that holds a transaction which was offered, and did what it was for. Looks so often that the heights of
/// other chains are still those of that moment.
fn committed(host: &DevnetChain, tx: &[u8]) -> Result<u64> {
    let watch = Stopwatch::start();
    let from = host.running().with(|chain| chain.height()).saturating_sub(2).max(1);
    while watch.elapsed() < COMMITTED_WITHIN {
        let found = host.running().with(|chain| {
            (from..=chain.height()).find_map(|height| {
                let block = chain.block(height)?;
                let index = block.txs.iter().position(|known| known == tx)?;
                Some((height, block.results.get(index)?.clone()))
            })
        });
        if let Some((height, result)) = found {
            ensure!(result.code == 0, "the attacker's transaction failed: {}", result.log);
            return Ok(height);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    anyhow::bail!("{} did not commit the attacker's transaction", host.id())
}

/// The block that told of a client's misbehaviour.
pub(super) fn frozen_at(chain: &Chain, client: &str) -> Option<u64> {
    (chain.earliest_height()..=chain.height()).find(|height| {
        chain.block(*height).is_some_and(|block| {
            let events = block.events.iter().chain(block.results.iter().flat_map(|result| &result.events));
            events
                .filter(|event| event.kind == "client_misbehaviour")
                .any(|event| event.value("client_id") == Some(client))
        })
    })
}

/// How many messages with misbehaviour this signer's transactions in blocks hold.
pub(super) fn submitted(chain: &Chain, signer: &str) -> usize {
    let blocks = (chain.earliest_height()..=chain.height()).filter_map(|height| chain.block(height));
    blocks.flat_map(|block| &block.txs).map(|tx| misbehaviours(tx, signer)).sum()
}

/// How many messages with misbehaviour of this signer a transaction holds.
pub(super) fn misbehaviours(tx: &[u8], signer: &str) -> usize {
    client_messages(tx, signer).filter(|message| message.type_url == Misbehaviour::type_url()).count()
}

/// How many updates of clients by headers of this signer a transaction holds.
pub(super) fn updates(tx: &[u8], signer: &str) -> usize {
    client_messages(tx, signer).filter(|message| message.type_url == RawHeader::type_url()).count()
}

/// What the updates of this signer bring to clients.
fn client_messages(tx: &[u8], signer: &str) -> impl Iterator<Item = Any> {
    let body = TxRaw::decode(tx).ok().and_then(|raw| TxBody::decode(raw.body_bytes.as_slice()).ok());
    let messages = body.into_iter().flat_map(|body| body.messages);
    let updates = messages.filter(|message| message.type_url == RawUpdate::type_url());
    let updates = updates.filter_map(|message| RawUpdate::decode(message.value.as_slice()).ok());
    updates.filter(move |update| update.signer == signer).filter_map(|update| update.client_message)
}
