//! Events that the state calls for and no block has told: first waited for, then looked for.

use std::collections::BTreeSet;

use types::{BlockHeight, Sequence};

/// What is missing of one direction.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    sends: Kind,
    acknowledgements: Kind,
}

/// One kind of event.
#[derive(Debug, Default)]
struct Kind {
    /// To be looked for once `after` was read.
    due: BTreeSet<Sequence>,
    after: BlockHeight,
    /// Looked for.
    asked: BTreeSet<Sequence>,
}

impl Kind {
    fn replace(&mut self, due: BTreeSet<Sequence>, after: BlockHeight) {
        *self = Self { due, after, asked: BTreeSet::new() };
    }

    fn take(&mut self, cursor: Option<BlockHeight>) -> Vec<Sequence> {
        if self.due.is_empty() || cursor.is_none_or(|cursor| cursor < self.after) {
            return Vec::new();
        }
        let due = core::mem::take(&mut self.due);
        self.asked.extend(&due);
        due.into_iter().collect()
    }

    fn found(&mut self, sequence: Sequence) {
        self.due.remove(&sequence);
        self.asked.remove(&sequence);
    }

    fn is_empty(&self) -> bool {
        self.due.is_empty() && self.asked.is_empty()
    }
}

impl Missing {
    /// A sweep tells anew what is missing.
    pub(crate) fn replace(
        &mut self,
        sends: BTreeSet<Sequence>,
        source: BlockHeight,
        acknowledgements: BTreeSet<Sequence>,
        destination: BlockHeight,
    ) {
        self.sends.replace(sends, source);
        self.acknowledgements.replace(acknowledgements, destination);
    }

    /// A send is to be looked for.
    pub(crate) fn lack_send(&mut self, sequence: Sequence) {
        self.sends.due.insert(sequence);
    }

    /// An acknowledgement is to be looked for.
    pub(crate) fn lack_acknowledgement(&mut self, sequence: Sequence) {
        self.acknowledgements.due.insert(sequence);
    }

    /// A send was seen.
    pub(crate) fn found_send(&mut self, sequence: Sequence) {
        self.sends.found(sequence);
    }

    /// An acknowledgement was seen.
    pub(crate) fn found_acknowledgement(&mut self, sequence: Sequence) {
        self.acknowledgements.found(sequence);
    }

    /// Sends to look for, now that the source was read up to `cursor`.
    pub(crate) fn take_sends(&mut self, cursor: Option<BlockHeight>) -> Vec<Sequence> {
        self.sends.take(cursor)
    }

    /// Acknowledgements to look for, now that the destination was read up to `cursor`.
    pub(crate) fn take_acknowledgements(&mut self, cursor: Option<BlockHeight>) -> Vec<Sequence> {
        self.acknowledgements.take(cursor)
    }

    /// Is anything missing?
    pub(crate) fn is_awaited(&self) -> bool {
        !self.sends.is_empty() || !self.acknowledgements.is_empty()
    }

    /// Is a send below this sequence missing?
    pub(crate) fn has_send_below(&self, sequence: Sequence) -> bool {
        let below = |set: &BTreeSet<Sequence>| set.first().is_some_and(|first| *first < sequence);
        below(&self.sends.due) || below(&self.sends.asked)
    }
}
