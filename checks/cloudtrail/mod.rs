//! AWS CloudTrail.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod log_integrity_validated;
mod logs_kms_encrypted;
mod multi_region_trail_logging;

use crate::contract::Service;

crate::checks! {
    logs_kms_encrypted,
    log_integrity_validated,
    multi_region_trail_logging,
}

/// The service.
pub static SERVICE: Service = Service { id: "cloudtrail", name: "CloudTrail", checks: CHECKS };
