//! Messages that differ from a good one in one byte: nothing is taken here that ibc-go refuses, and what ibc-go takes
//! is taken.
//!
//! But for encodings that nobody writes: prost refuses a varint of ten bytes whose last is above 1, gogoproto drops the
//! bits that are too many.

use lightship_light_client::{Effect, judge_header, judge_misbehaviour};
use serde_json::Value;

use crate::{bytes, client, header, list, misbehaviour, text};

/// '.' or '-' refused, 'u' taken, '!' freezes the client.
fn said(case: &Value, kind: &str, message: &[u8]) -> Result<char, String> {
    let (state, states, now) = client(case);
    let effect = if kind == "header" {
        judge_header(&state, &states, &header(message)?, now).map_err(|refused| refused.to_string())?
    } else {
        judge_misbehaviour(&state, &states, &misbehaviour(message)?, now).map_err(|refused| refused.to_string())?
    };
    Ok(match effect {
        Effect::Freezes(_) => '!',
        Effect::Updates(_) | Effect::Nothing => 'u',
    })
}

#[test]
fn one_changed_byte_is_judged_as_ibc_go_judges_it() {
    let mut taken = 0;
    for case in list("mutants") {
        let (kind, good) = (text(case, "kind"), bytes(case, "message"));
        assert!(said(case, kind, &good).is_ok(), "{kind}");
        for (mask, verdicts) in case["verdicts"].as_object().unwrap() {
            let mask_byte = hex::decode(mask).unwrap()[0];
            let verdicts = verdicts.as_str().unwrap();
            assert_eq!(verdicts.len(), good.len());
            for (index, expected) in verdicts.chars().enumerate() {
                let mut message = good.clone();
                message[index] ^= mask_byte;
                let said = said(case, kind, &message);
                let sign = said.clone().unwrap_or('-');
                let expected = if expected == '.' { '-' } else { expected };
                let is_overlong = said.as_ref().is_err_and(|error| error.ends_with("invalid varint"));
                assert!(sign == expected || is_overlong, "{kind}, byte {index}, mask {mask}: {said:?}, not {expected}");
                taken += usize::from(sign != '-');
            }
        }
    }
    assert!(taken > 0, "no change was taken, so that nothing was compared");
}
