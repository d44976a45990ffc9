//! AWS Identity and Access Management.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod access_key_rotated;
mod password_policy_min_length;
mod root_access_key_absent;
mod root_mfa_enabled;
mod root_not_used_recently;
mod user_console_mfa_enabled;
mod user_unused_credentials_disabled;

use crate::contract::Service;

crate::checks! {
    password_policy_min_length,
    root_access_key_absent,
    root_mfa_enabled,
    user_console_mfa_enabled,
    access_key_rotated,
    root_not_used_recently,
    user_unused_credentials_disabled,
}

/// The service.
pub static SERVICE: Service = Service { id: "iam", name: "Identity and Access Management", checks: CHECKS };
