//! Gas, at the SDK's prices (cosmossdk.io/store `types/gas.go`).

use super::error::{AppError, Result, sdk};

/// What a call of a store costs, however much it moves.
pub const READ_COST: u64 = 1_000;
/// What each byte read costs, key and value.
pub const READ_COST_PER_BYTE: u64 = 3;
/// What a write costs.
pub const WRITE_COST: u64 = 2_000;
/// What each byte written costs, key and value.
pub const WRITE_COST_PER_BYTE: u64 = 30;
/// What it costs to see whether a key is there.
pub const HAS_COST: u64 = 1_000;
/// What a removal costs.
pub const DELETE_COST: u64 = 1_000;
/// What each step of an iteration costs, beside what it reads.
pub const ITERATION_COST: u64 = 30;

/// Counts gas up to a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GasMeter {
    limit: Option<u64>,
    used: u64,
    /// Where the limit was passed. The SDK panics there, so nothing that follows is counted.
    passed_at: Option<&'static str>,
}

impl GasMeter {
    /// A meter that never ends.
    pub fn unlimited() -> Self {
        Self { limit: None, used: 0, passed_at: None }
    }

    /// A meter that refuses what goes past `limit`.
    pub fn limited(limit: u64) -> Self {
        Self { limit: Some(limit), used: 0, passed_at: None }
    }

    /// What was used, past the limit too: the last that was asked for counts.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// The limit, if there is one.
    pub fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// Uses gas for what `place` names, such as `WriteFlat`.
    ///
    /// # Errors
    /// Code 11 of the SDK, when the limit is passed; the text is that of the SDK's `SetUpContextDecorator`.
    pub fn consume(&mut self, amount: u64, place: &'static str) -> Result<()> {
        self.refusal().map_or(Ok(()), Err)?;
        self.used = self.used.saturating_add(amount);
        if self.limit.is_some_and(|limit| self.used > limit) {
            self.passed_at = Some(place);
        }
        self.refusal().map_or(Ok(()), Err)
    }

    /// The error that this meter gave when its limit was passed, for those who can't trust that it was handed on.
    pub fn refusal(&self) -> Option<AppError> {
        Some(out_of_gas(self.passed_at?, self.limit?, self.used))
    }
}

/// The text of the SDK's `SetUpContextDecorator` and of `baseapp/recovery.go`.
pub(super) fn out_of_gas(place: &str, wanted: u64, used: u64) -> AppError {
    sdk::OUT_OF_GAS.wrap(format!("out of gas in location: {place}; gasWanted: {wanted}, gasUsed: {used}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_past_the_limit_counts_once_and_names_its_place() {
        let mut meter = GasMeter::limited(100);
        assert_eq!(meter.consume(100, "first"), Ok(()));
        let refused = meter.consume(5, "second").unwrap_err();
        assert!(refused.is(sdk::OUT_OF_GAS));
        assert_eq!(refused.log, "out of gas in location: second; gasWanted: 100, gasUsed: 105: out of gas");
        assert_eq!(meter.consume(5, "third"), Err(refused.clone()));
        assert_eq!((meter.used(), meter.refusal()), (105, Some(refused)));
    }
}
