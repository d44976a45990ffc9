//! CloudWatch.

#[cfg(feature = "live")]
pub mod collect;
pub mod resources;

mod alarm_cloudtrail_changes;
mod alarm_config_changes;
mod alarm_console_sign_in_failures;
mod alarm_console_sign_in_without_mfa;
mod alarm_gateway_changes;
mod alarm_iam_policy_changes;
mod alarm_kms_key_disabled_or_deleted;
mod alarm_nacl_changes;
mod alarm_organizations_changes;
mod alarm_root_usage;
mod alarm_route_table_changes;
mod alarm_s3_policy_changes;
mod alarm_security_group_changes;
mod alarm_unauthorized_calls;
mod alarm_vpc_changes;
mod watch;

use crate::contract::Service;

crate::checks! {
    alarm_cloudtrail_changes,
    alarm_config_changes,
    alarm_console_sign_in_failures,
    alarm_console_sign_in_without_mfa,
    alarm_gateway_changes,
    alarm_iam_policy_changes,
    alarm_kms_key_disabled_or_deleted,
    alarm_nacl_changes,
    alarm_organizations_changes,
    alarm_root_usage,
    alarm_route_table_changes,
    alarm_s3_policy_changes,
    alarm_security_group_changes,
    alarm_unauthorized_calls,
    alarm_vpc_changes,
}

/// The service.
pub static SERVICE: Service = Service { id: "cloudwatch", name: "CloudWatch", checks: CHECKS };
