//! AWS Organizations.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod guardrails;
mod scp_guardrails_attached;

use crate::contract::Service;

crate::checks! {
    scp_guardrails_attached,
}

/// The service.
pub static SERVICE: Service = Service { id: "organizations", name: "Organizations", checks: CHECKS };
