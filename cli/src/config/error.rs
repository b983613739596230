//! What is wrong with a configuration, and where.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml_edit::{ImDocument, Item, TableLike};
use types::ChainId;

/// Why there is no configuration to work with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// There is no file.
    #[error("{}: there is no such configuration file; write one (config.example.toml shows every key) or name another with --config", file.display())]
    Missing {
        /// Where it was looked for.
        file: PathBuf,
    },
    /// The file can't be read.
    #[error("{}: the configuration can't be read: {source}; mend the file or its permissions", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something in it is wrong.
    #[error("{}:{line}:{column}: {}{message}", file.display(), key.as_ref().map(|key| format!("{key}: ")).unwrap_or_default())]
    Wrong {
        /// The file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        /// The key, such as `chains[0].gas_price`; none where the text is no TOML.
        key: Option<String>,
        /// What is wrong, and the mend.
        message: String,
    },
    /// A command names a chain that is not configured.
    #[error(
        "chain {id} is not in {}; {}",
        file.display(),
        if known.is_empty() { "add a [[chains]] block for it".to_owned() } else { format!("configured are: {known}") }
    )]
    UnknownChain {
        /// The file.
        file: PathBuf,
        /// What was asked for.
        id: ChainId,
        /// What there is, separated by commas.
        known: String,
    },
    /// There is nothing to relay.
    #[error("{}: no path is configured; open one with `lightship create path A B`, or write a [[paths]] block", file.display())]
    NoPath {
        /// The file.
        file: PathBuf,
    },
    /// A path can't be added to the file by a program.
    #[error("{}: {message}; add the path's [[paths]] block to it yourself", file.display())]
    Unsaved {
        /// The file.
        file: PathBuf,
        /// Why not.
        message: String,
    },
}

/// A file's text, and the places in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) file: &'a Path,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// A refusal of what stands at these bytes.
    pub(super) fn wrong(self, span: Range<usize>, message: impl Into<String>) -> ConfigError {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        ConfigError::Wrong {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            key: self.key_at(span.start),
            message: message.into(),
        }
    }

    /// The same for what the parser refused.
    pub(super) fn unparsable(self, error: &toml::de::Error) -> ConfigError {
        let message = error.message().trim().lines().collect::<Vec<_>>().join("; ");
        self.wrong(error.span().unwrap_or(0..0), message)
    }

    fn key_at(self, offset: usize) -> Option<String> {
        let document = ImDocument::parse(self.text).ok()?;
        key_in_table(document.as_table(), offset)
    }
}

fn key_in_table(table: &dyn TableLike, offset: usize) -> Option<String> {
    table.iter().find_map(|(name, item)| {
        if let Some(rest) = key_in_item(item, offset) {
            return Some(format!("{name}{rest}"));
        }
        let key = table.get_key_value(name).and_then(|(key, _)| key.span());
        let is_here = holds(key, offset) || holds(item.span(), offset);
        is_here.then(|| name.to_owned())
    })
}

/// The rest of the key below this item, with its dot or bracket.
fn key_in_item(item: &Item, offset: usize) -> Option<String> {
    if let Some(tables) = item.as_array_of_tables() {
        return tables.iter().enumerate().find_map(|(index, table)| match key_in_table(table, offset) {
            Some(rest) => Some(format!("[{index}].{rest}")),
            None => holds(table.span(), offset).then(|| format!("[{index}]")),
        });
    }
    if let Some(array) = item.as_array() {
        return array.iter().enumerate().find_map(|(index, value)| {
            if !holds(value.span(), offset) {
                return None;
            }
            let below = value.as_inline_table().and_then(|table| key_in_table(table, offset));
            Some(below.map_or_else(|| format!("[{index}]"), |rest| format!("[{index}].{rest}")))
        });
    }
    key_in_table(item.as_table_like()?, offset).map(|rest| format!(".{rest}"))
}

fn holds(span: Option<Range<usize>>, offset: usize) -> bool {
    span.is_some_and(|span| span.contains(&offset))
}
