//! Security Hub.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod enabled;

use crate::contract::Service;

crate::checks! {
    enabled,
}

/// The service.
pub static SERVICE: Service = Service { id: "securityhub", name: "Security Hub", checks: CHECKS };
