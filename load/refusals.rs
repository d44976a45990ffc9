//! How each service says that it does not answer, and how its answers break off.

use crate::api::{Protocol, api};
use crate::cbor;
use crate::http::Response;

/// Why a service does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// For want of permission.
    Denied,
    /// For being one too many.
    Throttled,
    /// Because the credentials have run out.
    Expired,
    /// For reasons of its own.
    Failing,
}

/// An error in the words of one protocol: status and code. Source: "Common Error Types" in the API Reference of the
/// services that speak it; for EC2 "Error codes for the Amazon EC2 API", for S3 "Error responses".
fn words(protocol: Protocol, refusal: Refusal) -> (u16, &'static str) {
    match (refusal, protocol) {
        (Refusal::Denied, Protocol::Query | Protocol::RestXml) => (403, "AccessDenied"),
        (Refusal::Denied, Protocol::Ec2) => (403, "UnauthorizedOperation"),
        (Refusal::Denied, Protocol::RestJson) => (403, "AccessDeniedException"),
        (Refusal::Denied, Protocol::Json | Protocol::SmithyRpcV2Cbor) => (400, "AccessDeniedException"),
        (Refusal::Throttled, Protocol::Query) => (400, "Throttling"),
        (Refusal::Throttled, Protocol::Ec2) => (503, "RequestLimitExceeded"),
        (Refusal::Throttled, Protocol::RestXml) => (503, "SlowDown"),
        (Refusal::Throttled, Protocol::RestJson) => (429, "TooManyRequestsException"),
        (Refusal::Throttled, Protocol::Json | Protocol::SmithyRpcV2Cbor) => (400, "ThrottlingException"),
        (Refusal::Expired, Protocol::Query) => (403, "ExpiredToken"),
        (Refusal::Expired, Protocol::Ec2) => (400, "RequestExpired"),
        (Refusal::Expired, Protocol::RestXml) => (400, "ExpiredToken"),
        (Refusal::Expired, Protocol::RestJson) => (403, "ExpiredTokenException"),
        (Refusal::Expired, Protocol::Json | Protocol::SmithyRpcV2Cbor) => (400, "ExpiredTokenException"),
        (Refusal::Failing, Protocol::Ec2 | Protocol::RestXml) => (500, "InternalError"),
        (Refusal::Failing, Protocol::RestJson) => (500, "InternalServerException"),
        (Refusal::Failing, Protocol::Query | Protocol::Json | Protocol::SmithyRpcV2Cbor) => (500, "InternalFailure"),
    }
}

impl Refusal {
    fn message(self) -> &'static str {
        match self {
            Self::Denied => "User: arn:aws:iam::123456789012:user/audit is not authorized to perform this action",
            Self::Throttled => "Rate exceeded",
            Self::Expired => "The security token included in the request is expired",
            Self::Failing => "We encountered an internal error. Please try again.",
        }
    }
}

impl Response {
    /// A service's way of saying that it does not answer.
    pub fn refusal(service: &str, refusal: Refusal) -> Self {
        let (status, code) = words(protocol(service), refusal);
        Self::error(service, status, code, refusal.message())
    }

    /// An error as the service's protocol writes it.
    pub fn error(service: &str, status: u16, code: &str, message: &str) -> Self {
        let request_id = "00000000-0000-0000-0000-000000000000";
        match protocol(service) {
            Protocol::Query => {
                let error = format!("<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>");
                let body =
                    format!("<ErrorResponse><Error>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>");
                Self::new(status, "text/xml", body)
            }
            Protocol::Ec2 => {
                let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
                let body = format!("<Response><Errors>{error}</Errors><RequestID>{request_id}</RequestID></Response>");
                Self::new(status, "text/xml;charset=UTF-8", body)
            }
            Protocol::Json => {
                let body = format!(r#"{{"__type":"{code}","Message":"{message}"}}"#);
                Self::new(status, "application/x-amz-json-1.1", body)
            }
            Protocol::RestJson => {
                let mut answer = Self::new(status, "application/json", format!(r#"{{"message":"{message}"}}"#));
                answer.headers.push(("x-amzn-errortype".to_owned(), code.to_owned()));
                answer
            }
            Protocol::SmithyRpcV2Cbor => Self::cbor(status, cbor::map([("__type", code), ("message", message)])),
            Protocol::RestXml => {
                let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
                // S3 alone writes errors without a wrapping element.
                let body = if service == "s3" { error } else { format!("<ErrorResponse>{error}</ErrorResponse>") };
                Self::new(status, "application/xml", body)
            }
        }
    }

    fn cbor(status: u16, body: Vec<u8>) -> Self {
        let mut answer = Self::new(status, "application/cbor", body);
        answer.headers.push(("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned()));
        answer
    }

    /// A success with a body.
    pub fn success(service: &str, body: impl Into<Vec<u8>>) -> Self {
        let content_type = match protocol(service) {
            Protocol::SmithyRpcV2Cbor => return Self::cbor(200, body.into()),
            Protocol::Json => "application/x-amz-json-1.1",
            Protocol::RestJson => "application/json",
            Protocol::Query | Protocol::Ec2 => "text/xml",
            Protocol::RestXml => "application/xml",
        };
        Self::new(200, content_type, body)
    }

    /// A success that says nothing.
    pub fn empty(service: &str) -> Self {
        Self::success(service, "")
    }

    /// A success that breaks off.
    pub fn malformed(service: &str) -> Self {
        let body = match protocol(service) {
            Protocol::Json | Protocol::RestJson => br#"{"broken":["#.to_vec(),
            Protocol::Query | Protocol::Ec2 | Protocol::RestXml => b"<Broken><Off".to_vec(),
            Protocol::SmithyRpcV2Cbor => {
                let mut body = cbor::map([("broken", "off")]);
                body.pop();
                body
            }
        };
        Self::success(service, body)
    }
}

/// What nobody recognises is answered as most services do.
fn protocol(service: &str) -> Protocol {
    if service == "unrecognised" { Protocol::Query } else { api().service(service).protocol }
}
