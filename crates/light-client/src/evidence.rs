//! Proof that a chain's validators lied, in the forms that others take.
//!
//! - [`Misbehaviour`] freezes the ICS-07 clients of that chain on other chains (`ibc.lightclients.tendermint.v1`).

mod misbehaviour;

pub use misbehaviour::{Misbehaviour, MisbehaviourError};
