//! What the whole configuration promises: places in errors, defaults, the example file, and saving.

use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::{ChannelPath, PathEnd, PathId};
use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use types::Order;

use super::policy::{RawExclusion, RawPolicy};
use super::raw::{RawChain, RawChannel, RawConfig, RawLog, RawPath, RawPathEnd, RawRelayer, RawTrust};
use super::save::Saved;
use super::{Config, ConfigError, Websocket, path_block, save_path};

const EXAMPLE: &str = include_str!("../../../config.example.toml");

const MINIMAL: &str = r#"
[[chains]]
id = "chain-a"
rpc = "http://127.0.0.1:26657"
key = "relayer"
gas_price = "0.025stake"

[[chains]]
id = "chain-b"
rpc = ["http://127.0.0.1:1", "http://127.0.0.1:2"]
key = "relayer"
gas_price = "0.025stake"
"#;

const PATH: &str = r#"
[[paths]]
a = { chain = "chain-a", client = "07-tendermint-0", connection = "connection-0" }
b = { chain = "chain-b", client = "07-tendermint-1", connection = "connection-1" }
channels = [{ a = "transfer/channel-0", b = "transfer/channel-1" }]
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("/etc/lightship.toml"), text)
}

fn refusal(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn four_keys_make_a_chain() {
    let config = parse(MINIMAL).unwrap();
    let chain = &config.chains[&"chain-a".parse().unwrap()];
    assert_eq!((chain.rpc.len(), chain.batch_msgs_max, chain.tx_bytes_max), (1, 100, 700_000));
    assert_eq!(chain.trusting_period, None);
    assert_eq!(config.chains[&"chain-b".parse().unwrap()].rpc.len(), 2);
    assert_eq!(config.store, Path::new("/etc/store"));
    assert!(config.paths.is_empty());
}

#[test]
fn paths_are_relative_to_the_file_and_know_the_home() {
    let config = parse("store = \"data/store\"\nkeys = \"~/keys\"\npassphrase_file = \"/run/passphrase\"").unwrap();
    assert_eq!(config.store, Path::new("/etc/data/store"));
    assert_eq!(config.keys, std::env::home_dir().unwrap().join("keys"));
    assert_eq!(config.passphrase_file.as_deref(), Some(Path::new("/run/passphrase")));
    assert_eq!(config.evidence, Path::new("/etc/data/store/evidence"), "it is kept with the store");
    let apart = parse("store = \"data\"\nevidence = \"proofs\"").unwrap();
    assert_eq!(apart.evidence, Path::new("/etc/proofs"));
}

#[test]
fn a_webhook_is_an_address_that_does_not_print_its_secrets() {
    let config = parse("webhook = \"https://me:hunter2@alerts.example/T0KEN?k=v\"").unwrap();
    assert_eq!(config.webhook.as_ref().unwrap().url().password(), Some("hunter2"));
    let printed = format!("{config:?}");
    assert!(printed.contains("alerts.example") && !printed.contains("hunter2") && !printed.contains("T0KEN"));
    assert!(refusal("webhook = \"tcp://alerts.example\"").contains("write http:// or https://"));
}

/// The minimal file with one line replaced in its first chain.
fn with(line: &str, replacement: &str) -> String {
    assert!(MINIMAL.contains(line), "{line}");
    MINIMAL.replacen(line, replacement, 1)
}

#[test]
fn a_refusal_names_file_line_column_and_key() {
    let key = "key = \"relayer\"";
    for (text, expected) in [
        (
            with(key, "keyy = \"relayer\""),
            "/etc/lightship.toml:5:1: chains[0].keyy: unknown field `keyy`, expected one of `id`, ",
        ),
        (with(key, "key = 7"), "/etc/lightship.toml:5:7: chains[0].key: invalid type: integer `7`, expected a string"),
        (with(key, ""), "/etc/lightship.toml:2:1: chains[0]: missing field `key`"),
        (with(key, "key = "), "/etc/lightship.toml:5:7: "),
        (with("0.025stake", "stake"), "/etc/lightship.toml:6:13: chains[0].gas_price: gas price \"stake\" "),
        (
            with("http://", "tcp://"),
            "/etc/lightship.toml:4:7: chains[0].rpc: has the scheme \"tcp\"; write http:// or https://",
        ),
        (
            with("id = \"chain-a\"", "id = \"chain-b\""),
            "/etc/lightship.toml:9:6: chains[1].id: chain chain-b is configured twice; ",
        ),
        (
            format!("{MINIMAL}batch_msgs_max = 0"),
            "/etc/lightship.toml:13:18: chains[1].batch_msgs_max: 0 is not within 1 to 1000",
        ),
        (format!("{MINIMAL}clock_drift = \"0s\""), "/etc/lightship.toml:13:15: chains[1].clock_drift: is zero; "),
        (
            format!("{MINIMAL}gas_multiplier = 0.9"),
            "/etc/lightship.toml:13:18: chains[1].gas_multiplier: 0.9 is not within ",
        ),
        (
            format!("{MINIMAL}gas_multiplier = nan"),
            "/etc/lightship.toml:13:18: chains[1].gas_multiplier: NaN is not within ",
        ),
        (format!("{MINIMAL}max_fee = \"1token\""), "/etc/lightship.toml:13:11: chains[1].max_fee: is not in stake, "),
        (
            format!("{MINIMAL}trust = {{ height = 0, hash = \"{}\" }}", "00".repeat(32)),
            "/etc/lightship.toml:13:20: chains[1].trust.height: 0 is not within ",
        ),
        (
            format!("{MINIMAL}trust = {{ height = 5, hash = \"00\" }}"),
            "/etc/lightship.toml:13:30: chains[1].trust.hash: is no block hash of 64 ",
        ),
        (
            format!("{MINIMAL}unbonding = \"3days\"\ntrusting_period = \"3days\""),
            "/etc/lightship.toml:14:19: chains[1].trusting_period: is not shorter than unbonding; ",
        ),
        (
            format!("{MINIMAL}trust_threshold = \"1/4\""),
            "/etc/lightship.toml:13:19: chains[1].trust_threshold: \"1/4\" is no fraction from 1/3 to 1/1; ",
        ),
        ("[log]\nlevel = \"loud\"".to_owned(), "/etc/lightship.toml:2:9: log.level: \"loud\" is no log level; "),
        (
            "[relayer]\nbackoff_min = \"2s\"\nbackoff_max = \"1s\"".to_owned(),
            "/etc/lightship.toml:3:15: relayer.backoff_max: is shorter than backoff_min; ",
        ),
    ] {
        let message = refusal(&text);
        assert!(message.starts_with(expected), "\n{message}\nshould begin with\n{expected}");
        assert!(!message.contains('\n'), "{message}");
    }
}

#[test]
fn a_path_joins_two_configured_chains_by_channels_of_its_own() {
    let base = format!("{MINIMAL}{PATH}");
    let replaced = |from: &str, to: &str| {
        assert!(base.contains(from));
        base.replacen(from, to, 1)
    };
    for (text, expected) in [
        (
            replaced("{ chain = \"chain-b\"", "{ chain = \"chain-c\""),
            ":16:15: paths[0].b.chain: chain chain-c is not configured; ",
        ),
        (
            replaced("{ chain = \"chain-b\"", "{ chain = \"chain-a\""),
            ":16:15: paths[0].b.chain: both ends are on chain-a; ",
        ),
        (
            replaced("[{ a = \"transfer/channel-0\", b = \"transfer/channel-1\" }]", "[]"),
            ":17:12: paths[0].channels: names no channel; ",
        ),
        (
            replaced("\"transfer/channel-0\"", "\"channel-0\""),
            ":17:19: paths[0].channels[0].a: \"channel-0\" names no channel; ",
        ),
        (replaced("07-tendermint-0", "cli"), ":15:35: paths[0].a.client: client identifier \"cli\" has a length "),
        (
            format!("{base}{PATH}"),
            "channel transfer/channel-0 of chain-a is configured twice, in path \"chain-a--chain-b\"; ",
        ),
        (
            format!("{base}{}", PATH.replace("transfer/", "mock/")),
            ":19:1: paths[1]: two paths have the name \"chain-a--chain-b\"; ",
        ),
    ] {
        let message = refusal(&text);
        assert!(message.contains(expected), "\n{message}\nshould contain\n{expected}");
    }
}

#[test]
fn a_path_without_a_list_of_channels_relays_all_that_are_open() {
    let listed = parse(&format!("{MINIMAL}{PATH}")).unwrap();
    assert!(listed.discover.is_empty() && listed.handshakes.is_empty());
    let unlisted = PATH.lines().filter(|line| !line.starts_with("channels")).collect::<Vec<_>>().join("\n");
    let config = parse(&format!("{MINIMAL}{unlisted}\nhandshakes = true")).unwrap();
    let id = PathId("chain-a--chain-b".into());
    assert!(config.paths[0].channels.is_empty());
    assert_eq!((config.discover.first(), config.handshakes.first()), (Some(&id), Some(&id)));
}

#[test]
fn a_channel_is_one_paths_alone() {
    let named = |name: &str, text: &str| format!("{text}\nname = \"{name}\"\n");
    let message = refusal(&format!("{MINIMAL}{}{}", named("one", PATH), named("other", PATH)));
    let expected =
        "channel transfer/channel-0 of chain-a is configured twice, in paths \"one\" and \"other\"; leave one";
    assert!(message.contains(expected), "{message}");

    let all = PATH.lines().filter(|line| !line.starts_with("channels")).collect::<Vec<_>>().join("\n");
    let (a, b) = (all.lines().nth(2).unwrap(), all.lines().nth(3).unwrap());
    let turned = format!("[[paths]]\na = {}\nb = {}", &b[4..], &a[4..]);
    let with_handshakes = format!("{PATH}handshakes = true");
    for (one, other) in [(&all, &all), (&all, &turned), (&all, &with_handshakes), (&with_handshakes, &all)] {
        let message = refusal(&format!("{MINIMAL}{}{}", named("one", one), named("other", other)));
        assert!(message.contains("paths[1]: paths \"one\" and \"other\" would both relay every channel "), "{message}");
        assert!(message.contains("list `channels` in one of them"), "{message}");
    }
    // The one relays what it lists, the other the rest.
    let both = parse(&format!("{MINIMAL}{}{}", named("one", &all), named("other", PATH))).unwrap();
    assert_eq!((both.paths.len(), both.discover.len()), (2, 1));
}

#[test]
fn metrics_are_not_served_to_others_by_oversight() {
    assert_eq!(parse(MINIMAL).unwrap().metrics, None);
    for address in ["127.0.0.1:9464", "[::1]:9464"] {
        let config = parse(&format!("metrics = \"{address}\"{MINIMAL}")).unwrap();
        assert_eq!(config.metrics, Some(address.parse().unwrap()));
    }
    let public = "metrics = \"0.0.0.0:9464\"\n";
    let message = refusal(&format!("{public}{MINIMAL}"));
    let expected = "/etc/lightship.toml:1:11: metrics: 0.0.0.0 is not this machine alone; ";
    assert!(message.starts_with(expected) && message.contains("metrics_public = true"), "{message}");
    assert!(parse(&format!("{public}metrics_public = true{MINIMAL}")).unwrap().metrics.is_some());
    for address in ["localhost:9464", "9464", "127.0.0.1"] {
        let message = refusal(&format!("metrics = \"{address}\"{MINIMAL}"));
        assert!(message.contains("is no address and port; write one such as \"127.0.0.1:9464\""), "{message}");
    }
}

#[test]
fn a_websocket_is_derived_named_or_switched_off() {
    let websocket = |line: &str| {
        let config = parse(&format!("{MINIMAL}{line}"))?;
        Ok::<_, ConfigError>(config.chains[&"chain-b".parse().unwrap()].websocket.clone())
    };
    assert_eq!(websocket("").unwrap(), None);
    assert_eq!(websocket("websocket = \"none\"").unwrap(), Some(Websocket::Off));
    assert!(matches!(websocket("websocket = \"ws://127.0.0.1:1/websocket\"").unwrap(), Some(Websocket::At(_))));
    let message = websocket("websocket = \"http://127.0.0.1:1\"").unwrap_err().to_string();
    assert!(message.contains("write ws:// or wss://, or \"none\" to poll instead"), "{message}");
}

#[test]
fn no_message_repeats_an_address() {
    let secret = "hunter2";
    for rpc in ["tcp://me:hunter2@node", "http://me:hunter2@", "me:hunter2@node:26657"] {
        let message = refusal(&with("http://127.0.0.1:26657", rpc));
        assert!(!message.contains(secret), "{message}");
    }
    let config = parse(&with("http://127.0.0.1:26657", "http://me:hunter2@node?key=hunter2")).unwrap();
    assert!(!format!("{config:?}").contains(secret));
}

// --- the example file

/// The example with those settings switched on whose line `wanted` picks.
fn example_with(wanted: impl Fn(&str) -> bool) -> String {
    let is_setting = |line: &&str| line.starts_with('#') && !line.starts_with("# ") && *line != "#";
    let switched = |line: &str| match line.strip_prefix('#').filter(|_| is_setting(&line) && wanted(line)) {
        Some(setting) => setting.to_owned(),
        None => line.to_owned(),
    };
    EXAMPLE.lines().map(switched).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_parses() {
    let config = parse(EXAMPLE).unwrap();
    assert_eq!((config.chains.len(), config.paths.len()), (2, 1));
}

#[test]
fn the_defaults_in_the_example_are_the_real_ones() {
    let silent = parse(EXAMPLE).unwrap();
    let written = parse(&example_with(|line| !line.ends_with("# example"))).unwrap();
    assert_eq!(silent, written);
}

#[test]
fn an_example_value_is_no_default() {
    let silent = parse(EXAMPLE).unwrap();
    for line in EXAMPLE.lines().filter(|line| line.ends_with("# example")) {
        let written = parse(&example_with(|other| other == line)).unwrap();
        assert_ne!(silent, written, "{line}");
    }
}

#[test]
fn every_key_of_the_raw_structs_is_in_the_example() {
    let document: toml::Table = example_with(|_| true).parse().unwrap();
    let chain = document["chains"][0].as_table().unwrap();
    let path = document["paths"][0].as_table().unwrap();
    let channel = path["channels"][0].as_table().unwrap();
    let policy = path["policy"].as_table().unwrap();
    for (table, fields) in [
        (&document, fields::<RawConfig>()),
        (document["log"].as_table().unwrap(), fields::<RawLog>()),
        (document["relayer"].as_table().unwrap(), fields::<RawRelayer>()),
        (chain, fields::<RawChain>()),
        (chain["trust"].as_table().unwrap(), fields::<RawTrust>()),
        (path, fields::<RawPath>()),
        (path["a"].as_table().unwrap(), fields::<RawPathEnd>()),
        (path["b"].as_table().unwrap(), fields::<RawPathEnd>()),
        (channel, fields::<RawChannel>()),
        (policy, fields::<RawPolicy>()),
        (policy["exclude"][0].as_table().unwrap(), fields::<RawExclusion>()),
    ] {
        assert!(!fields.is_empty());
        for field in fields {
            assert!(table.contains_key(*field), "{field} is not in config.example.toml");
        }
    }
    assert!(parse(&example_with(|_| true)).is_ok());
}

#[test]
fn every_setting_in_the_example_has_a_line_of_why() {
    let lines: Vec<_> = EXAMPLE.lines().collect();
    let mut in_second_chain = false;
    for pair in lines.windows(2) {
        in_second_chain = pair[1] == "id = \"chain-b\"" || (in_second_chain && pair[1].contains(" = "));
        let is_setting = pair[1].contains(" = ") && !pair[1].starts_with("# ") && !pair[1].starts_with(' ');
        assert!(!is_setting || in_second_chain || pair[0].starts_with("# "), "{}", pair[1]);
    }
}

/// The names of a struct's fields, as its `Deserialize` asks for them.
fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    struct Names<'a>(&'a mut &'static [&'static str]);
    impl<'de> Deserializer<'de> for Names<'_> {
        type Error = de::value::Error;
        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(de::Error::custom("no struct"))
        }
        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = fields;
            Err(de::Error::custom("only the names were asked for"))
        }
        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }
    let mut names: &'static [&'static str] = &[];
    assert!(T::deserialize(Names(&mut names)).is_err());
    names
}

// --- saving

fn path(channels: &[(&str, &str, Order)]) -> engine::Path {
    let end = |chain: &str, number: u32| PathEnd {
        chain: chain.parse().unwrap(),
        client: format!("07-tendermint-{number}").parse().unwrap(),
        connection: format!("connection-{number}").parse().unwrap(),
    };
    let name = |text: &str| {
        let (port, channel) = text.split_once('/').unwrap();
        (port.parse().unwrap(), channel.parse().unwrap())
    };
    let channels = channels.iter().map(|(a, b, order)| ChannelPath { a: name(a), b: name(b), order: *order }).collect();
    engine::Path {
        id: PathId("chain-a--chain-b".into()),
        a: end("chain-a", 0),
        b: end("chain-b", 1),
        channels,
        policy: Default::default(),
    }
}

fn swapped(path: &engine::Path) -> engine::Path {
    let channels = path.channels.iter();
    let channels =
        channels.map(|channel| ChannelPath { a: channel.b.clone(), b: channel.a.clone(), order: channel.order });
    engine::Path {
        id: path.id.clone(),
        a: path.b.clone(),
        b: path.a.clone(),
        channels: channels.collect(),
        policy: path.policy.clone(),
    }
}

fn file_with(text: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.toml");
    std::fs::write(&file, text).unwrap();
    (directory, file)
}

#[test]
fn saving_adds_a_block_and_keeps_everything_else() {
    let text = format!("# mine\nstore = 'data' # here\n{MINIMAL}\n# the end\n");
    let (directory, file) = file_with(&text);
    let path = path(&[("transfer/channel-0", "transfer/channel-1", Order::Unordered)]);
    assert_eq!(save_path(&file, &path).unwrap(), Saved::Added);

    let saved = std::fs::read_to_string(&file).unwrap();
    for line in text.lines() {
        assert!(saved.contains(line), "{line:?} is lost:\n{saved}");
    }
    assert!(saved.starts_with("# mine\nstore = 'data' # here\n"), "{saved}");
    assert!(saved.contains(&path_block(&path)), "{saved}");
    assert_eq!(Config::load(&file).unwrap().paths, [path]);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "a temporary file is left");
}

#[test]
fn saving_twice_changes_nothing_seen_from_either_end() {
    let (_directory, file) = file_with(MINIMAL);
    let path = path(&[("transfer/channel-0", "transfer/channel-1", Order::Unordered)]);
    save_path(&file, &path).unwrap();
    let saved = std::fs::read_to_string(&file).unwrap();
    assert_eq!(save_path(&file, &path).unwrap(), Saved::Unchanged);
    assert_eq!(save_path(&file, &swapped(&path)).unwrap(), Saved::Unchanged);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), saved);
}

#[test]
fn another_channel_on_the_same_connection_joins_its_block() {
    for block in [PATH.to_owned(), path_block(&path(&[("transfer/channel-0", "transfer/channel-1", Order::Unordered)]))]
    {
        let (_directory, file) = file_with(&format!("{MINIMAL}{block}"));
        let more = path(&[("mock/channel-7", "mock/channel-8", Order::Ordered)]);
        assert_eq!(save_path(&file, &swapped(&more)).unwrap(), Saved::Extended);
        let paths = Config::load(&file).unwrap().paths;
        assert_eq!((paths.len(), paths[0].channels.len()), (1, 2));
        assert_eq!(paths[0].channels[1], more.channels[0]);
    }
}

#[test]
fn a_path_that_relays_all_channels_needs_no_new_one() {
    let unlisted = PATH.lines().filter(|line| !line.starts_with("channels")).collect::<Vec<_>>().join("\n");
    let text = format!("{MINIMAL}{unlisted}\n");
    let (_directory, file) = file_with(&text);
    let more = path(&[("mock/channel-7", "mock/channel-8", Order::Ordered)]);
    assert_eq!(save_path(&file, &more).unwrap(), Saved::Unchanged);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_second_path_between_the_same_chains_gets_a_name_of_its_own() {
    let (_directory, file) = file_with(&format!("{MINIMAL}{PATH}"));
    let mut other = path(&[("transfer/channel-5", "transfer/channel-5", Order::Unordered)]);
    other.a.connection = "connection-5".parse().unwrap();
    other.b.connection = "connection-5".parse().unwrap();
    assert_eq!(save_path(&file, &other).unwrap(), Saved::Added);
    assert_eq!(*Config::load(&file).unwrap().paths[1].id.0, *"chain-a--chain-b-2");
}

#[test]
fn a_path_that_does_not_go_with_the_file_leaves_it_as_it_was() {
    let (_directory, file) = file_with(&format!("{MINIMAL}{PATH}"));
    let before = std::fs::read_to_string(&file).unwrap();
    let mut other = path(&[("transfer/channel-0", "transfer/channel-9", Order::Unordered)]);
    other.a.connection = "connection-5".parse().unwrap();
    let message = save_path(&file, &other).unwrap_err().to_string();
    assert!(message.contains("configured twice") && message.contains("[[paths]]"), "{message}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn saving_keeps_the_permissions_and_the_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (directory, file) = file_with(MINIMAL);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let link = directory.path().join("link.toml");
    symlink(&file, &link).unwrap();
    save_path(&link, &path(&[("transfer/channel-0", "transfer/channel-1", Order::Unordered)])).unwrap();
    assert!(link.is_symlink());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(Config::load(&file).unwrap().paths.len(), 1);
}

#[test]
fn periods_are_read_as_people_write_them() {
    let config =
        parse(&format!("{MINIMAL}unbonding = \"3weeks\"\ntrusting_period = \"14days\"\nblock_time = \"1s 500ms\""))
            .unwrap();
    let chain = &config.chains[&"chain-b".parse().unwrap()];
    assert_eq!(chain.trusting_period, Some(Duration::from_secs(14 * 86_400)));
    assert_eq!(chain.block_time, Some(Duration::from_millis(1_500)));
}
