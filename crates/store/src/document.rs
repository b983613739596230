//! Small JSON documents by kind and name, such as the drafts of paths that are being created.
//!
//! No chain can give them again: one that is not as it was written is an error, never a missing one.

use serde_json::Value;

use crate::envelope::{self, Untrusted};
use crate::key::{self, KeyBuilder, KeyReader};
use crate::schema::{self, Change, Tree};
use crate::{Store, StoreError};

impl Store {
    /// Keeps a document, in place of an earlier one of this name.
    ///
    /// # Errors
    /// [`StoreError::Unstorable`] for a name with a zero byte, [`StoreError::Write`].
    pub async fn put_document(&self, kind: &str, name: &str, json: &Value) -> Result<(), StoreError> {
        let payload = schema::json(&format!("{kind} {name:?}"), json)?;
        self.commit(vec![Change::put(Tree::Document, document_key(kind, name)?, &payload)?]).await
    }

    /// The document of this name.
    ///
    /// # Errors
    /// [`StoreError::BadRecord`] if it is not as it was written, [`StoreError::Unstorable`], [`StoreError::Read`].
    pub fn document(&self, kind: &str, name: &str) -> Result<Option<Value>, StoreError> {
        let key = document_key(kind, name)?;
        let Some(sealed) = self.backend().read(Tree::Document, &key)? else { return Ok(None) };
        read(&key, &sealed).map(Some).map_err(|reason| bad(&key, &reason))
    }

    /// All documents of a kind, by name.
    ///
    /// # Errors
    /// Those of [`Store::document`].
    pub fn documents(&self, kind: &str) -> Result<Vec<(String, Value)>, StoreError> {
        let mut found = Vec::new();
        self.backend().scan(Tree::Document, &document_prefix(kind)?, &mut |key, sealed| {
            found.push(read(key, sealed).map(|json| (name(key), json)).map_err(|reason| bad(key, &reason)));
        })?;
        found.into_iter().collect()
    }

    /// Deletes a document, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Unstorable`], [`StoreError::Write`].
    pub async fn delete_document(&self, kind: &str, name: &str) -> Result<(), StoreError> {
        self.commit(vec![Change::delete(Tree::Document, document_key(kind, name)?)]).await
    }
}

fn read(key: &[u8], sealed: &[u8]) -> Result<Value, Untrusted> {
    schema::parse(&envelope::open(Tree::Document.name(), key, sealed)?)
}

fn bad(key: &[u8], reason: &Untrusted) -> StoreError {
    StoreError::BadRecord {
        tree: Tree::Document.name(),
        name: Tree::Document.describe(key),
        reason: reason.to_string(),
    }
}

fn name(key: &[u8]) -> String {
    let mut reader = KeyReader(key);
    let name = reader.text().and_then(|_kind| reader.text());
    name.map_or_else(|| Tree::Document.describe(key), str::to_owned)
}

fn document_prefix(kind: &str) -> Result<Vec<u8>, StoreError> {
    Ok(KeyBuilder::default().text(key_text(kind)?).build())
}

fn document_key(kind: &str, name: &str) -> Result<Vec<u8>, StoreError> {
    Ok(KeyBuilder::default().text(key_text(kind)?).text(key_text(name)?).build())
}

fn key_text(text: &str) -> Result<&str, StoreError> {
    if key::is_key_text(text) {
        return Ok(text);
    }
    let reason = "its name holds a zero byte".to_owned();
    Err(StoreError::Unstorable { what: format!("document {text:?}"), reason })
}
