//! Questions to the application (cosmos-sdk `baseapp/abci.go`, `Query`; store/rootmulti and store/iavl, `Query`).

use super::context::{BlockInfo, Ctx, Mode, store};
use super::error::{AppError, Registered, Result, sdk};
use super::gas::GasMeter;
use super::kind::{Code, Status, UNREADABLE};
use super::run::Runner;
use super::{AbciAnswer, AbciQuery, App, Saved, consensus, modules, node_service, staking};

/// The version of ibc-go's simapp that this follows.
const VERSION: &str = "v10.7.0";
const SIMULATE: &str = "/cosmos.tx.v1beta1.Service/Simulate";
const BROADCAST: &str = "/cosmos.tx.v1beta1.Service/BroadcastTx";

const STORE_TX_DECODE: Registered = Registered::new("store", 3, "tx parse error");
const STORE_UNKNOWN_REQUEST: Registered = Registered::new("store", 4, "unknown request");
const STORE_INVALID_REQUEST: Registered = Registered::new("store", 7, "invalid request");

/// Queries whose answers follow from more than the state.
const QUERIES: [(&str, Answer); 5] = [
    (SIMULATE, |app, _, request| app.simulate_grpc(request)),
    ("/cosmos.base.node.v1beta1.Service/Config", |app, _, _| Ok(node_service::config(app))),
    ("/cosmos.base.node.v1beta1.Service/Status", |app, block, _| Ok(node_service::status(app, block))),
    ("/cosmos.consensus.v1.Query/Params", |app, _, _| Ok(consensus::answer(&app.genesis))),
    ("/cosmos.staking.v1beta1.Query/Params", |app, _, _| Ok(staking::params(&app.genesis))),
];

type Answer = fn(&App, &BlockInfo, &[u8]) -> Result<Vec<u8>, Status>;

impl App {
    /// Answers a question; `/app/simulate` and queries run on copies.
    pub fn query(&self, query: &AbciQuery) -> AbciAnswer {
        let height = if query.height == 0 { self.height() } else { query.height };
        if query.path == BROADCAST {
            return refusal(sdk::INVALID_REQUEST.wrap("can't route a broadcast tx message"));
        }
        if is_known(&query.path) {
            return self.query_grpc(query, height);
        }
        let path: Vec<&str> = query.path.strip_prefix('/').unwrap_or(&query.path).split('/').collect();
        let answer = match path.as_slice() {
            [""] if query.path.is_empty() => Err(sdk::UNKNOWN_REQUEST.wrap("no query path provided")),
            ["app", rest @ ..] => self.query_app(rest, &path, query, height),
            ["store", rest @ ..] => self.query_store(rest, query, height),
            ["p2p", rest @ ..] => query_p2p(rest),
            _ => Err(sdk::UNKNOWN_REQUEST.wrap("unknown query path")),
        };
        answer.unwrap_or_else(refusal)
    }

    /// Answers a gRPC method from the state of a height; 0 for the newest. Gives the height that answered, too.
    ///
    /// # Errors
    /// With the status that a node's gRPC server gives.
    pub fn ask(&self, path: &str, request: &[u8], height: u64) -> Result<(Vec<u8>, u64), Status> {
        if !is_known(path) {
            return Err(unimplemented_method(path));
        }
        let saved = self.state_at(height)?;
        Ok((self.answer(path, request, saved)?, saved.block.height))
    }

    fn query_grpc(&self, query: &AbciQuery, height: u64) -> AbciAnswer {
        let proves_too_early = height == 1 && query.prove;
        let saved = self.state_at(height).and_then(|saved| if proves_too_early { Err(too_early()) } else { Ok(saved) });
        let saved = match saved {
            Ok(saved) => saved,
            Err(error) => return refusal(error),
        };
        match self.answer(&query.path, &query.data, saved) {
            Ok(value) => AbciAnswer { value: Some(value), height, ..AbciAnswer::default() },
            Err(status) => AbciAnswer { height, ..refusal(sdk_error(&status, query.path == SIMULATE)) },
        }
    }

    fn answer(&self, path: &str, request: &[u8], saved: &Saved) -> Result<Vec<u8>, Status> {
        if let Some((_, answer)) = QUERIES.iter().find(|(known, _)| *known == path) {
            return answer(self, &saved.block, request);
        }
        let query = modules::query(path).ok_or_else(|| unimplemented_method(path))?;
        (query.answer)(&mut self.query_context(saved), request)
    }

    fn query_context(&self, saved: &Saved) -> Ctx {
        let block = BlockInfo { chain_id: self.genesis.chain_id.clone(), ..saved.block.clone() };
        let runner = Runner { genesis: &self.genesis, block: &block, mode: Mode::Query };
        runner.context(saved.state.clone(), GasMeter::unlimited())
    }

    /// `CreateQueryContext`.
    fn state_at(&self, height: u64) -> Result<&Saved> {
        let latest = self.height();
        if latest == 0 {
            return Err(sdk::INVALID_HEIGHT.wrap("SimApp is not ready; please wait for first block"));
        }
        if height > latest {
            let text = "cannot query with height in the future; please provide a valid height";
            return Err(sdk::INVALID_HEIGHT.wrap(text));
        }
        let height = if height == 0 { latest } else { height };
        self.saved.get(&height).map(AsRef::as_ref).ok_or_else(|| {
            let why = "version mismatch on immutable IAVL tree; version does not exist. \
                       Version has either been pruned, or is for a future block height";
            let text = format!("failed to load state at height {height}; {why} (latest height: {latest})");
            sdk::NOT_FOUND.wrap(text)
        })
    }

    fn query_app(&self, rest: &[&str], path: &[&str], query: &AbciQuery, height: u64) -> Result<AbciAnswer> {
        let value = match rest {
            ["simulate", ..] => self.simulate_json(&query.data)?,
            ["version", ..] => VERSION.as_bytes().to_vec(),
            [_, ..] => return Err(sdk::UNKNOWN_REQUEST.wrap(format!("unknown query: [{}]", path.join(" ")))),
            [] => {
                let text = "expected second parameter to be either 'simulate' or 'version', neither was present";
                return Err(sdk::UNKNOWN_REQUEST.wrap(text));
            }
        };
        Ok(AbciAnswer { codespace: "sdk".to_owned(), value: Some(value), height, ..AbciAnswer::default() })
    }

    /// Reads a store; a proof is made of the very state that is asked, and checked against the next header.
    fn query_store(&self, rest: &[&str], query: &AbciQuery, height: u64) -> Result<AbciAnswer> {
        if height <= 1 && query.prove {
            return Err(too_early());
        }
        let (name, subpath) = rest.split_first().map_or(("", &[][..]), |(name, subpath)| (*name, subpath));
        if !store::ALL.contains(&name) {
            return Err(STORE_UNKNOWN_REQUEST.wrap(format!("no such store: {name}")));
        }
        if query.data.is_empty() {
            // Where a proof is asked for, that there is none is told before why.
            let is_proven = query.prove && subpath == ["key"];
            return Err(if is_proven { no_proof() } else { STORE_TX_DECODE.wrap("query cannot be zero length") });
        }
        let mut answer = AbciAnswer { key: query.data.clone(), height, ..AbciAnswer::default() };
        match subpath {
            ["key"] => self.read_key(name, query, &mut answer)?,
            ["subspace"] => answer.value = Some(self.read_subspace(name, &query.data)),
            _ => {
                let subpath: String = subpath.iter().map(|part| format!("/{part}")).collect();
                return Err(STORE_UNKNOWN_REQUEST.wrap(format!("unexpected query path: {subpath}")));
            }
        }
        Ok(answer)
    }

    fn read_key(&self, name: &str, query: &AbciQuery, answer: &mut AbciAnswer) -> Result<()> {
        match self.saved.get(&answer.height) {
            Some(saved) => {
                answer.value = saved.state.get(name, &query.data).map(|value| value.to_vec());
                answer.proof = query.prove.then(|| saved.state.prove(name, &query.data)).flatten();
            }
            None => "version does not exist".clone_into(&mut answer.log),
        }
        if query.prove && answer.proof.is_none() {
            return Err(no_proof());
        }
        Ok(())
    }

    /// All that stands under a prefix, in the newest state whatever the height (`kv.Pairs`).
    fn read_subspace(&self, name: &str, prefix: &[u8]) -> Vec<u8> {
        let state = self.saved.last_key_value().map(|(_, saved)| &saved.state);
        let found = state.into_iter().flat_map(|state| state.with_prefix(name, prefix));
        let mut pairs = Vec::new();
        for (key, value) in found {
            let pair = [field(1, &key), field(2, &value)].concat();
            pairs.extend(field(1, &pair));
        }
        pairs
    }
}

/// A field of bytes; none where they are empty.
fn field(number: u32, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    if !bytes.is_empty() {
        prost::encoding::bytes::encode(number, &bytes.to_vec(), &mut out);
    }
    out
}

fn is_known(path: &str) -> bool {
    modules::query(path).is_some() || QUERIES.iter().any(|(known, _)| *known == path)
}

/// grpc-go's answers to methods that a server does not have.
fn unimplemented_method(path: &str) -> Status {
    let Some((service, method)) = path.strip_prefix('/').and_then(|path| path.split_once('/')) else {
        return Status::new(Code::Unimplemented, format!("malformed method name: {path:?}"));
    };
    let is_service_known =
        modules::has_service(path) || QUERIES.iter().any(|(known, _)| known.contains(&format!("/{service}/")));
    let text = if is_service_known {
        format!("unknown method {method} for service {service}")
    } else {
        format!("unknown service {service}")
    };
    Status::new(Code::Unimplemented, text)
}

fn query_p2p(rest: &[&str]) -> Result<AbciAnswer> {
    match rest {
        // Nobody is filtered out.
        ["filter", _, _, ..] => Ok(AbciAnswer::default()),
        [_, _, _, ..] => Err(sdk::UNKNOWN_REQUEST.wrap("expected second parameter to be 'filter'")),
        _ => Err(sdk::UNKNOWN_REQUEST.wrap("path should be p2p filter <addr|id> <parameter>")),
    }
}

fn no_proof() -> AppError {
    STORE_INVALID_REQUEST.wrap("proof is unexpectedly empty; ensure height has not been pruned")
}

fn too_early() -> AppError {
    sdk::INVALID_REQUEST.wrap("cannot query with proof when height <= 1; please provide a valid height")
}

fn refusal(error: AppError) -> AbciAnswer {
    AbciAnswer { code: error.code, codespace: error.codespace.to_owned(), log: error.log, ..AbciAnswer::default() }
}

/// `gRPCErrorToSDKError`. A plain error of a handler is no gRPC status to the SDK; here it is `Unknown`, as only
/// simulation and the node's own services make a status of that code.
pub(crate) fn sdk_error(status: &Status, is_unknown_a_status: bool) -> AppError {
    let Status { code, message } = status;
    if let Some(text) = message.strip_prefix(UNREADABLE).filter(|_| *code == Code::Internal) {
        return sdk::INVALID_REQUEST.wrap(text);
    }
    let text = format!("rpc error: code = {code:?} desc = {message}");
    match code {
        Code::NotFound => sdk::KEY_NOT_FOUND.wrap(text),
        Code::InvalidArgument | Code::FailedPrecondition => sdk::INVALID_REQUEST.wrap(text),
        Code::Unknown if !is_unknown_a_status => sdk::INVALID_REQUEST.wrap(message),
        Code::Unknown | Code::AlreadyExists | Code::Unimplemented | Code::Internal | Code::Unavailable => {
            sdk::UNKNOWN_REQUEST.wrap(text)
        }
    }
}
