//! Errors as the SDK registers and wraps them: `errorsmod.Register`, `errorsmod.Wrap`.

use core::fmt;

/// An error that a module registered: a code in its codespace, and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Such as `sdk`, `channel`.
    pub codespace: &'static str,
    /// 1 or more.
    pub code: u32,
    /// The text that stands last in every log.
    pub description: &'static str,
}

/// Why a transaction or a query was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{log}")]
pub struct AppError {
    /// Of the registered error.
    pub codespace: &'static str,
    /// Of the registered error.
    pub code: u32,
    /// The text, as a node shows it.
    pub log: String,
}

/// What handlers give back.
pub type Result<T, E = AppError> = core::result::Result<T, E>;

impl Registered {
    /// Registers an error.
    pub const fn new(codespace: &'static str, code: u32, description: &'static str) -> Self {
        Self { codespace, code, description }
    }

    /// The error alone.
    pub fn plain(self) -> AppError {
        AppError { codespace: self.codespace, code: self.code, log: self.description.to_owned() }
    }

    /// The error behind a text: `text: description`.
    pub fn wrap(self, text: impl fmt::Display) -> AppError {
        AppError { log: format!("{text}: {}", self.description), ..self.plain() }
    }
}

impl AppError {
    /// An error that nobody registered, a plain one of Go's: code 1 of codespace `undefined`.
    pub fn unregistered(text: impl fmt::Display) -> Self {
        Self { codespace: "undefined", code: 1, log: text.to_string() }
    }

    /// What the SDK makes of a panic (`baseapp/recovery.go`); the stack is left out.
    pub fn panicked(text: impl fmt::Display) -> Self {
        sdk::PANIC.wrap(format!("recovered: {text}"))
    }

    /// Puts a text before what is said already: `text: log`. What is a panic in Go passes by all who wrap.
    #[must_use]
    pub fn wrap(self, text: impl fmt::Display) -> Self {
        if self.is_fatal() { self } else { Self { log: format!("{text}: {}", self.log), ..self } }
    }

    /// Does it end the whole transaction, whatever a handler makes of its callees' errors? So does what is a panic in
    /// Go, gas that is used up among it.
    pub fn is_fatal(&self) -> bool {
        self.is(sdk::OUT_OF_GAS) || self.is(sdk::PANIC)
    }

    /// Is it this registered error, however wrapped?
    pub fn is(&self, registered: Registered) -> bool {
        self.codespace == registered.codespace && self.code == registered.code
    }
}

impl From<Registered> for AppError {
    fn from(registered: Registered) -> Self {
        registered.plain()
    }
}

/// Errors of the SDK itself (cosmos-sdk `types/errors/errors.go`).
pub mod sdk {
    use super::Registered;

    const fn of(code: u32, description: &'static str) -> Registered {
        Registered::new("sdk", code, description)
    }

    /// A transaction's bytes are none.
    pub const TX_DECODE: Registered = of(2, "tx parse error");
    /// Sequence, in old versions.
    pub const INVALID_SEQUENCE: Registered = of(3, "invalid sequence");
    /// A signature is missing or wrong.
    pub const UNAUTHORIZED: Registered = of(4, "unauthorized");
    /// A balance is too small.
    pub const INSUFFICIENT_FUNDS: Registered = of(5, "insufficient funds");
    /// Nobody handles this.
    pub const UNKNOWN_REQUEST: Registered = of(6, "unknown request");
    /// An address can't be read.
    pub const INVALID_ADDRESS: Registered = of(7, "invalid address");
    /// A public key is wrong.
    pub const INVALID_PUB_KEY: Registered = of(8, "invalid pubkey");
    /// There is no such account.
    pub const UNKNOWN_ADDRESS: Registered = of(9, "unknown address");
    /// Coins are malformed.
    pub const INVALID_COINS: Registered = of(10, "invalid coins");
    /// The gas limit was reached.
    pub const OUT_OF_GAS: Registered = of(11, "out of gas");
    /// The memo is too long.
    pub const MEMO_TOO_LARGE: Registered = of(12, "memo too large");
    /// The fee is below the node's minimum.
    pub const INSUFFICIENT_FEE: Registered = of(13, "insufficient fee");
    /// Too many signatures.
    pub const TOO_MANY_SIGNATURES: Registered = of(14, "maximum number of signatures exceeded");
    /// A transaction without signatures.
    pub const NO_SIGNATURES: Registered = of(15, "no signatures supplied");
    /// A request is malformed.
    pub const INVALID_REQUEST: Registered = of(18, "invalid request");
    /// The mempool has it already.
    pub const TX_IN_MEMPOOL_CACHE: Registered = of(19, "tx already in mempool");
    /// The mempool takes no more.
    pub const MEMPOOL_IS_FULL: Registered = of(20, "mempool is full");
    /// A transaction is too large.
    pub const TX_TOO_LARGE: Registered = of(21, "tx too large");
    /// There is no such key.
    pub const KEY_NOT_FOUND: Registered = of(22, "key not found");
    /// The signer is not the one that is expected.
    pub const INVALID_SIGNER: Registered = of(24, "tx intended signer does not match the given signer");
    /// The fee is malformed.
    pub const INVALID_GAS_ADJUSTMENT: Registered = of(25, "invalid gas adjustment");
    /// A height is wrong.
    pub const INVALID_HEIGHT: Registered = of(26, "invalid height");
    /// A version is wrong.
    pub const INVALID_VERSION: Registered = of(27, "invalid version");
    /// A chain id is wrong.
    pub const INVALID_CHAIN_ID: Registered = of(28, "invalid chain-id");
    /// A type is wrong.
    pub const INVALID_TYPE: Registered = of(29, "invalid type");
    /// The transaction's timeout height has passed.
    pub const TX_TIMEOUT_HEIGHT: Registered = of(30, "tx timeout height");
    /// An extension is unknown.
    pub const UNKNOWN_EXTENSION_OPTIONS: Registered = of(31, "unknown extension options");
    /// The account sequence is not the expected one.
    pub const WRONG_SEQUENCE: Registered = of(32, "incorrect account sequence");
    /// An `Any` can't be packed.
    pub const PACK_ANY: Registered = of(33, "failed packing protobuf message to Any");
    /// An `Any` can't be unpacked.
    pub const UNPACK_ANY: Registered = of(34, "failed unpacking protobuf message from Any");
    /// An invariant is broken.
    pub const LOGIC: Registered = of(35, "internal logic error");
    /// Something conflicts.
    pub const CONFLICT: Registered = of(36, "conflict");
    /// Something is not supported.
    pub const NOT_SUPPORTED: Registered = of(37, "feature not supported");
    /// Something is not there.
    pub const NOT_FOUND: Registered = of(38, "not found");
    /// The node failed.
    pub const IO: Registered = of(39, "internal IO error");
    /// The gas limit is invalid.
    pub const INVALID_GAS_LIMIT: Registered = of(41, "invalid gas limit");
    /// The transaction's own time has passed.
    pub const TX_TIMEOUT: Registered = of(42, "tx timeout");
    /// A panic was caught.
    pub const PANIC: Registered = Registered::new("undefined", 111_222, "panic");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrapper_puts_its_text_before_the_others() {
        let wrapped = sdk::NOT_FOUND.wrap("inner").wrap("outer");
        assert_eq!(wrapped.log, "outer: inner: not found");
        assert!(wrapped.is(sdk::NOT_FOUND) && !wrapped.is_fatal());
    }

    #[test]
    fn what_is_a_panic_in_go_passes_by_all_who_wrap() {
        for fatal in [sdk::OUT_OF_GAS.wrap("out of gas in location: Has"), AppError::panicked("nil")] {
            assert!(fatal.is_fatal());
            assert_eq!(fatal.clone().wrap("failed"), fatal);
        }
    }
}
