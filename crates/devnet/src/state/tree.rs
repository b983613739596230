//! A persistent AVL tree, values in the leaves: reads, writes, ordered iteration, the root.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Root;
use super::balance::{self, Remains};
use super::node::{self, Body, Link, Node};

/// A clone costs a reference. Nodes are copied when they are written and others hold them.
#[derive(Clone)]
pub(super) struct Tree<V> {
    pub(super) root: Option<Link<V>>,
}

impl<V: Clone> Tree<V> {
    pub(super) fn get(&self, key: &[u8]) -> Option<&V> {
        let mut node = self.root.as_ref()?;
        loop {
            match &node.body {
                Body::Leaf(value) => return (*node.key == *key).then_some(value),
                Body::Inner(inner) => node = if *key < *node.key { &inner.left } else { &inner.right },
            }
        }
    }

    pub(super) fn insert(&mut self, key: &[u8], value: V) {
        match &mut self.root {
            Some(root) => {
                balance::insert(root, key, value);
            }
            None => self.root = Some(Node::leaf(key.into(), value)),
        }
    }

    /// Removes a key, if it is there; if not, no node becomes a new one.
    pub(super) fn remove(&mut self, key: &[u8]) {
        let is_there = self.get(key).is_some();
        if let Some(root) = &mut self.root
            && is_there
            && matches!(balance::remove(root, key), Remains::Nothing)
        {
            self.root = None;
        }
    }

    pub(super) fn size(&self) -> u64 {
        self.root.as_ref().map_or(0, |root| root.size())
    }

    /// What stands under `start` and all greater keys, in order.
    pub(super) fn range_from(&self, start: &[u8]) -> Range<'_, V> {
        let mut above = Vec::new();
        let mut next = self.root.as_ref();
        while let Some(node) = next {
            next = match &node.body {
                Body::Leaf(_) => {
                    if *node.key >= *start {
                        above.push(node);
                    }
                    None
                }
                Body::Inner(inner) if *start < *node.key => {
                    above.push(&inner.right);
                    Some(&inner.left)
                }
                Body::Inner(inner) => Some(&inner.right),
            };
        }
        Range { above }
    }

    /// The greatest key that is smaller than this one.
    pub(super) fn key_before(&self, key: &[u8]) -> Option<&Arc<[u8]>> {
        let mut node = self.root.as_ref()?;
        loop {
            match &node.body {
                Body::Leaf(_) => return (*node.key < *key).then_some(&node.key),
                // The key of an inner node is there, on the right; all others on the right are greater.
                Body::Inner(inner) => node = if *node.key < *key { &inner.right } else { &inner.left },
            }
        }
    }
}

impl Tree<Arc<[u8]>> {
    /// Gives all nodes that were made since the last save this version, and hashes them.
    pub(super) fn save(&mut self, version: u64) {
        if let Some(root) = &mut self.root {
            node::save(root, version);
        }
    }

    /// The root of a saved tree; of an empty one, the hash of nothing (RFC 6962).
    pub(super) fn root(&self) -> Root {
        let stamp = self.root.as_ref().and_then(|root| root.stamp);
        stamp.map_or_else(|| Sha256::digest([]).into(), |stamp| stamp.hash)
    }
}

/// Leaves in order.
pub(super) struct Range<'a, V> {
    /// Subtrees that are still to come, the next one last.
    above: Vec<&'a Link<V>>,
}

impl<'a, V> Iterator for Range<'a, V> {
    type Item = (&'a Arc<[u8]>, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        let mut node = self.above.pop()?;
        loop {
            match &node.body {
                Body::Leaf(value) => return Some((&node.key, value)),
                Body::Inner(inner) => {
                    self.above.push(&inner.right);
                    node = &inner.left;
                }
            }
        }
    }
}

impl<V> Default for Tree<V> {
    fn default() -> Self {
        Self { root: None }
    }
}

impl<V: Clone> fmt::Debug for Tree<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree").field("size", &self.size()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
