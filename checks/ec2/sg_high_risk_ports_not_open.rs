use super::ingress::Forbidden;
use super::resources::{PrefixList, PrefixListEntries, SecurityGroup};
use crate::contract::Answer;
use crate::net::{Port, tcp, udp};

crate::check! {
    /// Telnet, FTP and other risky service ports are closed to the internet
    ///
    /// Some services send passwords in the clear, some were never meant to leave the local network, some are made for
    /// developers and ask no questions. On the internet they are entered first.
    ///
    /// # Fix
    /// Use the encrypted successor, or a load balancer in front; then take the open rule away:
    /// `aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE`
    ///
    /// # Source
    /// Security Hub EC2.19, less the ports that the checks for SSH, Remote Desktop and data stores look at; and services
    /// that give a command line or all files to whoever connects
    over: SecurityGroup,
    reads: [PrefixList, PrefixListEntries],
    duty: SecurityGroups,
    severity: High,
}

/// What should not be met on the internet, in the order of the numbers.
const PORTS: &[Port] = &[
    tcp(20, "FTP data"),
    tcp(21, "FTP"),
    tcp(23, "Telnet"),
    tcp(25, "SMTP"),
    udp(69, "TFTP"),
    tcp(110, "POP3"),
    tcp(111, "RPC"),
    udp(111, "RPC"),
    tcp(135, "Windows RPC"),
    udp(137, "NetBIOS"),
    udp(138, "NetBIOS"),
    tcp(139, "NetBIOS"),
    tcp(143, "IMAP"),
    udp(161, "SNMP"),
    tcp(389, "LDAP"),
    udp(389, "LDAP"),
    tcp(445, "SMB"),
    tcp(512, "rexec"),
    tcp(513, "rlogin"),
    tcp(514, "rsh"),
    tcp(873, "rsync"),
    tcp(2049, "NFS"),
    tcp(2375, "Docker"),
    tcp(3000, "web development"),
    tcp(4333, "mSQL"),
    tcp(5000, "web development"),
    tcp(5500, "VNC"),
    tcp(5900, "VNC"),
    tcp(5985, "WinRM"),
    tcp(5986, "WinRM over TLS"),
    tcp(8080, "web proxy"),
    tcp(8088, "YARN, older web servers"),
    tcp(10250, "kubelet"),
];

async fn judge(group: &SecurityGroup, cloud: &Cloud) -> Answer {
    let praise = "keeps risky services from the internet";
    group.keeps_the_internet_from(Forbidden::AnyOf(PORTS), praise, cloud).await
}
