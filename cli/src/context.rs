//! What every command is given: the configuration, and the form of its answer.

use std::path::{Path, PathBuf};

use crate::args::{Command, ConfigCommand, EvidenceCommand, GlobalArgs};
use crate::config::{CONFIG_NAME, Config, ConfigError, LogConfig};
use crate::exit::Failure;
use crate::output::Output;

/// Directory of the configuration, in the user's home.
const HOME_DIRECTORY: &str = ".lightship";
/// What `demo` and `devnet` let through of the relayer's log, unless they are told otherwise: they say themselves what
/// is done.
const DEVNET_LOG_LEVEL: &str = "warn";

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where the configuration is, or would be.
    pub(crate) file: PathBuf,
    /// The form of the answer.
    pub(crate) output: Output,
    config: Option<Config>,
    log: LogConfig,
}

impl Context {
    /// Reads the configuration, where the command has a use for it.
    ///
    /// # Errors
    /// Where the configuration is wrong; where there is none although the command needs it, or names its file.
    pub(crate) fn new(global: &GlobalArgs, command: &Command) -> Result<Self, Failure> {
        let file = match (&global.config, std::env::home_dir()) {
            (Some(file), _) => file.clone(),
            (None, Some(home)) => home.join(HOME_DIRECTORY).join(CONFIG_NAME),
            (None, None) if matches!(command, Command::Demo(_) | Command::Devnet(_) | Command::Light(_)) => {
                PathBuf::from(CONFIG_NAME)
            }
            (None, None) => {
                return Err(Failure::wrong("there is no home directory; name the configuration with --config"));
            }
        };
        let output = if global.json { Output::Json } else { Output::Human };
        let config = match command {
            // A broken configuration is no reason to refuse them.
            Command::Completions { .. } | Command::Demo(_) | Command::Devnet(_) | Command::Light(_) => None,
            Command::Keys(_) | Command::Evidence(EvidenceCommand::Show { .. } | EvidenceCommand::Verify(_))
                if global.config.is_none() =>
            {
                match Config::load(&file) {
                    Err(ConfigError::Missing { .. }) => None,
                    read => Some(read?),
                }
            }
            Command::Keys(_)
            | Command::Evidence(_)
            | Command::Start(_)
            | Command::Monitor(_)
            | Command::Clear(_)
            | Command::Explain(_)
            | Command::Update(_)
            | Command::Upgrade(_)
            | Command::Create(_)
            | Command::Tx(_)
            | Command::Query(_)
            | Command::Config(ConfigCommand::Check) => Some(Config::load(&file)?),
        };
        let mut log = config.as_ref().map_or_else(LogConfig::default, |config| config.log.clone());
        if let Command::Demo(_) | Command::Devnet(_) = command {
            DEVNET_LOG_LEVEL.clone_into(&mut log.level);
        }
        Ok(Self { file, output, config, log })
    }

    /// What a command is given that runs within another one.
    pub(crate) fn of(config: Config, output: Output) -> Self {
        Self { file: config.file.clone(), output, log: config.log.clone(), config: Some(config) }
    }

    /// The configuration.
    ///
    /// # Errors
    /// Where there is no file; only `keys` runs without one.
    pub(crate) fn config(&self) -> Result<&Config, Failure> {
        self.config_if_any().ok_or_else(|| ConfigError::Missing { file: self.file.clone() }.into())
    }

    /// The configuration, if there is a file.
    pub(crate) fn config_if_any(&self) -> Option<&Config> {
        self.config.as_ref()
    }

    /// What is logged, and how: the arguments go before the configuration.
    pub(crate) fn log(&self, global: &GlobalArgs) -> LogConfig {
        let mut log = self.log.clone();
        if let Some(level) = &global.log_level {
            log.level.clone_from(level);
        }
        if global.log_json {
            log.format = crate::config::LogFormat::Json;
        }
        log
    }

    /// Directory of the evidence files.
    pub(crate) fn evidence_directory(&self) -> PathBuf {
        let store = || self.file.parent().unwrap_or(Path::new("")).join(crate::config::STORE_DIRECTORY);
        let default = || store().join(crate::config::EVIDENCE_DIRECTORY);
        self.config.as_ref().map_or_else(default, |config| config.evidence.clone())
    }

    /// Directory of the keys.
    pub(crate) fn keys_directory(&self) -> PathBuf {
        let default = || self.file.parent().unwrap_or(Path::new("")).join(crate::config::KEYS_DIRECTORY);
        self.config.as_ref().map_or_else(default, |config| config.keys.clone())
    }
}
