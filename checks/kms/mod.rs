//! AWS Key Management Service.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod key_not_pending_deletion;
mod key_policy_not_public;
mod key_rotation_enabled;

use crate::contract::Service;

crate::checks! {
    key_policy_not_public,
    key_rotation_enabled,
    key_not_pending_deletion,
}

/// The service.
pub static SERVICE: Service = Service { id: "kms", name: "Key Management Service", checks: CHECKS };
