//! Insertion and removal with IAVL's rotations (iavl `mutable_tree.go`): the same writes in the same order give the
//! same shape, on which the root depends.

use std::cmp::Ordering;
use std::sync::Arc;

use super::node::{Body, Inner, Link, Node};

/// What is left of a subtree that a key was removed from.
pub(super) enum Remains {
    /// Nothing: it was the leaf itself.
    Nothing,
    Rest {
        /// The new smallest key, if it is another than before.
        smallest: Option<Arc<[u8]>>,
    },
}

/// `recursiveSet`; is the key new?
pub(super) fn insert<V: Clone>(link: &mut Link<V>, key: &[u8], value: V) -> bool {
    let is_left = *key < *link.key;
    let Some(inner) = Node::inner_mut(link) else { return insert_at_leaf(link, key, value) };
    let is_new = insert(if is_left { &mut inner.left } else { &mut inner.right }, key, value);
    if is_new {
        measure(inner);
        balance(link);
    }
    is_new
}

/// `recursiveSetLeaf`: a leaf that makes room keeps its version.
fn insert_at_leaf<V: Clone>(link: &mut Link<V>, key: &[u8], value: V) -> bool {
    let order = key.cmp(&link.key);
    *link = match order {
        Ordering::Less => Node::pair(Node::leaf(key.into(), value), Arc::clone(link)),
        Ordering::Equal => Node::leaf(Arc::clone(&link.key), value),
        Ordering::Greater => Node::pair(Arc::clone(link), Node::leaf(key.into(), value)),
    };
    order.is_ne()
}

/// `recursiveRemove`, of a key that is there.
pub(super) fn remove<V: Clone>(link: &mut Link<V>, key: &[u8]) -> Remains {
    let is_left = *key < *link.key;
    let Some(inner) = Node::inner_mut(link) else { return Remains::Nothing };
    let below = remove(if is_left { &mut inner.left } else { &mut inner.right }, key);
    let Remains::Rest { smallest } = below else {
        let sibling = Arc::clone(if is_left { &inner.right } else { &inner.left });
        let smallest = is_left.then(|| Arc::clone(&link.key));
        *link = sibling;
        return Remains::Rest { smallest };
    };
    measure(inner);
    // A new smallest key on the right is this node's key, one on the left is for a node above to know.
    let smallest = match smallest {
        Some(smallest) if !is_left => {
            Arc::make_mut(link).key = smallest;
            None
        }
        smallest => smallest,
    };
    balance(link);
    Remains::Rest { smallest }
}

fn balance<V: Clone>(link: &mut Link<V>) {
    let slope = slope_of(link);
    let Some(inner) = Node::inner_mut(link) else { return };
    if slope > 1 {
        if slope_of(&inner.left) < 0 {
            rotate_left(&mut inner.left);
        }
        rotate_right(link);
    } else if slope < -1 {
        if slope_of(&inner.right) > 0 {
            rotate_right(&mut inner.right);
        }
        rotate_left(link);
    }
}

/// How much higher the left side is than the right one.
pub(super) fn slope_of<V: Clone>(node: &Node<V>) -> i16 {
    match &node.body {
        Body::Leaf(_) => 0,
        Body::Inner(inner) => i16::from(inner.left.height()) - i16::from(inner.right.height()),
    }
}

/// The left child takes the node's place. Neither is a leaf where one is called for; a leaf is left as it is.
fn rotate_right<V: Clone>(link: &mut Link<V>) {
    let Some(inner) = Node::inner_mut(link) else { return };
    let Body::Inner(Inner { right: middle, .. }) = &inner.left.body else { return };
    let middle = Arc::clone(middle);
    let pivot = std::mem::replace(&mut inner.left, middle);
    measure(inner);
    let old = std::mem::replace(link, pivot);
    if let Some(pivot) = Node::inner_mut(link) {
        pivot.right = old;
        measure(pivot);
    }
}

/// The mirror image of [`rotate_right`].
fn rotate_left<V: Clone>(link: &mut Link<V>) {
    let Some(inner) = Node::inner_mut(link) else { return };
    let Body::Inner(Inner { left: middle, .. }) = &inner.right.body else { return };
    let middle = Arc::clone(middle);
    let pivot = std::mem::replace(&mut inner.right, middle);
    measure(inner);
    let old = std::mem::replace(link, pivot);
    if let Some(pivot) = Node::inner_mut(link) {
        pivot.left = old;
        measure(pivot);
    }
}

/// `calcHeightAndSize`.
fn measure<V: Clone>(inner: &mut Inner<V>) {
    inner.height = inner.left.height().max(inner.right.height()) + 1;
    inner.size = inner.left.size() + inner.right.size();
}
