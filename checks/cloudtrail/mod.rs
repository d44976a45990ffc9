//! AWS CloudTrail.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod bucket_not_public;
mod log_integrity_validated;
mod logs_kms_encrypted;
mod multi_region_trail_logging;

use crate::contract::Service;

crate::checks! {
    bucket_not_public,
    logs_kms_encrypted,
    log_integrity_validated,
    multi_region_trail_logging,
}

/// The service.
pub static SERVICE: Service = Service { id: "cloudtrail", name: "CloudTrail", checks: CHECKS };
