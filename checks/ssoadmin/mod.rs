//! IAM Identity Center.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;
