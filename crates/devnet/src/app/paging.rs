//! Pages of lists (cosmos-sdk `types/query`).

use std::sync::Arc;

use proto::cosmos::base::query::v1beta1::{PageRequest, PageResponse};

use super::kind::{Code, Status};

/// What a page holds when nobody asks for a size.
const LIMIT: u64 = 100;

/// Keys and values of a store, in the order of the keys.
pub type Entries = Vec<(Vec<u8>, Arc<[u8]>)>;

/// `query.Paginate`: a page of what stands under a prefix. The keys are whole; `prefix_len` bytes of each don't count.
///
/// # Errors
/// When both a key and an offset are given.
pub fn paginate(
    entries: Entries,
    prefix_len: usize,
    request: Option<PageRequest>,
) -> Result<(Entries, PageResponse), Status> {
    let mut request = request.unwrap_or_default();
    if request.limit == 0 {
        request.limit = LIMIT;
        request.count_total = true;
    }
    if request.offset > 0 && !request.key.is_empty() {
        let text = "invalid request, either offset or key is expected, got both";
        return Err(Status::new(Code::InvalidArgument, text));
    }
    let total = entries.len() as u64;
    let mut ordered: Box<dyn Iterator<Item = _>> =
        if request.reverse { Box::new(entries.into_iter().rev()) } else { Box::new(entries.into_iter()) };
    let mut page = PageResponse::default();
    if request.key.is_empty() {
        ordered = Box::new(ordered.skip(usize::try_from(request.offset).unwrap_or(usize::MAX)));
        page.total = if request.count_total { total } else { 0 };
    } else {
        let (start, reverse) = (request.key, request.reverse);
        ordered = Box::new(ordered.skip_while(move |(key, _)| {
            let key = key.get(prefix_len..).unwrap_or_default();
            if reverse { key > start.as_slice() } else { key < start.as_slice() }
        }));
    }
    let found: Vec<_> = ordered.by_ref().take(usize::try_from(request.limit).unwrap_or(usize::MAX)).collect();
    if let Some((key, _)) = ordered.next() {
        page.next_key = key.get(prefix_len..).unwrap_or_default().to_vec();
    }
    Ok((found, page))
}

/// `query.CollectionPaginate`, which says nothing of a page that begins behind the end.
///
/// # Errors
/// Those of [`paginate`].
pub fn paginate_collection(
    entries: Entries,
    prefix_len: usize,
    request: Option<PageRequest>,
) -> Result<(Entries, PageResponse), Status> {
    let is_behind = request.as_ref().is_some_and(|request| request.offset > entries.len() as u64);
    let (found, page) = paginate(entries, prefix_len, request)?;
    Ok((found, if is_behind { PageResponse::default() } else { page }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Entries {
        (b'a'..=b'e').map(|key| (vec![b'/', key], Arc::from([key]))).collect()
    }

    fn page(request: PageRequest) -> (String, String, u64) {
        let (found, page) = paginate(entries(), 1, Some(request)).unwrap();
        let keys = found.iter().map(|(key, _)| char::from(key[1])).collect();
        (keys, String::from_utf8(page.next_key).unwrap(), page.total)
    }

    #[test]
    fn without_a_request_all_is_given_and_counted() {
        let (found, page) = paginate(entries(), 1, None).unwrap();
        assert_eq!((found, page.next_key, page.total), (entries(), Vec::new(), 5));
    }

    #[test]
    fn a_limit_leaves_the_key_of_the_next_page() {
        assert_eq!(page(PageRequest { limit: 2, ..Default::default() }), ("ab".into(), "c".into(), 0));
        let request = PageRequest { limit: 2, offset: 1, count_total: true, ..Default::default() };
        assert_eq!(page(request), ("bc".into(), "d".into(), 5));
    }

    #[test]
    fn a_key_begins_a_page_and_leaves_the_total_out() {
        let request = PageRequest { key: b"c".to_vec(), limit: 2, count_total: true, ..Default::default() };
        assert_eq!(page(request), ("cd".into(), "e".into(), 0));
        let request = PageRequest { key: b"d".to_vec(), limit: 9, ..Default::default() };
        assert_eq!(page(request), ("de".into(), String::new(), 0));
    }

    #[test]
    fn a_list_can_be_read_backwards() {
        assert_eq!(page(PageRequest { reverse: true, limit: 2, ..Default::default() }), ("ed".into(), "c".into(), 0));
        let request = PageRequest { reverse: true, key: b"c".to_vec(), limit: 2, ..Default::default() };
        assert_eq!(page(request), ("cb".into(), "a".into(), 0));
    }

    #[test]
    fn a_page_behind_the_end_is_empty() {
        let request = PageRequest { offset: 9, ..Default::default() };
        assert_eq!(page(request.clone()), (String::new(), String::new(), 5));
        let (found, page) = paginate_collection(entries(), 1, Some(request)).unwrap();
        assert_eq!((found.len(), page), (0, PageResponse::default()));
    }

    #[test]
    fn key_and_offset_exclude_each_other() {
        let request = PageRequest { key: b"a".to_vec(), offset: 1, ..Default::default() };
        let refused = paginate(entries(), 1, Some(request)).unwrap_err();
        assert_eq!(refused.message, "invalid request, either offset or key is expected, got both");
    }
}
