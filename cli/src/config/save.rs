//! Adds a path to the configuration file; everything else in it, comments too, stays as it was.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use engine::{ChannelPath, PathEnd};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};
use types::{ChainId, Order};

use super::{ChannelName, Config, ConfigError};

/// What saving did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    /// A `[[paths]]` block was added.
    Added,
    /// Channels were added to the block that has these clients and connections.
    Extended,
    /// All of it stood there before.
    Unchanged,
}

/// The name of a path that the file gives none.
pub(super) fn derived_name(a: &ChainId, b: &ChainId) -> String {
    format!("{a}--{b}")
}

/// The `[[paths]]` block of a path, as [`save_path`] writes it.
pub(crate) fn path_block(path: &engine::Path) -> String {
    let mut document = DocumentMut::new();
    let mut paths = ArrayOfTables::new();
    paths.push(table(path));
    document.insert("paths", Item::ArrayOfTables(paths));
    document.to_string().trim_start().to_owned()
}

/// Writes the path into the file: as a new block, or its channels into the block with the same two ends.
///
/// A name that another path has gets a number behind it. What is written was parsed first, so that a good file never
/// becomes a bad one, and replaces the file in one step.
///
/// # Errors
/// Where the file can't be read or written, is no good configuration, or has its paths in a form that can't be extended.
pub(crate) fn save_path(file: &Path, path: &engine::Path) -> Result<Saved, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { file: file.to_owned(), source };
    // A link to the file stays one: what it points to is replaced.
    let target = fs::canonicalize(file).map_err(unreadable)?;
    let text = fs::read_to_string(&target).map_err(unreadable)?;
    let config = Config::parse(file, &text)?;
    let unsaved = |message: String| ConfigError::Unsaved { file: file.to_owned(), message };

    let same_ends = config.paths.iter().position(|known| orient(path, known).is_some());
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| unsaved(error.message().to_owned()))?;
    let saved = match same_ends {
        // All channels of its clients are relayed already.
        Some(index) if config.discover.contains(&config.paths[index].id) => return Ok(Saved::Unchanged),
        Some(index) => {
            let known = &config.paths[index];
            let wanted = orient(path, known).unwrap_or_default();
            let missing: Vec<_> = wanted.into_iter().filter(|channel| !known.channels.contains(channel)).collect();
            if missing.is_empty() {
                return Ok(Saved::Unchanged);
            }
            extend(&mut document, index, &missing)
                .ok_or_else(|| unsaved("its channels are not a plain list".to_owned()))?;
            Saved::Extended
        }
        None => {
            let named = engine::Path { id: engine::PathId(free_name(&config, &path.id.0).into()), ..path.clone() };
            add(&mut document, &named).ok_or_else(|| unsaved("its paths are not [[paths]] blocks".to_owned()))?;
            Saved::Added
        }
    };
    let text = document.to_string();
    Config::parse(file, &text).map_err(|error| unsaved(format!("the path doesn't go with what it holds ({error})")))?;
    replace(&target, &text).map_err(|error| unsaved(format!("it can't be written ({error})")))?;
    Ok(saved)
}

/// The channels of `path` as seen from the ends of `known`; none where the two have other ends.
fn orient(path: &engine::Path, known: &engine::Path) -> Option<Vec<ChannelPath>> {
    let swap = |channel: &ChannelPath| ChannelPath { a: channel.b.clone(), b: channel.a.clone(), order: channel.order };
    match (&path.a, &path.b) {
        (a, b) if *a == known.a && *b == known.b => Some(path.channels.clone()),
        (a, b) if *a == known.b && *b == known.a => Some(path.channels.iter().map(swap).collect()),
        _ => None,
    }
}

fn free_name(config: &Config, wanted: &str) -> String {
    let is_free = |name: &String| config.paths.iter().all(|path| *path.id.0 != **name);
    let numbered = (2..=config.paths.len() + 1).map(|number| format!("{wanted}-{number}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(is_free).unwrap_or_else(|| wanted.to_owned())
}

fn add(document: &mut DocumentMut, path: &engine::Path) -> Option<()> {
    let paths = document.entry("paths").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    paths.as_array_of_tables_mut()?.push(table(path));
    Some(())
}

fn extend(document: &mut DocumentMut, index: usize, channels: &[ChannelPath]) -> Option<()> {
    let path: &mut dyn TableLike = match document.get_mut("paths")? {
        Item::ArrayOfTables(paths) => paths.get_mut(index)?,
        Item::Value(Value::Array(paths)) => paths.get_mut(index)?.as_inline_table_mut()?,
        Item::None | Item::Value(_) | Item::Table(_) => return None,
    };
    let written = path.get_mut("channels")?.as_array_mut()?;
    // Keeps the indentation of a list with a line for each channel.
    let decor = written.iter().next().map(|first| first.decor().clone());
    for channel in channels {
        let mut value = Value::InlineTable(inline_channel(channel));
        if let Some(prefix) = decor.as_ref().and_then(|decor| decor.prefix()).and_then(|prefix| prefix.as_str()) {
            let blank = if prefix.contains('\n') {
                format!("\n{}", prefix.rsplit('\n').next().unwrap_or_default())
            } else {
                " ".to_owned()
            };
            value.decor_mut().set_prefix(blank);
        }
        written.push_formatted(value);
    }
    Some(())
}

fn table(path: &engine::Path) -> Table {
    let mut table = Table::new();
    table.decor_mut().set_prefix("\n");
    table.insert("name", path.id.0.as_ref().into());
    table.insert("a", inline_end(&path.a).into());
    table.insert("b", inline_end(&path.b).into());
    let mut channels = Array::new();
    for channel in &path.channels {
        let mut value = Value::InlineTable(inline_channel(channel));
        value.decor_mut().set_prefix("\n    ");
        channels.push_formatted(value);
    }
    channels.set_trailing("\n");
    channels.set_trailing_comma(true);
    table.insert("channels", Value::Array(channels).into());
    table
}

fn inline_end(end: &PathEnd) -> Value {
    let mut table = InlineTable::new();
    table.insert("chain", end.chain.as_str().into());
    table.insert("client", end.client.as_str().into());
    table.insert("connection", end.connection.as_str().into());
    Value::InlineTable(table)
}

fn inline_channel(channel: &ChannelPath) -> InlineTable {
    let name = |(port, id): &(types::PortId, types::ChannelId)| {
        ChannelName { port: port.clone(), channel: id.clone() }.to_string()
    };
    let mut table = InlineTable::new();
    table.insert("a", name(&channel.a).into());
    table.insert("b", name(&channel.b).into());
    if channel.order == Order::Ordered {
        table.insert("order", channel.order.to_string().into());
    }
    table
}

/// Replaces the file in one step: a crash leaves the old text or the new one, never a part.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = directory.join(name);
    let write = || {
        let mut handle = fs::File::create(&new)?;
        handle.set_permissions(fs::metadata(file)?.permissions())?;
        handle.write_all(text.as_bytes())?;
        handle.sync_all()?;
        fs::rename(&new, file)?;
        fs::File::open(directory)?.sync_all()
    };
    write().inspect_err(|_| {
        // Best effort: the write's own error is what matters.
        if let Err(error) = fs::remove_file(&new)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(file = %new.display(), %error, "a temporary file is left");
        }
    })
}
