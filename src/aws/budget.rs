//! The time that a region may take.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use plimsoll_checks::contract::Place;
use tokio::time::Instant;

/// So long may a region take, from its first read on; global services are one more region.
pub struct Budget {
    patience: Option<Duration>,
    begun: Mutex<HashMap<Arc<str>, Instant>>,
}

impl Budget {
    /// No region has begun.
    pub fn new(patience: Option<Duration>) -> Self {
        Self { patience, begun: Mutex::default() }
    }

    /// Resolves to the reason once the time of a place's region is used up; never, if it has all the time.
    pub async fn used_up(&self, place: &Place) -> String {
        let Some(patience) = self.patience else { return std::future::pending().await };
        let begun = {
            let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
            *begun.entry(place.region.clone()).or_insert_with(Instant::now)
        };
        tokio::time::sleep_until(begun + patience).await;
        format!("the time for {} was used up ({} s, --region-deadline)", place.region, patience.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use plimsoll_checks::contract::Partition;

    use super::*;

    #[tokio::test]
    async fn a_region_has_its_time_from_its_first_read_on_and_others_have_theirs() {
        let global = Place::global(Partition::Aws, "111122223333");
        let budget = Budget::new(Some(Duration::from_millis(50)));
        let why = budget.used_up(&global.at("eu-west-1")).await;
        assert!(why.contains("eu-west-1") && why.contains("--region-deadline"), "{why}");
        assert!(budget.used_up(&global.at("eu-west-1")).now_or_never().is_some(), "its time does not begin again");
        assert!(budget.used_up(&global.at("us-east-1")).now_or_never().is_none());
        assert!(Budget::new(None).used_up(&global).now_or_never().is_none());
    }
}
