//! How long a number of requests takes at least.

use std::collections::HashMap;
use std::time::Duration;

use plimsoll_checks::contract::Call;

use super::{Family, Limits, Pace, Share};

/// Requests of one kind to one region.
#[derive(Debug, Clone, Copy)]
pub struct Requests<'a> {
    /// What is asked.
    pub call: &'a Call,
    /// The region that is asked.
    pub region: &'a str,
    /// How often.
    pub count: usize,
}

/// From a request to its answer, at the least: few regions are nearer.
const ROUND_TRIP: Duration = Duration::from_millis(50);

/// How long requests take at least, at a share of AWS's limits and with so many under way at once.
///
/// Limits hold for each region by itself, so the slowest of them decides, unless it is the number of requests.
pub fn fastest<'a>(requests: impl IntoIterator<Item = Requests<'a>>, share: Share, at_once: usize) -> Duration {
    let mut by_limit: HashMap<(Family, &str), (Pace, usize)> = HashMap::new();
    let mut total = 0;
    for Requests { call, region, count } in requests {
        let (family, limit) = Limits::published().of_call(call);
        by_limit.entry((family, region)).or_insert((limit.at(share), 0)).1 += count;
        total += count;
    }
    let paced = by_limit.into_values().map(|(pace, count)| seconds(pace, count)).fold(0.0, f64::max);
    let rounds = u32::try_from(total.div_ceil(at_once.max(1))).unwrap_or(u32::MAX);
    Duration::from_secs_f64(paced).max(ROUND_TRIP.saturating_mul(rounds))
}

/// The last of so many requests leaves after so many seconds.
#[expect(clippy::cast_precision_loss, reason = "nobody counts requests in quadrillions")]
fn seconds(pace: Pace, count: usize) -> f64 {
    (count as f64 - pace.burst).max(0.0) / pace.rate
}

#[cfg(test)]
mod tests {
    use plimsoll_checks::contract::api;

    use super::*;

    const INSTANCES: Call = api("ec2", "DescribeInstances");
    const VOLUMES: Call = api("ec2", "DescribeVolumes");
    const STATUS: Call = api("cloudtrail", "GetTrailStatus");
    const SELECTORS: Call = api("cloudtrail", "GetEventSelectors");

    fn of<'a>(call: &'a Call, region: &'a str, count: usize) -> Requests<'a> {
        Requests { call, region, count }
    }

    #[test]
    fn the_slowest_limit_decides() {
        let half = Share::default();
        // 47 at once, then 10 a second.
        let one = [of(&INSTANCES, "eu-west-1", 147)];
        assert_eq!(fastest(one, half, 128), Duration::from_secs(10));
        // Other actions and other regions have limits of their own.
        let several = [of(&VOLUMES, "eu-west-1", 147), of(&INSTANCES, "us-east-1", 147)];
        assert_eq!(fastest(one.into_iter().chain(several), half, 128), Duration::from_secs(10));
        // These two share one: 5 a second, evenly.
        let shared = [of(&STATUS, "eu-west-1", 10), of(&SELECTORS, "eu-west-1", 11)];
        assert_eq!(fastest(shared, half, 128), Duration::from_secs(4));
    }

    #[test]
    fn a_larger_share_takes_less_time() {
        let times = ["10%", "50%", "100%"]
            .map(|share| fastest([of(&INSTANCES, "eu-west-1", 1000)], share.parse().unwrap(), 128));
        assert!(times[0] > times[1] && times[1] > times[2], "{times:?}");
    }

    #[test]
    fn many_requests_take_their_time_even_without_limits_and_none_take_none() {
        let many = [of(&INSTANCES, "eu-west-1", 50), of(&INSTANCES, "us-east-1", 50)];
        assert_eq!(fastest(many, Share::default(), 2), ROUND_TRIP * 50);
        assert_eq!(fastest([], Share::default(), 128), Duration::ZERO);
    }
}
