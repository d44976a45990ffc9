//! How long AWS's limits let a scan take.

use std::collections::BTreeMap;
use std::time::Duration;

use plimsoll::pace::{READS_OF_ACCOUNT, Requests, Share, fastest};
use plimsoll_checks::contract::{Call, api};
use plimsoll_load::{Calls, Outcome};

use crate::limits::limited_as;

/// How long the limits let the calls take that were answered, at the least.
pub fn least(calls: &Calls, share: Share) -> Duration {
    let mut counts: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.outcome == Outcome::Answered) {
        let service = limited_as(call.api.service).to_owned();
        *counts.entry((service, call.api.operation.clone(), call.api.region.clone())).or_default() += 1;
    }
    // A name in a call lasts as long as the program, and this one is soon over.
    let named: Vec<(Call, String, usize)> = counts
        .into_iter()
        .map(|((service, operation, region), count)| (api(service.leak(), operation.leak()), region, count))
        .collect();
    let requests = named.iter().map(|(call, region, count)| Requests { call, region, count: *count });
    fastest(requests, share, READS_OF_ACCOUNT)
}
