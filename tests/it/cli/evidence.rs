//! `lightship evidence`: a file that was made elsewhere is proven, and submitted, by whoever has it.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use devnet::chain::{Attack, Conspiracy};
use light_client::{Divergence, Evidence, LightClientAttack};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::relayer::Relayer;
use serde_json::{Value, json};
use tempfile::TempDir;

const BLOCK_TIME: Duration = Duration::from_millis(400);
const GROWN_WITHIN: Duration = Duration::from_secs(60);

/// Two clients of chain A on chain B, and a chain A whose validators have signed two blocks.
struct Attacked {
    a: DevnetChain,
    bed: Bed,
    directory: TempDir,
    case: Divergence,
}

impl Attacked {
    fn new() -> Self {
        let [a, b] = DevnetChain::pair(&PairOptions::new(BLOCK_TIME)).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let bed = Bed::new(Box::new(a.twin()), Box::new(b), directory.path());
        for (home, role) in [("one", Role::Relayer), ("other", Role::Rival)] {
            let relayer = bed.relayer(home, role, "", |_| ()).unwrap();
            relayer.run(["create", "client", "chain-b", "chain-a"]).unwrap().success().unwrap();
        }
        let (common, height) = two_blocks_later(&bed);
        let case = a.running().with(|chain| {
            let fork = chain.attack(Attack::Equivocation, height, Conspiracy::default()).unwrap();
            let [common, honest] = [common, height].map(|height| chain.light_block(height).unwrap());
            Divergence::new(common, vec![honest], fork.light_block(height).unwrap())
        });
        Self { a, bed, directory, case }
    }

    /// An evidence file, as somebody else's relayer writes it.
    fn file(&self, name: &str, case: &Divergence) -> PathBuf {
        let evidence = Evidence::LightClientAttack(Box::new(LightClientAttack::of(case)));
        let time = case.trusted().signed_header.header.time.unix_timestamp_nanos();
        let written = json!({
            "version": 1,
            "case": {
                "chain": "chain-a",
                "found": { "nodes": { "primary": "http://one", "witness": "http://other" } },
                "at": u64::try_from(time).unwrap() + 1_000_000_000,
                "proof": { "blocks": { "case": case, "reverse": null } },
            },
            "evidence": [evidence],
        });
        let file = self.directory.path().join(name);
        fs::write(&file, written.to_string()).unwrap();
        file
    }

    /// Of the clients on chain B.
    fn statuses(&self, relayer: &Relayer) -> Vec<String> {
        let answer = relayer.run(["--json", "query", "clients", "--chain", "chain-b"]).unwrap().success().unwrap();
        let rows: Vec<Value> = serde_json::from_str(&answer).unwrap();
        rows.iter().map(|row| row["status"].as_str().unwrap().to_owned()).collect()
    }
}

/// A height above what the clients hold, and one above that.
fn two_blocks_later(bed: &Bed) -> (u64, u64) {
    let from = bed.a.height().unwrap();
    let grown = || Ok((bed.a.height()? >= from + 4).then_some(()));
    wait_for("blocks of chain-a", GROWN_WITHIN, grown).unwrap();
    (from + 1, from + 3)
}

#[test]
fn a_file_that_was_carried_here_is_proven_and_freezes_every_client() {
    let attacked = Attacked::new();
    let here = attacked.bed.relayer("here", Role::Relayer, "", |_| ()).unwrap();
    let file = attacked.file("carried.json", &attacked.case);
    let file = file.to_str().unwrap();

    let verified = here.run(["evidence", "verify", file]).unwrap();
    assert_eq!(verified.code, Some(0), "{}{}", verified.stdout, verified.stderr);
    let hash = attacked.case.common.header_hash().to_string();
    assert!(
        verified.stdout.contains("equivocation of chain-a") && verified.stdout.contains(&hash),
        "{}",
        verified.stdout
    );
    let rpc = format!("http://{}", attacked.a.rpc());
    let asked = here.run(["evidence", "verify", file, "--rpc", &rpc]).unwrap();
    assert!(asked.code == Some(0) && asked.stdout.contains("which the node has as well"), "{}", asked.stdout);
    assert!(here.run(["evidence", "show", file]).unwrap().success().unwrap().contains("accused"));

    assert_eq!(attacked.statuses(&here), ["active", "active"]);
    let submitted = here.run(["--json", "evidence", "submit", file]).unwrap();
    assert_eq!(submitted.code, Some(0), "{}{}", submitted.stdout, submitted.stderr);
    let submitted: Value = serde_json::from_str(&submitted.stdout).unwrap();
    for client in ["chain-b/07-tendermint-0", "chain-b/07-tendermint-1"] {
        assert_eq!(submitted["clients"][client], json!({ "end": "frozen", "here": true }), "{submitted}");
    }
    assert_eq!(submitted["nodes"][&rpc], json!(["taken"]), "the attacked chain's own node was told: {submitted}");
    assert_eq!(attacked.statuses(&here), ["frozen", "frozen"]);

    let listed = here.run(["--json", "evidence", "list"]).unwrap().success().unwrap();
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["is_settled"]), (1, &json!(true)), "{listed}");
    let name = listed[0]["name"].as_str().unwrap();
    let again = here.run(["--json", "evidence", "submit", name]).unwrap().success().unwrap();
    assert!(again.contains(r#""here":false"#), "what is frozen is found frozen, and nothing is sent: {again}");
}

#[test]
fn what_proves_nothing_submits_nothing() {
    let attacked = Attacked::new();
    let here = attacked.bed.relayer("here", Role::Relayer, "", |_| ()).unwrap();
    let forged = || {
        // A header that nobody signed, in a file that is whole.
        let mut lie = attacked.case.trusted().clone();
        lie.signed_header.header.app_hash = vec![9; 32].try_into().unwrap();
        Divergence::new(attacked.case.common.clone(), attacked.case.branch.clone(), lie)
    };
    let same = || {
        let truth = attacked.case.trusted().clone();
        Divergence::new(attacked.case.common.clone(), attacked.case.branch.clone(), truth)
    };
    let altered = attacked.file("altered.json", &attacked.case);
    let text = fs::read_to_string(&altered).unwrap().replacen("\"equivocation\"", "\"lunatic\"", 1);
    fs::write(&altered, text).unwrap();
    let torn = attacked.file("torn.json", &attacked.case);
    let text = fs::read_to_string(&torn).unwrap();
    fs::write(&torn, &text[..text.len() / 2]).unwrap();
    let files = [
        (attacked.file("forged.json", &forged()), "not verified"),
        (attacked.file("same.json", &same()), "do not contradict"),
        (altered, "the case says"),
        (torn, "is no evidence file"),
        (attacked.directory.path().join("absent.json"), "can't be read"),
    ];
    for (file, reason) in files {
        let file = file.to_str().unwrap();
        let verified = here.run(["evidence", "verify", file]).unwrap();
        let said = format!("{}{}", verified.stdout, verified.stderr);
        assert!(verified.code == Some(1) && said.contains(reason), "{file}: {said}");
        let submitted = here.run(["evidence", "submit", file]).unwrap();
        assert!(submitted.code == Some(1) && submitted.stderr.contains(reason), "{file}: {}", submitted.stderr);
    }
    assert_eq!(attacked.statuses(&here), ["active", "active"]);
    let listed = here.run(["--json", "evidence", "list"]).unwrap().success().unwrap();
    assert_eq!(listed.trim(), "[]", "nothing of it is kept");
}
