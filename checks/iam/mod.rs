//! AWS Identity and Access Management.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod access_key_rotated;
mod admin_managed_policy_restricted;
mod federated_sign_in_used;
mod oidc_cicd_subject_restricted;
mod password_policy_min_length;
mod password_policy_reuse_prevented;
mod policy_cloudshell_access_restricted;
mod policy_no_full_admin;
mod role_trust_no_wildcard_principal;
mod root_access_key_absent;
mod root_credentials_centrally_managed;
mod root_hardware_mfa_enabled;
mod root_mfa_enabled;
mod root_not_used_recently;
mod server_certificate_not_expired;
mod support_role_exists;
mod user_console_mfa_enabled;
mod user_no_unused_initial_access_key;
mod user_permissions_through_groups;
mod user_single_active_access_key;
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
    federated_sign_in_used,
    password_policy_reuse_prevented,
    root_credentials_centrally_managed,
    root_hardware_mfa_enabled,
    policy_cloudshell_access_restricted,
    user_permissions_through_groups,
    user_single_active_access_key,
    user_no_unused_initial_access_key,
    server_certificate_not_expired,
    support_role_exists,
}

/// The service.
pub static SERVICE: Service = Service { id: "iam", name: "Identity and Access Management", checks: CHECKS };
