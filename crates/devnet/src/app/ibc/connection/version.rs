//! Versions of connections, and how two chains agree on one (`03-connection/types/version.go`).

use proto::ibc::core::connection::v1::Version;

use super::error::{INVALID_VERSION, VERSION_NEGOTIATION_FAILED};
use crate::app::error::Result;

/// `MaxFeaturesLength`.
const FEATURES_MAX: usize = 100;

/// `GetCompatibleVersions`: what this chain knows.
pub(super) fn compatible() -> Vec<Version> {
    vec![types::connection::Version::default().into()]
}

/// `ValidateVersion`.
pub(super) fn check(version: Option<&Version>) -> Result<()> {
    let version = version.ok_or_else(|| INVALID_VERSION.wrap("version cannot be nil"))?;
    if version.identifier.trim().is_empty() {
        return Err(INVALID_VERSION.wrap("version identifier cannot be blank"));
    }
    if version.features.len() > FEATURES_MAX {
        return Err(INVALID_VERSION.wrap(format!("features length must not exceed {FEATURES_MAX} items")));
    }
    match version.features.iter().position(|feature| feature.trim().is_empty()) {
        Some(index) => Err(INVALID_VERSION.wrap(format!("feature cannot be blank, index {index}"))),
        None => Ok(()),
    }
}

/// `IsSupportedVersion`: one of these has the identifier, and all features; a version without features is none.
pub(super) fn is_supported(supported: &[Version], proposed: &Version) -> bool {
    let Some(version) = find(supported, &proposed.identifier) else { return false };
    !proposed.features.is_empty() && proposed.features.iter().all(|feature| version.features.contains(feature))
}

/// `PickVersion`: the first version that both know, with the features that both know.
pub(super) fn pick(supported: &[Version], offered: &[Version]) -> Result<Version> {
    for version in supported {
        let Some(other) = find(offered, &version.identifier) else { continue };
        let mut features = version.features.clone();
        features.retain(|feature| other.features.contains(feature));
        if !features.is_empty() {
            return Ok(Version { identifier: version.identifier.clone(), features });
        }
    }
    let text = format!(
        "failed to find a matching counterparty version ({}) from the supported version list ({})",
        list(offered),
        list(supported)
    );
    Err(VERSION_NEGOTIATION_FAILED.wrap(text))
}

fn find<'a>(versions: &'a [Version], identifier: &str) -> Option<&'a Version> {
    versions.iter().find(|version| version.identifier == identifier)
}

/// Versions as Go writes a list of them.
fn list(versions: &[Version]) -> String {
    format!("[{}]", versions.iter().map(text).collect::<Vec<_>>().join(" "))
}

/// A version as the text of its protobuf message.
pub(super) fn text(version: &Version) -> String {
    let features = version.features.iter().map(|feature| format!("features:{feature:?} "));
    format!("identifier:{:?} {}", version.identifier, features.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(identifier: &str, features: &[&str]) -> Version {
        let features = features.iter().map(|feature| (*feature).to_owned()).collect();
        Version { identifier: identifier.to_owned(), features }
    }

    #[test]
    fn both_ends_agree_on_what_both_know() {
        let picked = pick(&compatible(), &[version("2", &["x"]), version("1", &["ORDER_UNORDERED", "ORDER_DAG"])]);
        assert_eq!(picked, Ok(version("1", &["ORDER_UNORDERED"])));
    }

    #[test]
    fn no_common_version_or_feature_is_refused() {
        for offered in [vec![], vec![version("2", &["ORDER_ORDERED"])], vec![version("1", &["ORDER_DAG"])]] {
            assert!(pick(&compatible(), &offered).unwrap_err().is(VERSION_NEGOTIATION_FAILED));
        }
    }

    #[test]
    fn a_version_is_supported_with_all_of_its_features_and_at_least_one() {
        assert!(is_supported(&compatible(), &version("1", &["ORDER_ORDERED"])));
        assert!(!is_supported(&compatible(), &version("1", &[])));
        assert!(!is_supported(&compatible(), &version("1", &["ORDER_ORDERED", "ORDER_DAG"])));
        assert!(!is_supported(&compatible(), &version("2", &["ORDER_ORDERED"])));
    }

    #[test]
    fn a_blank_version_is_refused() {
        assert!(check(None).unwrap_err().is(INVALID_VERSION));
        assert!(check(Some(&version(" ", &["a"]))).unwrap_err().is(INVALID_VERSION));
        assert!(check(Some(&version("1", &["a", " "]))).unwrap_err().log.contains("index 1"));
        assert!(check(Some(&version("1", &["a"; 101]))).unwrap_err().log.contains("100 items"));
        assert_eq!(check(Some(&version("1", &[]))), Ok(()));
    }
}
