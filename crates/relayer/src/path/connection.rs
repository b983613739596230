//! ICS-03: the four steps of a connection. The state of both ends says which is next.

use std::time::Duration;

use engine::Created;
use types::connection::ConnectionState;
use types::{ClientId, ConnectionId};

use super::draft::{Draft, Side};
use super::{PathError, Procedure};
use crate::chain::Chain;
use crate::handshake::{Pair, answering_connection, connection as messages};

/// A connection that the operator names stands between two clients and has another end: they are taken from it.
pub(super) async fn adopt(draft: &mut Draft, a: &Chain, b: &Chain) -> Result<(), PathError> {
    let Some(connection) = &draft.a.connection else { return Ok(()) };
    let wrong =
        |state: String| PathError::WrongState { chain: a.id.clone(), what: format!("connection {connection}"), state };
    let end = match a.query().connection(connection).await {
        Ok(end) => end,
        Err(error) if error.is_not_found() => return Err(wrong("not there".to_owned())),
        Err(error) => return Err(error.into()),
    };
    let known = [(&draft.a.client, &end.client), (&draft.b.client, &end.counterparty.client)];
    for (known, actual) in known {
        if known.as_ref().is_some_and(|known| known != actual) {
            return Err(wrong(format!("between {} and {}", end.client, end.counterparty.client)));
        }
    }
    let other_end = &end.counterparty.connection;
    if let (Some(known), Some(actual)) = (&draft.b.connection, other_end)
        && known != actual
    {
        return Err(wrong(format!("joined to {actual} on {}", b.id)));
    }
    draft.a.client = Some(end.client);
    draft.b.client = Some(end.counterparty.client);
    draft.b.connection = draft.b.connection.take().or(end.counterparty.connection);
    Ok(())
}

/// Makes sure that both ends of the draft have one open connection.
pub(super) async fn ensure(
    procedure: &Procedure<'_>,
    draft: &mut Draft,
    a: &Chain,
    b: &Chain,
    delay_period: Duration,
) -> Result<(), PathError> {
    if draft.is_connection_open {
        return Ok(());
    }
    let steps = Steps { procedure, a, b, delay_period };
    steps.init(draft).await?;
    steps.try_(draft).await?;
    steps.ack(draft).await?;
    steps.confirm(draft).await?;
    draft.is_connection_open = true;
    draft.save(procedure.store).await?;
    Ok(())
}

struct Steps<'a> {
    procedure: &'a Procedure<'a>,
    a: &'a Chain,
    b: &'a Chain,
    delay_period: Duration,
}

/// The identifiers that earlier steps put into the draft.
struct Known {
    a_client: ClientId,
    b_client: ClientId,
    a_connection: ConnectionId,
}

impl Steps<'_> {
    async fn init(&self, draft: &mut Draft) -> Result<(), PathError> {
        const STEP: &str = "connection-open-init";
        if draft.a.connection.is_some() {
            return Ok(());
        }
        let (a_client, b_client) = clients(draft, self.a, self.b)?;
        let messages = messages::init(self.on_a(&a_client, &b_client), self.delay_period).await?;
        let created = self.procedure.step(draft, self.a, STEP, messages).await?.created;
        self.created(draft, Side::A, self.a, STEP, created).await
    }

    async fn try_(&self, draft: &mut Draft) -> Result<(), PathError> {
        const STEP: &str = "connection-open-try";
        if draft.b.connection.is_some() {
            return Ok(());
        }
        let known = self.known(draft)?;
        // Whoever completes others' handshakes may have been faster.
        if let Some((connection, _)) = answering_connection(self.b, &known.b_client, &known.a_connection).await? {
            return self.adopted(draft, STEP, connection).await;
        }
        let pair = self.on_b(&known.a_client, &known.b_client);
        let messages = messages::attempt(pair, &known.a_connection).await?;
        let created = self.procedure.step(draft, self.b, STEP, messages).await?.created;
        self.created(draft, Side::B, self.b, STEP, created).await
    }

    async fn ack(&self, draft: &Draft) -> Result<(), PathError> {
        const STEP: &str = "connection-open-ack";
        let known = self.known(draft)?;
        let b_connection = known_id(draft.b.connection.clone(), self.b, "connection")?;
        if self.a.query().connection(&known.a_connection).await?.state == ConnectionState::Open {
            return Ok(());
        }
        let pair = self.on_a(&known.a_client, &known.b_client);
        let messages = messages::ack(pair, &known.a_connection, &b_connection).await?;
        self.procedure.step(draft, self.a, STEP, messages).await?;
        self.procedure.done(draft, STEP, &format!("connection {} on {} is open", known.a_connection, self.a.id)).await
    }

    async fn confirm(&self, draft: &Draft) -> Result<(), PathError> {
        const STEP: &str = "connection-open-confirm";
        let known = self.known(draft)?;
        let b_connection = known_id(draft.b.connection.clone(), self.b, "connection")?;
        if self.b.query().connection(&b_connection).await?.state == ConnectionState::Open {
            return Ok(());
        }
        let pair = self.on_b(&known.a_client, &known.b_client);
        let messages = messages::confirm(pair, &b_connection, &known.a_connection).await?;
        self.procedure.step(draft, self.b, STEP, messages).await?;
        self.procedure.done(draft, STEP, &format!("connection {b_connection} on {} is open", self.b.id)).await
    }
}

/// What the steps share.
impl Steps<'_> {
    fn known(&self, draft: &Draft) -> Result<Known, PathError> {
        let (a_client, b_client) = clients(draft, self.a, self.b)?;
        let a_connection = known_id(draft.a.connection.clone(), self.a, "connection")?;
        Ok(Known { a_client, b_client, a_connection })
    }

    fn on_a<'b>(&'b self, a_client: &'b ClientId, b_client: &'b ClientId) -> Pair<'b> {
        Pair { host: self.a, client: a_client, proving: self.b, proving_client: b_client }
    }

    fn on_b<'b>(&'b self, a_client: &'b ClientId, b_client: &'b ClientId) -> Pair<'b> {
        Pair { host: self.b, client: b_client, proving: self.a, proving_client: a_client }
    }

    /// The end at B was made by somebody else.
    async fn adopted(&self, draft: &mut Draft, step: &'static str, connection: ConnectionId) -> Result<(), PathError> {
        let line = format!("connection {connection} on {}", self.b.id);
        draft.end(Side::B).connection = Some(connection);
        self.procedure.done(draft, step, &line).await
    }

    async fn created(
        &self,
        draft: &mut Draft,
        side: Side,
        chain: &Chain,
        step: &'static str,
        created: Vec<Created>,
    ) -> Result<(), PathError> {
        let connection = created.into_iter().find_map(|created| match created {
            Created::Connection(connection) => Some(connection),
            Created::Client(_) | Created::Channel(_) | Created::Packet(_) => None,
        });
        let missing = || PathError::NothingCreated { chain: chain.id.clone(), step, what: "connection" };
        let connection = connection.ok_or_else(missing)?;
        let line = format!("connection {connection} on {}", chain.id);
        draft.end(side).connection = Some(connection);
        self.procedure.done(draft, step, &line).await
    }
}

fn clients(draft: &Draft, a: &Chain, b: &Chain) -> Result<(ClientId, ClientId), PathError> {
    Ok((known_id(draft.a.client.clone(), a, "client")?, known_id(draft.b.client.clone(), b, "client")?))
}

/// An identifier that an earlier step has put into the draft.
pub(super) fn known_id<T>(id: Option<T>, chain: &Chain, what: &'static str) -> Result<T, PathError> {
    id.ok_or_else(|| PathError::NothingCreated { chain: chain.id.clone(), step: "an earlier step", what })
}
