//! Where the devnet may answer otherwise than ibc-go does, and why. `crates/devnet/README.md` quotes this table.
//! An entry that no step needs any more fails the test.

/// A difference that is allowed. `*` at the end of a step or a pointer stands for any rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The group and the step, such as `rpc/status`.
    pub(crate) step: &'static str,
    /// The place in its answer (RFC 6901).
    pub(crate) pointer: &'static str,
    /// Why it is so.
    pub(crate) reason: &'static str,
}

impl Difference {
    /// Does it speak of this place?
    pub(crate) fn covers(&self, step: &str, pointer: &str) -> bool {
        let matches = |pattern: &str, text: &str| match pattern.strip_suffix('*') {
            Some(start) => text.starts_with(start),
            None => pattern == text,
        };
        matches(self.step, step) && matches(self.pointer, pointer)
    }
}

/// What a real chain, of the version that was recorded, may answer otherwise: nothing.
pub(crate) const OF_REAL_CHAINS: &[Difference] = &[];

/// What the devnet may answer otherwise.
pub(crate) const OF_DEVNET: &[Difference] = &[
    Difference {
        step: "*",
        pointer: "/body/result/finalize_block_events",
        reason: "No coins are minted and no fees are distributed, so that blocks have no events of that.",
    },
    Difference {
        step: "rpc/genesis",
        pointer: "/*",
        reason: "The genesis has no `app_state`, and names its validators, whom no first transactions make.",
    },
    Difference {
        step: "rpc/an empty body",
        pointer: "/body",
        reason: "`consensus_state`, `dump_consensus_state` and `genesis_chunked` are not served, nor listed.",
    },
    Difference {
        step: "transactions/simulate*",
        pointer: "/log",
        reason: "An error of a simulation over gRPC does not name the line of Go source that it comes from.",
    },
];
