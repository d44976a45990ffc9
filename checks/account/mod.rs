//! AWS Account Management.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod contact_details_present;
mod security_contact_registered;

use crate::contract::Service;

crate::checks! {
    security_contact_registered,
    contact_details_present,
}

/// The service.
pub static SERVICE: Service = Service { id: "account", name: "Account Management", checks: CHECKS };
