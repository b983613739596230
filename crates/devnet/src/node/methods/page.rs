//! Pages of long lists (CometBFT `rpc/core/env.go`).

use super::Result;
use crate::node::json_rpc::Failure;
use crate::node::params::Params;

const PER_PAGE: i64 = 30;
const PER_PAGE_MAX: i64 = 100;

/// What part of a list is wanted.
pub(super) struct Page {
    page: Option<i64>,
    per_page: Option<i64>,
}

impl Page {
    pub(super) fn read(params: &Params) -> Result<Self> {
        Ok(Self { page: params.integer("page")?, per_page: params.integer("per_page")? })
    }

    /// The part of a list.
    pub(super) fn of<'l, T>(&self, list: &'l [T]) -> Result<&'l [T]> {
        let size = page_size(self.per_page);
        let pages = list.len().div_ceil(size).max(1);
        let page = match self.page {
            None => 1,
            Some(page) => usize::try_from(page)
                .ok()
                .filter(|page| (1..=pages).contains(page))
                .ok_or_else(|| Failure::new(format!("page should be within [1, {pages}] range, given {page}")))?,
        };
        let start = (page - 1) * size;
        Ok(&list[start..list.len().min(start + size)])
    }
}

/// How many fit a page.
pub(super) fn page_size(asked: Option<i64>) -> usize {
    let size = asked.filter(|size| *size > 0).unwrap_or(PER_PAGE).min(PER_PAGE_MAX);
    usize::try_from(size).unwrap_or(1)
}
