use serde_json::Value;

use super::ingress::enumerated;
use super::resources::{NetworkAcl, NetworkAclEntry};
use crate::contract::{Answer, fail, not_applicable, pass};
use crate::net::{Port, tcp, udp};

crate::check! {
    /// Network ACLs keep the internet away from SSH and Remote Desktop
    ///
    /// A network ACL is the second line: it holds when a security group is opened by mistake, for every machine in the
    /// subnet at once. Rules are tried by their numbers, and the first that matches decides; that is how they are read
    /// here. The ports can be set; by default they are 22 and 3389.
    ///
    /// The default ACL of a VPC lets everything in until it is changed, and is judged also while no subnet has it,
    /// because the next new subnet will. Replies need an open range of high ports, which for NAT gateways, load balancers
    /// and Lambda functions begins at 1024: deny 3389 in front of it.
    ///
    /// # Fix
    /// Deny the ports in front of the rule that opens them, or replace that rule:
    /// `aws ec2 create-network-acl-entry --network-acl-id ID --ingress --rule-number 90 --rule-action deny --protocol tcp --port-range From=22,To=22 --cidr-block 0.0.0.0/0`
    ///
    /// One rule is for one port, one protocol (Remote Desktop runs over `udp` too) and one family of addresses: for IPv6,
    /// give another number and `--ipv6-cidr-block ::/0`.
    ///
    /// # Source
    /// Amazon VPC User Guide, "Control subnet traffic with network access control lists"; CIS Amazon Web Services
    /// Foundations Benchmark, "Ensure no Network ACLs allow ingress from 0.0.0.0/0 to remote server administration
    /// ports", which counts TCP and UDP; Security Hub EC2.21
    over: NetworkAcl,
    duty: SecurityGroups,
    severity: Medium,
}

/// Remote Desktop also runs over UDP.
const REMOTE_DESKTOP: u16 = 3389;

async fn judge(acl: &NetworkAcl, cloud: &Cloud) -> Answer {
    if *acl.owner_id != *cloud.place().account {
        return Ok(not_applicable(format!("belongs to account {}, which alone can change it", acl.owner_id)));
    }
    if acl.associations.is_empty() && !acl.is_default {
        return Ok(not_applicable("is used by no subnet, so it filters nothing"));
    }
    let ports = transports_of(&cloud.settings().ports.administrative);
    if ports.is_empty() {
        return Ok(not_applicable("no port is laid down as administrative"));
    }
    let (mut told, mut by, mut unread) = (Vec::<(String, Vec<String>)>::new(), Vec::<&NetworkAclEntry>::new(), None);
    for port in ports {
        match acl.opening_of(port) {
            Ok(None) => {}
            Ok(Some(opening)) => {
                by.extend(opening.by);
                match told.iter_mut().find(|(how, _)| *how == opening.how) {
                    Some((_, ports)) => ports.push(port.to_string()),
                    None => told.push((opening.how, vec![port.to_string()])),
                }
            }
            Err(unknown) => unread = unread.or(Some(unknown)),
        }
    }
    if told.is_empty() {
        return unread.map_or_else(|| Ok(pass("keeps administrative ports from the internet")), Err);
    }
    let each = told.into_iter().map(|(how, ports)| {
        let verb = if ports.len() == 1 { "is" } else { "are" };
        format!("{} {verb} {how}", enumerated(ports.into_iter()))
    });
    Ok(fail(each.collect::<Vec<_>>().join("; ")).showing("Entries", evidence(by)))
}

fn transports_of(numbers: &[u16]) -> Vec<Port> {
    let transports = |number: &u16| {
        let over_udp = (*number == REMOTE_DESKTOP).then(|| udp(*number, ""));
        std::iter::once(tcp(*number, "")).chain(over_udp)
    };
    numbers.iter().flat_map(transports).collect()
}

fn evidence(mut by: Vec<&NetworkAclEntry>) -> Value {
    by.sort_by_key(|entry| entry.rule_number);
    by.dedup();
    by.into_iter().map(|entry| serde_json::to_value(entry).expect("a record can be written as JSON")).collect()
}
