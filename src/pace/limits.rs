//! What AWS publishes about how many requests it takes.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use plimsoll_checks::contract::Call;
use serde::Deserialize;

use super::Share;

/// AWS's limits on requests, by service and action, as `limits.toml` has them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    unlisted: Figures,
    services: BTreeMap<String, Service>,
}

/// A service's own figures, and the actions that have others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    rate: f64,
    burst: Option<f64>,
    #[cfg_attr(not(test), expect(dead_code, reason = "said for who reads the file, and held to by a test"))]
    source: Option<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "said for who reads the file, and held to by a test"))]
    assumed: Option<String>,
    #[serde(default)]
    together: bool,
    #[serde(default)]
    groups: Vec<Group>,
}

/// Actions with the same figures.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    /// Names, or their beginnings with a `*` at the end.
    actions: Vec<String>,
    rate: f64,
    burst: Option<f64>,
    #[serde(default)]
    together: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Figures {
    rate: f64,
    burst: Option<f64>,
    #[expect(dead_code, reason = "said for who reads the file")]
    assumed: String,
}

/// How many requests AWS takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// Requests a second.
    pub rate: f64,
    /// Requests at once, after a pause, where AWS has a bucket of tokens; without one, the rate holds for every second.
    pub burst: Option<f64>,
}

/// How many requests a scan makes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Requests a second.
    pub rate: f64,
    /// Requests at once, after a pause: at least one, and whole.
    pub burst: f64,
}

/// What comes at once where the rate holds for every second: as much as falls due in so many seconds, for no timer
/// wakes more precisely.
const TICK: f64 = 0.02;

/// The part of a bucket that is never drawn on. Requests are counted here when they leave, and by AWS when they arrive:
/// of two that leave evenly the second may come too soon after the first. Without this, whoever takes all that AWS grants
/// is told "too many" now and then, and slows down for longer than it gained.
const SLACK: f64 = 0.05;

impl Limit {
    /// The share of it that a scan takes. One request at a time there must be.
    pub fn at(self, share: Share) -> Pace {
        let rate = self.rate * share.factor();
        if let Some(burst) = self.burst {
            return Pace { rate, burst: (burst * share.factor() * (1.0 - SLACK)).floor().max(1.0) };
        }
        let burst = (rate * TICK).floor().max(1.0);
        // What comes at once is part of its second.
        Pace { rate: rate - (burst - 1.0), burst }
    }
}

/// Actions that draw on one limit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Family {
    /// The service's prefix as IAM has it (`ec2`).
    pub service: String,
    /// The action, or the names of those that share the limit.
    pub actions: String,
}

static PUBLISHED: LazyLock<Limits> = LazyLock::new(|| {
    toml::from_str(include_str!("limits.toml")).expect("limits.toml is part of the program, and a test reads it")
});

impl Limits {
    /// What AWS publishes.
    pub fn published() -> &'static Self {
        &PUBLISHED
    }

    /// The limit of a call, and who shares it.
    pub fn of_call(&self, call: &Call) -> (Family, Limit) {
        self.of(call.service, call.operation)
    }

    /// The limit of an action of a service, and who shares it. Services that are not listed get a low one.
    pub fn of(&self, service: &str, action: &str) -> (Family, Limit) {
        let (together, limit) = match self.services.get(service) {
            Some(listed) => listed.of(action),
            None => (None, Limit { rate: self.unlisted.rate, burst: self.unlisted.burst }),
        };
        let actions = together.unwrap_or_else(|| action.to_owned());
        (Family { service: service.to_owned(), actions }, limit)
    }

    /// Whether the service is listed.
    pub fn lists(&self, service: &str) -> bool {
        self.services.contains_key(service)
    }
}

impl Service {
    /// The actions that share the limit of an action, if others do, and the limit.
    fn of(&self, action: &str) -> (Option<String>, Limit) {
        if let Some(group) = self.group_of(action) {
            let limit = Limit { rate: group.rate, burst: group.burst };
            return (group.together.then(|| group.actions.join(", ")), limit);
        }
        (self.together.then(|| "*".to_owned()), Limit { rate: self.rate, burst: self.burst })
    }

    /// The group that names an action, before one that only knows its beginning.
    fn group_of(&self, action: &str) -> Option<&Group> {
        let named = self.groups.iter().find(|group| group.actions.iter().any(|name| name == action));
        let begins = |name: &String| name.strip_suffix('*').is_some_and(|beginning| action.starts_with(beginning));
        named.or_else(|| self.groups.iter().find(|group| group.actions.iter().any(begins)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn limit(service: &str, action: &str) -> (String, f64, Option<f64>) {
        let (family, limit) = Limits::published().of(service, action);
        (family.actions, limit.rate, limit.burst)
    }

    #[test]
    fn a_limit_is_that_of_the_action_of_its_beginning_or_of_the_service() {
        assert_eq!(limit("ec2", "DescribeInstances"), ("DescribeInstances".to_owned(), 20.0, Some(100.0)));
        assert_eq!(limit("ec2", "DescribeByoipCidrs"), ("DescribeByoipCidrs".to_owned(), 0.5, Some(1.0)));
        assert_eq!(limit("kms", "DescribeKey"), ("DescribeKey".to_owned(), 2000.0, None));
        assert_eq!(limit("cloudtrail", "GetTrailStatus"), ("Describe*, Get*, List*".to_owned(), 10.0, None));
        assert_eq!(limit("cloudtrail", "LookupEvents"), ("LookupEvents".to_owned(), 2.0, None));
        assert_eq!(limit("sts", "GetCallerIdentity"), ("*".to_owned(), 600.0, None));
        assert_eq!(limit("braket", "ListJobs"), ("ListJobs".to_owned(), 5.0, None));
    }

    #[test]
    fn a_share_is_taken_of_rate_and_burst_but_one_request_there_must_be() {
        let half = Limit { rate: 20.0, burst: Some(100.0) }.at(Share::default());
        assert_eq!(half, Pace { rate: 10.0, burst: 47.0 });
        let least = Limit { rate: 10.0, burst: Some(15.0) }.at("1%".parse().unwrap());
        assert_eq!(least, Pace { rate: 0.1, burst: 1.0 });
    }

    #[test]
    fn without_a_published_burst_no_second_sees_more_than_the_rate() {
        let slow = Limit { rate: 10.0, burst: None }.at(Share::default());
        assert_eq!(slow, Pace { rate: 5.0, burst: 1.0 });
        let fast = Limit { rate: 2000.0, burst: None }.at(Share::default());
        assert_eq!(fast, Pace { rate: 981.0, burst: 20.0 });
    }

    #[test]
    fn each_service_says_where_its_figures_come_from_or_that_they_are_assumed() {
        for (name, service) in &Limits::published().services {
            let from_aws =
                service.source.as_deref().is_some_and(|page| page.starts_with("https://docs.aws.amazon.com/"));
            let assumed = service.assumed.as_deref().is_some_and(|why| !why.is_empty());
            assert!(from_aws != assumed, "{name}: either a page of AWS's documentation, or an assumption");
            let figures = service.groups.iter().map(|group| (group.rate, group.burst));
            for (rate, burst) in figures.chain([(service.rate, service.burst)]) {
                assert!(rate > 0.0 && burst.is_none_or(|burst| burst >= 1.0), "{name}: {rate} {burst:?}");
            }
        }
    }

    #[test]
    fn no_action_stands_in_two_groups() {
        for (name, service) in &Limits::published().services {
            let mut seen = BTreeSet::new();
            for action in service.groups.iter().flat_map(|group| &group.actions) {
                assert!(seen.insert(action), "{name}: {action} stands twice");
            }
        }
    }
}
