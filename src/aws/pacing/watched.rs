//! Tests: the calls of a real client, watched, to a server that is none.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use plimsoll_checks::live::Service;

use super::{Pacer, Watch};
use crate::aws::endpoint::attentive;

/// Answers with each of these in turn, and remembers the headers of what was asked.
#[derive(Debug, Clone)]
struct Server {
    answers: Arc<Mutex<Vec<(u16, String)>>>,
    headers: Arc<Mutex<Vec<BTreeSet<String>>>>,
}

impl Server {
    fn of(answers: &[(u16, &str)]) -> Self {
        let answers = answers.iter().rev().map(|(status, body)| (*status, (*body).to_owned())).collect();
        Self { answers: Arc::new(Mutex::new(answers)), headers: Arc::default() }
    }

    fn asked(&self) -> Vec<BTreeSet<String>> {
        self.headers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl HttpClient for Server {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Server {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let names = request.headers().iter().map(|(name, _)| name.to_owned()).collect();
        self.headers.lock().unwrap().push(names);
        let (status, body) = self.answers.lock().unwrap().pop().expect("no more is asked than there are answers");
        let status = StatusCode::try_from(status).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
    }
}

const WHO: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account>\
                   </GetCallerIdentityResult></GetCallerIdentityResponse>";

fn failed(code: &str) -> String {
    format!("<ErrorResponse><Error><Code>{code}</Code><Message>so it is</Message></Error></ErrorResponse>")
}

fn client(server: &Server) -> aws_sdk_sts::Client {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .http_client(attentive(server.clone()))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("a", "b", None, None, "test")))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)));
    aws_sdk_sts::Client::new(&config.build())
}

/// Asks once, watched, and says how what was then answered has changed the price of a request.
async fn price_after(server: &Server) -> (u32, u32) {
    let pacer = Pacer::new("100%".parse().unwrap());
    let watch = Watch::new(pacer.clone(), "sts", "eu-west-1");
    let bucket = pacer.bucket("sts", "GetCallerIdentity", "eu-west-1").1;
    let before = bucket.price();
    let watched = client(server).watched(SharedInterceptor::new(watch));
    // What comes of it is said by what is asked.
    drop(watched.get_caller_identity().send().await);
    (before, bucket.price())
}

#[tokio::test]
async fn what_a_request_carries_is_never_sent() {
    let (plain, watched) = (Server::of(&[(200, WHO)]), Server::of(&[(200, WHO)]));
    client(&plain).get_caller_identity().send().await.unwrap();
    price_after(&watched).await;
    assert_eq!(plain.asked(), watched.asked());
    assert!(plain.asked()[0].contains("authorization"), "{:?}", plain.asked());
}

#[tokio::test]
async fn throttling_is_heard_at_each_try_and_in_whatever_words() {
    for (status, code) in [(400, "Throttling"), (503, "SlowDown"), (400, "RequestLimitExceeded"), (429, "Unheard")] {
        let server = Server::of(&[(status, &failed(code)), (200, WHO), (200, WHO)]);
        let (before, after) = price_after(&server).await;
        assert_eq!(after, 2 * before, "{status} {code}");
    }
}

#[tokio::test]
async fn other_trouble_is_no_reason_to_slow_down() {
    for (status, code) in [(403, "AccessDenied"), (500, "InternalError"), (400, "ValidationError")] {
        let server = Server::of(&[(status, &failed(code)), (200, WHO)]);
        let (before, after) = price_after(&server).await;
        assert_eq!(after, before, "{status} {code}");
    }
}

#[tokio::test]
async fn every_try_waits_for_its_turn() {
    let answers = [(500, failed("InternalError")), (500, failed("InternalError")), (200, WHO.to_owned())];
    let server = Server::of(&answers.each_ref().map(|(status, body)| (*status, body.as_str())));
    let pacer = Pacer::new("1%".parse().unwrap());
    let watched = client(&server).watched(SharedInterceptor::new(Watch::new(pacer.clone(), "sts", "eu-west-1")));
    let began = Instant::now();
    watched.get_caller_identity().send().await.unwrap();
    assert_eq!(server.asked().len(), 3);
    let bucket = pacer.bucket("sts", "GetCallerIdentity", "eu-west-1").1;
    bucket.turn().await;
    assert!(began.elapsed() >= Duration::from_millis(499), "six a second, and this is the fourth");
}
