//! The live account, as collectors see it: clients, and one place where every answer of the SDK is understood.
//!
//! Beside the `collect.rs` files this is the only module of the crate that knows the SDK.

mod offered;
mod services;

pub use services::Service;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use aws_types::request_id::RequestId;
use futures::future::BoxFuture;

use crate::contract::{Call, CallMade, Fetched, Place, Read, Reason, Unknown};

/// Where collectors get their configuration from: credentials, endpoint, retries and pacing are decided there.
pub trait Session: Send + Sync + 'static {
    /// The configuration for calls to a region.
    fn config(&self, region: &str) -> SdkConfig;
    /// Whether all calls go to one endpoint of the user's choosing, which then takes S3 buckets in the path.
    fn one_endpoint(&self) -> bool;
    /// What watches over the calls of a service, by its IAM prefix, in a region.
    fn watch(&self, service: &'static str, region: &str) -> SharedInterceptor;
}

/// A session, and the clients made from it so far.
pub struct Clients {
    session: Arc<dyn Session>,
    made: Mutex<HashMap<(TypeId, String), Box<dyn Any + Send>>>,
}

impl Clients {
    /// No clients yet.
    pub fn new(session: Arc<dyn Session>) -> Arc<Self> {
        Arc::new(Self { session, made: Mutex::default() })
    }
}

/// The live account during one read: gives clients, hears answers, remembers the calls made.
pub struct Live {
    clients: Arc<Clients>,
    place: Place,
    calls: Mutex<Vec<CallMade>>,
}

impl Live {
    /// The live account at a place, for one read.
    pub fn new(clients: Arc<Clients>, place: Place) -> Self {
        Self { clients, place, calls: Mutex::default() }
    }

    /// Where the read takes place.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The client of a service at this place, made by `new` the first time.
    pub fn client<C: Service>(&self, new: fn(&SdkConfig) -> C) -> C {
        self.client_in(self.place.endpoint_region(), |config, _| new(config))
    }

    /// The client of a service in a region. `new` is told whether all calls go to one endpoint.
    pub fn client_in<C: Service>(&self, region: &str, new: impl FnOnce(&SdkConfig, bool) -> C) -> C {
        let mut made = self.clients.made.lock().unwrap_or_else(PoisonError::into_inner);
        let client = made.entry((TypeId::of::<C>(), region.to_owned())).or_insert_with(|| {
            let session = &self.clients.session;
            let client = new(&session.config(region), session.one_endpoint());
            Box::new(client.watched(session.watch(C::PREFIX, region)))
        });
        client.downcast_ref::<C>().expect("clients are kept by their type").clone()
    }

    /// Hears an answer to `call`, made at this place: remembers it as evidence, or says why there is none.
    pub fn heard<T: RequestId, E>(&self, call: Call, answer: Result<T, SdkError<E, HttpResponse>>) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + RequestId + std::error::Error + 'static,
    {
        self.heard_from(self.place.endpoint_region(), call, answer)
    }

    /// As [`heard`](Self::heard), for a call to another region.
    pub fn heard_from<T: RequestId, E>(
        &self,
        region: &str,
        call: Call,
        answer: Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + RequestId + std::error::Error + 'static,
    {
        let request_id = match &answer {
            Ok(output) => output.request_id(),
            Err(error) => error.request_id(),
        };
        self.remember(region, call, request_id);
        answer.map_err(|error| Failure::understand(call, region, &error))
    }

    fn remember(&self, region: &str, call: Call, request_id: Option<&str>) {
        let (action, request_id, at) = (call.name(), request_id.map(str::to_owned), jiff::Timestamp::now());
        let mut calls = self.calls();
        match calls.iter_mut().find(|made| made.action == action && made.region == region) {
            Some(made) => {
                made.requests += 1;
                made.request_id = request_id;
                made.at = at;
            }
            None => calls.push(CallMade { action, region: region.to_owned(), request_id, at, requests: 1 }),
        }
    }

    fn calls(&self) -> MutexGuard<'_, Vec<CallMade>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The calls made, once the read is over.
    pub fn into_calls(self) -> Vec<CallMade> {
        self.calls.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that gave no answer, with the error code so that a collector can tell "there is none" from "could not look".
#[derive(Debug, Clone)]
pub struct Failure {
    code: Option<String>,
    unknown: Unknown,
}

impl Failure {
    /// The error code AWS gave.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Whether AWS failed the call with `code` and said `words`: where one code stands for several things, the words
    /// tell which.
    pub fn says(&self, code: &str, words: &str) -> bool {
        self.code() == Some(code) && self.unknown.detail.contains(words)
    }

    fn understand<E>(call: Call, region: &str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let code = error.code().map(str::to_owned);
        let (reason, detail) = match error {
            SdkError::ServiceError(service) => {
                let status = service.raw().status().as_u16();
                let message = error.message().unwrap_or("no message");
                match &code {
                    Some(code) if is_token_unknown(code) => (
                        Reason::Credentials,
                        format!("{code}: {message} ({region} also says so if it is not enabled for the account)"),
                    ),
                    Some(code) => (reason_of_code(code, status), format!("{code}: {message}")),
                    // Without a code the body was not an error document that the SDK could read.
                    None => (reason_of_status(status), format!("status {status} without an error code")),
                }
            }
            // They have run out, and new ones could not be had.
            _ if has_cause::<CredentialsError>(error) => {
                (Reason::Expired, format!("no credentials could be had: {}", deepest(error)))
            }
            SdkError::TimeoutError(_) => (Reason::Timeout, format!("no answer in time from {region}")),
            SdkError::DispatchFailure(dispatch) if dispatch.is_timeout() => {
                (Reason::Timeout, format!("no connection in time to {region}"))
            }
            SdkError::DispatchFailure(_) if has_cause::<EmptyAnswer>(error) => {
                (Reason::Malformed, EmptyAnswer.to_string())
            }
            SdkError::DispatchFailure(dispatch) => {
                let cause = dispatch.as_connector_error().map_or_else(|| deepest(error), |cause| deepest(cause));
                if is_name_unknown(&cause) && offered::is_missing(call.service, region) {
                    let detail =
                        format!("AWS does not offer the service in {region}, and no name server knows its host");
                    (Reason::NotInRegion, format!("{detail}: {cause}"))
                } else if is_name_unknown(&cause) {
                    (Reason::Unreachable, format!("no name server knows a host of the service in {region}: {cause}"))
                } else {
                    (Reason::Unreachable, cause)
                }
            }
            SdkError::ResponseError(_) if has_cause::<std::io::Error>(error) => {
                (Reason::Unreachable, format!("the answer broke off: {}", deepest(error)))
            }
            SdkError::ResponseError(_) if has_stopped(&deepest(error)) => {
                (Reason::Timeout, format!("the answer from {region} stopped before its end: {}", deepest(error)))
            }
            SdkError::ResponseError(_) => {
                (Reason::Malformed, format!("the answer could not be understood: {}", deepest(error)))
            }
            _ => (Reason::Internal, deepest(error)),
        };
        Self { code, unknown: Unknown::new(reason, call.iam_action(), detail) }
    }
}

impl From<Failure> for Unknown {
    fn from(failure: Failure) -> Self {
        failure.unknown
    }
}

/// Turns error codes that mean "there is none" into `None`. Every such code is named where it is used.
pub trait Absent<T> {
    /// `Ok(None)` if the call failed with one of `codes`.
    fn absent(self, codes: &[&str]) -> Result<Option<T>, Failure>;
}

impl<T> Absent<T> for Result<T, Failure> {
    fn absent(self, codes: &[&str]) -> Result<Option<T>, Failure> {
        match self {
            Ok(found) => Ok(Some(found)),
            Err(failure) if failure.code().is_some_and(|code| codes.contains(&code)) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

/// A success that says nothing, where every operation that is called here has something to say.
///
/// The SDK would take it for an answer whose lists are empty and whose switches are off, even where AWS promises the
/// field, so the HTTP client turns it into this error before the SDK reads it.
#[derive(Debug, thiserror::Error)]
#[error("the answer is empty")]
pub struct EmptyAnswer;

fn has_cause<T: std::error::Error + 'static>(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(<dyn std::error::Error>::is::<T>)
}

/// The innermost cause: smithy's outer errors say no more than "dispatch failure".
fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// Whether the SDK gave an answer up because no more of it came; the type of its error is not public.
fn has_stopped(cause: &str) -> bool {
    cause.starts_with("minimum throughput was specified at ")
}

/// Whether name servers answered that there is no such host, in the words of glibc, musl, macOS and Windows. That is how
/// a service looks in a region where AWS does not offer it: the SDK makes up the name, and nobody has entered it. A name
/// server that gave no answer is another matter ("Temporary failure in name resolution").
/// <https://github.com/gruntwork-io/cloud-nuke/issues/322>
fn is_name_unknown(cause: &str) -> bool {
    let words = [
        "Name or service not known",
        "Name does not resolve",
        "nodename nor servname provided, or not known",
        "No such host is known.",
    ];
    words.iter().any(|words| cause.contains(words))
}

/// What a region answers to credentials it does not know. The account itself is known to take them when the scan
/// begins; a region that is not enabled for the account has never heard of it.
/// Source: IAM User Guide, "Troubleshooting STS", and the account management guide on opt-in regions.
fn is_token_unknown(code: &str) -> bool {
    matches!(code, "UnrecognizedClientException" | "InvalidClientTokenId" | "AuthFailure")
}

/// Source: the "Common errors" page of each service's API reference; EC2 and S3 have words of their own.
fn reason_of_code(code: &str, status: u16) -> Reason {
    match code.strip_prefix("Client.").unwrap_or(code) {
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "UnauthorizedException"
        | "AuthorizationError"
        | "AuthorizationErrorException"
        | "NotAuthorized"
        | "UnauthorizedAccess"
        | "AllAccessDisabled"
        | "Forbidden"
        | "AccountAccessDenied"
        | "InsufficientPrivilegesException" => Reason::Denied,
        code if code.ends_with("AccessDenied") || code.ends_with("AccessDeniedException") => Reason::Denied,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "TooManyRequests"
        | "SlowDown"
        | "BandwidthLimitExceeded"
        | "PriorRequestNotComplete"
        | "LimitExceededException"
        | "EC2ThrottledException" => Reason::Throttled,
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired" => Reason::Expired,
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "AuthFailure"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "InvalidToken"
        | "RequestTimeTooSkewed" => Reason::Credentials,
        "OptInRequired" | "SubscriptionRequiredException" | "NotSignedUp" => Reason::RegionDisabled,
        "UnknownOperationException" | "InvalidAction" | "UnsupportedOperation" | "UnsupportedOperationException" => {
            Reason::NotInRegion
        }
        "RequestTimeout" | "RequestTimeoutException" => Reason::Timeout,
        // As the reason of an unknown only: which codes mean "there is none" is said where each call is made.
        code if code == "NoSuchEntity"
            || code == "NoSuchBucket"
            || ["NotFound", "NotFoundFault", "NotFoundException"].iter().any(|end| code.ends_with(end)) =>
        {
            Reason::Gone
        }
        _ => reason_of_status(status),
    }
}

fn reason_of_status(status: u16) -> Reason {
    match status {
        401 | 403 => Reason::Denied,
        429 => Reason::Throttled,
        200..=299 => Reason::Malformed,
        _ => Reason::ServiceError,
    }
}

type Erased = Box<dyn Any + Send + Sync>;

/// Reads a list through the SDK into the vector; what is in it when an error comes was seen.
pub type CollectList = for<'a> fn(&'a Live, &'a mut Vec<Erased>) -> BoxFuture<'a, Result<(), Unknown>>;
/// Reads a detail of one resource through the SDK.
pub type CollectDetail = for<'a> fn(&'a Live, &'a (dyn Any + Send + Sync)) -> BoxFuture<'a, Result<Erased, Unknown>>;

/// The code that reads a resource kind or a detail through the AWS SDK.
#[derive(Clone, Copy)]
pub struct Collector {
    /// What it reads.
    pub read: &'static Read,
    /// How.
    pub how: How,
}

/// How a collector reads.
#[derive(Clone, Copy)]
pub enum How {
    /// All of a kind.
    List(CollectList),
    /// One detail.
    Detail(CollectDetail),
}

impl Collector {
    /// Runs the collector: what it saw, why there may be more, and the calls it made.
    pub async fn fetch(&self, live: Live, of: Option<&(dyn Any + Send + Sync)>) -> Fetched {
        let mut records = Vec::new();
        let outcome = match (self.how, of) {
            (How::List(collect), None) => collect(&live, &mut records).await,
            (How::Detail(collect), Some(of)) => collect(&live, of).await.map(|record| records.push(record)),
            (How::List(_), Some(_)) | (How::Detail(_), None) => Err(Unknown::new(
                Reason::Internal,
                self.read.action(),
                "a list was asked of one resource, or a detail of none",
            )),
        };
        Fetched { records, rest: outcome.err(), calls: live.into_calls() }
    }
}

/// Lists a service's collectors, in its `collect.rs`: `list User = users, detail BucketPolicy = bucket_policy`.
///
/// A list's function is `async fn users(live: &Live, seen: &mut Vec<User>) -> Result<(), Unknown>`: what it has
/// pushed when it fails stays seen. A detail's is `async fn bucket_policy(live: &Live, bucket: &Bucket) ->
/// Result<BucketPolicy, Unknown>`.
#[macro_export]
macro_rules! collectors {
    ($($how:ident $record:ident = $collect:ident),* $(,)?) => {
        /// The collectors of this service.
        pub static COLLECTORS: &[$crate::live::Collector] = &[$($crate::collectors!(@$how $record $collect)),*];
    };
    (@list $record:ident $collect:ident) => {
        $crate::live::Collector {
            read: <$record as $crate::contract::Record>::READ,
            how: $crate::live::How::List(|live, records| Box::pin(async move {
                let mut seen: Vec<$record> = Vec::new();
                let outcome = $collect(live, &mut seen).await;
                records.extend(seen.into_iter().map(|record| Box::new(record) as Box<dyn std::any::Any + Send + Sync>));
                outcome
            })),
        }
    };
    (@detail $record:ident $collect:ident) => {
        $crate::live::Collector {
            read: <$record as $crate::contract::Record>::READ,
            how: $crate::live::How::Detail(|live, of| Box::pin(async move {
                let of = $crate::contract::expect_record::<<$record as $crate::contract::Detail>::Of>(of);
                let record: $record = $collect(live, of).await?;
                Ok(Box::new(record) as Box<dyn std::any::Any + Send + Sync>)
            })),
        }
    };
}

/// The answer to `call` lacks a field that AWS always gives.
pub fn missing(call: Call, field: &str) -> Unknown {
    Unknown::new(Reason::Malformed, call.iam_action(), format!("the answer to {} lacks {field}", call.name()))
}

/// A text, or the name of a choice, that AWS always gives. Where its model says so, the SDK does not leave open what an
/// answer lacks, but puts an empty text in its place, or a choice of this name.
pub fn told(call: Call, field: &str, text: impl Into<String>) -> Result<String, Unknown> {
    let text = text.into();
    if text.is_empty() || text == "no value was set" { Err(missing(call, field)) } else { Ok(text) }
}

/// An SDK time as ours.
pub fn timestamp(call: Call, time: &aws_smithy_types::DateTime) -> Result<jiff::Timestamp, Unknown> {
    jiff::Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).unwrap_or(0)).map_err(|error| {
        Unknown::new(
            Reason::Malformed,
            call.iam_action(),
            format!("the answer to {} has a time out of range: {error}", call.name()),
        )
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_kms::operation::list_keys::ListKeysError;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;
    use crate::contract::api;

    fn understood(error: &SdkError<ListKeysError, HttpResponse>) -> (Reason, String) {
        let unknown = Unknown::from(Failure::understand(api("kms", "ListKeys"), "ap-east-1", error));
        assert_eq!(unknown.action, "kms:ListKeys");
        (unknown.reason, unknown.detail)
    }

    fn response(status: u16) -> HttpResponse {
        HttpResponse::new(StatusCode::try_from(status).expect("a status"), SdkBody::empty())
    }

    fn answered(status: u16, code: Option<&str>) -> Reason {
        let mut metadata = ErrorMetadata::builder().message("so it is");
        if let Some(code) = code {
            metadata = metadata.code(code);
        }
        understood(&SdkError::service_error(ListKeysError::generic(metadata.build()), response(status))).0
    }

    #[test]
    fn what_aws_answers_is_understood_by_its_code_and_else_by_its_status() {
        for (status, code, reason) in [
            (403, Some("AccessDenied"), Reason::Denied),
            (400, Some("AccessDeniedException"), Reason::Denied),
            (400, Some("KMS.AccessDeniedException"), Reason::Denied),
            (403, Some("UnauthorizedOperation"), Reason::Denied),
            (403, None, Reason::Denied),
            (400, Some("ThrottlingException"), Reason::Throttled),
            (503, Some("SlowDown"), Reason::Throttled),
            (503, Some("RequestLimitExceeded"), Reason::Throttled),
            (429, None, Reason::Throttled),
            (400, Some("ExpiredTokenException"), Reason::Expired),
            (403, Some("ExpiredToken"), Reason::Expired),
            (403, Some("RequestExpired"), Reason::Expired),
            (403, Some("InvalidClientTokenId"), Reason::Credentials),
            (401, Some("AuthFailure"), Reason::Credentials),
            (403, Some("OptInRequired"), Reason::RegionDisabled),
            (400, Some("RequestTimeout"), Reason::Timeout),
            (404, Some("NoSuchBucket"), Reason::Gone),
            (500, Some("InternalError"), Reason::ServiceError),
            (503, Some("ServiceUnavailable"), Reason::ServiceError),
            (502, None, Reason::ServiceError),
            (200, None, Reason::Malformed),
            (418, Some("NeverHeardOf"), Reason::ServiceError),
        ] {
            assert_eq!(answered(status, code), reason, "{status} {code:?}");
        }
    }

    #[test]
    fn the_words_of_a_refusal_are_kept_since_they_say_which_policy_it_was() {
        let message = "User: arn:aws:iam::111122223333:user/a is not authorized to perform: kms:ListKeys with an \
                       explicit deny in a service control policy";
        let metadata = ErrorMetadata::builder().code("AccessDeniedException").message(message).build();
        let error = SdkError::service_error(ListKeysError::generic(metadata), response(400));
        let unknown = Unknown::from(Failure::understand(api("kms", "ListKeys"), "eu-west-1", &error));
        assert_eq!(unknown.detail, format!("AccessDeniedException: {message}"));
    }

    #[test]
    fn a_region_that_does_not_know_the_credentials_may_be_one_that_is_not_enabled() {
        let metadata = ErrorMetadata::builder().code("UnrecognizedClientException").message("invalid token").build();
        let (reason, detail) = understood(&SdkError::service_error(ListKeysError::generic(metadata), response(400)));
        assert_eq!(reason, Reason::Credentials);
        assert!(detail.contains("ap-east-1") && detail.contains("not enabled"), "{detail}");
    }

    #[test]
    fn credentials_that_run_out_in_the_middle_are_the_reason_wherever_the_sdk_notices() {
        let gone = || CredentialsError::provider_error("the single sign-on session has expired");
        for error in [
            SdkError::dispatch_failure(ConnectorError::other(gone().into(), None)),
            SdkError::construction_failure(gone()),
        ] {
            let (reason, detail) = understood(&error);
            assert_eq!(reason, Reason::Expired);
            assert!(detail.contains("session has expired"), "{detail}");
        }
    }

    #[test]
    fn trouble_on_the_way_is_told_apart() {
        let io = || std::io::Error::new(std::io::ErrorKind::ConnectionReset, "connection reset by peer");
        let reason = |error| understood(&error).0;
        assert_eq!(reason(SdkError::dispatch_failure(ConnectorError::io(io().into()))), Reason::Unreachable);
        assert_eq!(reason(SdkError::dispatch_failure(ConnectorError::timeout("slow".into()))), Reason::Timeout);
        assert_eq!(reason(SdkError::timeout_error("slow")), Reason::Timeout);
        assert_eq!(reason(SdkError::response_error(io(), response(200))), Reason::Unreachable);
        assert_eq!(reason(SdkError::response_error("no XML", response(200))), Reason::Malformed);
        let stopped = "minimum throughput was specified at 1 B/s, but throughput of 0 B/s was observed";
        assert_eq!(reason(SdkError::response_error(stopped, response(200))), Reason::Timeout);
        let empty = ConnectorError::other(EmptyAnswer.into(), None);
        assert_eq!(reason(SdkError::dispatch_failure(empty)), Reason::Malformed);
        assert_eq!(reason(SdkError::construction_failure("no such host label")), Reason::Internal);
    }

    #[test]
    fn a_service_without_a_host_in_the_region_is_not_there_and_one_that_could_not_be_looked_up_may_be() {
        let (keys, macie) = (api("kms", "ListKeys"), api("macie2", "GetMacieSession"));
        let lookup = |call: Call, words: &str| {
            let error = std::io::Error::other(format!("failed to lookup address information: {words}"));
            let error = SdkError::<ListKeysError, _>::dispatch_failure(ConnectorError::io(error.into()));
            let unknown = Failure::understand(call, "ap-east-2", &error).unknown;
            (unknown.reason, unknown.detail)
        };
        for words in ["Name or service not known", "nodename nor servname provided, or not known"] {
            // A name server that knows no host proves nothing by itself: it may be one that knows of no AWS at all.
            let (reason, detail) = lookup(keys, words);
            assert_eq!(reason, Reason::Unreachable);
            assert!(detail.contains("ap-east-2") && detail.contains("not known"), "{detail}");
            assert_eq!(lookup(macie, words).0, Reason::NotInRegion);
        }
        assert_eq!(lookup(macie, "Temporary failure in name resolution").0, Reason::Unreachable);
        assert_eq!(lookup(keys, "Temporary failure in name resolution").0, Reason::Unreachable);
    }

    #[test]
    fn the_words_tell_apart_what_has_one_code() {
        let failed = |message: &str| {
            let metadata = ErrorMetadata::builder().code("AccessDeniedException").message(message).build();
            let error = SdkError::service_error(ListKeysError::generic(metadata), response(403));
            Failure::understand(api("kms", "ListKeys"), "eu-west-1", &error)
        };
        let off = |message: &str| failed(message).says("AccessDeniedException", "Macie is not enabled");
        assert!(off("Macie is not enabled."));
        assert!(!off("User: arn:aws:iam::111122223333:user/a is not authorized to perform: macie2:GetMacieSession"));
        assert!(!failed("Macie is not enabled").says("AccessDenied", "Macie is not enabled"));
    }

    #[test]
    fn only_the_codes_that_are_named_mean_that_there_is_none() {
        let failed = |code: &str| {
            let metadata = ErrorMetadata::builder().code(code).build();
            let error = SdkError::service_error(ListKeysError::generic(metadata), response(404));
            Err::<(), _>(Failure::understand(api("kms", "ListKeys"), "eu-west-1", &error))
        };
        assert!(failed("NoSuchEntity").absent(&["NoSuchEntity"]).is_ok_and(|found| found.is_none()));
        assert!(failed("NoSuchBucket").absent(&["NoSuchEntity"]).is_err());
    }
}
