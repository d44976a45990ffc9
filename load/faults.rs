//! What goes wrong on the way to an answer, and how often.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use crate::http::Request;

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// It is refused for want of permission.
    Denied,
    /// It is refused for being one too many.
    Throttled,
    /// The credentials are said to have run out.
    Expired,
    /// The service fails.
    Failing,
    /// The connection is reset before anything is answered.
    Reset,
    /// The answer ends in the middle, and the connection with it.
    Truncated,
    /// The answer stops in the middle, and the connection stays open.
    Stalled,
    /// Nothing is ever answered.
    Silent,
}

impl Fault {
    /// Whether a client that tries again may hope for better.
    fn may_pass(self) -> bool {
        !matches!(self, Self::Denied | Self::Expired | Self::Silent)
    }
}

/// Which requests; without anything said, all of them.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Those of one account.
    pub account: Option<String>,
    /// Those signed for one region.
    pub region: Option<String>,
    /// Those of one service, as its SDK is called.
    pub service: Option<String>,
    /// Those of these operations; of all, if none is named.
    pub operations: BTreeSet<String>,
    /// All but those of these services.
    pub except: BTreeSet<String>,
}

impl Scope {
    /// All requests.
    pub fn all() -> Self {
        Self::default()
    }

    /// Those of an account, but for who is asking, which needs no permission. Source: STS API Reference,
    /// `GetCallerIdentity`.
    pub fn account(id: &str) -> Self {
        Self { account: Some(id.to_owned()), except: BTreeSet::from(["sts".to_owned()]), ..Self::default() }
    }

    /// Those signed for a region.
    pub fn region(name: &str) -> Self {
        Self { region: Some(name.to_owned()), ..Self::default() }
    }

    /// Those of a service.
    pub fn service(name: &str) -> Self {
        Self { service: Some(name.to_owned()), ..Self::default() }
    }

    /// Those of an operation of a service.
    pub fn operation(service: &str, operation: &str) -> Self {
        Self::operations(service, [operation.to_owned()])
    }

    /// Those of operations of a service.
    pub fn operations(service: &str, operations: impl IntoIterator<Item = String>) -> Self {
        Self { operations: operations.into_iter().collect(), ..Self::service(service) }
    }

    fn fits(&self, request: &Request, account: &str) -> bool {
        let is = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|wanted| wanted == is);
        is(&self.account, account)
            && is(&self.region, &request.region)
            && is(&self.service, request.service)
            && (self.operations.is_empty() || self.operations.contains(&request.operation))
            && !self.except.contains(request.service)
    }
}

/// A fault that some requests meet, or a share of them.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What goes wrong.
    pub fault: Fault,
    /// Which requests may meet it.
    pub scope: Scope,
    /// How many of them do, from 0 to 1.
    pub share: f64,
}

/// How many calls an account may make in a region: a bucket of tokens, each call taking one.
///
/// Source: EC2 Developer Guide, "Request throttling for the Amazon EC2 API".
#[derive(Debug, Clone)]
pub struct Limit {
    /// Which operations.
    pub scope: Scope,
    /// Whether they have one bucket together, and not one each.
    pub together: bool,
    /// Tokens that come back in a second.
    pub per_second: f64,
    /// Tokens a full bucket holds.
    pub burst: f64,
}

/// Everything that goes wrong.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// What befalls a request is told by the first rule that fits it and whose share it falls into.
    pub rules: Vec<Rule>,
    /// The first limit that fits an operation counts for it.
    pub limits: Vec<Limit>,
    /// How long each answer takes at least.
    pub latency: Duration,
    /// Keys are refused once they are so old, whatever their owner was told.
    pub expire_after: Option<Duration>,
    /// Faults that may pass befall the same request at most so often in a row, so that whoever tries again often enough
    /// is answered.
    pub at_most_in_a_row: Option<u32>,
    /// What chance begins with: the same requests meet the same faults, in whatever order they come.
    pub seed: u64,
}

impl Faults {
    /// With a fault that all requests of a scope meet.
    pub fn always(self, fault: Fault, scope: Scope) -> Self {
        self.sometimes(fault, scope, 1.0)
    }

    /// With a fault that a share of the requests of a scope meet.
    pub fn sometimes(mut self, fault: Fault, scope: Scope, share: f64) -> Self {
        self.rules.push(Rule { fault, scope, share });
        self
    }
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

/// How often a request has come, and met a fault since it was last answered.
#[derive(Debug, Default)]
struct Tries {
    made: u64,
    failed: u32,
}

/// What has happened so far, as far as it bears on what happens next.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    buckets: HashMap<String, Bucket>,
    tries: HashMap<u64, Tries>,
}

impl Fate {
    /// What befalls a request now.
    pub fn of(&mut self, faults: &Faults, request: &Request, account: &str, now: Instant) -> Option<Fault> {
        if self.is_over_limit(faults, request, account, now) {
            return Some(Fault::Throttled);
        }
        if faults.rules.is_empty() {
            return None;
        }
        let identity = identity(request, account);
        let tries = self.tries.entry(identity).or_default();
        tries.made += 1;
        let has_had_enough = faults.at_most_in_a_row.is_some_and(|most| tries.failed >= most);
        let met = faults.rules.iter().zip(1..).find(|(rule, number)| {
            let chance = || draw(&[faults.seed, *number, identity, tries.made]);
            !(has_had_enough && rule.fault.may_pass())
                && rule.scope.fits(request, account)
                && (rule.share >= 1.0 || chance() < rule.share)
        });
        let met = met.map(|(rule, _)| rule.fault);
        tries.failed = if met.is_some() { tries.failed + 1 } else { 0 };
        met
    }

    fn is_over_limit(&mut self, faults: &Faults, request: &Request, account: &str, now: Instant) -> bool {
        let mut limits = faults.limits.iter().enumerate();
        let Some((number, limit)) = limits.find(|(_, limit)| limit.scope.fits(request, account)) else { return false };
        let operation = if limit.together { "*" } else { &request.operation };
        let key = [account, &request.region, request.service, operation, &number.to_string()].join("/");
        let bucket = self.buckets.entry(key).or_insert(Bucket { tokens: limit.burst, at: now });
        let back = now.saturating_duration_since(bucket.at).as_secs_f64() * limit.per_second;
        *bucket = Bucket { tokens: (bucket.tokens + back).min(limit.burst), at: now };
        if bucket.tokens < 1.0 {
            return true;
        }
        bucket.tokens -= 1.0;
        false
    }
}

/// The same for the same request of the same account, on any machine and with any compiler: FNV-1a. Source: the FNV
/// Internet-Draft, draft-eastlake-fnv.
pub(crate) fn identity(request: &Request, account: &str) -> u64 {
    let parts = [account.as_bytes(), request.region.as_bytes(), request.service.as_bytes()];
    let more = [request.operation.as_bytes(), request.target.as_bytes(), &request.body];
    let bytes = parts.into_iter().chain(more).flat_map(|part| part.iter().chain(&[0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A number from 0 to 1 that looks as if by chance, and is the same for the same words: `SplitMix64`. Source: Steele, Lea, Flood, "Fast splittable
/// pseudorandom number generators" (2014).
pub fn draw(from: &[u64]) -> f64 {
    let mixed = from.iter().fold(0_u64, |state, word| {
        let mut z = (state ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    });
    // As many bits as a fraction holds.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let fraction = (mixed >> 11) as f64 / (1_u64 << 53) as f64;
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(operation: &str) -> Request {
        let scope = "KEY/20261124/eu-west-1/ec2/aws4_request";
        let headers = vec![("authorization".to_owned(), format!("AWS4-HMAC-SHA256 Credential={scope}, Signature=0"))];
        Request::new("POST", "/", headers, format!("Action={operation}").into_bytes())
    }

    fn met(faults: &Faults, times: usize) -> Vec<Option<Fault>> {
        let (mut fate, now) = (Fate::default(), Instant::now());
        (0..times).map(|_| fate.of(faults, &request("DescribeVpcs"), "111122223333", now)).collect()
    }

    #[test]
    fn a_share_of_the_requests_meets_a_fault_and_the_same_with_the_same_seed() {
        let faults = Faults::default().sometimes(Fault::Throttled, Scope::all(), 0.2);
        let first = met(&faults, 10_000);
        let hit = first.iter().filter(|fault| **fault == Some(Fault::Throttled)).count();
        assert!((1_900..2_100).contains(&hit), "{hit}");
        assert_eq!(first, met(&faults, 10_000));
        assert_ne!(first, met(&Faults { seed: 1, ..faults }, 10_000));
    }

    #[test]
    fn the_first_rule_that_fits_counts() {
        let denied = Faults::default().always(Fault::Denied, Scope::operation("ec2", "DescribeVpcs"));
        let faults = denied.always(Fault::Reset, Scope::region("eu-west-1"));
        let (mut fate, now) = (Fate::default(), Instant::now());
        assert_eq!(fate.of(&faults, &request("DescribeVpcs"), "1", now), Some(Fault::Denied));
        assert_eq!(fate.of(&faults, &request("DescribeVolumes"), "1", now), Some(Fault::Reset));
        let other = Faults::default().always(Fault::Denied, Scope::account("2"));
        assert_eq!(fate.of(&other, &request("DescribeVpcs"), "1", now), None);
    }

    #[test]
    fn faults_in_a_row_have_an_end_if_they_may_pass() {
        let always = Faults { at_most_in_a_row: Some(2), ..Faults::default() };
        let faults = always.clone().always(Fault::Failing, Scope::all());
        let failing = Some(Fault::Failing);
        assert_eq!(met(&faults, 6), [failing, failing, None, failing, failing, None]);
        let denied = Some(Fault::Denied);
        assert_eq!(met(&always.always(Fault::Denied, Scope::all()), 4), [denied; 4]);
    }

    #[test]
    fn a_bucket_gives_what_it_holds_and_then_what_comes_back() {
        let limit = Limit { scope: Scope::service("ec2"), together: false, per_second: 2.0, burst: 3.0 };
        let faults = Faults { limits: vec![limit], ..Faults::default() };
        let (mut fate, began) = (Fate::default(), Instant::now());
        let mut answered = |operation: &str, account: &str, after: u64| {
            let now = began + Duration::from_millis(after);
            (0..10).filter(|_| fate.of(&faults, &request(operation), account, now).is_none()).count()
        };
        assert_eq!(answered("DescribeVpcs", "1", 0), 3);
        assert_eq!(answered("DescribeVpcs", "1", 1_000), 2);
        assert_eq!(answered("DescribeVpcs", "1", 60_000), 3, "a bucket is full some time");
        assert_eq!((answered("DescribeVolumes", "1", 0), answered("DescribeVpcs", "2", 0)), (3, 3), "each its own");
    }
    #[test]
    fn operations_that_share_a_limit_draw_on_one_bucket() {
        let shared = ["DescribeVpcs", "DescribeVolumes"].map(str::to_owned);
        let limit = Limit { scope: Scope::operations("ec2", shared), together: true, per_second: 1.0, burst: 3.0 };
        let faults = Faults { limits: vec![limit], ..Faults::default() };
        let (mut fate, now) = (Fate::default(), Instant::now());
        let mut answered = |operation: &str| {
            (0..2).filter(|_| fate.of(&faults, &request(operation), "111122223333", now).is_none()).count()
        };
        let operations = ["DescribeVpcs", "DescribeVolumes", "DescribeImages"];
        assert_eq!(operations.map(&mut answered), [2, 1, 2]);
    }
}
