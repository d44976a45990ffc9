//! Amazon Elastic File System.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod file_system_encrypted;

use crate::contract::Service;

crate::checks! {
    file_system_encrypted,
}

/// The service.
pub static SERVICE: Service = Service { id: "efs", name: "Elastic File System", checks: CHECKS };
