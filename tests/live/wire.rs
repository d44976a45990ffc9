//! The wire between a scan and the server: a proxy that remembers answers, takes its time, and fails on request.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use plimsoll_load::{Refusal, Request, Response, api, header, own, read_request, write_answer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

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
                Act::Deny => Arc::new(Response::refusal(service, Refusal::Denied)),
                Act::Throttle => Arc::new(Response::refusal(service, Refusal::Throttled)),
                Act::Expire => Arc::new(Response::refusal(service, Refusal::Expired)),
                Act::Empty => Arc::new(Response::empty(service)),
                Act::Malformed => Arc::new(Response::malformed(service)),
                Act::TurnPage if request.is_for_second_page() => Arc::new(Response::refusal(service, Refusal::Denied)),
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
            if request.is_last() {
                break;
            }
        }
        Ok(())
    }
}
