//! Amazon Simple Storage Service.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

use crate::contract::Service;

crate::checks! {}

/// The service.
pub static SERVICE: Service = Service { id: "s3", name: "Simple Storage Service", checks: CHECKS };
