//! The pace of requests: never faster than a share of AWS's limits, and slower while AWS says so.

mod bucket;
mod trip;
#[cfg(test)]
mod watched;

pub use trip::{PATIENCE, Trip, Watch};

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::MonotonicClock;
use plimsoll_checks::contract::Read;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::bucket::Bucket;
use crate::pace::{Family, Limits, READS_AT_ONCE, Share};

/// How a scan goes about its requests.
#[derive(Debug, Clone, Default)]
pub struct Pacing {
    /// The share of AWS's limits that an account's scan may take.
    pub share: Share,
    /// How long a region may take, from its first read on.
    pub region_deadline: Option<Duration>,
    /// What limits the reads of all accounts together.
    pub slots: Slots,
}

/// Room for reads. Clones share it: whoever scans several accounts at once gives each of them a clone.
#[derive(Debug, Clone)]
pub struct Slots(Arc<Semaphore>);

impl Slots {
    /// Room for so many reads at a time.
    pub fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }

    /// Resolves when there is room, which lasts as long as what is given.
    pub async fn room(&self) -> OwnedSemaphorePermit {
        self.0.clone().acquire_owned().await.expect("it is never closed")
    }
}

impl Default for Slots {
    fn default() -> Self {
        Self::new(READS_AT_ONCE)
    }
}

/// By limit and region.
type Buckets = HashMap<(Family, Box<str>), Arc<Bucket>>;

/// The pace of one account: a bucket of tokens for each limit and region, made when it is first needed.
pub struct Pacer {
    share: Share,
    buckets: Mutex<Buckets>,
}

impl Pacer {
    /// Nothing asked yet.
    pub fn new(share: Share) -> Arc<Self> {
        Arc::new(Self { share, buckets: Mutex::default() })
    }

    /// Resolves when a read may begin: when none of its limits is so crowded that its requests would only wait. What is
    /// given keeps its place until the read is over.
    pub async fn admit(&self, read: &Read, region: &str) -> Vec<OwnedSemaphorePermit> {
        // All take their places in one order, so that no two can wait for each other.
        let limits: BTreeMap<Family, Arc<Bucket>> =
            read.calls.iter().map(|call| self.bucket(call.service, call.operation, region)).collect();
        let mut places = Vec::with_capacity(limits.len());
        for bucket in limits.values() {
            places.push(bucket.room().await);
        }
        places
    }

    fn bucket(&self, service: &str, action: &str, region: &str) -> (Family, Arc<Bucket>) {
        let (family, limit) = Limits::published().of(service, action);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry((family.clone(), region.into()))
            .or_insert_with(|| Arc::new(Bucket::new(limit.at(self.share), MonotonicClock)));
        (family, bucket.clone())
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_checks::contract::Registered;

    use super::*;

    #[test]
    fn limits_are_shared_as_aws_shares_them() {
        let pacer = Pacer::new(Share::default());
        let bucket = |service, action, region| pacer.bucket(service, action, region).1;
        let volumes = bucket("ec2", "DescribeVolumes", "eu-west-1");
        assert!(Arc::ptr_eq(&volumes, &bucket("ec2", "DescribeVolumes", "eu-west-1")));
        assert!(!Arc::ptr_eq(&volumes, &bucket("ec2", "DescribeVpcs", "eu-west-1")), "EC2 counts each action");
        assert!(!Arc::ptr_eq(&volumes, &bucket("ec2", "DescribeVolumes", "us-east-1")), "and each region");
        let trails = bucket("cloudtrail", "DescribeTrails", "eu-west-1");
        assert!(Arc::ptr_eq(&trails, &bucket("cloudtrail", "GetTrailStatus", "eu-west-1")), "CloudTrail does not");
    }

    #[tokio::test]
    async fn a_read_that_is_over_leaves_its_places() {
        let read = plimsoll_checks::checks().iter().flat_map(Registered::reads).find(|read| read.is_call());
        let (read, pacer) = (read.expect("checks read"), Pacer::new("1%".parse().unwrap()));
        let mut inside = Vec::new();
        while let Some(places) = futures::FutureExt::now_or_never(pacer.admit(read, "eu-west-1")) {
            assert!(!places.is_empty());
            inside.push(places);
        }
        assert!(inside.len() >= 2);
        inside.pop();
        assert!(futures::FutureExt::now_or_never(pacer.admit(read, "eu-west-1")).is_some());
    }
}
