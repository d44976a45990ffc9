//! AWS CloudTrail.

#[cfg(feature = "live")]
pub mod collect;
pub mod object_events;
pub mod resources;

mod bucket_access_logged;
mod bucket_not_public;
mod delivers_to_cloudwatch_logs;
mod log_integrity_validated;
mod logs_kms_encrypted;
mod multi_region_trail_logging;
mod s3_object_reads_logged;
mod s3_object_writes_logged;

use crate::contract::Service;

crate::checks! {
    bucket_not_public,
    logs_kms_encrypted,
    log_integrity_validated,
    multi_region_trail_logging,
    bucket_access_logged,
    s3_object_reads_logged,
    s3_object_writes_logged,
    delivers_to_cloudwatch_logs,
}

/// The service.
pub static SERVICE: Service = Service { id: "cloudtrail", name: "CloudTrail", checks: CHECKS };
