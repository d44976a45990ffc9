//! What a scan of many accounts takes, against a server of recorded answers on a thread of its own:
//! `cargo bench --profile dev --bench load -- [--org] [--role NAME] [--latency MS] [--silent REGION] [--reset REGION]
//! [--plot FILE] [ACCOUNTS …]`.
//!
//! With `--copies N --share SHARE …` one account is scanned that has so many copies of each bucket, key and snapshot, at
//! each of these shares of AWS's limits, while the server keeps to the limits themselves.
//!
//! `--silent` makes a region accept connections and never answer, `--reset` one that resets each of them.
//!
//! Every account has the 17 regions that are enabled by default, two of them seeded. Without `--org` one account is
//! scanned; with it, `scan --org` goes over organizations of so many accounts. Among 100 and more there are three whose
//! role is missing, two that are suspended, and one that denies everything.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

mod least;
#[path = "../../tests/live/limits.rs"]
mod limits;
mod plot;
#[path = "../../tests/live/scan.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod scan;
#[path = "../scan/usage.rs"]
mod usage;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use plimsoll::pace::Share;
use plimsoll_load::{Fault, Faults, Options, Outcome, Scope, Server, recorded_at};
use scan::User;
use usage::Usage;

/// From so many accounts on some of them cannot be scanned.
const LARGE: usize = 100;

/// What is to be measured.
struct Wanted {
    accounts: Vec<usize>,
    org: bool,
    role: String,
    latency: Duration,
    plot: Option<PathBuf>,
    /// Regions in trouble.
    trouble: Vec<(Fault, String)>,
    /// Copies of what can be copied.
    copies: usize,
    /// Shares of AWS's limits.
    shares: Vec<Share>,
}

/// One scan, measured.
pub struct Measured {
    accounts: usize,
    calls: usize,
    usage: Usage,
    /// The processor time of the server.
    server: Option<Duration>,
}

fn main() {
    let wanted = Wanted::from_args(std::env::args().skip(1));
    if !wanted.shares.is_empty() {
        println!("| share | findings | calls | throttled | at least | took | |");
        println!("|---:|---:|---:|---:|---:|---:|---:|");
        wanted.shares.iter().for_each(|share| within_limits(*share, &wanted));
        return;
    }
    println!("| accounts | calls | wall | calls/s | CPU | CPU per call | waiting | peak memory | server's CPU |");
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    let measured: Vec<Measured> = wanted.accounts.iter().map(|accounts| measure(*accounts, &wanted)).collect();
    if let Some(path) = &wanted.plot {
        std::fs::write(path, plot::svg(&measured)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

impl Wanted {
    fn from_args(mut args: impl Iterator<Item = String>) -> Self {
        let role = "OrganizationAccountAccessRole".to_owned();
        let latency = Duration::from_millis(10);
        let (accounts, trouble, shares) = (Vec::new(), Vec::new(), Vec::new());
        let mut wanted = Self { accounts, org: false, role, latency, plot: None, trouble, copies: 0, shares };
        while let Some(arg) = args.next() {
            let mut value = || args.next().unwrap_or_else(|| panic!("{arg} wants a value"));
            match arg.as_str() {
                // Cargo says that this is a bench.
                "--bench" => {}
                "--org" => wanted.org = true,
                "--role" => wanted.role = value(),
                "--latency" => wanted.latency = Duration::from_millis(value().parse().expect("--latency MS")),
                "--silent" => wanted.trouble.push((Fault::Silent, value())),
                "--reset" => wanted.trouble.push((Fault::Reset, value())),
                "--copies" => wanted.copies = value().parse().expect("--copies N"),
                "--share" => wanted.shares.push(value().parse().expect("--share 50%")),
                "--plot" => wanted.plot = Some(value().into()),
                accounts => wanted.accounts.push(accounts.parse().unwrap_or_else(|_| panic!("what is {accounts}?"))),
            }
        }
        if wanted.accounts.is_empty() {
            wanted.accounts = if wanted.org { vec![10, 50, 100, 500] } else { vec![1] };
        }
        let single = wanted.accounts.iter().all(|accounts| *accounts == 1);
        assert!(wanted.org || single, "more than one account takes --org");
        wanted
    }
}

/// An organization as they are: not all of it can be scanned.
fn options(accounts: usize, latency: Duration) -> Options {
    let mut options = Options::of(accounts);
    let mut faults = Faults { latency, ..Faults::default() };
    if accounts >= LARGE {
        for n in [7, 42, 91] {
            options.organization.accounts[n].has_role = false;
        }
        for n in [23, 68] {
            options.organization.accounts[n].is_suspended = true;
        }
        faults = faults.always(Fault::Denied, Scope::account(&options.organization.accounts[55].id));
    }
    options.with(faults)
}

/// Scans a large account at a share of AWS's limits, which the server keeps to.
fn within_limits(share: Share, wanted: &Wanted) {
    let faults = Faults { latency: wanted.latency, limits: limits::published(), ..Faults::default() };
    let server = Server::start(Options::of(1).with_copies(wanted.copies).with(faults));
    let findings = tempfile::NamedTempFile::with_suffix(".ndjson").expect("a temporary file");
    let output = findings.path().to_str().expect("a plain name");
    let share_in_words = share.to_string();
    let usage = run(&server, &["--api-share", &share_in_words, "--output", output]);
    let calls = server.calls();
    let throttled = calls.count(|call| call.outcome == Outcome::Met(Fault::Throttled));
    let (least, took) = (least::least(&calls, share).as_secs_f64(), usage.wall.as_secs_f64());
    let written = std::fs::read_to_string(findings.path()).expect("the findings are written");
    let all = written.lines().filter(|line| line.contains("\"check\"")).count();
    println!("| {share} | {all} | {} | {throttled} | {least:.1} s | {took:.1} s | {:.2} |", calls.len(), took / least);
}

/// Scans to the end, as the usage of the program is watched.
fn run(server: &Server, more: &[&str]) -> Usage {
    let user = User::of(&server.endpoint);
    let now = recorded_at().to_string();
    let args = ["scan", "--profile", "plimsoll", "--fail-on", "never", "--now", &now, "--format", "ndjson"];
    let mut command = user.command(&[&args[..], more].concat()).into_std();
    command.stdout(Stdio::null());
    let usage = Usage::of(command);
    assert!(matches!(usage.code, Some(0 | 3)), "the scan came to its end: {:?}", usage.code);
    assert_eq!(server.missed(), Vec::<String>::new(), "everything is recorded; see docs/live-tests.md");
    usage
}

fn measure(accounts: usize, wanted: &Wanted) -> Measured {
    let mut options = options(accounts, wanted.latency);
    for (fault, region) in &wanted.trouble {
        options.faults = options.faults.always(*fault, Scope::region(region));
    }
    let server = Server::start(options);
    let org = ["--org", "--org-role", &wanted.role];
    let usage = run(&server, if wanted.org { &org } else { &[] });
    let measured = Measured { accounts, calls: server.calls().len(), usage, server: server.cpu() };
    println!("{}", measured.row());
    measured
}

impl Measured {
    #[expect(clippy::cast_precision_loss, reason = "figures are rounded anyway")]
    fn row(&self) -> String {
        let (wall, calls) = (self.usage.wall.as_secs_f64(), self.calls as f64);
        let seconds =
            |time: Option<Duration>| time.map_or("-".to_owned(), |time| format!("{:.2} s", time.as_secs_f64()));
        let per_call =
            self.usage.cpu.map_or("-".to_owned(), |cpu| format!("{:.2} ms", cpu.as_secs_f64() * 1e3 / calls));
        // Of the time that all cores together had, the part in which the scan used none: it waited, or others ran.
        let cores = std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64);
        let waiting = |cpu: Duration| (1.0 - cpu.as_secs_f64() / (cores * wall)).max(0.0) * 100.0;
        let waiting = self.usage.cpu.map_or("-".to_owned(), |cpu| format!("{:.0} %", waiting(cpu)));
        let peak = self.usage.peak_kib.map_or("-".to_owned(), |kib| format!("{} MiB", kib.div_ceil(1024)));
        format!(
            "| {} | {} | {wall:.2} s | {:.0} | {} | {per_call} | {waiting} | {peak} | {} |",
            self.accounts,
            self.calls,
            calls / wall,
            seconds(self.usage.cpu),
            seconds(self.server),
        )
    }
}
