//! AWS Key Management Service.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod key_not_pending_deletion;
mod key_rotation_enabled;

use crate::contract::Service;

crate::checks! {
    key_not_pending_deletion,
    key_rotation_enabled,
}

/// The service.
pub static SERVICE: Service = Service { id: "kms", name: "Key Management Service", checks: CHECKS };
