use super::resources::SecurityGroup;
use crate::contract::{Answer, fail, not_applicable, pass};

crate::check! {
    /// Each VPC's default group has no rules
    ///
    /// What is launched without a security group gets the default one, and with it all traffic from its other members
    /// and all traffic out. Without rules, forgetting a group means no network instead of an open one.
    ///
    /// # Fix
    /// Move what uses the group to groups of its own, then take the rules away:
    /// `aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE…` and
    /// `aws ec2 revoke-security-group-egress --group-id ID --security-group-rule-ids RULE…`
    ///
    /// # Source
    /// Amazon VPC User Guide, "Default security groups for your VPCs"; CIS Amazon Web Services Foundations Benchmark;
    /// Security Hub EC2.2
    over: SecurityGroup,
    duty: SecurityGroups,
    severity: High,
}

async fn judge(group: &SecurityGroup, cloud: &Cloud) -> Answer {
    if group.group_name != "default" {
        return Ok(not_applicable("is not a VPC's default group"));
    }
    if *group.owner_id != *cloud.place().account {
        return Ok(not_applicable(format!("belongs to account {}, which alone can change it", group.owner_id)));
    }
    let verdict = match (group.ip_permissions.is_empty(), group.ip_permissions_egress.is_empty()) {
        (true, true) => pass("lets nothing in and nothing out"),
        (false, true) => fail("has rules that let traffic in"),
        (true, false) => fail("has rules that let traffic out"),
        (false, false) => fail("has rules that let traffic in and out"),
    };
    Ok(verdict
        .showing("IpPermissions", group.ip_permissions.len())
        .showing("IpPermissionsEgress", group.ip_permissions_egress.len()))
}
