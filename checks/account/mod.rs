//! AWS Account Management.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod contact_details_present;
mod regions_allowed_only;
mod security_contact_registered;

use crate::contract::Service;

crate::checks! {
    security_contact_registered,
    contact_details_present,
    regions_allowed_only,
}

/// The service.
pub static SERVICE: Service = Service { id: "account", name: "Account Management", checks: CHECKS };
