//! Amazon GuardDuty.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod enabled;
mod high_findings_resolved;

use crate::contract::Service;

crate::checks! {
    enabled,
    high_findings_resolved,
}

/// The service.
pub static SERVICE: Service = Service { id: "guardduty", name: "GuardDuty", checks: CHECKS };
