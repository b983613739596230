//! What stands in blocks: headers that clients are told in transactions, and evidence that validators have committed.
//! Where the state that a lie leaves is a true one, nothing else tells of it.

use std::fs;
use std::time::Duration;

use devnet::Attack;
use devnet::chain::Conspiracy;
use light_client::{Divergence, Evidence, Header, LightBlock, LightClientAttack, Misbehaviour, state_differences};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::relayer::Relayer;
use lightship_tests::{json_rpc, user};
use proto::google::protobuf::Any;
use proto::ibc::lightclients::tendermint::v1 as raw;
use serde_json::{Value, json};
use tempfile::TempDir;
use types::message::MsgUpdateClient;
use types::{Height, Timestamp, wire};

const BLOCK_TIME: Duration = Duration::from_millis(400);
const WITHIN: Duration = Duration::from_secs(60);
const CLIENT: &str = "07-tendermint-0";

/// Chain A holds two clients of chain B, a path's and another's. A monitor watches.
struct Stage {
    bed: Bed,
    attacked: DevnetChain,
    monitor: Relayer,
    _directory: TempDir,
}

impl Stage {
    fn set() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let [a, b] = DevnetChain::pair(&PairOptions::new(BLOCK_TIME)).unwrap();
        let attacked = b.twin();
        let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
        bed.create_path("path").unwrap();
        let rival = bed.relayer("rival", Role::Rival, "", |_| ()).unwrap();
        rival.run(["create", "client", bed.a.id(), bed.b.id()]).unwrap().success().unwrap();
        let mut monitor = bed.relayer("monitor", Role::Relayer, "", |_| ()).unwrap();
        monitor.monitor().unwrap();
        monitor.wait_for_log("control socket", WITHIN, |log| log.contains("commands are answered")).unwrap();
        let stage = Self { bed, attacked, monitor, _directory: directory };
        wait_for("a look at every client", WITHIN, || {
            let rows = stage.asked(&["query", "coverage", "--chain", stage.bed.b.id()]);
            let is_done = |row: &Value| row["is_complete"] == true && row["spans"] != json!([]);
            Ok(rows.as_array().is_some_and(|rows| rows.len() == 3 && rows.iter().all(is_done)).then_some(()))
        })
        .unwrap();
        stage
    }

    fn asked(&self, arguments: &[&str]) -> Value {
        let answer = self.monitor.run([&["--json"], arguments].concat()).unwrap().success().unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    fn clients(&self) -> Vec<Value> {
        self.asked(&["query", "clients", "--chain", self.bed.a.id()]).as_array().unwrap().clone()
    }

    /// The height that the client on A knows, once B is above it.
    fn trusted(&self) -> Height {
        let clients = self.clients();
        let client = clients.iter().find(|row| row["client"] == CLIENT).unwrap();
        let latest: Height = serde_json::from_value(client["latest_height"].clone()).unwrap();
        let is_above = || Ok((self.bed.b.height()? > latest.revision_height + 2).then_some(()));
        wait_for("blocks above the client", WITHIN, is_above).unwrap();
        latest
    }

    fn block(&self, height: u64) -> LightBlock {
        self.attacked.running().with(|chain| chain.light_block(height)).unwrap()
    }

    fn attack(&self, attack: Attack, height: u64) -> LightBlock {
        let fork = self.attacked.running().with(|chain| chain.attack(attack, height, Conspiracy::default())).unwrap();
        fork.light_block(height).unwrap()
    }

    /// A second block of B's validators at this height, of the same state.
    fn lie(&self, height: u64) -> LightBlock {
        let lie = self.attack(Attack::Equivocation, height);
        let truth = self.block(height);
        assert_ne!(lie.header_hash(), truth.header_hash());
        assert_eq!(
            state_differences(&consensus(&lie), &truth.signed_header.header),
            Ok(Vec::new()),
            "states tell nothing"
        );
        lie
    }

    fn header(&self, block: LightBlock, trusted: Height) -> Header {
        Header::new(block, trusted, self.block(trusted.revision_height).next_validators.unwrap())
    }

    fn tell(&self, by: Role, client_message: Any) {
        let signer = self.bed.a.account(by).address.as_str().into();
        let update = MsgUpdateClient { client: CLIENT.parse().unwrap(), client_message, signer };
        user::submit(&*self.bed.a, by, vec![update.into()], "").unwrap();
    }

    /// Where the attack was found, once both clients are frozen.
    fn found(&mut self) -> Value {
        wait_for("end of both clients", WITHIN, || {
            let clients = self.clients();
            Ok((clients.len() == 2 && clients.iter().all(|client| client["status"] == "frozen")).then_some(()))
        })
        .unwrap();
        let files = fs::read_dir(self.monitor.store().join("evidence")).unwrap().map(|file| file.unwrap().path());
        let files: Vec<Value> = files
            .filter_map(|file| serde_json::from_slice::<Value>(&fs::read(file).unwrap()).ok())
            .filter(|json| json["case"].is_object())
            .collect();
        let [file] = files.as_slice() else { panic!("one attack, {} files", files.len()) };
        self.monitor.stop().unwrap();
        file["case"]["found"].clone()
    }
}

/// What a client holds after it was told this block.
fn consensus(block: &LightBlock) -> types::ConsensusState {
    let header = &block.signed_header.header;
    types::ConsensusState {
        timestamp: Timestamp(header.time.unix_timestamp_nanos().try_into().unwrap()),
        root: header.app_hash.as_bytes().to_vec(),
        next_validators_hash: header.next_validators_hash.as_bytes().to_vec(),
    }
}

/// A true update of somebody else is none of our business; the second block is, though it leaves the same state.
#[test]
fn a_second_block_of_a_true_state_is_found_in_the_transaction_that_told_it() {
    let mut stage = Stage::set();
    let trusted = stage.trusted();
    let height = stage.bed.b.height().unwrap();
    let truth = stage.header(stage.block(height - 1), trusted);
    stage.tell(Role::Rival, wire::pack(&raw::Header::from(truth)));
    let lie = stage.header(stage.lie(height), trusted);
    stage.tell(Role::Rival, wire::pack(&raw::Header::from(lie)));
    let rival = stage.bed.a.account(Role::Rival).address.clone();
    let found = stage.found();
    assert_eq!((&found["update"]["client"], &found["update"]["signer"]), (&json!(CLIENT), &json!(rival)), "{found}");
}

/// Our wallet's key may be in other hands too. The header is read as soon as its state is found false, so that every
/// client is shown it.
#[test]
fn a_false_update_under_our_own_name_freezes_the_other_client_too() {
    let mut stage = Stage::set();
    let trusted = stage.trusted();
    let height = stage.bed.b.height().unwrap();
    let lie = stage.header(stage.attack(Attack::Lunatic, height), trusted);
    stage.tell(Role::Relayer, wire::pack(&raw::Header::from(lie)));
    let us = stage.bed.a.account(Role::Relayer).address.clone();
    let found = stage.found();
    assert_eq!((&found["update"]["client"], &found["update"]["signer"]), (&json!(CLIENT), &json!(us)), "{found}");
}

/// Somebody else freezes one client. The two headers are in the transaction: the other client is frozen by them as well.
#[test]
fn a_misbehaviour_that_somebody_submitted_for_one_client_freezes_the_others() {
    let mut stage = Stage::set();
    let trusted = stage.trusted();
    let height = stage.bed.b.height().unwrap();
    let (truth, lie) = (stage.header(stage.block(height), trusted), stage.header(stage.lie(height), trusted));
    let misbehaviour = Misbehaviour::new(CLIENT.parse().unwrap(), truth, lie);
    stage.tell(Role::Rival, wire::pack(&raw::Misbehaviour::from(misbehaviour)));
    let found = stage.found();
    assert_eq!(found["update"]["client"], CLIENT, "{found}");
}

/// No client was told: the validators themselves have proven it.
#[test]
fn evidence_in_a_block_of_the_attacked_chain_freezes_its_clients() {
    let mut stage = Stage::set();
    let height = stage.bed.b.height().unwrap();
    let lie = stage.lie(height);
    let case = Divergence::new(stage.block(height - 1), vec![stage.block(height)], lie);
    let evidence = Evidence::LightClientAttack(Box::new(LightClientAttack::of(&case)));
    json_rpc::call(stage.attacked.rpc(), "broadcast_evidence", &json!({ "evidence": evidence })).unwrap();
    let found = stage.found();
    let block = found["committed"]["block"].as_u64().unwrap_or_else(|| panic!("{found}"));
    let held = stage.attacked.running().with(|chain| chain.block(block).map(|block| block.evidence.len()));
    assert_eq!(held, Some(1), "block {block} holds it");
}
