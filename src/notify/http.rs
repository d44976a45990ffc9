//! One message to one webhook, over HTTP: what leaves, where to, and what the answer means.

use std::error::Error;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioExecutor;

use super::destination::Address;
use crate::error::causes;

/// How long one try may take, from the name server to the last byte of the answer.
const TRY: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(5);
/// What is read of an answer, in bytes: Slack's reasons are one word.
const ANSWER: usize = 1024;

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// In words, without the address.
    pub why: String,
    /// Whether to try again.
    pub again: Again,
}

/// Whether to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It would be refused again.
    Never,
    /// After a while.
    Soon,
    /// After so long, as the other side asks.
    After(Duration),
}

impl Refusal {
    fn never(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: Again::Never }
    }

    fn soon(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: Again::Soon }
    }
}

/// Sends JSON to a webhook, once. Redirects are not followed: whoever they lead to would learn the address.
pub async fn post(address: &Address, headers: &[(&str, String)], body: String) -> Result<(), Refusal> {
    let mut request = Request::post(address.reveal().clone())
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, concat!("plimsoll/", env!("CARGO_PKG_VERSION")));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(Full::new(Bytes::from(body)));
    let request = request.map_err(|_| Refusal::never("the request could not be made"))?;
    let trying = tokio::time::timeout(TRY, send(address, request));
    trying.await.unwrap_or_else(|_| Err(Refusal::soon(format!("no answer within {} s", TRY.as_secs()))))
}

async fn send(address: &Address, request: Request<Full<Bytes>>) -> Result<(), Refusal> {
    let mut tcp = HttpConnector::new();
    tcp.set_connect_timeout(Some(CONNECT));
    // What comes before TLS is known to be allowed; see `Address`.
    tcp.enforce_http(false);
    if address.reveal().scheme_str() == Some("http") {
        return ask(tcp, request).await;
    }
    let tls = tls()?;
    let https = HttpsConnector::from((tcp, tls.clone()));
    let proxy = if address.is_here() { None } else { Matcher::from_env().intercept(address.reveal()) };
    let Some(proxy) = proxy else { return ask(https, request).await };
    if !matches!(proxy.uri().scheme_str(), Some("http" | "https")) {
        return Err(Refusal::never("the proxy that the environment names is neither http:// nor https://"));
    }
    let mut tunnel = Tunnel::new(Uri::clone(proxy.uri()), https);
    if let Some(auth) = proxy.basic_auth() {
        tunnel = tunnel.with_auth(auth.clone());
    }
    ask(HttpsConnector::from((tunnel, tls)), request).await
}

/// TLS by the system's roots, as the AWS SDK has it here.
fn tls() -> Result<rustls::ClientConfig, Refusal> {
    let provider = rustls::crypto::ring::default_provider();
    let versions = rustls::ClientConfig::builder_with_provider(provider.into()).with_safe_default_protocol_versions();
    let versions = versions.map_err(|error| Refusal::never(error.to_string()))?;
    let roots = versions.with_native_roots();
    let roots = roots.map_err(|error| Refusal::never(format!("the system's certificates: {error}")))?;
    Ok(roots.with_no_client_auth())
}

async fn ask<C>(connector: C, request: Request<Full<Bytes>>) -> Result<(), Refusal>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let client: Client<C, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let answer = client.request(request).await.map_err(|error| failed(&error))?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = Limited::new(answer.into_body(), ANSWER).collect().await;
    // That the answer is long or cut off does not change what it says at its head.
    let body = body.map_or_else(|_| Bytes::new(), http_body_util::Collected::to_bytes);
    understood(status, &headers, &body)
}

/// A request without an answer: nobody is there, or not any more. A certificate that is not trusted is not trusted later.
fn failed(error: &(dyn Error + 'static)) -> Refusal {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    let mut is_distrusted = false;
    while let Some(next) = cause {
        let wrapped = next.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let is_tls = |error: &(dyn Error + 'static)| error.downcast_ref::<rustls::Error>().is_some();
        is_distrusted |= is_tls(next) || wrapped.is_some_and(|wrapped| is_tls(wrapped));
        cause = next.source();
    }
    let why = causes(error);
    if is_distrusted { Refusal::never(why) } else { Refusal::soon(why) }
}

fn understood(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<(), Refusal> {
    let word = word(body).map_or_else(String::new, |word| format!(" ({word})"));
    let why = format!("the answer was {}{word}", status.as_u16());
    if status.is_success() {
        return Ok(());
    }
    if status.is_redirection() {
        return Err(Refusal::never(format!("{why}: a redirect, which is not followed")));
    }
    let may_pass = status.is_server_error()
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY);
    let again = match (may_pass, retry_after(headers)) {
        (false, _) => Again::Never,
        (true, Some(after)) => Again::After(after),
        (true, None) => Again::Soon,
    };
    Err(Refusal { why, again })
}

/// The reason in an answer, if it is but one word, as Slack gives it. Anything else could repeat the address.
fn word(body: &[u8]) -> Option<&str> {
    let word = std::str::from_utf8(body).ok()?.trim();
    let fits = (3..=40).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    fits.then_some(word)
}

/// How long the other side asks to wait: in seconds, or until a time. Source: RFC 9110, 10.2.3.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(at.duration_since(jiff::Timestamp::now()).try_into().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Result<(), Refusal> {
        let headers = headers.iter().map(|(name, value)| {
            (hyper::header::HeaderName::from_static(name), value.parse().expect("a header's value"))
        });
        understood(StatusCode::from_u16(status).expect("a status"), &headers.collect(), body.as_bytes())
    }

    fn again(status: u16, headers: &[(&'static str, &str)]) -> Again {
        answer(status, headers, "").expect_err("it is refused").again
    }

    #[test]
    fn what_may_pass_is_tried_again_and_what_will_not_is_not() {
        for status in [200, 202, 204] {
            assert_eq!(answer(status, &[], "ok"), Ok(()));
        }
        for status in [400, 401, 403, 404, 410, 413, 301, 302, 307, 308] {
            assert_eq!(again(status, &[("retry-after", "1")]), Again::Never, "{status}");
        }
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert_eq!(again(status, &[]), Again::Soon, "{status}");
            assert_eq!(again(status, &[("retry-after", "7")]), Again::After(Duration::from_secs(7)), "{status}");
        }
    }

    #[test]
    fn a_time_to_come_back_at_is_understood_too() {
        let past = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(again(429, &[("retry-after", past)]), Again::After(Duration::ZERO));
        assert_eq!(again(429, &[("retry-after", "in a while")]), Again::Soon);
        assert!(
            matches!(again(503, &[("retry-after", "Wed, 21 Oct 2122 07:28:00 GMT")]), Again::After(long) if long > TRY)
        );
    }

    #[test]
    fn of_an_answer_only_a_word_is_repeated() {
        let why = |body: &str| answer(404, &[], body).expect_err("it is refused").why;
        assert_eq!(why("no_service\n"), "the answer was 404 (no_service)");
        for body in ["/services/T0/B0/xyz", "XYZ", "two words", "", "<html>"] {
            assert_eq!(why(body), "the answer was 404", "{body}");
        }
    }
}
