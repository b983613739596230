//! How much of a lane's window the backlog may have: about as many transactions as a block takes, so that a live one, which
//! stands behind them in the node's mempool, waits for one transaction more and not for a window full.

/// The backlog's share of a window.
#[derive(Debug)]
pub(crate) struct Room {
    now: usize,
    most: usize,
}

impl Room {
    /// All of the window but one, which is kept for live packets; in a window of one they take turns.
    pub(crate) fn new(in_flight_max: usize) -> Self {
        let most = in_flight_max.saturating_sub(1).max(1);
        Self { now: most, most }
    }

    /// May one more be signed beside so many that are in flight?
    pub(crate) fn has(&self, in_flight: usize) -> bool {
        in_flight < self.now
    }

    /// A block took so many of the lane's transactions, and left so many. Was it so full that it passed over one that was
    /// there in time?
    pub(crate) fn observe(&mut self, taken: usize, left: usize, is_crowded: bool) {
        if is_crowded {
            self.now = taken.clamp(1, self.most);
        } else if taken > 0 && left == 0 {
            self.now = self.now.saturating_add(1).min(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backlog_leaves_a_place_in_the_window() {
        let room = Room::new(8);
        assert_eq!((room.has(6), room.has(7)), (true, false));
        assert!(Room::new(1).has(0));
    }

    #[test]
    fn the_backlog_keeps_to_what_a_block_takes() {
        let mut room = Room::new(8);
        room.observe(2, 3, true);
        assert_eq!((room.has(1), room.has(2)), (true, false));
        room.observe(0, 3, true);
        assert_eq!((room.has(0), room.has(1)), (true, false));
        room.observe(1, 1, false);
        assert_eq!((room.has(0), room.has(1)), (true, false));
        (0..20).for_each(|_| room.observe(1, 0, false));
        assert_eq!((room.has(6), room.has(7)), (true, false));
        room.observe(0, 0, false);
        assert!(room.has(6), "a block without any of ours tells nothing");
    }
}
