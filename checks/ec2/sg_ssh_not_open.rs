use super::ingress::Forbidden;
use super::resources::{PrefixList, PrefixListEntries, SecurityGroup};
use crate::contract::Answer;
use crate::net::{Port, tcp};

crate::check! {
    /// SSH is closed to the internet over IPv4 and IPv6
    ///
    /// SSH gives a command line. Open to everyone, one weak password, leaked key or flaw in the server is enough, and
    /// scanners knock within minutes.
    ///
    /// # Fix
    /// Connect through Session Manager, a VPN or EC2 Instance Connect Endpoint, then:
    /// `aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE`
    ///
    /// # Source
    /// CIS Amazon Web Services Foundations Benchmark, "remote server administration ports"; Security Hub EC2.13,
    /// EC2.53, EC2.54
    over: SecurityGroup,
    reads: [PrefixList, PrefixListEntries],
    duty: SecurityGroups,
    severity: High,
}

/// SSH speaks TCP alone.
const PORTS: &[Port] = &[tcp(22, "")];

async fn judge(group: &SecurityGroup, cloud: &Cloud) -> Answer {
    group.keeps_the_internet_from(Forbidden::AnyOf(PORTS), "keeps SSH from the internet", cloud).await
}
