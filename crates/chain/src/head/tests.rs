use super::*;

fn head(height: u64) -> Head {
    Head { height: BlockHeight(height), time: Timestamp(height) }
}

#[test]
fn heads_only_rise_until_another_endpoint_tells_them() {
    let (sender, receiver) = watch::channel(None);
    let heads = Heads { sender };
    let [one, other] = ["http://one:1", "http://other:1"]
        .map(|address| Endpoint::new(crate::EndpointOptions::new(address.parse().unwrap())).unwrap());
    assert!(heads.seen(head(5), &one));
    assert!(!heads.seen(head(5), &one) && !heads.seen(head(4), &one));
    assert!(heads.seen(head(6), &one));
    heads.endpoint_changed();
    assert!(heads.seen(head(3), &other), "the last endpoint may have lied");
    let told = receiver.borrow().clone().unwrap();
    assert_eq!((told.head, told.by.name()), (head(3), other.name()));
}
