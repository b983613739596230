//! What is being answered now, so that no case is answered twice at a time.

use std::sync::PoisonError;

use super::Inner;

/// A case that is being answered, until this is dropped.
pub(super) struct Answering<'a> {
    inner: &'a Inner,
    name: String,
}

impl<'a> Answering<'a> {
    /// None, if it is being answered already.
    pub(super) fn begin(inner: &'a Inner, name: &str) -> Option<Self> {
        let mut under_way = inner.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.insert(name.to_owned()).then(|| Self { inner, name: name.to_owned() })
    }
}

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        self.inner.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}
