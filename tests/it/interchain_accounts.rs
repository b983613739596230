//! Interchain accounts (ICS-27) on real chains: the devnet holds no such application.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::{ChainUnderTest, Role, UserMessage};
use lightship_tests::deadline::wait_for;
use lightship_tests::ledger::SENT_DENOM;
use lightship_tests::query;
use lightship_tests::user;
use proto::cosmos::bank::v1beta1::MsgSend;
use proto::cosmos::base::v1beta1::Coin;
use proto::google::protobuf::Any;
use proto::ibc::applications::interchain_accounts::controller::v1::{MsgRegisterInterchainAccount, MsgSendTx};
use proto::ibc::applications::interchain_accounts::v1::{CosmosTx, InterchainAccountPacketData, Type};
use proto::ibc::core::channel::v1::{IdentifiedChannel, Order, State};
use proto::{Message, Name};

const WITHIN: Duration = Duration::from_secs(90);
const NO_TIMEOUT: Duration = Duration::from_secs(3_600);
const TIMEOUT: Duration = Duration::from_secs(4);
const FUNDS: u128 = 1_000;
const PAYMENT: u128 = 7;

/// Accounts of chain B that users of chain A own: registered, which nobody but the relayer completes; they pay; a packet
/// times out, which closes an ordered channel and leaves an unordered one open; the ordered one is opened again and pays.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let path = connection(bed)?;
    let mut relayer = bed.relayer("interchain_accounts", Role::Relayer, &path.toml, |_| ())?;
    relayer.start()?;
    let ordered = Owner { bed, path: &path, role: Role::User, order: Order::Ordered };
    let unordered = Owner { bed, path: &path, role: Role::Rival, order: Order::Unordered };
    for owner in [&ordered, &unordered] {
        owner.register()?;
        owner.wait_open(1)?;
        bed.b.send(Role::User, &[vec![fund(owner.address()?)]])?;
        owner.pays()?;
    }
    relayer.stop()?;
    ordered.sends(PAYMENT, TIMEOUT)?;
    unordered.sends(PAYMENT, TIMEOUT)?;
    out_of_time(bed)?;
    relayer.start()?;
    for owner in [&ordered, &unordered] {
        wait_for("end of a packet that timed out", WITHIN, || Ok(owner.pending()?.is_empty().then_some(())))?;
    }
    closed_on_both_ends(&ordered)?;
    unordered.wait_open(1)?;
    unordered.pays()?;
    ordered.register()?;
    ordered.wait_open(1)?;
    ordered.pays()?;
    relayer.stop()
}

/// A connection between the two chains, and how a configuration names it: every channel on it is relayed, and completed.
struct Connection {
    on_a: String,
    toml: String,
}

fn connection(bed: &Bed) -> Result<Connection> {
    let home = bed.relayer("interchain_accounts-connection", Role::Relayer, "", |_| ())?;
    let answer = home.run(["--json", "create", "connection", bed.a.id(), bed.b.id()])?.success()?;
    let answer: serde_json::Value = serde_json::from_str(&answer)?;
    let end = |end: &str, chain: &str| {
        let id = |what: &str| answer[end][what].as_str().map(str::to_owned).context("an end without ids");
        let (client, connection) = (id("client")?, id("connection")?);
        let toml = format!("{end} = {{ chain = {chain:?}, client = {client:?}, connection = {connection:?} }}\n");
        anyhow::Ok((connection, toml))
    };
    let ((on_a, a), (_, b)) = (end("a", bed.a.id())?, end("b", bed.b.id())?);
    Ok(Connection { on_a, toml: format!("[[paths]]\nhandshakes = true\n{a}{b}") })
}

/// Owns an account on chain B.
struct Owner<'a> {
    bed: &'a Bed,
    path: &'a Connection,
    role: Role,
    order: Order,
}

impl Owner<'_> {
    fn name(&self) -> &str {
        &self.bed.a.account(self.role).address
    }

    fn port(&self) -> String {
        format!("icacontroller-{}", self.name())
    }

    fn submit(&self, message: &impl Name) -> Result<()> {
        let any = Any { type_url: type_url(message), value: message.encode_to_vec() };
        user::submit(&*self.bed.a, self.role, vec![any], "")?;
        Ok(())
    }

    fn register(&self) -> Result<()> {
        self.submit(&MsgRegisterInterchainAccount {
            owner: self.name().to_owned(),
            connection_id: self.path.on_a.clone(),
            version: String::new(),
            ordering: self.order.into(),
        })
    }

    fn channels(&self) -> Result<Vec<IdentifiedChannel>> {
        let port = self.port();
        Ok(self.bed.a.handshakes()?.channels.into_iter().filter(|end| end.port_id == port).collect())
    }

    /// Waits until so many of its channels are open, on both chains.
    fn wait_open(&self, count: usize) -> Result<()> {
        wait_for("open channel of an interchain account", WITHIN, || {
            let open: Vec<_> = self.channels()?.into_iter().filter(is_open).collect();
            let far = self.bed.b.handshakes()?.channels;
            let is_open_there = |end: &IdentifiedChannel| {
                let id = end.counterparty.as_ref().map(|far| far.channel_id.clone());
                far.iter().any(|far| Some(&far.channel_id) == id.as_ref() && is_open(far))
            };
            Ok((open.len() == count && open.iter().all(is_open_there)).then_some(()))
        })
    }

    /// The address of its account on chain B.
    fn address(&self) -> Result<String> {
        query::interchain_account(self.bed.a.rpc(), self.name(), &self.path.on_a)
    }

    /// Has its account pay, on chain B, the relayer, who spends another denomination.
    fn sends(&self, amount: u128, timeout: Duration) -> Result<()> {
        let to = self.bed.b.account(Role::Relayer).address.clone();
        let amount = vec![Coin { denom: SENT_DENOM.to_owned(), amount: amount.to_string() }];
        let payment = MsgSend { from_address: self.address()?, to_address: to, amount };
        let payment = Any { type_url: MsgSend::type_url(), value: payment.encode_to_vec() };
        let data = CosmosTx { messages: vec![payment] }.encode_to_vec();
        self.submit(&MsgSendTx {
            owner: self.name().to_owned(),
            connection_id: self.path.on_a.clone(),
            packet_data: Some(InterchainAccountPacketData {
                r#type: Type::ExecuteTx.into(),
                data,
                memo: String::new(),
            }),
            relative_timeout: u64::try_from(timeout.as_nanos())?,
        })
    }

    fn pays(&self) -> Result<()> {
        let chain: &dyn ChainUnderTest = &*self.bed.b;
        let payee = chain.account(Role::Relayer).address.clone();
        let before = chain.balance(&payee, SENT_DENOM)?;
        self.sends(PAYMENT, NO_TIMEOUT)?;
        wait_for("payment by an interchain account, acknowledged", WITHIN, || {
            let is_paid = chain.balance(&payee, SENT_DENOM)? == before + PAYMENT;
            Ok((is_paid && self.pending()?.is_empty()).then_some(()))
        })
    }

    /// Of all its channels.
    fn pending(&self) -> Result<Vec<u64>> {
        let mut pending = Vec::new();
        for end in self.channels()? {
            pending.extend(self.bed.a.pending(&end.port_id, &end.channel_id)?);
        }
        Ok(pending)
    }
}

fn type_url<M: Name>(_: &M) -> String {
    M::type_url()
}

fn is_open(end: &IdentifiedChannel) -> bool {
    end.state() == State::Open
}

fn fund(address: String) -> UserMessage {
    UserMessage::Pay { to: address, amount: FUNDS, denom: SENT_DENOM.to_owned() }
}

/// Waits until chain B's time is past the short timeout.
fn out_of_time(bed: &Bed) -> Result<()> {
    let from = bed.b.block(bed.b.height()?)?.time;
    wait_for("block of chain B behind the timeout", WITHIN, || {
        Ok((bed.b.block(bed.b.height()?)?.time > from + TIMEOUT).then_some(()))
    })
}

/// The timeout closed the owner's end; the relayer confirms it at the other.
fn closed_on_both_ends(owner: &Owner<'_>) -> Result<()> {
    let is_closed = |end: &IdentifiedChannel| end.state() == State::Closed;
    wait_for("closing of an ordered channel on both ends", WITHIN, || {
        let ends = owner.channels()?;
        let [end] = ends.as_slice() else { anyhow::bail!("not one channel: {ends:?}") };
        let far_id = end.counterparty.as_ref().map(|far| far.channel_id.clone()).context("no counterparty")?;
        let far = owner.bed.b.handshakes()?.channels;
        let far = far.iter().find(|far| far.channel_id == far_id && far.port_id == "icahost");
        ensure!(is_closed(end) && far.is_some_and(is_closed), "{end:?} {far:?}");
        Ok(Some(()))
    })
}
