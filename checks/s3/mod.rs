//! Amazon Simple Storage Service.

#[cfg(feature = "live")]
pub mod collect;
pub mod exposure;
pub mod resources;

mod access_point;
mod plain_http;
mod public_access_block;

mod account_public_access_blocked;
mod bucket_cross_account_restricted;
mod bucket_mfa_delete_enabled;
mod bucket_no_public_read;
mod bucket_no_public_write;
mod bucket_public_access_blocked;
mod bucket_tls_required;

use crate::contract::Service;

crate::checks! {
    account_public_access_blocked,
    bucket_cross_account_restricted,
    bucket_no_public_read,
    bucket_no_public_write,
    bucket_public_access_blocked,
    bucket_tls_required,
    bucket_mfa_delete_enabled,
}

/// The service.
pub static SERVICE: Service = Service { id: "s3", name: "Simple Storage Service", checks: CHECKS };
