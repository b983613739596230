//! What a policy may say, and what it is refused for.

use std::path::Path;

use super::super::{Config, ConfigError};

const BASE: &str = r#"
[[chains]]
id = "chain-a"
rpc = "http://127.0.0.1:26657"
key = "relayer"
gas_price = "0.025stake"

[[chains]]
id = "chain-b"
rpc = "http://127.0.0.1:1"
key = "relayer"
gas_price = "0.025stake"

[[paths]]
a = { chain = "chain-a", client = "07-tendermint-0", connection = "connection-0" }
b = { chain = "chain-b", client = "07-tendermint-1", connection = "connection-1" }
"#;

fn parse(policy: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("/etc/lightship.toml"), &format!("{BASE}{policy}"))
}

#[test]
fn a_path_without_a_policy_has_the_usual_one() {
    assert_eq!(*parse("").unwrap().paths[0].policy, engine::Policy::default());
    assert_eq!(*parse("policy = {}").unwrap().paths[0].policy, engine::Policy::default());
}

#[test]
fn every_rule_is_read() {
    let config = parse(
        r#"
[paths.policy]
allow = ["transfer/*"]
deny = ["chain-a/transfer/channel-9"]
exclude = [{ channel = "chain-a/transfer/channel-0", sequences = "3,7-9" }]
memo_bytes_max = 100
receiver_bytes_max = 50
senders = ["cosmos1a"]
senders_denied = ["cosmos1b"]
amounts_min = { uatom = "340282366920938463463374607431768211455", stake = 7 }
"#,
    )
    .unwrap();
    let policy = &config.paths[0].policy;
    assert_eq!(policy.allow, ["transfer/*".parse().unwrap()]);
    assert_eq!(policy.deny, ["chain-a/transfer/channel-9".parse().unwrap()]);
    assert_eq!(policy.excluded, [("chain-a/transfer/channel-0".parse().unwrap(), "3,7-9".parse().unwrap())]);
    assert_eq!((policy.memo_bytes_max, policy.receiver_bytes_max), (100, 50));
    assert!(policy.senders.contains("cosmos1a") && policy.senders_denied.contains("cosmos1b"));
    assert_eq!((policy.amounts_min["uatom"], policy.amounts_min["stake"]), (u128::MAX, 7));
    assert_eq!(policy.only, None, "only a command asks for single packets");
}

#[test]
fn what_is_wrong_in_a_policy_is_refused_with_its_place_and_its_mend() {
    for (policy, expected) in [
        ("allow = [\"channel-0\"]", "paths[0].policy.allow: \"channel-0\" "),
        ("deny = [\"a/b/c/d\"]", "paths[0].policy.deny: \"a/b/c/d\" "),
        (
            "exclude = [{ channel = \"transfer/*\", sequences = \"7-3\" }]",
            "paths[0].policy.exclude[0].sequences: \"7-3\" ",
        ),
        ("exclude = [{ channel = \"transfer/*\" }]", "missing field `sequences`"),
        ("memo_bytes_max = 2_000_000", "paths[0].policy.memo_bytes_max: 2000000 is not within 0 to 1048576"),
        (
            "senders = [\"x\"]\nsenders_denied = [\"y\", \"x\"]",
            "paths[0].policy.senders_denied[1]: stands in senders too; ",
        ),
        ("amounts_min = { uatom = \"1.5\" }", "paths[0].policy.amounts_min.uatom: \"1.5\" is no whole amount; write "),
        ("amounts_min = { uatom = -1 }", "paths[0].policy.amounts_min.uatom: -1 is below zero; write "),
        ("denied = []", "paths[0].policy.denied: unknown field `denied`, expected one of `allow`, "),
    ] {
        let message = parse(&format!("[paths.policy]\n{policy}")).unwrap_err().to_string();
        assert!(message.starts_with("/etc/lightship.toml:1") || message.contains(":2"), "{message}");
        assert!(message.contains(expected), "\n{message}\nshould contain\n{expected}");
    }
}
