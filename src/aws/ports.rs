//! Tests: regions that are at ports of this machine, each at its own.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use plimsoll_checks::live;

use super::endpoint::{OwnEndpoint, http_client};
use super::pacing::{Pacer, Watch};
use crate::pace::Share;

/// A session whose calls to a region go to a port.
pub struct Ports {
    usual: u16,
    of_regions: HashMap<&'static str, u16>,
    pacer: Arc<Pacer>,
}

impl Ports {
    /// All regions are at one.
    pub fn of(usual: u16) -> Self {
        Self { usual, of_regions: HashMap::new(), pacer: Pacer::new(Share::default()) }
    }

    /// With a region at another.
    pub fn with(mut self, region: &'static str, port: u16) -> Self {
        self.of_regions.insert(region, port);
        self
    }

    /// The pace of its calls.
    pub fn pacer(&self) -> Arc<Pacer> {
        self.pacer.clone()
    }
}

impl live::Session for Ports {
    fn config(&self, region: &str) -> SdkConfig {
        let endpoint = OwnEndpoint::default();
        let port = self.of_regions.get(region).unwrap_or(&self.usual);
        let url = endpoint.note(&format!("http://127.0.0.1:{port}"));
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .endpoint_url(url)
            .http_client(http_client(endpoint))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("a", "b", None, None, "test")))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .build()
    }

    fn one_endpoint(&self) -> bool {
        true
    }

    fn watch(&self, service: &'static str, region: &str) -> SharedInterceptor {
        SharedInterceptor::new(Watch::new(self.pacer.clone(), service, region))
    }
}

/// A port at which nothing listens: connections to it are refused.
pub fn refusing() -> u16 {
    // It was free a moment ago, and the system gives a port out again only after it has given out others.
    TcpListener::bind("127.0.0.1:0").and_then(|bound| bound.local_addr()).unwrap().port()
}
