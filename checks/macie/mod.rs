//! Macie.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod enabled;

use crate::contract::Service;

crate::checks! {
    enabled,
}

/// The service.
pub static SERVICE: Service = Service { id: "macie", name: "Macie", checks: CHECKS };
