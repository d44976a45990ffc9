//! AWS Artifact.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod required_agreements_active;

use crate::contract::Service;

crate::checks! {
    required_agreements_active,
}

/// The service.
pub static SERVICE: Service = Service { id: "artifact", name: "Artifact", checks: CHECKS };
