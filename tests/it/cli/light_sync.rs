//! `lightship light sync`: a chain followed by a process that may be killed at any time.

use std::path::PathBuf;
use std::time::Duration;

use devnet::chain::Attack;
use devnet::node::Fault;
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::DevnetChain;
use lightship_tests::relayer::Ended;
use serde_json::Value;

use super::light_detect::{chain, lie, trust, url, wait_for_height};
use super::{Home, WRONG_INPUT, assert_refused};

const SAID_WITHIN: Duration = Duration::from_secs(60);
const KILLS: usize = 3;

/// Somebody who follows a chain, and the store that trust goes on from.
struct Follower {
    home: Home,
    store: PathBuf,
    primary: String,
}

impl Follower {
    fn of(chain: &DevnetChain) -> Self {
        let home = Home::new("");
        let store = home.directory.path().join("light");
        Self { home, store, primary: url(chain, 0) }
    }

    fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let store = self.store.to_str().unwrap();
        [&["light", "sync", "--rpc", &self.primary, "--store", store][..], more].concat()
    }

    fn sync(&self, more: &[&str]) -> Ended {
        self.home.run(&self.arguments(more))
    }

    /// From a trusted block of the chain on.
    fn sync_from(&self, chain: &DevnetChain, height: u64, more: &[&str]) -> Ended {
        let trust = trust(chain, height);
        self.sync(&[&trust.each_ref().map(String::as_str)[..], more].concat())
    }
}

/// The height behind this word.
fn height_behind(text: &str, word: &str) -> Option<u64> {
    let (_, rest) = text.rsplit_once(word)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[track_caller]
fn height(ended: &Ended) -> u64 {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    answer["height"].as_u64().unwrap()
}

#[test]
fn killed_at_any_time_it_goes_on_from_what_it_said() {
    let chain = chain(2, 4);
    let mut follower = Follower::of(&chain);
    assert_refused(&follower.sync(&[]), WRONG_INPUT, &["no block of chain-a is trusted yet"]);
    let root = follower.sync_from(&chain, 2, &["--json", "--to", "3"]);
    assert_eq!(height(&root), 3);

    let (mut said, witness) = (3, url(&chain, 1));
    for steps in [&["--follow"][..], &["--follow", "--sequential"], &["--follow"]].into_iter().cycle().take(KILLS) {
        let arguments: Vec<String> =
            follower.arguments(&[steps, &["--witness", &witness]].concat()).into_iter().map(str::to_owned).collect();
        let running = follower.home.relayer.spawn(&arguments).unwrap();
        let went_on = || Ok(height_behind(&running.output()?, "height ").filter(|height| *height > said + 2));
        let height = wait_for("further blocks", SAID_WITHIN, went_on).unwrap();
        let from = height_behind(&running.log().unwrap(), "trusting block ").unwrap();
        assert!(from >= said, "it went on from {from}, and had said {said}");
        running.kill().unwrap();
        said = height;
    }
    let ended = follower.sync(&["--json", "--sequential"]);
    assert!(height(&ended) >= said, "{}", ended.stdout);
    assert!(height_behind(&ended.stderr, "trusting block ").unwrap() >= said, "{}", ended.stderr);
}

#[test]
fn a_block_that_is_not_the_trusted_one_begins_nothing() {
    let chain = chain(1, 4);
    let follower = Follower::of(&chain);
    let [height_flag, _, hash_flag, hash] = trust(&chain, 3);
    let wrong = [height_flag.as_str(), "2", &hash_flag, &hash];
    assert_refused(&follower.sync(&wrong), WRONG_INPUT, &["not the one that is vouched for"]);
    assert_refused(&follower.sync(&[]), WRONG_INPUT, &["no block of chain-a is trusted yet"]);

    assert_eq!(height(&follower.sync_from(&chain, 2, &["--json", "--to", "3"])), 3);
    assert_refused(&follower.sync(&wrong), WRONG_INPUT, &["is in the store with the hash"]);
    let expired = follower.sync(&["--trusting-period", "1ms"]);
    assert_refused(&expired, WRONG_INPUT, &["older than the trusting period", "name a newer one"]);
}

#[test]
fn what_a_witness_contradicts_is_said_and_not_kept() {
    let chain = chain(2, 6);
    lie(chain.running(), 1, Attack::Equivocation, 5);
    let follower = Follower::of(&chain);
    let witness = url(&chain, 1);
    let ended = follower.sync_from(&chain, 2, &["--json", "--to", "5", "--witness", &witness]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&answer["height"], &answer["attack"]["kind"]), (&2.into(), &"equivocation".into()), "{answer}");
    for word in ["contradicts", "equivocation", "nothing above block 2 is trusted"] {
        assert!(ended.stderr.contains(word), "no {word:?} in: {}", ended.stderr);
    }
    // Nothing of it is in the store.
    let ended = follower.sync(&["--json", "--to", "4"]);
    assert_eq!((height_behind(&ended.stderr, "trusting block "), height(&ended)), (Some(2), 4));
}

#[test]
fn one_honest_witness_is_enough_and_none_is_too_few() {
    let chain = chain(4, 6);
    let nodes = chain.running().nodes();
    nodes[1].inject(Fault::Stall);
    nodes[2].inject(Fault::Http(502, "no gateway".to_owned()));
    let follower = Follower::of(&chain);
    let [hanging, garbage, honest] = [1, 2, 3].map(|node| url(&chain, node));
    let bad = ["--witness", &hanging, "--witness", &garbage];
    let ended = follower.sync_from(&chain, 2, &[&["--to", "5"][..], &bad].concat());
    assert_refused(&ended, WRONG_INPUT, &["no witness has block 5"]);

    let all = [&["--json", "--to", "5", "--witness", &honest][..], &bad].concat();
    let ended = follower.sync(&all);
    assert_eq!(height(&ended), 5);
    assert!(ended.stderr.contains(": silent"), "{}", ended.stderr);
    wait_for_height(&chain, 8);
    assert_eq!(height(&follower.sync(&["--json", "--to", "8", "--witness", &honest])), 8);
}
