//! The cases of ibc-go's own tests, by their names: what ibc-go says of them, and what is said here.
//!
//! One case of `TestVerifyMisbehaviour` can't be written down here, a misbehaviour of another kind of client: that is
//! another type.

use lightship_light_client::{
    Conflict, MisbehaviourRefused, Place, Refused, header_conflict, misbehaviour_conflict, verify_header,
    verify_misbehaviour,
};
use serde_json::Value;

use crate::{bytes, client, header, list, misbehaviour, text};

/// What is said here of a case: what it contradicts, or the rule that it breaks, by the name of its variant.
fn said(case: &Value) -> Result<Option<Conflict>, String> {
    let (state, states, now) = client(case);
    let message = bytes(case, "message");
    if text(case, "kind") == "header" {
        let header = header(&message)?;
        verify_header(&state, &states, &header, now).map_err(|refused| rule(&refused))?;
        return Ok(header_conflict(&states, &header).unwrap());
    }
    let misbehaviour = misbehaviour(&message)?;
    verify_misbehaviour(&state, &misbehaviour, &states, now).map_err(|refused| match refused {
        MisbehaviourRefused::Header(Place::First, refused) => format!("1: {}", rule(&refused)),
        MisbehaviourRefused::Header(Place::Second, refused) => format!("2: {}", rule(&refused)),
        other => variant(&other),
    })?;
    Ok(misbehaviour_conflict(&misbehaviour))
}

fn rule(refused: &Refused) -> String {
    match refused {
        Refused::Invalid(invalid) => variant(invalid),
        other => variant(other),
    }
}

fn variant(value: &impl core::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.split(['(', ' ', '{']).next().unwrap().to_owned()
}

#[track_caller]
fn suite(name: &str, expected: &[(&str, Result<Option<Conflict>, &str>)]) {
    let cases: Vec<&Value> = list("clients").iter().filter(|case| text(case, "suite") == name).collect();
    let names: Vec<&str> = cases.iter().map(|case| text(case, "name")).collect();
    assert_eq!(names, expected.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "{name}");
    for (case, (case_name, expected)) in cases.iter().zip(expected) {
        let said = said(case);
        assert_eq!(said.as_ref().map_err(String::as_str), expected.as_ref().map_err(|rule| *rule), "{case_name}");
        let refused = !text(case, "basic").is_empty() || !text(case, "verify").is_empty();
        assert_eq!(said.is_err(), refused, "{case_name}: ibc-go says otherwise");
        if let Ok(conflict) = said {
            assert_eq!(Some(conflict.is_some()), case["found"].as_bool(), "{case_name}: ibc-go says otherwise");
        }
    }
}

const FORK: Result<Option<Conflict>, &str> = Ok(Some(Conflict::Fork));
const TIME: Result<Option<Conflict>, &str> = Ok(Some(Conflict::Time));

#[test]
fn misbehaviours_are_well_formed_as_ibc_go_wants_it() {
    suite(
        "TestMisbehaviourValidateBasic",
        &[
            ("valid fork misbehaviour, two headers at same height have different time", FORK),
            ("valid time misbehaviour, both headers at different heights are at same time", TIME),
            ("misbehaviour Header1 is nil", Err("misbehaviour has no header 1")),
            ("misbehaviour Header2 is nil", Err("misbehaviour has no header 2")),
            // Well-formed; but that client has no state at the other height.
            ("valid misbehaviour with different trusted headers", Err("2: NoConsensusState")),
            ("trusted height is 0 in Header1", Err("TrustedHeightZero")),
            ("trusted height is 0 in Header2", Err("TrustedHeightZero")),
            (
                "trusted valset is nil in Header1",
                Err("header 1 of the misbehaviour: header of a client update has no trusted validators"),
            ),
            (
                "trusted valset is nil in Header2",
                Err("header 2 of the misbehaviour: header of a client update has no trusted validators"),
            ),
            (
                "invalid client ID ",
                Err("misbehaviour: client identifier \"GAI\" has a length that ICS-24 does not allow"),
            ),
            ("chainIDs do not match", Err("ChainIds")),
            ("header2 height is greater", Err("Order")),
            ("header 1 doesn't have 2/3 majority", Err("1: NotEnoughPower")),
            ("header 2 doesn't have 2/3 majority", Err("2: NotEnoughPower")),
            ("validators sign off on wrong commit", Err("2: CommitHash")),
        ],
    );
}

#[test]
fn misbehaviours_are_verified_as_ibc_go_does() {
    suite(
        "TestVerifyMisbehaviour",
        &[
            ("valid fork misbehaviour", FORK),
            ("valid time misbehaviour", TIME),
            ("valid time misbehaviour, header 1 time strictly less than header 2 time", TIME),
            ("valid misbehavior at height greater than last consensusState", FORK),
            ("valid misbehaviour with different trusted heights", FORK),
            ("valid misbehaviour at a previous revision", FORK),
            ("valid misbehaviour at a future revision", FORK),
            ("valid misbehaviour with trusted heights at a previous revision", FORK),
            ("consensus state's valset hash different from misbehaviour should still pass", FORK),
            ("invalid misbehaviour: misbehaviour from different chain", Err("1: NotAboveTrusted")),
            (
                "misbehaviour trusted validators does not match validator hash in trusted consensus state",
                Err("1: TrustedValidators"),
            ),
            ("trusted consensus state does not exist", Err("1: NoConsensusState")),
            ("trusting period expired", Err("1: TrustExpired")),
            ("header 1 valset has too much change", Err("1: NotEnoughTrust")),
            ("header 2 valset has too much change", Err("2: NotEnoughTrust")),
            ("both header 1 and header 2 valsets have too much change", Err("1: NotEnoughTrust")),
        ],
    );
}

#[test]
fn misbehaviours_of_a_chain_without_revisions_are_verified_as_ibc_go_does() {
    suite(
        "TestVerifyMisbehaviourNonRevisionChainID",
        &[
            ("valid fork misbehaviour", FORK),
            ("valid time misbehaviour", TIME),
            ("valid time misbehaviour, header 1 time strictly less than header 2 time", TIME),
            ("valid misbehavior at height greater than last consensusState", FORK),
            ("valid misbehaviour with different trusted heights", FORK),
            ("consensus state's valset hash different from misbehaviour should still pass", FORK),
            // The signatures are checked for the client's own chain.
            ("invalid misbehaviour: misbehaviour from different chain", Err("1: WrongSignature")),
            (
                "misbehaviour trusted validators does not match validator hash in trusted consensus state",
                Err("1: TrustedValidators"),
            ),
            ("trusted consensus state does not exist", Err("1: NoConsensusState")),
            ("trusting period expired", Err("1: TrustExpired")),
            ("header 1 valset has too much change", Err("1: NotEnoughTrust")),
            ("header 2 valset has too much change", Err("2: NotEnoughTrust")),
            ("both header 1 and header 2 valsets have too much change", Err("1: NotEnoughTrust")),
        ],
    );
}

#[test]
fn headers_are_verified_as_ibc_go_does() {
    suite(
        "TestVerifyHeader",
        &[
            ("success", Ok(None)),
            ("successful verify header for header with a previous height", Ok(None)),
            ("successful verify header: header with future height and different validator set", Ok(None)),
            ("successful verify header: header with next height and different validator set", Ok(None)),
            (
                "unsuccessful updates, passed in incorrect trusted validators for given consensus state",
                Err("TrustedValidators"),
            ),
            (
                "unsuccessful verify header with next height: update header mismatches nextValSetHash",
                Err("AdjacentValidators"),
            ),
            ("unsuccessful update with future height: too much change in validator set", Err("NotEnoughTrust")),
            (
                "unsuccessful verify header: header height revision and trusted height revision mismatch",
                Err("Revision"),
            ),
            ("unsuccessful verify header: header height < consensus height", Err("NotAboveTrusted")),
            // Seen as soon as it is read.
            (
                "unsuccessful verify header: header basic validation failed",
                Err("signed header is malformed: StringTracer: invalid signed header"),
            ),
            ("unsuccessful verify header: header timestamp is not past last client timestamp", Err("TimeNotAfter")),
            ("unsuccessful verify header: header with incorrect header chain-id", Err("ChainId")),
            ("unsuccessful update: trusting period has passed since last client timestamp", Err("TrustExpired")),
            ("unsuccessful update for a previous revision", Err("ChainId")),
            ("successful update with identical header to a previous update", Ok(None)),
            ("unsuccessful update to a future revision", Err("ChainId")),
            ("unsuccessful update: header height revision and trusted height revision mismatch", Err("Revision")),
        ],
    );
}

#[test]
fn conflicts_are_seen_as_ibc_go_does() {
    suite(
        "TestCheckForMisbehaviour",
        &[
            ("valid update no misbehaviour", Ok(None)),
            ("consensus state already exists, already updated", Ok(None)),
            ("invalid fork misbehaviour: identical headers", Ok(None)),
            ("invalid time misbehaviour: monotonically increasing time", Ok(None)),
            ("consensus state already exists, app hash mismatch", FORK),
            ("previous consensus state exists and header time is before previous consensus state time", TIME),
            ("next consensus state exists and header time is after next consensus state time", TIME),
            ("valid fork misbehaviour returns true", FORK),
            ("valid time misbehaviour: not monotonically increasing time", TIME),
        ],
    );
}
