//! CloudWatch Logs.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;
