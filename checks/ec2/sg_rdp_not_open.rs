use super::ingress::Forbidden;
use super::resources::{PrefixList, PrefixListEntries, SecurityGroup};
use crate::contract::Answer;
use crate::net::{Port, tcp, udp};

crate::check! {
    /// Remote Desktop is closed to the internet over IPv4 and IPv6
    ///
    /// An open Remote Desktop is where ransomware comes in: passwords are guessed around the clock, and every flaw in
    /// the protocol has been used within days.
    ///
    /// # Fix
    /// Connect through Systems Manager (Fleet Manager, port forwarding), a VPN or EC2 Instance Connect Endpoint, then:
    /// `aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE`
    ///
    /// # Source
    /// CIS Amazon Web Services Foundations Benchmark, "remote server administration ports", which counts TCP and UDP;
    /// Security Hub EC2.14, EC2.53, EC2.54
    over: SecurityGroup,
    reads: [PrefixList, PrefixListEntries],
    duty: SecurityGroups,
    severity: High,
}

/// Remote Desktop begins on TCP and carries its pictures over UDP, where it can also be made to flood others.
const PORTS: &[Port] = &[tcp(3389, ""), udp(3389, "")];

async fn judge(group: &SecurityGroup, cloud: &Cloud) -> Answer {
    let praise = "keeps Remote Desktop from the internet";
    group.keeps_the_internet_from(Forbidden::AnyOf(PORTS), praise, cloud).await
}
