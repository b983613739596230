//! What stands around the blocks: trusted heights, and the two headers of a misbehaviour.

use proto::ibc::lightclients::tendermint::v1 as raw;
use proto::tendermint_proto::types::{BlockIdFlag, CommitSig};
use rand::Rng;
use rand::seq::IteratorRandom;

use types::ChainId;

use super::Named;
use crate::attempt::{Attempt, Message};
use crate::{seal, validators};

pub(super) const CHANGES: &[Named] = &[
    ("message: no trusted height", |attempt, random| {
        if let Some(header) = attempt.any_header(random) {
            header.trusted_height = None;
        }
    }),
    ("message: another trusted height", |attempt, random| {
        let change = [0, 1, u64::MAX, 1 << 63][random.gen_range(0..4)];
        let is_revision = random.r#gen();
        let Some(height) = attempt.any_header(random).and_then(|header| header.trusted_height.as_mut()) else { return };
        let number = if is_revision { &mut height.revision_number } else { &mut height.revision_height };
        *number = if change == 0 { 0 } else { number.wrapping_add(change) };
    }),
    ("message: trusts another state", |attempt, random| {
        let height = attempt.states.keys().copied().choose(random);
        if let Some(header) = attempt.any_header(random) {
            header.trusted_height = height.map(Into::into);
        }
    }),
    ("message: no signed header", |attempt, random| {
        if let Some(header) = attempt.any_header(random) {
            header.signed_header = None;
        }
    }),
    ("misbehaviour: headers in the other order", |attempt, _| {
        both(attempt, |both| core::mem::swap(&mut both.header_1, &mut both.header_2));
    }),
    ("misbehaviour: a header is missing", |attempt, random| {
        let is_first = random.r#gen();
        both(attempt, |both| *if is_first { &mut both.header_1 } else { &mut both.header_2 } = None);
    }),
    ("misbehaviour: the same header twice", |attempt, _| both(attempt, |both| both.header_2 = both.header_1.clone())),
    ("misbehaviour: client id", |attempt, random| {
        let ids =
            ["", "07-tendermint-1", "client", "a/b/c/d/e/f", "123456789", "with blank-0", "x-\u{e4}\u{e4}\u{e4}-1"];
        let id = ids[random.gen_range(0..ids.len())];
        #[expect(deprecated, reason = "ibc-go still checks the field")]
        both(attempt, |both| both.client_id = id.to_owned());
    }),
    ("misbehaviour: commit and header of two blocks", |attempt, _| {
        both(attempt, |both| {
            let signed = both.header_1.as_mut().and_then(|header| header.signed_header.as_mut());
            let other = both.header_2.as_ref().and_then(|header| header.signed_header.as_ref());
            if let (Some(signed), Some(other)) = (signed, other) {
                signed.commit.clone_from(&other.commit);
            }
        });
    }),
    ("misbehaviour: strangers first, who call the chain otherwise", |attempt, random| {
        let id = ["other-1", "chain-1", "chain-2", "chain", "evil", "x-3"][random.gen_range(0..6)];
        let first = random.gen_range(0..validators::ED25519_KEYS);
        let clients_own = attempt.client.chain_id.clone();
        for header in attempt.headers() {
            strangers_first(header, id, first, &clients_own);
        }
    }),
];

/// Enough votes of strangers for the chain id that the header has now, and behind them those of the trusted validators
/// for the id that the client looks for.
pub(crate) fn strangers_first(header: &mut raw::Header, id: &str, first: u8, clients_own: &str) {
    let (Some(set), Some(trusted)) = (&mut header.validator_set, &header.trusted_validators) else { return };
    let is_trusted = |address: &[u8]| trusted.validators.iter().any(|member| member.address == address);
    let power = set.validators.iter().fold(1_i64, |sum, member| sum.saturating_add(member.voting_power));
    let stranger = validators::validator(first, power.saturating_mul(3));
    if is_trusted(&stranger.address) {
        return;
    }
    let Some(raw_signed) = &mut header.signed_header else { return };
    let (Some(block), Some(commit)) = (&mut raw_signed.header, &mut raw_signed.commit) else { return };
    let Some(vote) = commit.signatures.first().cloned() else { return };
    let vote =
        CommitSig { validator_address: stranger.address.clone(), block_id_flag: BlockIdFlag::Commit as i32, ..vote };
    commit.signatures.insert(0, vote);
    set.validators.insert(0, stranger);
    block.chain_id = id.to_owned();
    seal::seal(header);
    let looked_for = with_revision_of(clients_own, id);
    let trusted = header.trusted_validators.clone().unwrap_or_default();
    let is_trusted = |address: &[u8]| trusted.validators.iter().any(|member| member.address == address);
    if let Some(commit) = header.signed_header.as_mut().and_then(|signed| signed.commit.as_mut()) {
        seal::sign(commit, |vote| if is_trusted(&vote.validator_address) { &looked_for } else { id });
    }
}

/// `chain-1`, with the revision of `other-3`, is `chain-3`.
fn with_revision_of(chain_id: &str, other: &str) -> String {
    let revision = |id: &str| id.parse::<ChainId>().map_or(0, |id| id.revision_number());
    match chain_id.rsplit_once('-') {
        Some((name, _)) if revision(chain_id) != 0 => format!("{name}-{}", revision(other)),
        Some(_) | None => chain_id.to_owned(),
    }
}

fn both(attempt: &mut Attempt, change: impl FnOnce(&mut raw::Misbehaviour)) {
    match &mut attempt.message {
        Message::Header(_) => {}
        Message::Misbehaviour(both) => change(both),
    }
}
