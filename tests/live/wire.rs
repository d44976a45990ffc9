//! The wire between a scan and the server: a proxy that remembers answers, takes its time, and fails on request.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::api::{Protocol, SECOND_PAGE, signed_as};
use crate::cbor;
use crate::moto::api;

/// A request, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The body.
    pub body: Vec<u8>,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The service, as its SDK is called.
    pub service: &'static str,
    /// The operation.
    pub operation: String,
    /// The region it is signed for.
    pub region: String,
    /// The access key it is signed with.
    pub key: String,
}

impl Request {
    /// Understands a request from its parts.
    pub fn new(method: &str, target: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        // Credential=KEY/20261124/eu-west-1/ec2/aws4_request
        let scope = header("authorization").and_then(|value| value.split_once("Credential=")).map_or("", |(_, it)| it);
        let mut scope = scope.split([',', ' ']).next().unwrap_or("").split('/');
        let key = scope.next().unwrap_or("").to_owned();
        let region = scope.nth(1).unwrap_or("").to_owned();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let service = match scope.next().unwrap_or("") {
            "s3" if path.starts_with("/v20180820/") => "s3control",
            signed => signed_as(signed).unwrap_or("unrecognised"),
        };
        let operation = if let Some(target) = header("x-amz-target") {
            target.rsplit('.').next().map(str::to_owned)
        } else if let Some(action) = form_value(&body, "Action") {
            Some(action)
        } else if service == "unrecognised" {
            None
        } else if api().service(service).protocol == Protocol::SmithyRpcV2Cbor {
            path.rsplit('/').next().map(str::to_owned)
        } else {
            let keys: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
            // S3 lists buckets of either kind at the same place; its SDK says which it means.
            form_value(query.as_bytes(), "x-id")
                .or_else(|| api().service(service).operation_at(method, path, &keys).map(str::to_owned))
        };
        Self {
            operation: operation.unwrap_or_else(|| format!("{method} {path}")),
            method: method.to_owned(),
            target: target.to_owned(),
            service,
            region,
            key,
            headers,
            body,
        }
    }

    /// Whether it asks for the page that only [`Act::TurnPage`] promises.
    pub fn is_for_second_page(&self) -> bool {
        self.target.contains(SECOND_PAGE) || String::from_utf8_lossy(&self.body).contains(SECOND_PAGE)
    }

    /// The same request again: without the headers, which differ each time, and with JSON in one order.
    fn same(&self) -> Self {
        let json = serde_json::from_slice(&self.body).map(|body: serde_json::Value| body.to_string().into_bytes());
        Self { headers: Vec::new(), body: json.unwrap_or_else(|_| self.body.clone()), ..self.clone() }
    }
}

fn form_value(body: &[u8], key: &str) -> Option<String> {
    let body = std::str::from_utf8(body).ok()?;
    body.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('=')).map(str::to_owned)
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers, without those that frame the body.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer with a body of a type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![
            ("content-type".to_owned(), content_type.to_owned()),
            ("x-amzn-requestid".to_owned(), "00000000-0000-0000-0000-000000000000".to_owned()),
        ];
        Self { status, headers, body: body.into() }
    }

    /// A service's way of saying that a request failed.
    fn error(service: &str, code: Code) -> Self {
        let message = code.message();
        let request_id = "00000000-0000-0000-0000-000000000000";
        match (protocol(service), code) {
            (Protocol::Query, _) => {
                let (status, code) = match code {
                    Code::Denied => (403, "AccessDenied"),
                    Code::Throttled => (400, "Throttling"),
                    Code::Expired => (403, "ExpiredToken"),
                };
                let error = format!("<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>");
                let body =
                    format!("<ErrorResponse><Error>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>");
                Self::new(status, "text/xml", body)
            }
            (Protocol::Ec2, _) => {
                let (status, code) = match code {
                    Code::Denied => (403, "UnauthorizedOperation"),
                    Code::Throttled => (503, "RequestLimitExceeded"),
                    Code::Expired => (400, "RequestExpired"),
                };
                let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
                let body = format!("<Response><Errors>{error}</Errors><RequestID>{request_id}</RequestID></Response>");
                Self::new(status, "text/xml;charset=UTF-8", body)
            }
            (Protocol::Json, _) => {
                let code = match code {
                    Code::Denied => "AccessDeniedException",
                    Code::Throttled => "ThrottlingException",
                    Code::Expired => "ExpiredTokenException",
                };
                Self::new(400, "application/x-amz-json-1.1", format!(r#"{{"__type":"{code}","Message":"{message}"}}"#))
            }
            (Protocol::RestJson, _) => {
                let (status, code) = match code {
                    Code::Denied => (403, "AccessDeniedException"),
                    Code::Throttled => (429, "TooManyRequestsException"),
                    Code::Expired => (403, "ExpiredTokenException"),
                };
                let mut answer = Self::new(status, "application/json", format!(r#"{{"message":"{message}"}}"#));
                answer.headers.push(("x-amzn-errortype".to_owned(), code.to_owned()));
                answer
            }
            (Protocol::SmithyRpcV2Cbor, _) => {
                let code = match code {
                    Code::Denied => "AccessDeniedException",
                    Code::Throttled => "ThrottlingException",
                    Code::Expired => "ExpiredTokenException",
                };
                Self::cbor(400, cbor::map([("__type", code), ("message", message)]))
            }
            (Protocol::RestXml, _) => {
                let (status, code) = match code {
                    Code::Denied => (403, "AccessDenied"),
                    Code::Throttled => (503, "SlowDown"),
                    Code::Expired => (400, "ExpiredToken"),
                };
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
    fn success(service: &str, body: impl Into<Vec<u8>>) -> Self {
        match protocol(service) {
            Protocol::SmithyRpcV2Cbor => Self::cbor(200, body.into()),
            protocol => Self::new(200, content_type(protocol), body),
        }
    }

    /// A success that says nothing.
    fn empty(service: &str) -> Self {
        Self::success(service, "")
    }

    /// A success that breaks off.
    fn malformed(service: &str) -> Self {
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

fn protocol(service: &str) -> Protocol {
    if service == "unrecognised" { Protocol::Query } else { api().service(service).protocol }
}

fn content_type(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Json => "application/x-amz-json-1.1",
        Protocol::RestJson => "application/json",
        Protocol::Query | Protocol::Ec2 => "text/xml",
        Protocol::RestXml => "application/xml",
        Protocol::SmithyRpcV2Cbor => "application/cbor",
    }
}

#[derive(Debug, Clone, Copy)]
enum Code {
    Denied,
    Throttled,
    Expired,
}

impl Code {
    fn message(self) -> &'static str {
        match self {
            Self::Denied => "User: arn:aws:iam::123456789012:user/audit is not authorized to perform this action",
            Self::Throttled => "Rate exceeded",
            Self::Expired => "The security token included in the request is expired",
        }
    }
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It is answered: from memory when it is closed and holds the answer, by the server otherwise.
    Answer,
    /// It is refused for want of permission.
    Deny,
    /// It is refused for being one too many.
    Throttle,
    /// The credentials are said to have run out.
    Expire,
    /// The connection is reset.
    Reset,
    /// It succeeds with an empty body.
    Empty,
    /// It succeeds with a body that breaks off.
    Malformed,
    /// The answer promises a second page, which is refused. What has one page only is answered as it is.
    TurnPage,
    /// It is never answered.
    Hang,
}

/// Changes a server's answer.
type Amend = dyn Fn(&Request, Response) -> Response + Send + Sync;

/// The answers of a server, remembered.
pub struct Memory {
    server: SocketAddr,
    amend: Box<Amend>,
    answers: Mutex<HashMap<Request, Arc<Response>>>,
    closed: AtomicBool,
    missed: Mutex<Vec<Request>>,
}

impl Memory {
    /// Remembers the last answer to each request to `server`.
    pub fn of(server: SocketAddr) -> Arc<Self> {
        Self::amended(server, |_, answer| answer)
    }

    /// As [`of`](Self::of), with answers changed on their way.
    pub fn amended(
        server: SocketAddr,
        amend: impl Fn(&Request, Response) -> Response + Send + Sync + 'static,
    ) -> Arc<Self> {
        let (amend, closed) = (Box::new(amend), AtomicBool::new(false));
        Arc::new(Self { server, amend, answers: Mutex::default(), closed, missed: Mutex::default() })
    }

    /// From now on requests that have been made before are answered without the server.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// What has been asked since it was closed and was not known.
    pub fn missed(&self) -> Vec<String> {
        let missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        let told = missed.iter().map(|it| {
            format!("{}:{} {} {} {}", it.service, it.operation, it.region, it.target, String::from_utf8_lossy(&it.body))
        });
        told.collect()
    }

    /// Remembers what another memory does, too.
    pub fn learn_from(&self, other: &Self) {
        self.answers().extend(other.answers().iter().map(|(request, answer)| (request.clone(), answer.clone())));
    }

    /// How many different requests have been answered.
    pub fn len(&self) -> usize {
        self.answers().len()
    }

    fn answers(&self) -> MutexGuard<'_, HashMap<Request, Arc<Response>>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, request: &Request) -> io::Result<Arc<Response>> {
        if self.closed.load(Ordering::Relaxed) {
            if let Some(known) = self.answers().get(&request.same()) {
                return Ok(known.clone());
            }
            self.missed.lock().unwrap_or_else(PoisonError::into_inner).push(request.same());
        }
        let answer = Arc::new((self.amend)(request, ask(self.server, request).await?));
        self.answers().insert(request.same(), answer.clone());
        Ok(answer)
    }
}

/// One request to a server, on a connection of its own.
pub async fn ask(server: SocketAddr, request: &Request) -> io::Result<Response> {
    let mut stream = TcpStream::connect(server).await?;
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
    for (name, value) in request.headers.iter().filter(|(name, _)| !matches!(name.as_str(), "connection")) {
        write!(head, "{name}: {value}\r\n").expect("strings can be written to");
    }
    head.push_str("connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&request.body).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;

    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = parsed.parse(&answer).map_err(io::Error::other)? else {
        return Err(io::Error::other("the server broke off"));
    };
    let headers = own(parsed.headers);
    if header(&headers, "transfer-encoding").is_some() {
        return Err(io::Error::other("the server sends a chunked body, which this proxy cannot read"));
    }
    let status = parsed.code.ok_or_else(|| io::Error::other("no status"))?;
    let headers = headers
        .into_iter()
        .filter(|(name, _)| !matches!(name.as_str(), "connection" | "content-length" | "date" | "keep-alive"))
        .collect();
    Ok(Response { status, headers, body: answer.split_off(head) })
}

fn own(headers: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned()))
        .collect()
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Decides what becomes of a request.
pub type Behaviour = dyn Fn(&Request) -> Act + Send + Sync;

struct Shared {
    memory: Arc<Memory>,
    behaviour: Box<Behaviour>,
    latency: Duration,
    seen: Mutex<Vec<(Request, Act)>>,
}

/// A proxy in front of a server; it ends with this value.
pub struct Wire {
    /// Where it listens, as a URL.
    pub endpoint: String,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Wire {
    /// A proxy that does with each request what `behaviour` says.
    pub async fn new(memory: &Arc<Memory>, behaviour: impl Fn(&Request) -> Act + Send + Sync + 'static) -> Self {
        Self::with_latency(memory, Duration::ZERO, behaviour).await
    }

    /// As [`new`](Self::new), and each answer takes at least so long.
    pub async fn with_latency(
        memory: &Arc<Memory>,
        latency: Duration,
        behaviour: impl Fn(&Request) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
        let endpoint = format!("http://{}", listener.local_addr().expect("the listener is bound"));
        let shared = Arc::new(Shared {
            memory: memory.clone(),
            behaviour: Box::new(behaviour),
            latency,
            seen: Mutex::default(),
        });
        let serving = shared.clone();
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = serving.clone();
                // A broken connection concerns the client, who is what is tested.
                tokio::spawn(async move { shared.serve(stream).await.ok() });
            }
        });
        Self { endpoint, shared, listening }
    }

    /// How many requests were made, by service and operation.
    pub fn counts(&self) -> BTreeMap<(&'static str, String), usize> {
        let mut counts = BTreeMap::new();
        for (request, _) in self.seen().iter() {
            *counts.entry((request.service, request.operation.clone())).or_default() += 1;
        }
        counts
    }

    /// How many requests were made.
    pub fn total(&self) -> usize {
        self.seen().len()
    }

    /// The requests so far that something was done to, or all that fit.
    pub fn count(&self, fits: impl Fn(&Request, Act) -> bool) -> usize {
        self.seen().iter().filter(|(request, act)| fits(request, *act)).count()
    }

    fn seen(&self) -> MutexGuard<'_, Vec<(Request, Act)>> {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// Serves one connection until either side ends it.
    async fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut buffer = Vec::new();
        while let Some(request) = read_request(&mut stream, &mut buffer).await? {
            let act = (self.behaviour)(&request);
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).push((request.same(), act));
            tokio::time::sleep(self.latency).await;
            let service = request.service;
            let answer = match act {
                Act::Answer => self.memory.answer(&request).await?,
                Act::Deny => Arc::new(Response::error(service, Code::Denied)),
                Act::Throttle => Arc::new(Response::error(service, Code::Throttled)),
                Act::Expire => Arc::new(Response::error(service, Code::Expired)),
                Act::Empty => Arc::new(Response::empty(service)),
                Act::Malformed => Arc::new(Response::malformed(service)),
                Act::TurnPage if request.is_for_second_page() => Arc::new(Response::error(service, Code::Denied)),
                Act::TurnPage => {
                    let answer = self.memory.answer(&request).await?;
                    match api().with_next_page(service, &request.operation, &answer.body) {
                        Some(body) => Arc::new(Response { body, ..Response::clone(&answer) }),
                        None => answer,
                    }
                }
                Act::Reset => {
                    stream.set_zero_linger()?;
                    return Ok(());
                }
                Act::Hang => return std::future::pending().await,
            };
            write_answer(&mut stream, &request.method, &answer).await?;
            if header(&request.headers, "connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
                break;
            }
        }
        Ok(())
    }
}

async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Request::new(&mut headers);
        if let httparse::Status::Complete(head) = parsed.parse(buffer).map_err(io::Error::other)? {
            let (method, target) = (parsed.method.unwrap_or("").to_owned(), parsed.path.unwrap_or("").to_owned());
            let headers = own(parsed.headers);
            if header(&headers, "transfer-encoding").is_some() {
                return Err(io::Error::other("a chunked request, which this proxy cannot read"));
            }
            let length = header(&headers, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
            while buffer.len() < head + length {
                if stream.read_buf(buffer).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            let rest = buffer.split_off(head + length);
            let body = buffer.split_off(head);
            *buffer = rest;
            return Ok(Some(Request::new(&method, &target, headers, body)));
        }
        if stream.read_buf(buffer).await? == 0 {
            return if buffer.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
    }
}

async fn write_answer(stream: &mut TcpStream, method: &str, answer: &Response) -> io::Result<()> {
    let mut bytes = format!("HTTP/1.1 {} Answered\r\n", answer.status).into_bytes();
    for (name, value) in &answer.headers {
        bytes.extend(format!("{name}: {value}\r\n").into_bytes());
    }
    bytes.extend(format!("content-length: {}\r\n\r\n", answer.body.len()).into_bytes());
    if method != "HEAD" {
        bytes.extend(&answer.body);
    }
    stream.write_all(&bytes).await
}
