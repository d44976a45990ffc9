//! What a network ACL lets in from the internet, rule by rule: the first that matches decides.

use ipnet::IpNet;

use super::ingress::enumerated;
use super::resources::{DESCRIBE_NETWORK_ACLS, NetworkAcl, NetworkAclEntry, network};
use crate::contract::{Reason, Unknown};
use crate::net::{Port, Traffic, is_public, is_the_internet, without};

/// A rule for traffic that comes in, understood.
struct Rule<'a> {
    entry: &'a NetworkAclEntry,
    allows: bool,
    traffic: Traffic,
    network: IpNet,
}

impl<'a> Rule<'a> {
    fn of(entry: &'a NetworkAclEntry) -> Result<Self, Unknown> {
        let number = entry.rule_number;
        let malformed = |what: String| {
            let detail = format!("rule {number}: {what}");
            Unknown::new(Reason::Malformed, DESCRIBE_NETWORK_ACLS.iam_action(), detail)
        };
        let allows = match &*entry.rule_action {
            "allow" => true,
            "deny" => false,
            action => return Err(malformed(format!("neither allows nor denies, but is {action:?}"))),
        };
        let cidr = entry.cidr_block.as_ref().or(entry.ipv6_cidr_block.as_ref());
        let cidr = cidr.ok_or_else(|| malformed("names no network".to_owned()))?;
        let traffic = entry.traffic().map_err(|error| malformed(error.to_string()))?;
        Ok(Self { entry, allows, traffic, network: network(DESCRIBE_NETWORK_ACLS, cidr)? })
    }
}

/// How a port is open to the internet.
pub struct Opening<'a> {
    /// In words.
    pub how: String,
    /// The rules that open it.
    pub by: Vec<&'a NetworkAclEntry>,
}

impl NetworkAcl {
    /// The rules for traffic that comes in, in the order in which they are tried.
    fn rules_for_ingress(&self) -> Vec<&NetworkAclEntry> {
        let mut entries: Vec<_> = self.entries.iter().filter(|entry| !entry.egress).collect();
        entries.sort_by_key(|entry| entry.rule_number);
        entries
    }

    /// How a port is open to the internet, if it is. A rule that cannot be understood leaves open what it does to those
    /// after it, but changes nothing about those before.
    pub fn opening_of(&self, port: Port) -> Result<Option<Opening<'_>>, Unknown> {
        let mut unread = None;
        let mut denied: Vec<Rule<'_>> = Vec::new();
        let mut admitted: Vec<(Rule<'_>, Vec<IpNet>)> = Vec::new();
        for entry in self.rules_for_ingress() {
            let rule = match Rule::of(entry) {
                Ok(rule) => rule,
                Err(unknown) => {
                    unread = Some(unknown);
                    break;
                }
            };
            if !rule.traffic.includes(port.transport, port.number) {
                continue;
            }
            if rule.allows {
                let taken: Vec<IpNet> = denied.iter().map(|rule| rule.network).collect();
                let left = without(&[rule.network], &taken);
                admitted.push((rule, left));
            } else {
                denied.push(rule);
            }
        }
        match (opening(port, &admitted, &denied), unread) {
            (Some(opening), _) => Ok(Some(opening)),
            (None, Some(unknown)) => Err(unknown),
            (None, None) => Ok(None),
        }
    }
}

/// The rules that let everyone in: those that do so alone, or else all that let in someone.
fn opening<'a>(port: Port, admitted: &[(Rule<'a>, Vec<IpNet>)], denied: &[Rule<'a>]) -> Option<Opening<'a>> {
    let together: Vec<IpNet> = admitted.iter().flat_map(|(_, left)| left).copied().collect();
    if !is_the_internet(&together) {
        return None;
    }
    let mut deciding: Vec<_> = admitted.iter().filter(|(_, left)| is_the_internet(left)).collect();
    if deciding.is_empty() {
        deciding = admitted.iter().filter(|(_, left)| left.iter().copied().any(is_public)).collect();
    }
    let exactly = Traffic::Ports(port.transport, port.number, port.number);
    let named = deciding.iter().map(|(rule, _)| match rule.traffic {
        traffic if traffic == exactly => rule.entry.rule_number.to_string(),
        traffic => format!("{} for {traffic}", rule.entry.rule_number),
    });
    let rules = if deciding.len() == 1 { "rule" } else { "rules" };
    let networks = enumerated(deciding.iter().map(|(rule, _)| rule.network.to_string()));
    // Nothing is kept out by a denial of what an earlier rule has let in.
    let keeps_out = |taken: &Rule<'_>| {
        let earlier = admitted.iter().filter(|(rule, _)| rule.entry.rule_number < taken.entry.rule_number);
        let let_in: Vec<IpNet> = earlier.flat_map(|(_, left)| left).copied().collect();
        !without(&[taken.network], &let_in).is_empty()
    };
    let before: Vec<_> = denied
        .iter()
        .filter(|taken| {
            deciding.iter().any(|(rule, _)| {
                taken.entry.rule_number < rule.entry.rule_number && rule.network.contains(&taken.network)
            })
        })
        .filter(|taken| keeps_out(taken))
        .collect();
    let but = match before.len() {
        0 => String::new(),
        1 => format!(", except for what rule {} denies", before[0].entry.rule_number),
        _ => {
            let numbers = enumerated(before.iter().map(|rule| rule.entry.rule_number.to_string()));
            format!(", except for what rules {numbers} deny")
        }
    };
    let how = format!("open to {networks} by {rules} {}{but}", enumerated(named));
    Some(Opening { how, by: deciding.into_iter().map(|(rule, _)| rule.entry).collect() })
}
