use super::ingress::Forbidden;
use super::resources::{PrefixList, PrefixListEntries, SecurityGroup};
use crate::contract::Answer;

crate::check! {
    /// No group opens every port to the internet
    ///
    /// Such a group filters nothing: each service that starts on the machine, meant for others or not, can be reached
    /// and attacked by anyone the moment it listens. Several rules that leave no gap come to the same.
    ///
    /// # Fix
    /// Open the ports that are meant for the public, one by one, then take the wide rule away:
    /// `aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE`
    ///
    /// # Source
    /// Amazon VPC User Guide, "Security group rules"; CIS Amazon Web Services Foundations Benchmark, section "Networking"
    over: SecurityGroup,
    reads: [PrefixList, PrefixListEntries],
    duty: SecurityGroups,
    severity: Critical,
}

async fn judge(group: &SecurityGroup, cloud: &Cloud) -> Answer {
    group.keeps_the_internet_from(Forbidden::EveryPort, "does not open every port to the internet", cloud).await
}
