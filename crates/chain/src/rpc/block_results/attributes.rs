//! The attributes of an event, in plain text whichever version wrote them.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Undoes the base64 of CometBFT 0.34. It is told by the keys of an event, all of which must be base64 of printable
/// text: the plain keys of the events that are read here hold `_`, which base64 doesn't, or have another length.
pub(super) fn plain(pairs: Vec<Pair<'_>>) -> Vec<Pair<'_>> {
    if pairs.is_empty() {
        return pairs;
    }
    let Some(keys) = pairs.iter().map(|(key, _)| printable(key)).collect::<Option<Vec<String>>>() else { return pairs };
    let value = |text: &str| match BASE64.decode(text) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => text.to_owned(),
    };
    keys.into_iter().zip(&pairs).map(|(key, (_, text))| (Cow::Owned(key), Cow::Owned(value(text)))).collect()
}

fn printable(key: &str) -> Option<String> {
    let bytes = BASE64.decode(key).ok()?;
    let is_key = !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_graphic());
    if is_key { String::from_utf8(bytes).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs<'a>(list: &[(&'a str, &'a str)]) -> Vec<Pair<'a>> {
        list.iter().map(|(key, value)| (Cow::Borrowed(*key), Cow::Borrowed(*value))).collect()
    }

    #[test]
    fn base64_of_old_nodes_is_undone() {
        let encoded = [BASE64.encode("packet_sequence"), BASE64.encode("7"), BASE64.encode("msg_index"), String::new()];
        let old = plain(pairs(&[(&encoded[0], &encoded[1]), (&encoded[2], &encoded[3])]));
        assert_eq!(old, pairs(&[("packet_sequence", "7"), ("msg_index", "")]));
    }

    #[test]
    fn plain_text_stays_as_it_is_even_where_its_values_look_like_base64() {
        for list in [[("fee", "MTAwMA=="), ("fee_payer", "YWFh")], [("acc_seq", "a/1"), ("msg_index", "0")]] {
            assert_eq!(plain(pairs(&list)), pairs(&list));
        }
    }

    #[test]
    fn bytes_that_are_no_text_do_not_fail_an_event() {
        let encoded = [BASE64.encode("packet_data"), BASE64.encode([0xff, b'a'])];
        assert_eq!(plain(pairs(&[(&encoded[0], &encoded[1])]))[0].1, "\u{fffd}a");
    }
}
