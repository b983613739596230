//! The store from outside: counted and checked, written out as JSON lines, read in again.
//!
//! A line is `{"tree", "name", "key", "head", "tail"}`: `name` is the key in words and is not read again, `key` and
//! `tail` are hex, `head` is JSON or absent.

use std::io::{BufRead, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::envelope::{self, Payload, Untrusted};
use crate::schema::{self, Change, Tree};
use crate::{Store, StoreError};

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Every tree.
    pub trees: Vec<TreeCount>,
}

/// What a check found in one tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TreeCount {
    /// Its name.
    pub tree: &'static str,
    /// How many values are as they were written.
    pub records: usize,
    /// The size of all its keys and values, in bytes.
    pub bytes: u64,
    /// The others: the key in words, and what is wrong.
    pub bad: Vec<(String, String)>,
}

impl Check {
    /// How many values are not as they were written.
    pub fn bad_records(&self) -> usize {
        self.trees.iter().map(|tree| tree.bad.len()).sum()
    }
}

/// One line of an export.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    tree: String,
    #[serde(default)]
    name: String,
    #[serde(with = "hex::serde")]
    key: Vec<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    head: Option<Value>,
    #[serde(default, with = "hex::serde", skip_serializing_if = "Vec::is_empty")]
    tail: Vec<u8>,
}

/// Tells a head that says `null` from no head at all.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Store {
    /// Reads everything once and counts it.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn check(&self) -> Result<Check, StoreError> {
        let mut trees = Vec::new();
        for tree in Tree::ALL {
            let mut count = TreeCount { tree: tree.name(), records: 0, bytes: 0, bad: Vec::new() };
            self.backend().scan(tree, &[], &mut |key, sealed| {
                count.bytes = count.bytes.saturating_add((key.len() + sealed.len()) as u64);
                match open_and_read(tree, key, sealed) {
                    Ok(_) => count.records += 1,
                    Err(reason) => count.bad.push((tree.describe(key), reason.to_string())),
                }
            })?;
            trees.push(count);
        }
        Ok(Check { trees })
    }

    /// Writes everything that is as it was written, one JSON object a line; answers how many lines.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Export`].
    pub fn export(&self, out: &mut dyn Write) -> Result<usize, StoreError> {
        let mut lines = 0;
        for tree in Tree::ALL {
            let mut written = Ok(());
            self.backend().scan(tree, &[], &mut |key, sealed| {
                if written.is_ok()
                    && let Some(line) = line(tree, key, sealed)
                {
                    written = serde_json::to_writer(&mut *out, &line).map_err(Into::into);
                    written = core::mem::replace(&mut written, Ok(())).and_then(|()| out.write_all(b"\n"));
                    lines += 1;
                }
            })?;
            written.map_err(StoreError::Export)?;
        }
        out.flush().map_err(StoreError::Export)?;
        Ok(lines)
    }

    /// Reads what [`Store::export`] wrote into this store, over what stands there; all of it, or nothing.
    /// Answers how many lines it took, once they are durable.
    ///
    /// # Errors
    /// [`StoreError::Import`] for a line that is not one of an export, [`StoreError::Write`].
    pub fn import(&self, input: &mut dyn BufRead) -> impl Future<Output = Result<usize, StoreError>> + Send + use<> {
        let queued = parse_lines(input).map(|changes| (changes.len(), self.commit(changes)));
        async move {
            let (lines, done) = queued?;
            done.await.map(|()| lines)
        }
    }
}

fn open_and_read(tree: Tree, key: &[u8], sealed: &[u8]) -> Result<Payload, Untrusted> {
    let payload = envelope::open(tree.name(), key, sealed)?;
    schema::record(tree, key, payload.clone())?;
    Ok(payload)
}

/// The line of a value, or nothing for one that is not as it was written.
fn line(tree: Tree, key: &[u8], sealed: &[u8]) -> Option<Line> {
    let payload = open_and_read(tree, key, sealed).ok()?;
    let head = if payload.head.is_empty() { None } else { Some(schema::parse(&payload).ok()?) };
    Some(Line { tree: tree.name().to_owned(), name: tree.describe(key), key: key.to_vec(), head, tail: payload.tail })
}

fn parse_lines(input: &mut dyn BufRead) -> Result<Vec<Change>, StoreError> {
    let mut changes = Vec::new();
    for (index, text) in input.lines().enumerate() {
        let refuse = |reason: String| StoreError::Import { line: index + 1, reason };
        let text = text.map_err(|e| refuse(e.to_string()))?;
        if text.trim().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_str(&text).map_err(|e| refuse(e.to_string()))?;
        let tree = Tree::ALL.into_iter().find(|tree| tree.name() == line.tree);
        let tree = tree.ok_or_else(|| refuse(format!("no tree is called {:?}", line.tree)))?;
        let head = line.head.map_or_else(|| Ok(Vec::new()), |head| serde_json::to_vec(&head));
        let payload = Payload { head: head.map_err(|e| refuse(e.to_string()))?, tail: line.tail };
        schema::record(tree, &line.key, payload.clone()).map_err(|e| refuse(e.to_string()))?;
        changes.push(Change::put(tree, line.key, &payload)?);
    }
    Ok(changes)
}
