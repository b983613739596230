//! A light client of one chain for whoever has an address of it: blocks as nodes tell them, and what nodes say against
//! each other.
//!
//! The rules are those of `light-client`; what is done here is the asking. A node may answer with anything or not at
//! all: each question has a deadline, and each procedure a number of questions.

mod block;
mod compare;

pub use block::{BlockError, ValidatorSets, whole_block};
pub use compare::{Comparison, Unable, compare};
