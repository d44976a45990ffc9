//! AWS Identity and Access Management.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

use crate::contract::Service;

crate::checks! {}

/// The service.
pub static SERVICE: Service = Service { id: "iam", name: "Identity and Access Management", checks: CHECKS };
