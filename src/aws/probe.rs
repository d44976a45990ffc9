//! Whether a region answers at all, found out in seconds while its reads are already under way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_runtime_api::client::result::SdkError;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use plimsoll_checks::contract::Place;
use plimsoll_checks::live::{Clients, Live, Service};

use crate::error::causes;

/// To be connected, for a region at the other end of the world.
const CONNECT: Duration = Duration::from_secs(3);
/// To be answered.
const ANSWER: Duration = Duration::from_secs(3);
/// One lost packet is not a lost region.
const ATTEMPTS: u32 = 2;
/// All of it.
const ALTOGETHER: Duration = Duration::from_secs(7);

type Outcome = Shared<BoxFuture<'static, Option<String>>>;

/// Asks each region once who is calling, which needs no permission. AWS STS answers in every region.
///
/// A region that does not answer this would keep every one of its reads waiting for all their attempts.
pub struct Probe {
    clients: Arc<Clients>,
    regions: Mutex<HashMap<Arc<str>, Outcome>>,
}

impl Probe {
    /// Nothing asked yet.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self { clients, regions: Mutex::default() }
    }

    /// Resolves to the reason once it is known that the region of a place does not answer; never, if it does.
    pub async fn silence(&self, place: &Place) -> String {
        let outcome = {
            let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
            let asked = regions.entry(place.endpoint_region().into());
            asked.or_insert_with(|| ask(Live::new(self.clients.clone(), place.clone()))).clone()
        };
        match outcome.await {
            Some(why) => why,
            None => std::future::pending().await,
        }
    }
}

/// Why the region did not answer; `None` if it did, whatever the answer.
fn ask(live: Live) -> Outcome {
    let asked = tokio::spawn(async move {
        let region = live.place().endpoint_region().to_owned();
        let client = live.client_in(&region, |config, _| {
            let timeouts = TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .operation_attempt_timeout(ANSWER)
                .operation_timeout(ALTOGETHER);
            let config = config
                .to_builder()
                .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
                .timeout_config(timeouts.build())
                .build();
            Asker(aws_sdk_sts::Client::new(&config))
        });
        let seconds = ALTOGETHER.as_secs();
        match client.0.get_caller_identity().send().await {
            Err(SdkError::TimeoutError(_)) => {
                Some(format!("{region} gave no answer to a first call within {seconds} s"))
            }
            Err(SdkError::DispatchFailure(failure)) => {
                let cause =
                    failure.as_connector_error().map_or_else(|| "no connection".to_owned(), |error| causes(error));
                Some(format!("{region} gave no answer to a first call: {cause}"))
            }
            // Whoever refuses the call has heard it: the region answers, and what it refuses the reads will tell. What
            // came too garbled to be understood was an answer, too, and so it is the reads that find out what is wrong.
            Ok(_) | Err(_) => None,
        }
    });
    asked.map(|outcome| outcome.ok().flatten()).boxed().shared()
}

/// Kept apart from the patient client of the same service.
#[derive(Clone)]
struct Asker(aws_sdk_sts::Client);

impl Service for Asker {
    const PREFIX: &'static str = "sts";

    /// It is not watched: one call in each region, which must not wait for its turn, since it is told by the clock.
    fn watched(&self, _: SharedInterceptor) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_checks::contract::Partition;

    use super::*;
    use crate::aws::ports::{Ports, refusing};

    #[tokio::test]
    async fn a_region_where_nothing_listens_is_given_up_because_it_refuses() {
        let probe = Probe::new(Clients::new(Arc::new(Ports::of(refusing()))));
        let why = probe.silence(&Place::global(Partition::Aws, "111122223333").at("eu-west-1")).await;
        assert!(why.starts_with("eu-west-1 gave no answer to a first call") && why.contains("refused"), "{why}");
    }
}
