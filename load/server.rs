//! The server: a thread of its own that answers for all accounts of an organization on one loopback port.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::answers::Answers;
use crate::calls::{Calls, Log, Outcome};
use crate::faults::{Fate, Fault, Faults};
use crate::http::{Request, Response, read_request, write_answer, write_half};
use crate::organization::{Directory, Organization};
use crate::refusals::Refusal;

/// The regions that are enabled in every account. Source: AWS Account Management Reference Guide, "Enable or disable AWS
/// Regions in your account".
pub const DEFAULT_REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// What a server answers for, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whose accounts.
    pub organization: Organization,
    /// The regions that are enabled in each of them. Two of them are seeded, `us-east-1` and `eu-west-1`.
    pub regions: Vec<String>,
    /// Copies of each bucket, key and snapshot, to make the accounts as large.
    pub copies: usize,
    /// What goes wrong.
    pub faults: Faults,
}

impl Options {
    /// So many accounts in all regions that are enabled by default, and nothing goes wrong.
    pub fn of(accounts: usize) -> Self {
        let regions = DEFAULT_REGIONS.map(str::to_owned).into();
        Self { organization: Organization::of(accounts), regions, copies: 0, faults: Faults::default() }
    }

    /// With these regions only.
    pub fn in_regions(self, regions: &[&str]) -> Self {
        Self { regions: regions.iter().map(|region| (*region).to_owned()).collect(), ..self }
    }

    /// With so many copies of each bucket, key and snapshot.
    pub fn with_copies(self, copies: usize) -> Self {
        Self { copies, ..self }
    }

    /// With these faults.
    pub fn with(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }
}

struct Shared {
    answers: Answers,
    directory: Directory,
    faults: Faults,
    began: Instant,
    fate: Mutex<Fate>,
    log: Mutex<Log>,
    /// No two answers have the same request id.
    answered: AtomicU64,
    /// Requests that no answer is recorded for.
    missed: Mutex<Vec<Request>>,
}

/// A running server. It ends with this value.
pub struct Server {
    /// Where it listens, as a URL.
    pub endpoint: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
    /// Where Linux tells of the thread.
    told_in: String,
}

impl Server {
    /// Starts one on a free loopback port.
    ///
    /// # Panics
    /// If there is no such port, or the recorded answers are damaged.
    pub fn start(options: Options) -> Self {
        let shared = Arc::new(Shared {
            answers: Answers::recorded(options.copies),
            directory: Directory::new(options.organization, options.regions),
            faults: options.faults,
            began: Instant::now(),
            fate: Mutex::default(),
            log: Mutex::default(),
            answered: AtomicU64::new(1),
            missed: Mutex::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let serving = shared.clone();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
                let address = listener.local_addr().expect("the listener is bound");
                let own = fs::read_link("/proc/thread-self").map(|path| format!("/proc/{}/stat", path.display()));
                tell.send((address, own.unwrap_or_else(|_| String::new()))).expect("whoever starts it waits");
                tokio::select! {
                    () = serving.listen(listener) => {}
                    // Also when the server is dropped without a word.
                    _ = stopped => {}
                }
            });
        });
        let (address, told_in): (SocketAddr, String) = told.recv().expect("the thread tells where it listens");
        Self { endpoint: format!("http://{address}"), shared, stop: Some(stop), thread: Some(thread), told_in }
    }

    /// All calls so far.
    pub fn calls(&self) -> Calls {
        lock(&self.shared.log).calls().clone()
    }

    /// How many calls there are so far.
    pub fn count(&self) -> usize {
        lock(&self.shared.log).calls().len()
    }

    /// Requests that no answer is recorded for: then the program asks for something new, and the answers are to be
    /// recorded again.
    pub fn missed(&self) -> Vec<String> {
        let missed = lock(&self.shared.missed);
        let told = missed.iter().map(|it| {
            format!("{}:{} {} {} {}", it.service, it.operation, it.region, it.target, String::from_utf8_lossy(&it.body))
        });
        told.collect()
    }

    /// The processor time that the server has used, if the system tells.
    pub fn cpu(&self) -> Option<Duration> {
        let stat = fs::read_to_string(&self.told_in).ok()?;
        // The name in parentheses may hold anything. Ticks are always 100 to a second. Source: proc(5).
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
        Some(Duration::from_millis(ticks * 10))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in it has been told where it happened.
            let _ = thread.join();
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    async fn listen(self: Arc<Self>, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let shared = self.clone();
            // A broken connection concerns the client, who is what is tested.
            tokio::spawn(async move { shared.serve(stream).await.ok() });
        }
    }

    /// Serves one connection until either side ends it.
    async fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut buffer = Vec::new();
        while let Some(request) = read_request(&mut stream, &mut buffer).await? {
            let at = Instant::now();
            let (fault, answer) = self.answer(&request, at);
            if !self.faults.latency.is_zero() {
                tokio::time::sleep_until((at + self.faults.latency).into()).await;
            }
            match fault {
                Some(Fault::Reset) => {
                    stream.set_zero_linger()?;
                    return Ok(());
                }
                Some(Fault::Truncated) => return write_half(&mut stream, &request.method, &answer).await,
                Some(Fault::Stalled) => {
                    write_half(&mut stream, &request.method, &answer).await?;
                    return std::future::pending().await;
                }
                Some(Fault::Silent) => return std::future::pending().await,
                Some(Fault::Denied | Fault::Throttled | Fault::Expired | Fault::Failing) | None => {
                    write_answer(&mut stream, &request.method, &answer).await?;
                }
            }
            if request.is_last() {
                break;
            }
        }
        Ok(())
    }

    /// What befalls a request, and what is or would have been answered.
    fn answer(&self, request: &Request, at: Instant) -> (Option<Fault>, Response) {
        let caller = self.directory.caller(&request.key);
        let has_expired = caller.has_expired(self.faults.expire_after, at);
        let fault = if has_expired {
            Some(Fault::Expired)
        } else {
            lock(&self.fate).of(&self.faults, request, &caller.account, at)
        };
        let refusal = match fault {
            Some(Fault::Denied) => Some(Refusal::Denied),
            Some(Fault::Throttled) => Some(Refusal::Throttled),
            Some(Fault::Expired) => Some(Refusal::Expired),
            Some(Fault::Failing) => Some(Refusal::Failing),
            Some(Fault::Reset | Fault::Truncated | Fault::Stalled | Fault::Silent) | None => None,
        };
        let answer = if let Some(refusal) = refusal {
            Some(Response::refusal(request.service, refusal))
        } else {
            let told = self.directory.answer(request, &caller);
            told.or_else(|| self.answers.answer(request, &caller.account))
        };
        let outcome = match (fault, &answer) {
            (Some(fault), _) => Outcome::Met(fault),
            (None, Some(_)) => Outcome::Answered,
            (None, None) => Outcome::Unrecorded,
        };
        let id = format!("00000000-0000-0000-0000-{:012x}", self.answered.fetch_add(1, Ordering::Relaxed));
        lock(&self.log).note(request, &caller.account, at - self.began, outcome, id.clone());
        let unrecorded = || {
            lock(&self.missed).push(request.clone());
            let message = "no answer is recorded for this request";
            Response::error(request.service, 400, "UnsupportedOperation", message)
        };
        let mut answer = answer.unwrap_or_else(unrecorded);
        answer.identify(request.service, &id);
        (fault, answer)
    }
}
