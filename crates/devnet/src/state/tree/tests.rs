use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::state::balance::slope_of;

type Bytes = Arc<[u8]>;

fn bytes(text: impl AsRef<[u8]>) -> Bytes {
    text.as_ref().into()
}

/// Keys of few letters, so that writes meet.
fn key() -> impl Strategy<Value = Vec<u8>> {
    vec(0_u8..6, 0..4)
}

/// Checks order, keys, heights and sizes below; gives the smallest key.
fn check(node: &Link<Bytes>) -> &Bytes {
    let Body::Inner(inner) = &node.body else { return &node.key };
    assert!(slope_of(node).abs() <= 1);
    assert_eq!(inner.height, inner.left.height().max(inner.right.height()) + 1);
    assert_eq!(inner.size, inner.left.size() + inner.right.size());
    assert_eq!(check(&inner.right), &node.key, "an inner node's key is the smallest on its right");
    check(&inner.left)
}

fn nodes_of(link: Option<&Link<Bytes>>, seen: &mut BTreeSet<*const Node<Bytes>>) {
    let Some(link) = link else { return };
    seen.insert(Arc::as_ptr(link));
    if let Body::Inner(inner) = &link.body {
        nodes_of(Some(&inner.left), seen);
        nodes_of(Some(&inner.right), seen);
    }
}

fn tree_of(numbers: std::ops::Range<u32>) -> Tree<Bytes> {
    let mut tree = Tree::default();
    for number in numbers {
        tree.insert(&number.to_be_bytes(), bytes(number.to_string()));
    }
    tree.save(1);
    tree
}

proptest! {
    #[test]
    fn a_tree_holds_what_a_map_holds_and_stays_balanced(
        writes in vec((key(), any::<Option<u8>>()), 0..120), starts in vec(key(), 5),
    ) {
        let mut tree = Tree::default();
        let mut model = BTreeMap::new();
        for (key, value) in writes {
            match value {
                Some(value) => {
                    tree.insert(&key, bytes([value]));
                    model.insert(key, bytes([value]));
                }
                None => {
                    tree.remove(&key);
                    model.remove(&key);
                }
            }
            if let Some(root) = &tree.root {
                check(root);
            }
            prop_assert_eq!(tree.size(), model.len() as u64);
        }
        for start in starts {
            prop_assert_eq!(tree.get(&start), model.get(&start));
            let rest = |(key, value): (&Bytes, &Bytes)| (key.to_vec(), value.clone());
            let expected: Vec<_> = model.range(start.clone()..).map(|(k, v)| (k.clone(), v.clone())).collect();
            prop_assert_eq!(tree.range_from(&start).map(rest).collect::<Vec<_>>(), expected);
            let before = model.range(..start.clone()).next_back().map(|(key, _)| key.as_slice());
            prop_assert_eq!(tree.key_before(&start).map(|key| &**key), before);
        }
    }
}

#[test]
fn removal_of_what_is_not_there_changes_no_node() {
    let mut tree = tree_of(0..50);
    let before = tree.root();
    tree.remove(b"none");
    tree.save(2);
    assert_eq!(tree.root(), before);
}

#[test]
fn the_same_value_written_again_is_a_new_version() {
    let mut tree = tree_of(0..50);
    let before = tree.root();
    tree.insert(&7_u32.to_be_bytes(), bytes("7"));
    tree.save(2);
    assert_ne!(tree.root(), before);
}

#[test]
fn a_write_copies_the_way_to_its_leaf_alone() {
    let before = tree_of(0..1000);
    let mut after = before.clone();
    after.insert(&500_u32.to_be_bytes(), bytes("x"));
    after.save(2);
    let mut seen = BTreeSet::new();
    nodes_of(before.root.as_ref(), &mut seen);
    let count = seen.len();
    assert_eq!(count, 1999);
    nodes_of(after.root.as_ref(), &mut seen);
    let height = usize::from(before.root.as_ref().unwrap().height());
    assert!(seen.len() - count <= height + 1, "{} new nodes in a tree of height {height}", seen.len() - count);
}

#[test]
fn a_node_that_no_other_holds_is_written_in_place() {
    let mut tree = tree_of(0..1000);
    let root = Arc::as_ptr(tree.root.as_ref().unwrap());
    tree.insert(&500_u32.to_be_bytes(), bytes("x"));
    tree.insert(&501_u32.to_be_bytes(), bytes("y"));
    assert_eq!(Arc::as_ptr(tree.root.as_ref().unwrap()), root);
}

#[test]
fn debug_shows_the_size_and_no_values() {
    assert_eq!(format!("{:?}", tree_of(0..3)), "Tree { size: 3, .. }");
}
