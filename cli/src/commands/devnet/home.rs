//! A directory with all that `start` needs: keys in clear text, the store, and last of all the configuration.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use keyring::{KeyOptions, Keyring, Protection, SecretString};

use super::chains::{RELAYER, Reach};
use crate::config::{CONFIG_NAME, Config, KEYS_DIRECTORY, STORE_DIRECTORY, path_block};
use crate::exit::Failure;

/// The directory. What was put into it goes again, unless the configuration was written.
#[derive(Debug)]
pub(crate) struct Home {
    directory: PathBuf,
    /// It was not there before.
    is_new: bool,
    is_written: bool,
}

impl Home {
    /// Makes the directory, if it is not there.
    ///
    /// # Errors
    /// When something of its name is there already: chains begin anew each time, and an old store or an old
    /// configuration would tell of others. Nothing is overwritten.
    pub(crate) fn make(directory: &Path) -> Result<Self, Failure> {
        for name in [CONFIG_NAME, KEYS_DIRECTORY, STORE_DIRECTORY] {
            let file = directory.join(name);
            if file.exists() {
                let mend = "remove it, or name another directory";
                return Err(Failure::wrong(format!(
                    "{} is there already and is not overwritten; {mend}",
                    file.display()
                )));
            }
        }
        let is_new = !directory.exists();
        fs::create_dir_all(directory)
            .map_err(|error| Failure::wrong(format!("{} can't be made: {error}", directory.display())))?;
        Ok(Self { directory: directory.to_owned(), is_new, is_written: false })
    }

    /// Adds the key of each account on each chain.
    ///
    /// # Errors
    /// When a file can't be written.
    pub(crate) fn add_keys(&self, reaches: &[Reach]) -> Result<(), Failure> {
        let keyring = Keyring::open(self.directory.join(KEYS_DIRECTORY));
        for reach in reaches {
            for purse in &reach.accounts {
                let mnemonic = SecretString::from(purse.mnemonic.as_str());
                let options = KeyOptions::cosmos(&reach.prefix);
                keyring.add(&reach.id, &purse.name, &mnemonic, &options, Protection::Test, false)?;
            }
        }
        Ok(())
    }

    /// The configuration, which is not written yet.
    ///
    /// # Errors
    /// When it would be a bad one.
    pub(crate) fn config(&self, reaches: &[Reach], paths: &[engine::Path]) -> Result<Config, Failure> {
        Config::parse(&self.file(), &text(reaches, paths)).map_err(Failure::internal)
    }

    /// Writes the configuration: from now on the directory is its user's.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn write(&mut self, reaches: &[Reach], paths: &[engine::Path]) -> Result<Config, Failure> {
        let config = self.config(reaches, paths)?;
        let written = fs::File::create_new(self.file())
            .and_then(|mut file| std::io::Write::write_all(&mut file, text(reaches, paths).as_bytes()));
        written.map_err(|error| Failure::wrong(format!("{} can't be written: {error}", self.file().display())))?;
        self.is_written = true;
        Ok(config)
    }

    fn file(&self) -> PathBuf {
        self.directory.join(CONFIG_NAME)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.is_written {
            return;
        }
        for name in [KEYS_DIRECTORY, STORE_DIRECTORY] {
            let made = self.directory.join(name);
            if let Err(error) = fs::remove_dir_all(&made)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!(directory = %made.display(), %error, "this is left behind");
            }
        }
        // Not when something else was put there meanwhile.
        if self.is_new
            && let Err(error) = fs::remove_dir(&self.directory)
        {
            tracing::debug!(directory = %self.directory.display(), %error, "this is left behind");
        }
    }
}

/// The file. What is not in it holds by default, or is learned from the chains.
fn text(reaches: &[Reach], paths: &[engine::Path]) -> String {
    let mut text = String::from(
        "# Written by `lightship`, for chains that live as long as the command that started them.\n\
         # What else may stand here: config.example.toml.\n",
    );
    // Their defaults, said because they lie beside this file.
    let directories = format!("store = \"{STORE_DIRECTORY}\"\nkeys = \"{KEYS_DIRECTORY}\"\n");
    text.push_str(&directories);
    for Reach { id, gas_price, nodes, prefix, .. } in reaches {
        // The second one, where there is one, is a witness.
        let rpc: Vec<String> = nodes.iter().map(|node| format!("\"{}\"", node.rpc)).collect();
        let rpc = rpc.join(", ");
        // Writing into a String can't fail.
        write!(
            text,
            "\n[[chains]]\nid = \"{id}\"\nrpc = [{rpc}]\nkey = \"{RELAYER}\"\ngas_price = \"{gas_price}\"\n\
             account_prefix = \"{prefix}\"\n"
        )
        .unwrap_or_default();
    }
    for path in paths {
        text.push('\n');
        text.push_str(&path_block(path));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::chains::{NodeReach, Purse};
    use super::*;

    /// BIP-39's own test vector: guards nothing.
    const MNEMONIC: &str =
        "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

    fn reach(id: &str, ports: &[u16]) -> Reach {
        let node = |port: &u16| NodeReach {
            rpc: format!("http://127.0.0.1:{port}"),
            websocket: format!("ws://127.0.0.1:{port}/websocket"),
            grpc: format!("http://127.0.0.1:{}", port + 1),
        };
        let purse = |name: &str| Purse {
            name: name.to_owned(),
            address: "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4".to_owned(),
            mnemonic: MNEMONIC.to_owned(),
        };
        Reach {
            id: id.parse().unwrap(),
            prefix: "cosmos".to_owned(),
            gas_price: "0.001stake".to_owned(),
            nodes: ports.iter().map(node).collect(),
            accounts: [RELAYER, "user"].map(purse).to_vec(),
        }
    }

    fn path() -> engine::Path {
        let end = |chain: &str| engine::PathEnd {
            chain: chain.parse().unwrap(),
            client: "07-tendermint-0".parse().unwrap(),
            connection: "connection-0".parse().unwrap(),
        };
        let channel = || ("transfer".parse().unwrap(), "channel-0".parse().unwrap());
        engine::Path {
            id: engine::PathId("chain-a--chain-b".into()),
            a: end("chain-a"),
            b: end("chain-b"),
            channels: vec![engine::ChannelPath { a: channel(), b: channel(), order: types::Order::Unordered }],
            policy: Default::default(),
        }
    }

    #[test]
    fn what_is_written_is_a_configuration_with_every_path_and_key() {
        let directory = tempfile::tempdir().unwrap();
        let reaches = [reach("chain-a", &[26_600, 26_602]), reach("chain-b", &[26_610])];
        let mut home = Home::make(&directory.path().join("dev/net")).unwrap();
        home.add_keys(&reaches).unwrap();
        let written = home.write(&reaches, &[path()]).unwrap();
        drop(home);

        let read = Config::load(&written.file).unwrap();
        assert_eq!(read, written);
        assert_eq!(read.paths, [path()]);
        assert_eq!(read.chains[&"chain-a".parse().unwrap()].rpc.len(), 2);
        let keyring = Keyring::open(read.keys);
        for chain in read.chains.values() {
            let key = keyring.show(&chain.id, &chain.key).unwrap();
            assert_eq!(
                (key.address.as_str(), key.backend),
                (reaches[0].accounts[0].address.as_str(), keyring::Backend::Test)
            );
            assert!(keyring.show(&chain.id, "user").is_ok());
        }
        assert_eq!(read.store.parent(), read.file.parent());
    }

    #[test]
    fn nothing_that_is_there_is_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("notes.txt"), "mine").unwrap();
        assert!(Home::make(directory.path()).is_ok());
        for name in ["config.toml", "keys", "store"] {
            let file = directory.path().join(name);
            fs::write(&file, "mine").unwrap();
            let refused = Home::make(directory.path()).unwrap_err().to_string();
            assert!(
                refused.contains(&file.display().to_string()) && refused.contains("another directory"),
                "{refused}"
            );
            fs::remove_file(&file).unwrap();
        }
    }

    #[test]
    fn keys_without_a_configuration_are_taken_away_again() {
        let directory = tempfile::tempdir().unwrap();
        let made = directory.path().join("made");
        for home in [directory.path(), &made] {
            let home = Home::make(home).unwrap();
            home.add_keys(&[reach("chain-a", &[1])]).unwrap();
            assert!(home.directory.join("keys").exists());
            drop(home);
            assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
        }
    }
}
