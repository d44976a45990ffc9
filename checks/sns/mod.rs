//! SNS.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

use crate::contract::Service;

crate::checks! {}

/// The service.
pub static SERVICE: Service = Service { id: "sns", name: "SNS", checks: CHECKS };
