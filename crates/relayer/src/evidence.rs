//! Proven attacks on light clients, in the form in which they are kept and carried.

mod case;

pub use case::{Case, FalseState, Found, Proof};
