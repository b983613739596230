//! What one client's watch is to look at, told by others.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use types::{BlockHeight, Height};

/// Heights that wait, at most; with more of them everything is listed again.
const HEIGHTS_MAX: usize = 256;

/// What one client's watch is to look at.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    told: Mutex<Told>,
    wake: Notify,
}

/// What was told since somebody looked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Heights that the client was updated to, and the host's block that told of it.
    pub(super) heights: BTreeMap<Height, BlockHeight>,
    /// Is everything to be listed again?
    pub(super) is_all: bool,
}

impl Inbox {
    /// A block of the host told of an update.
    pub(super) fn updated(&self, heights: &[Height], block: BlockHeight) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.heights.extend(heights.iter().map(|height| (*height, block)));
        if told.heights.len() > HEIGHTS_MAX {
            told.heights.clear();
            told.is_all = true;
        }
        drop(told);
        self.wake.notify_one();
    }

    /// Everything is to be listed again.
    pub(super) fn list(&self) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).is_all = true;
        self.wake.notify_one();
    }

    /// What was told, once there is something.
    pub(super) async fn told(&self) {
        while self.is_empty() {
            self.wake.notified().await;
        }
    }

    /// Takes what was told so far.
    pub(super) fn take(&self) -> Told {
        std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_empty(&self) -> bool {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) == Told::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_heights_are_all_of_them() {
        let inbox = Inbox::default();
        let height = |height| Height { revision_number: 1, revision_height: height };
        inbox.updated(&[height(3), height(9)], BlockHeight(7));
        assert_eq!(inbox.take().heights.len(), 2);
        let many: Vec<_> = (1..=300).map(height).collect();
        inbox.updated(&many, BlockHeight(8));
        assert_eq!(inbox.take(), Told { heights: BTreeMap::new(), is_all: true });
        assert!(inbox.is_empty());
    }
}
