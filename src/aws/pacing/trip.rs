//! What becomes of one call on its way: each of its requests waits for its turn, and AWS's answers are heeded.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextMut, FinalizerInterceptorContextRef, InterceptorContext,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryReason};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::retry::ErrorKind;

use super::Pacer;
use super::bucket::Bucket;

/// All tries of one call together, without the time that they wait for their turn.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Watches the calls of one service in one region.
///
/// It is where the SDK tells which operation a request belongs to, and what AWS answered; but it cannot wait. So each
/// request carries its [`Trip`] to the connection, beside what is sent and no part of it, and waits there.
pub struct Watch {
    pacer: Arc<Pacer>,
    /// The service's prefix as IAM has it.
    service: &'static str,
    region: Box<str>,
}

impl Watch {
    /// Watches calls of a service, by its IAM prefix, in a region.
    pub fn new(pacer: Arc<Pacer>, service: &'static str, region: &str) -> Self {
        Self { pacer, service, region: region.into() }
    }
}

impl Watch {
    /// A call's first request; the SDK keeps the trip for its next ones.
    fn begin(&self, config: &mut ConfigBag) -> Result<Trip, BoxError> {
        let metadata = config.load::<Metadata>().ok_or("the SDK does not tell the operation")?;
        let (_, bucket) = self.pacer.bucket(self.service, metadata.name(), &self.region);
        let trip = Trip::new(bucket);
        config.interceptor_state().store_put(trip.clone());
        Ok(trip)
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watch({} {})", self.service, self.region)
    }
}

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let known = config.load::<Trip>().cloned();
        let trip = known.map_or_else(|| self.begin(config), Ok)?;
        context.request_mut().add_extension(trip);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(trip) = config.load::<Trip>().filter(|_| is_throttled(context.inner(), components)) {
            trip.bucket.too_many();
        }
        Ok(())
    }
}

/// Whether AWS says that there were too many requests, in any of the words that the SDK knows for the operation.
fn is_throttled(context: &InterceptorContext, components: &RuntimeComponents) -> bool {
    const TOO_MANY_REQUESTS: u16 = 429;
    let is_about_rate = |action: RetryAction| {
        matches!(
            action,
            RetryAction::RetryIndicated(RetryReason::RetryableError { kind: ErrorKind::ThrottlingError, .. })
        )
    };
    context.response().is_some_and(|response| response.status().as_u16() == TOO_MANY_REQUESTS)
        || components.retry_classifiers().any(|classifier| is_about_rate(classifier.classify_retry(context)))
}

/// One call on its way, with all its tries.
#[derive(Clone)]
pub struct Trip {
    bucket: Arc<Bucket>,
    began: Instant,
    /// Milliseconds spent waiting for a turn.
    waited: Arc<AtomicU64>,
}

impl fmt::Debug for Trip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trip({:?} left)", self.left())
    }
}

impl Storable for Trip {
    type Storer = StoreReplace<Self>;
}

impl Trip {
    fn new(bucket: Arc<Bucket>) -> Self {
        Self { bucket, began: Instant::now(), waited: Arc::default() }
    }

    /// Sends a request in its turn.
    pub async fn make(&self, send: impl FnOnce() -> HttpConnectorFuture) -> Result<HttpResponse, ConnectorError> {
        let late = || Err(ConnectorError::timeout("the time for all tries is used up".into()));
        if self.left().is_zero() {
            return late();
        }
        let waits = Instant::now();
        self.bucket.turn().await;
        let waited = u64::try_from(waits.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.waited.fetch_add(waited, Ordering::Relaxed);
        tokio::time::timeout(self.left(), send()).await.unwrap_or_else(|_| late())
    }

    /// What is left of [`PATIENCE`]. Waiting for a turn takes nothing from it.
    fn left(&self) -> Duration {
        let waited = Duration::from_millis(self.waited.load(Ordering::Relaxed));
        PATIENCE.saturating_sub(self.began.elapsed().saturating_sub(waited))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_for_its_turn_costs_a_call_none_of_its_patience() {
        let bucket = Pacer::new("1%".parse().unwrap()).bucket("sts", "GetCallerIdentity", "eu-west-1").1;
        let ago = |seconds| Instant::now().checked_sub(Duration::from_secs(seconds)).expect("the clock runs");
        let trip = |began, waited: u64| Trip { bucket: bucket.clone(), began, waited: Arc::new(waited.into()) };
        assert!(trip(ago(80), 0).left() <= Duration::from_secs(10));
        assert!(trip(ago(80), 60_000).left() > Duration::from_secs(65));
        assert!(trip(ago(100), 0).left().is_zero());
    }
}
