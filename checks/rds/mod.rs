//! Amazon Relational Database Service, with Amazon Aurora, Amazon DocumentDB and Amazon Neptune.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod backup_retention_adequate;
mod instance_not_public;
mod minor_upgrades_automatic;
mod multi_az;
mod snapshot_not_public;
mod storage_encrypted;
mod tls_required;

use crate::contract::Service;

crate::checks! {
    snapshot_not_public,
    storage_encrypted,
    tls_required,
    instance_not_public,
    backup_retention_adequate,
    minor_upgrades_automatic,
    multi_az,
}

/// The service.
pub static SERVICE: Service = Service { id: "rds", name: "Relational Database Service", checks: CHECKS };
