//! AWS Config.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod recorder_active;

use crate::contract::Service;

crate::checks! {
    recorder_active,
}

/// The service.
pub static SERVICE: Service = Service { id: "config", name: "Config", checks: CHECKS };
