//! What was asked, when, and what became of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::faults::{Fault, identity};
use crate::http::Request;

/// What AWS counts calls by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Api {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The service, as its SDK is called.
    pub service: &'static str,
    /// The operation.
    pub operation: String,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered.
    Answered,
    /// It met a fault.
    Met(Fault),
    /// The answer was not recorded.
    Unrecorded,
}

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// What was asked.
    pub api: Arc<Api>,
    /// When, from the start of the server.
    pub at: Duration,
    /// What became of it.
    pub outcome: Outcome,
    /// The same for the same request of the same account.
    pub request: u64,
    /// The id that its answer bore, if one came.
    pub answer: String,
}

/// All calls so far, in the order in which they came.
#[derive(Debug, Clone, Default)]
pub struct Calls(Vec<Call>);

impl Calls {
    /// How many there are of which something is true.
    pub fn count(&self, fits: impl Fn(&Call) -> bool) -> usize {
        self.0.iter().filter(|call| fits(call)).count()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every call.
    pub fn iter(&self) -> impl Iterator<Item = &Call> {
        self.0.iter()
    }

    /// How often each operation was asked in each region of each account.
    pub fn by_api(&self) -> BTreeMap<&Api, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.0 {
            *counts.entry(&*call.api).or_default() += 1;
        }
        counts
    }

    /// The most calls of each operation in each region of each account within any window of time.
    pub fn most_within(&self, window: Duration) -> BTreeMap<&Api, usize> {
        let mut times: BTreeMap<&Api, Vec<Duration>> = BTreeMap::new();
        for call in &self.0 {
            times.entry(&call.api).or_default().push(call.at);
        }
        let most = |times: &[Duration]| {
            let mut first = 0;
            let within = times.iter().enumerate().map(|(last, at)| {
                while at.saturating_sub(times[first]) >= window {
                    first += 1;
                }
                last + 1 - first
            });
            within.max().unwrap_or(0)
        };
        times.into_iter().map(|(api, times)| (api, most(&times))).collect()
    }

    /// Those that came after the first so many.
    pub fn after(&self, count: usize) -> Self {
        Self(self.0.iter().skip(count).cloned().collect())
    }

    /// From the first call to the last.
    pub fn span(&self) -> Duration {
        match (self.0.first(), self.0.last()) {
            (Some(first), Some(last)) => last.at.saturating_sub(first.at),
            _ => Duration::ZERO,
        }
    }
}

/// Notes calls; what many of them have in common it keeps once.
#[derive(Debug, Default)]
pub(crate) struct Log {
    calls: Calls,
    known: HashMap<Api, Arc<Api>>,
}

impl Log {
    pub fn note(&mut self, request: &Request, account: &str, at: Duration, outcome: Outcome, answer: String) {
        let api = Api {
            account: account.to_owned(),
            region: request.region.clone(),
            service: request.service,
            operation: request.operation.clone(),
        };
        let api = match self.known.get(&api) {
            Some(known) => known.clone(),
            None => self.known.entry(api.clone()).or_insert(Arc::new(api)).clone(),
        };
        self.calls.0.push(Call { api, at, outcome, request: identity(request, account), answer });
    }

    pub fn calls(&self) -> &Calls {
        &self.calls
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_window_is_found() {
        let api = Arc::new(Api {
            account: "1".to_owned(),
            region: "eu-west-1".to_owned(),
            service: "ec2",
            operation: "DescribeVpcs".to_owned(),
        });
        let call = |at: u64| Call {
            api: api.clone(),
            at: Duration::from_millis(at),
            outcome: Outcome::Answered,
            request: 0,
            answer: String::new(),
        };
        let calls = Calls([0, 900, 1_000, 1_500, 1_899, 5_000].map(call).into());
        assert_eq!(calls.most_within(Duration::from_secs(1)), BTreeMap::from([(&*api, 4)]));
        assert_eq!((calls.by_api()[&*api], calls.span()), (6, Duration::from_secs(5)));
        assert_eq!(Calls::default().span(), Duration::ZERO);
    }
}
