//! Acknowledgements that are always the same: their bytes are known without any block.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use tokio::sync::mpsc;
use types::commitment::acknowledgement_commitment;
use types::transfer::SUCCESS_ACKNOWLEDGEMENT;
use types::{Acknowledgement, BlockHeight};

use super::sought::{Bytes, Found, Kind, Wanted};
use super::{Place, pass};

/// Codes of errors that are tried: the modules of the SDK and of ibc-go number theirs from 1 and have some dozens.
const CODES_MAX: u32 = 255;

/// The known acknowledgements by their hashes.
static KNOWN: LazyLock<BTreeMap<[u8; 32], Acknowledgement>> = LazyLock::new(|| {
    let success = SUCCESS_ACKNOWLEDGEMENT.to_vec();
    let all = core::iter::once(success).chain((1..=CODES_MAX).map(|code| error_acknowledgement(code).into_bytes()));
    all.map(|bytes| Acknowledgement(bytes.into())).map(|known| (acknowledgement_commitment(&known), known)).collect()
});

/// What an application of ibc-go answers when it fails (`04-channel/types/acknowledgement.go`,
/// `NewErrorAcknowledgement`): the code alone, since the text of an error is not deterministic.
fn error_acknowledgement(code: u32) -> String {
    format!(r#"{{"error":"ABCI code: {code}: error handling packet: see events for details"}}"#)
}

/// Finds those whose hash is that of a known acknowledgement.
pub(super) async fn known(
    place: &Place<'_>,
    wanted: &mut Wanted,
    state_height: BlockHeight,
    found: &mpsc::Sender<Found>,
) {
    if place.sought.kind == Kind::Send {
        return;
    }
    for sequence in wanted.sequences() {
        if let Some(known) = wanted.hash(sequence).and_then(of_hash) {
            let bytes = Bytes::Acknowledgement(known.clone());
            pass(wanted, Found { sequence, bytes, height: state_height }, found).await;
        }
    }
}

fn of_hash(hash: &[u8]) -> Option<&'static Acknowledgement> {
    KNOWN.get(<&[u8; 32]>::try_from(hash).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_and_plain_errors_are_known_by_their_hash() {
        for text in [r#"{"result":"AQ=="}"#.to_owned(), error_acknowledgement(1), error_acknowledgement(255)] {
            let acknowledgement = Acknowledgement(text.as_bytes().into());
            let hash = acknowledgement_commitment(&acknowledgement);
            assert_eq!(of_hash(&hash), Some(&acknowledgement), "{text}");
        }
    }

    #[test]
    fn the_error_is_written_as_ibc_go_does() {
        let text = r#"{"error":"ABCI code: 5: error handling packet: see events for details"}"#;
        assert_eq!(error_acknowledgement(5), text);
    }

    #[test]
    fn other_bytes_are_not_guessed() {
        let odd = acknowledgement_commitment(&Acknowledgement(b"odd".as_slice().into()));
        assert_eq!((of_hash(&odd), of_hash(b"short")), (None, None));
    }
}
