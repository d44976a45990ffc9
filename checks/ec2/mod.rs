//! Amazon Elastic Compute Cloud.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

use crate::contract::Service;

crate::checks! {}

/// The service.
pub static SERVICE: Service = Service { id: "ec2", name: "Elastic Compute Cloud", checks: CHECKS };
