//! What a security group lets in from the internet, over all of its rules together.

use std::collections::BTreeSet;

use ipnet::IpNet;
use serde_json::Value;

use super::resources::{
    DESCRIBE_SECURITY_GROUPS, GET_MANAGED_PREFIX_LIST_ENTRIES, IpPermission, PrefixList, PrefixListEntries,
    SecurityGroup, network,
};
use crate::contract::{Answer, Asks, Cloud, Reason, Unknown, fail, not_applicable, pass};
use crate::net::{Port, Traffic, Transport, is_public, is_the_internet};

/// What must not be open.
#[derive(Debug, Clone, Copy)]
pub enum Forbidden {
    /// Any of these ports.
    AnyOf(&'static [Port]),
    /// All ports of TCP or of UDP, in one rule or in several.
    EveryPort,
}

impl Forbidden {
    fn concerns(self, traffic: Traffic) -> bool {
        match self {
            Self::AnyOf(ports) => ports.iter().any(|port| traffic.includes(port.transport, port.number)),
            Self::EveryPort => traffic != Traffic::Portless,
        }
    }
}

impl SecurityGroup {
    /// Judges whether the internet is kept from what is forbidden. A rule for another security group is not a rule
    /// for the internet. Groups that nothing uses are judged too: they are one click from being used.
    ///
    /// Rules that name networks are looked at first, and prefix lists are read only if those do not settle it.
    pub async fn keeps_the_internet_from<C>(&self, forbidden: Forbidden, praise: &str, cloud: &Cloud<C>) -> Answer
    where
        C: Asks<PrefixList> + Asks<PrefixListEntries>,
    {
        if *self.owner_id != *cloud.place().account {
            return Ok(not_applicable(format!("belongs to account {}, which alone can change it", self.owner_id)));
        }
        let (mut rules, mut unread) = self.rules();
        if let Some(opening) = opening(forbidden, &rules) {
            return Ok(opening.failed());
        }
        for rule in rules.iter_mut().filter(|rule| forbidden.concerns(rule.traffic)) {
            for list in &rule.permission.prefix_list_ids {
                match networks_of(&list.prefix_list_id, cloud).await {
                    Ok(networks) => rule.sources.extend(
                        networks
                            .into_iter()
                            .map(|network| Source { network, listed_in: Some(list.prefix_list_id.clone()) }),
                    ),
                    Err(unknown) => unread = unread.or(Some(unknown)),
                }
            }
        }
        match (opening(forbidden, &rules), unread) {
            (Some(opening), _) => Ok(opening.failed()),
            (None, Some(unknown)) => Err(unknown),
            (None, None) => Ok(pass(praise)),
        }
    }

    /// The rules as far as they can be understood, and what is wrong with the first that cannot.
    fn rules(&self) -> (Vec<Rule<'_>>, Option<Unknown>) {
        let mut rules = Vec::new();
        let mut unread = None;
        for permission in &self.ip_permissions {
            match permission.traffic() {
                Ok(traffic) => {
                    let mut sources = Vec::new();
                    for cidr in permission.cidrs() {
                        match network(DESCRIBE_SECURITY_GROUPS, cidr) {
                            Ok(network) => sources.push(Source { network, listed_in: None }),
                            Err(unknown) => unread = unread.or(Some(unknown)),
                        }
                    }
                    rules.push(Rule { traffic, permission, sources });
                }
                Err(error) => {
                    let action = DESCRIBE_SECURITY_GROUPS.iam_action();
                    unread = unread.or_else(|| Some(Unknown::new(Reason::Malformed, action, error.to_string())));
                }
            }
        }
        (rules, unread)
    }
}

/// The networks of a prefix list. AWS's own lists hold the addresses of its services (CloudFront, S3), which is not
/// everyone; they need no further call.
pub(super) async fn networks_of<C>(id: &str, cloud: &Cloud<C>) -> Result<Vec<IpNet>, Unknown>
where
    C: Asks<PrefixList> + Asks<PrefixListEntries>,
{
    let lists = cloud.list::<PrefixList>().await?;
    let list = lists.iter().find(|list| list.prefix_list_id == id).ok_or_else(|| {
        Unknown::undecided::<PrefixList>(format!("prefix list {id} is not among those this account can see"))
    })?;
    if list.owner_id == "AWS" {
        return Ok(Vec::new());
    }
    let entries = cloud.of::<PrefixListEntries>(list).await?;
    entries.entries.iter().map(|entry| network(GET_MANAGED_PREFIX_LIST_ENTRIES, &entry.cidr)).collect()
}

/// Networks that may send the same traffic.
struct Rule<'a> {
    traffic: Traffic,
    permission: &'a IpPermission,
    sources: Vec<Source>,
}

/// A network, and the prefix list it stands in.
#[derive(PartialEq)]
struct Source {
    network: IpNet,
    listed_in: Option<String>,
}

impl Source {
    fn text(&self) -> String {
        match &self.listed_in {
            Some(list) => format!("{} (in {list})", self.network),
            None => self.network.to_string(),
        }
    }
}

/// The rules that let everyone through to a port, and the networks that make it everyone.
struct Way<'r> {
    rules: Vec<&'r Rule<'r>>,
    sources: Vec<&'r Source>,
}

impl<'r> Way<'r> {
    fn to(transport: Transport, number: u16, rules: impl Iterator<Item = &'r Rule<'r>>) -> Option<Self> {
        let mut rules: Vec<_> = rules.filter(|rule| rule.traffic.includes(transport, number)).collect();
        let sources = || rules.iter().flat_map(|rule| &rule.sources);
        if !is_the_internet(&sources().map(|source| source.network).collect::<Vec<_>>()) {
            return None;
        }
        let mut deciding: Vec<_> = sources().filter(|source| is_the_internet(&[source.network])).collect();
        if deciding.is_empty() {
            deciding = sources().filter(|source| is_public(source.network)).collect();
            deciding.sort_by_key(|source| source.network.prefix_len());
        }
        rules.retain(|rule| rule.sources.iter().any(|source| deciding.contains(&source)));
        Some(Self { rules, sources: deciding })
    }

    fn with(mut self, other: Self) -> Self {
        for rule in other.rules {
            if !self.rules.iter().any(|known| std::ptr::eq(*known, rule)) {
                self.rules.push(rule);
            }
        }
        self.sources.extend(other.sources);
        self
    }

    fn sources(&self) -> String {
        enumerated(self.sources.iter().map(|source| source.text()))
    }

    /// Names the rules, unless that would only say again what was `said`.
    fn rules_unless(&self, said: impl Fn(Traffic) -> bool) -> String {
        if self.rules.iter().all(|rule| said(rule.traffic)) {
            return String::new();
        }
        let rules = enumerated(self.rules.iter().map(|rule| rule.traffic.to_string()));
        format!(" (by {} for {rules})", if self.rules.len() == 1 { "the rule" } else { "the rules" })
    }

    /// The rules as evidence: as the API gives them, with nothing but the networks that decided.
    fn evidence(&self) -> Vec<Value> {
        let decided = |text: &str, listed: bool| {
            self.sources.iter().any(|source| match &source.listed_in {
                Some(list) => listed && list == text,
                None => !listed && text.parse() == Ok(source.network),
            })
        };
        let mut shown = Vec::new();
        for rule in &self.rules {
            let mut permission = rule.permission.clone();
            permission.ip_ranges.retain(|range| decided(&range.cidr_ip, false));
            permission.ipv6_ranges.retain(|range| decided(&range.cidr_ipv6, false));
            permission.prefix_list_ids.retain(|list| decided(&list.prefix_list_id, true));
            permission.user_id_group_pairs.clear();
            shown.push(serde_json::to_value(permission).expect("a record can be written as JSON"));
        }
        shown
    }
}

/// What is open to everyone, in words and as evidence.
struct Opening {
    message: String,
    evidence: Vec<Value>,
}

impl Opening {
    fn failed(self) -> crate::contract::Verdict {
        fail(self.message).showing("IpPermissions", self.evidence)
    }
}

fn opening(forbidden: Forbidden, rules: &[Rule<'_>]) -> Option<Opening> {
    match forbidden {
        Forbidden::AnyOf(ports) => open_ports(ports, rules),
        Forbidden::EveryPort => open_altogether(rules),
    }
}

/// Ports that are open in the same way are told together.
fn open_ports(ports: &[Port], rules: &[Rule<'_>]) -> Option<Opening> {
    let mut told: Vec<(Vec<String>, String)> = Vec::new();
    let mut evidence: Vec<Value> = Vec::new();
    for port in ports {
        let Some(way) = Way::to(port.transport, port.number, rules.iter()) else { continue };
        let exactly = Traffic::Ports(port.transport, port.number, port.number);
        let how = format!("open to {}{}", way.sources(), way.rules_unless(|traffic| traffic == exactly));
        match told.iter_mut().find(|(_, known)| *known == how) {
            Some((ports, _)) => ports.push(port.to_string()),
            None => told.push((vec![port.to_string()], how)),
        }
        for rule in way.evidence() {
            if !evidence.contains(&rule) {
                evidence.push(rule);
            }
        }
    }
    if told.is_empty() {
        return None;
    }
    let message = told.into_iter().map(|(ports, how)| {
        let verb = if ports.len() == 1 { "is" } else { "are" };
        format!("{} {verb} {how}", enumerated(ports.into_iter()))
    });
    Some(Opening { message: message.collect::<Vec<_>>().join("; "), evidence })
}

/// All traffic, or all ports of a protocol, whether one rule opens them or several that adjoin.
fn open_altogether(rules: &[Rule<'_>]) -> Option<Opening> {
    let unlimited = rules.iter().filter(|rule| rule.traffic == Traffic::All);
    if let Some(way) = Way::to(Transport::Tcp, 1, unlimited) {
        return Some(Opening {
            message: format!("all traffic is open to {}", way.sources()),
            evidence: way.evidence(),
        });
    }
    let open: Vec<_> = [Transport::Tcp, Transport::Udp]
        .into_iter()
        .filter_map(|transport| way_to_every_port(transport, rules).map(|way| (transport, way)))
        .collect();
    if open.is_empty() {
        return None;
    }
    let message = open.iter().map(|(transport, way)| {
        let whole = |traffic: Traffic| traffic.includes(*transport, 1) && traffic.includes(*transport, u16::MAX);
        format!("all {transport} ports are open to {}{}", way.sources(), way.rules_unless(whole))
    });
    Some(Opening {
        message: message.collect::<Vec<_>>().join("; "),
        evidence: open.iter().flat_map(|(_, way)| way.evidence()).collect(),
    })
}

/// What is open can change only where a rule begins or ends. Nothing listens on port 0.
fn way_to_every_port<'r>(transport: Transport, rules: &'r [Rule<'r>]) -> Option<Way<'r>> {
    let changes: BTreeSet<u16> = rules
        .iter()
        .filter_map(|rule| match rule.traffic {
            Traffic::Ports(own, first, last) if own == transport => Some([Some(first.max(1)), last.checked_add(1)]),
            _ => None,
        })
        .flatten()
        .flatten()
        .chain([1])
        .collect();
    changes
        .into_iter()
        .map(|number| Way::to(transport, number, rules.iter()))
        .reduce(|ways, way| Some(ways?.with(way?)))
        .flatten()
}

/// `a`, `a and b`, `a, b and c`, `a, b, c and 4 more`; each once.
pub(super) fn enumerated(items: impl Iterator<Item = String>) -> String {
    const TOLD: usize = 3;
    let mut all: Vec<String> = Vec::new();
    for item in items {
        if !all.contains(&item) {
            all.push(item);
        }
    }
    let more = all.len().saturating_sub(TOLD);
    all.truncate(TOLD);
    if more > 0 {
        all.push(format!("{more} more"));
    }
    match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => all.concat(),
    }
}
