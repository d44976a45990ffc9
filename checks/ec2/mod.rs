//! Amazon Elastic Compute Cloud.

mod acl;
#[cfg(feature = "live")]
pub mod collect;
pub mod ingress;
pub mod resources;

mod ami_not_public;
mod default_sg_closed;
mod ebs_default_encryption_on;
mod ebs_snapshot_not_public;
mod ebs_volume_encrypted;
mod instance_imdsv2_required;
mod instance_role_attached;
mod nacl_admin_ports_closed;
mod public_sharing_blocked;
mod sg_all_ports_not_open;
mod sg_database_ports_not_open;
mod sg_file_sharing_not_open;
mod sg_high_risk_ports_not_open;
mod sg_rdp_not_open;
mod sg_ssh_not_open;
mod vpc_flow_logs_enabled;
mod vpc_peering_routes_narrow;

use crate::contract::Service;

crate::checks! {
    ami_not_public,
    ebs_snapshot_not_public,
    public_sharing_blocked,
    instance_imdsv2_required,
    ebs_default_encryption_on,
    ebs_volume_encrypted,
    default_sg_closed,
    sg_all_ports_not_open,
    sg_database_ports_not_open,
    sg_high_risk_ports_not_open,
    sg_rdp_not_open,
    sg_ssh_not_open,
    vpc_flow_logs_enabled,
    instance_role_attached,
    nacl_admin_ports_closed,
    sg_file_sharing_not_open,
    vpc_peering_routes_narrow,
}

/// The service.
pub static SERVICE: Service = Service { id: "ec2", name: "Elastic Compute Cloud", checks: CHECKS };
