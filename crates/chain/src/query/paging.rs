//! Lists in pages, read to their end or to a cap, whichever comes first; a cap is an error, never a shorter list.

use std::future::Future;

use proto::cosmos::base::query::v1beta1::{PageRequest, PageResponse};

use super::Queries;
use crate::error::{ChainError, Failure};

/// How much of a list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PagesMax {
    /// Entries that are asked for in one page.
    pub page_entries: u64,
    /// Entries in all.
    pub entries_max: usize,
}

impl Default for PagesMax {
    /// Pages of 1,000 entries, up to 1,000,000 entries.
    fn default() -> Self {
        Self { page_entries: 1_000, entries_max: 1_000_000 }
    }
}

impl Queries {
    /// Reads page after page. `what` is listed; `fetch` reads one page.
    pub(super) async fn pages<T, Fetched>(
        &self,
        path: &'static str,
        what: &'static str,
        fetch: impl Fn(PageRequest) -> Fetched,
    ) -> Result<Vec<T>, ChainError>
    where
        Fetched: Future<Output = Result<(Vec<T>, Option<PageResponse>), ChainError>>,
    {
        let mut entries = Vec::new();
        let mut key = Vec::new();
        loop {
            let page = PageRequest { key, limit: self.pages.page_entries, ..PageRequest::default() };
            let asked = page.key.clone();
            let (read, response) = fetch(page).await?;
            let is_empty = read.is_empty();
            entries.extend(read);
            if entries.len() > self.pages.entries_max {
                return Err(self.error(path, Failure::CapReached { what, max: self.pages.entries_max }));
            }
            key = response.map(|page| page.next_key).unwrap_or_default();
            if key.is_empty() {
                return Ok(entries);
            }
            // A page without entries, or one that leads back to itself, would never end.
            if is_empty || key == asked {
                return Err(self.malformed(path, format!("the pages of the {what} lead nowhere")));
            }
        }
    }
}
