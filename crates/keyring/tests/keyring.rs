//! The keyring from outside: known addresses, files and their permissions, and every way that a file can be wrong.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use lightship_keyring::{
    Algorithm, Backend, ETHERMINT_PUBLIC_KEY, KeyError, KeyOptions, KeySummary, Keyring, Protection, SecretString,
};
use types::ChainId;

const ABANDON: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
/// Its private key at m/44'/118'/0'/0/0.
const ABANDON_KEY: &str = "c4a48e2fce1481cd3294b4490f6678090ea98d3d0e5cd984558ab0968741b104";

struct Fixture {
    dir: tempfile::TempDir,
    keyring: Keyring,
}

impl Fixture {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keyring = Keyring::open(dir.path().join("keys"));
        Self { dir, keyring }
    }

    fn add(&self, name: &str, protection: Protection) -> Result<KeySummary, KeyError> {
        self.keyring.add(&chain(), name, &secret(ABANDON), &KeyOptions::cosmos("cosmos"), protection, false)
    }

    fn encrypted(&self) -> PathBuf {
        self.add("relayer", Protection::Encrypted(secret("correct horse"))).unwrap();
        self.path("relayer")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(format!("keys/chain-a/{name}.json"))
    }
}

fn chain() -> ChainId {
    "chain-a".parse().unwrap()
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

fn ethermint() -> Algorithm {
    Algorithm::EthSecp256k1 { public_key_type_url: ETHERMINT_PUBLIC_KEY.to_owned() }
}

#[test]
fn known_mnemonics_give_their_known_addresses() {
    let vectors = [
        (ABANDON, "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4"),
        (
            "special sign fit simple patrol salute grocery chicken wheat radar tonight ceiling",
            "cosmos1jhg0e7s6gn44tfc5k37kr04sznyhedtc9rzys5",
        ),
        (
            "economy stock theory fatal elder harbor betray wasp final emotion task crumble \
             siren bottom lizard educate guess current outdoor pair theory focus wife stone",
            "cosmos1pkptre7fdkl6gfrzlesjjvhxhlc3r4gmmk8rs6",
        ),
    ];
    for (mnemonic, address) in vectors {
        let fixture = Fixture::new();
        let options = KeyOptions::cosmos("cosmos");
        let added = fixture.keyring.add(&chain(), "k", &secret(mnemonic), &options, Protection::Test, false).unwrap();
        assert_eq!(added.address, address);
        assert_eq!(added.hd_path, "m/44'/118'/0'/0/0");
        assert_eq!(fixture.keyring.unlock(&chain(), "k", None).unwrap().address(), address);
    }
}

/// What the Go implementations gave, see `tests/vectors/golden/README.md`.
#[test]
fn accounts_are_those_of_the_cosmos_sdk() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/golden/commitments.json");
    let golden: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let accounts = golden["accounts"].as_array().unwrap();
    assert!(accounts.len() >= 5);
    for account in accounts {
        let fixture = Fixture::new();
        let text = |field: &str| account[field].as_str().unwrap().to_owned();
        let options = KeyOptions { hd_path: Some(text("hd_path")), ..KeyOptions::cosmos("cosmos") };
        let mnemonic = SecretString::from(text("mnemonic"));
        let added = fixture.keyring.add(&chain(), "k", &mnemonic, &options, Protection::Test, false).unwrap();
        assert_eq!((added.address, added.public_key), (text("address"), text("public_key")));
        let file: serde_json::Value = serde_json::from_slice(&fs::read(fixture.path("k")).unwrap()).unwrap();
        assert_eq!(file["private_key"], account["private_key"]);
    }
}

#[test]
fn an_ethereum_account_is_the_one_that_ethereum_wallets_show() {
    let fixture = Fixture::new();
    let options = KeyOptions { coin_type: 60, algorithm: ethermint(), ..KeyOptions::cosmos("evmos") };
    fixture.keyring.add(&chain(), "k", &secret(ABANDON), &options, Protection::Test, false).unwrap();
    let signer = fixture.keyring.unlock(&chain(), "k", None).unwrap();
    let account: String = signer.account_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(account, "9858effd232b4033e47d90003d41ec34ecaeda94");
    assert_eq!(signer.public_key().type_url, ETHERMINT_PUBLIC_KEY);
}

#[test]
fn a_path_of_its_own_wins_over_the_coin_type() {
    let fixture = Fixture::new();
    let second = KeyOptions { hd_path: Some("m/44'/118'/0'/0/1".into()), ..KeyOptions::cosmos("cosmos") };
    let added = fixture.keyring.add(&chain(), "k", &secret(ABANDON), &second, Protection::Test, false).unwrap();
    assert_eq!(added.hd_path, "m/44'/118'/0'/0/1");
    assert_ne!(added.address, "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4");
}

#[test]
fn wrong_mnemonics_are_refused_without_a_word_of_them() {
    let fixture = Fixture::new();
    let swapped = ABANDON.replace("about", "above");
    let unknown = ABANDON.replace("about", "hunter2");
    let short = "abandon ".repeat(9);
    let long = "abandon ".repeat(10_000);
    for wrong in ["", &swapped, &unknown, &short, &long, "påbandon about"] {
        let options = KeyOptions::cosmos("cosmos");
        let error = fixture.keyring.add(&chain(), "k", &secret(wrong), &options, Protection::Test, false).unwrap_err();
        assert!(matches!(error, KeyError::Mnemonic { .. }), "{error:?}");
        let text = format!("{error} {error:?}");
        assert!(!["abandon", "above", "hunter2"].iter().any(|word| text.contains(word)), "{text}");
    }
}

#[test]
fn wrong_options_are_named() {
    let fixture = Fixture::new();
    let path = |path: &str| KeyOptions { hd_path: Some(path.into()), ..KeyOptions::cosmos("cosmos") };
    let algorithm = Algorithm::EthSecp256k1 { public_key_type_url: "no slash".into() };
    let wrong = [
        (path("44'/118'"), "44'/118'"),
        (path("m/x"), "m/x"),
        (path(&format!("m{}", "/0".repeat(300))), "too many levels"),
        (KeyOptions::cosmos(""), "address prefix"),
        (KeyOptions::cosmos("COSMOS"), "COSMOS"),
        (KeyOptions { coin_type: u32::MAX, ..KeyOptions::cosmos("cosmos") }, "HD path"),
        (KeyOptions { algorithm, ..KeyOptions::cosmos("cosmos") }, "no slash"),
    ];
    for (options, named) in wrong {
        let error =
            fixture.keyring.add(&chain(), "k", &secret(ABANDON), &options, Protection::Test, false).unwrap_err();
        assert!(matches!(error, KeyError::Option { .. }) && error.to_string().contains(named), "{error}");
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let fixture = Fixture::new();
    let long = "a".repeat(65);
    for name in ["", ".", "..", ".hidden", "a/b", "../a", "a b", "a\0b", "ä", long.as_str()] {
        let error = fixture.add(name, Protection::Test).unwrap_err();
        assert!(matches!(error, KeyError::UnsafeName { kind: "key name", .. }), "{name:?}: {error:?}");
    }
    for id in ["..", "a/../../b", ".a"] {
        let error = fixture.keyring.show(&id.parse().unwrap(), "k").unwrap_err();
        assert!(matches!(error, KeyError::UnsafeName { kind: "chain id", .. }), "{id:?}: {error:?}");
    }
    assert!(!fixture.dir.path().join("keys").exists());
}

#[test]
fn files_and_directories_are_for_their_owner_alone() {
    let fixture = Fixture::new();
    let path = fixture.encrypted();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(path.parent().unwrap().parent().unwrap()), 0o700);
    let names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["relayer.json"], "no draft is left");
}

#[test]
fn a_file_that_others_can_read_is_refused_with_the_mend() {
    let fixture = Fixture::new();
    let path = fixture.encrypted();
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let error = fixture.keyring.unlock(&chain(), "relayer", Some(&secret("correct horse"))).unwrap_err();
        assert!(matches!(error, KeyError::OpenToOthers { .. }), "{mode:o}: {error:?}");
        assert!(error.to_string().contains(&format!("chmod 600 {}", path.display())), "{error}");
    }
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    fixture.keyring.unlock(&chain(), "relayer", Some(&secret("correct horse"))).unwrap();
}

#[test]
fn an_encrypted_key_needs_its_passphrase() {
    let fixture = Fixture::new();
    let path = fixture.encrypted();
    assert_eq!(fixture.keyring.backend(&chain(), "relayer").unwrap(), Backend::Encrypted);
    let unlock =
        |passphrase: Option<&str>| fixture.keyring.unlock(&chain(), "relayer", passphrase.map(secret).as_ref());
    assert_eq!(unlock(Some("correct horse")).unwrap().address(), "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4");
    let wrong = unlock(Some("correct horsf")).unwrap_err();
    assert!(matches!(wrong, KeyError::WrongPassphrase { .. }), "{wrong:?}");
    let none = unlock(None).unwrap_err();
    assert!(matches!(none, KeyError::PassphraseNeeded { .. }), "{none:?}");
    for error in [wrong, none] {
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
    let empty = fixture.add("other", Protection::Encrypted(secret(""))).unwrap_err();
    assert!(matches!(empty, KeyError::EmptyPassphrase));
}

#[test]
fn an_encrypted_file_holds_neither_key_nor_words() {
    let fixture = Fixture::new();
    let path = fixture.encrypted();
    let content = fs::read(&path).unwrap();
    let text = String::from_utf8(content).unwrap();
    for piece in ["abandon", "about", "correct horse", &ABANDON_KEY[..16], &ABANDON_KEY[48..]] {
        assert!(!text.contains(piece), "{piece}");
    }
    // The claim has teeth: the plain file of the same key does hold it.
    fixture.add("plain", Protection::Test).unwrap();
    let plain = fs::read_to_string(fixture.path("plain")).unwrap();
    assert!(plain.contains(ABANDON_KEY) && plain.contains("\"backend\": \"test\""), "{plain}");
    assert!(!plain.contains("abandon"), "no file holds the words");
}

#[test]
fn two_files_of_one_key_have_nothing_secret_in_common() {
    let fixture = Fixture::new();
    let read = |path: PathBuf| -> serde_json::Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
    let first = read(fixture.encrypted());
    fixture.add("second", Protection::Encrypted(secret("correct horse"))).unwrap();
    let second = read(fixture.path("second"));
    for field in ["salt", "nonce", "ciphertext"] {
        assert!(first["encryption"][field].is_string());
        assert_ne!(first["encryption"][field], second["encryption"][field], "{field}");
    }
}

#[test]
fn every_flipped_byte_is_noticed_or_means_the_same() {
    for protection in [Protection::Encrypted(secret("correct horse")), Protection::Test] {
        let fixture = Fixture::new();
        let added = fixture.add("relayer", protection).unwrap();
        let path = fixture.path("relayer");
        let whole = fs::read(&path).unwrap();
        // The last byte is the line's end, which means nothing.
        for at in 0..whole.len() - 1 {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x04;
            fs::write(&path, &flipped).unwrap();
            match fixture.keyring.show(&chain(), "relayer") {
                Err(error) => assert!(error.to_string().contains("relayer.json"), "{error}"),
                Ok(shown) => assert_eq!(shown, added, "at {at}"),
            }
        }
    }
}

#[test]
fn every_cut_file_is_corrupt() {
    let fixture = Fixture::new();
    let path = fixture.encrypted();
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() - 2 {
        fs::write(&path, &whole[..length]).unwrap();
        let error = fixture.keyring.unlock(&chain(), "relayer", Some(&secret("correct horse"))).unwrap_err();
        assert!(matches!(error, KeyError::Corrupt { .. }), "{length}: {error:?}");
        assert!(error.to_string().contains("relayer.json") && error.to_string().contains("restore"), "{error}");
    }
    fs::write(&path, vec![b' '; 1 << 20]).unwrap();
    assert!(matches!(fixture.keyring.show(&chain(), "relayer"), Err(KeyError::Corrupt { .. })));
}

#[test]
fn a_missing_key_is_missing() {
    let fixture = Fixture::new();
    let deleted = fixture.keyring.delete(&chain(), "relayer").unwrap_err();
    for error in [fixture.keyring.show(&chain(), "relayer").unwrap_err(), deleted] {
        assert!(matches!(error, KeyError::Missing { .. }), "{error:?}");
        assert!(error.to_string().contains("lightship keys add relayer --chain chain-a"), "{error}");
    }
}

#[test]
fn a_key_of_another_chain_or_name_is_refused() {
    let fixture = Fixture::new();
    let path = fixture.encrypted();
    fs::copy(&path, fixture.path("renamed")).unwrap();
    let error = fixture.keyring.show(&chain(), "renamed").unwrap_err();
    assert!(matches!(&error, KeyError::OtherName { found, .. } if found == "relayer"), "{error:?}");

    let elsewhere = fixture.dir.path().join("keys/chain-b");
    fs::create_dir(&elsewhere).unwrap();
    fs::rename(&path, elsewhere.join("relayer.json")).unwrap();
    let error = fixture.keyring.unlock(&"chain-b".parse().unwrap(), "relayer", None).unwrap_err();
    assert!(matches!(&error, KeyError::OtherChain { found, .. } if found == "chain-a"), "{error:?}");
    assert!(error.to_string().contains("chain-b/relayer.json"), "{error}");
}

#[test]
fn a_later_version_is_named_not_called_corrupt() {
    let fixture = Fixture::new();
    let path = fixture.encrypted();
    let later = fs::read_to_string(&path).unwrap().replace("\"version\": 1", "\"version\": 2, \"more\": true");
    fs::write(&path, later).unwrap();
    let error = fixture.keyring.show(&chain(), "relayer").unwrap_err();
    assert!(matches!(error, KeyError::Version { version: 2, .. }), "{error:?}");
}

#[test]
fn an_existing_key_stays_unless_it_is_to_be_overwritten() {
    let fixture = Fixture::new();
    let path = fixture.encrypted();
    let before = fs::read(&path).unwrap();
    assert!(matches!(fixture.add("relayer", Protection::Test), Err(KeyError::Exists { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);
    let options = KeyOptions::cosmos("osmo");
    fixture.keyring.add(&chain(), "relayer", &secret(ABANDON), &options, Protection::Test, true).unwrap();
    assert_eq!(fixture.keyring.backend(&chain(), "relayer").unwrap(), Backend::Test);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn lists_keys_by_chain_and_name() {
    let fixture = Fixture::new();
    assert_eq!(fixture.keyring.list(None).unwrap(), []);
    let options = KeyOptions::cosmos("cosmos");
    for (chain, name) in [("chain-b", "x"), ("chain-a", "z"), ("chain-a", "y")] {
        let chain = chain.parse().unwrap();
        fixture.keyring.add(&chain, name, &secret(ABANDON), &options, Protection::Test, false).unwrap();
    }
    fs::write(fixture.path(".y.json.0123"), "a draft that a killed process left").unwrap();
    fs::write(fixture.dir.path().join("keys/notes"), "no chain").unwrap();
    let names = |chain: Option<&ChainId>| -> Vec<(String, String)> {
        let keys = fixture.keyring.list(chain).unwrap();
        keys.into_iter().map(|key| (key.chain.to_string(), key.name)).collect()
    };
    let pair = |chain: &str, name: &str| (chain.to_owned(), name.to_owned());
    assert_eq!(names(None), [pair("chain-a", "y"), pair("chain-a", "z"), pair("chain-b", "x")]);
    assert_eq!(names(Some(&"chain-b".parse().unwrap())), [pair("chain-b", "x")]);
    fixture.keyring.delete(&chain(), "y").unwrap();
    assert_eq!(names(Some(&chain())), [pair("chain-a", "z")]);
}

#[test]
fn debug_output_shows_no_secret() {
    let fixture = Fixture::new();
    fixture.add("plain", Protection::Test).unwrap();
    let protection = Protection::Encrypted(secret("correct horse"));
    let signer = fixture.keyring.unlock(&chain(), "plain", None).unwrap();
    let summary = fixture.keyring.show(&chain(), "plain").unwrap();
    let text = format!("{protection:?} {signer:?} {summary:?} {:?} {:?}", fixture.keyring, secret(ABANDON));
    for piece in ["correct", "abandon", &ABANDON_KEY[..12], "196, 164, 142"] {
        assert!(!text.contains(piece), "{piece} in {text}");
    }
}
