//! Tests of the whole program that need no AWS, no network and no AWS crate.

mod case;
mod cases;
mod denial;
mod policy;
