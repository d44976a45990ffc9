//! IAM Access Analyzer.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod external_analyzer_active;

use crate::contract::Service;

crate::checks! {
    external_analyzer_active,
}

/// The service.
pub static SERVICE: Service = Service { id: "accessanalyzer", name: "IAM Access Analyzer", checks: CHECKS };
