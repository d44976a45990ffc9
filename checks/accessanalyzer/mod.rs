//! IAM Access Analyzer.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

use crate::contract::Service;

crate::checks! {}

/// The service.
pub static SERVICE: Service = Service { id: "accessanalyzer", name: "IAM Access Analyzer", checks: CHECKS };
