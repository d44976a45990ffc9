//! AWS Identity and Access Management.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod access_key_rotated;
mod admin_managed_policy_restricted;
mod oidc_cicd_subject_restricted;
mod password_policy_min_length;
mod policy_no_full_admin;
mod role_trust_no_wildcard_principal;
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
    admin_managed_policy_restricted,
    policy_no_full_admin,
    access_key_rotated,
    oidc_cicd_subject_restricted,
    role_trust_no_wildcard_principal,
    root_not_used_recently,
    user_unused_credentials_disabled,
}

/// The service.
pub static SERVICE: Service = Service { id: "iam", name: "Identity and Access Management", checks: CHECKS };
