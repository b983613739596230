use super::*;

fn cant() -> End {
    End::CantBeFrozen { reason: "it is not there".to_owned() }
}

fn progress(clients: &[(&str, End)], nodes: &[(&str, &str)]) -> Progress {
    Progress {
        is_settled: false,
        clients: clients.iter().map(|(client, end)| ((*client).to_owned(), end.clone())).collect(),
        nodes: nodes.iter().map(|(node, answer)| ((*node).to_owned(), vec![(*answer).to_owned()])).collect(),
    }
}

#[test]
fn what_was_known_before_stays_known() {
    let (ours, anyones) = (End::Frozen { here: true }, End::Frozen { here: false });
    let earlier = progress(&[("a/1", ours.clone()), ("a/2", cant()), ("a/3", anyones.clone())], &[("x", "taken")]);
    let now = progress(&[("a/1", anyones.clone()), ("a/2", ours.clone()), ("a/4", cant())], &[("x", "refused")]);
    let whole = progress(
        &[("a/1", ours.clone()), ("a/2", ours.clone()), ("a/3", anyones.clone()), ("a/4", cant())],
        &[("x", "refused")],
    );
    assert_eq!(now.after(&earlier), whole);
}

#[test]
fn a_client_that_was_thawed_is_no_longer_told_frozen() {
    let earlier = progress(&[("a/1", End::Frozen { here: true })], &[]);
    let now = progress(&[("a/1", cant())], &[]);
    assert_eq!(now.clone().after(&earlier), now);
}

#[test]
fn what_is_settled_stays_settled() {
    let settled = Progress { is_settled: true, ..Progress::default() };
    assert!(Progress::default().after(&settled).is_settled);
}
