use super::ingress::Forbidden;
use super::resources::{PrefixList, PrefixListEntries, SecurityGroup};
use crate::contract::Answer;
use crate::net::{Port, tcp};

crate::check! {
    /// Windows file sharing is reachable only from trusted networks
    ///
    /// SMB, also called CIFS, is how worms went around the world: they needed nothing but an open port. Even
    /// without a flaw, it lets anyone guess passwords and lures machines into giving away their users' hashes.
    ///
    /// # Fix
    /// Reach the share over a VPN, or let in the security group of its users; then take the open rule away:
    /// `aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE`
    ///
    /// # Source
    /// CIS Amazon Web Services Foundations Benchmark 5.0, 5.1.2, "Ensure CIFS access is restricted to trusted networks
    /// to prevent unauthorized access", which looks at TCP port 445
    over: SecurityGroup,
    reads: [PrefixList, PrefixListEntries],
    duty: SecurityGroups,
    severity: High,
}

/// SMB over TCP. What it ran over before (137 to 139) is among the high-risk ports.
const PORTS: &[Port] = &[tcp(445, "")];

async fn judge(group: &SecurityGroup, cloud: &Cloud) -> Answer {
    let praise = "keeps Windows file sharing from the internet";
    group.keeps_the_internet_from(Forbidden::AnyOf(PORTS), praise, cloud).await
}
