use super::*;

fn head(height: u64) -> Head {
    Head { height: BlockHeight(height), time: Timestamp(height) }
}

#[test]
fn heads_only_rise_until_another_endpoint_tells_them() {
    let (sender, receiver) = watch::channel(None);
    let heads = Heads { sender };
    assert!(heads.seen(head(5)));
    assert!(!heads.seen(head(5)) && !heads.seen(head(4)));
    assert!(heads.seen(head(6)));
    heads.endpoint_changed();
    assert!(heads.seen(head(3)), "the last endpoint may have lied");
    assert_eq!(*receiver.borrow(), Some(head(3)));
}
