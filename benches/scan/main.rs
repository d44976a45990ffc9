//! How fast a recorded account is judged, and what a live scan takes: `cargo bench --profile dev --bench scan`, so that
//! the SDK, compiled for `cargo run` and `cargo test`, is not compiled once more.
//!
//! Both begin with the account that `tests/live/seed.py` makes in moto. Offline, its recording is multiplied until it
//! holds 100,000 resources. Live, its answers are served from memory, at once or after 30 ms each.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "../../tests/live/answers.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod answers;
#[path = "../../tests/live/moto.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod moto;
mod multiply;
#[path = "../../tests/live/scan.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod scan;
mod usage;
#[path = "../../tests/live/wire.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod wire;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use answers::{Amended, with_bucket_regions};
use moto::{Moto, REGIONS};
use plimsoll_load::Request;
use scan::User;
use usage::Usage;
use wire::{Act, Memory, Wire};

/// How many resources the recorded account holds, at least.
const RESOURCES: usize = 100_000;
const LATENCIES: [Duration; 2] = [Duration::ZERO, Duration::from_millis(30)];
/// Each live figure is the best of so many scans.
const TRIES: usize = 5;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let as_aws = |request: &Request, answer| with_bucket_regions(request, Amended::Alone.answer(request, answer));
    let memory = Memory::amended(Moto::seeded().address, as_aws);
    let recordings = tempfile::tempdir().expect("a temporary folder");
    let small = recordings.path().join("small");
    let report = runtime.block_on(async {
        let wire = Wire::new(&memory, |_| Act::Answer).await;
        let record = ["--record", small.to_str().expect("UTF-8")];
        User::of(&wire.endpoint).scan(&[&regions()[..], &record].concat()).await.report()
    });
    memory.close();
    let chain = multiply::longest_chain(&small);

    println!("A live scan: {} findings in {} regions, answered from memory", report.findings.len(), REGIONS.len());
    println!(
        "{:>12}  {:>10}  {:>7}  {:>10}  {:>10}  {:>10}  {:>10}",
        "checks", "latency", "calls", "floor", "wall", "CPU", "peak"
    );
    for (checks, selection) in [("all", &[][..]), ("CIS 7.0", &["--framework", "cis_7_0"][..])] {
        for latency in LATENCIES {
            let (calls, usage) = runtime.block_on(live(&memory, latency, selection));
            let floor = latency * u32::try_from(chain.len).expect("a chain is short");
            println!("{checks:>12}  {:>7} ms  {calls:>7}  {:>7} ms  {usage}", latency.as_millis(), floor.as_millis());
        }
    }
    println!("The floor is the longest chain of calls that wait for each other, times the latency: {}\n", chain.told);

    let large = recordings.path().join("large");
    let resources = multiply::multiply(&small, &large, RESOURCES);
    let (findings, usage) = offline(&large, recordings.path());
    println!("A recorded account of {resources} resources");
    println!("{:>10}  {:>12}  {:>10}  {:>10}  {:>10}", "findings", "findings/s", "wall", "CPU", "peak");
    #[expect(clippy::cast_precision_loss, reason = "a rate is rounded anyway")]
    let rate = findings as f64 / usage.wall.as_secs_f64();
    println!("{findings:>10}  {rate:>12.0}  {usage}");
}

fn regions() -> Vec<&'static str> {
    REGIONS.iter().flat_map(|region| ["--region", region]).collect()
}

/// Scans the account in memory: requests made, and what the quickest scan took.
async fn live(memory: &std::sync::Arc<Memory>, latency: Duration, selection: &[&str]) -> (usize, Usage) {
    let mut best: Option<(usize, Usage)> = None;
    for _ in 0..TRIES {
        let wire = Wire::with_latency(memory, latency, |_| Act::Answer).await;
        let user = User::of(&wire.endpoint);
        let args = [&["scan", "--profile", "plimsoll", "--fail-on", "never"], &regions()[..], selection].concat();
        let command = user.command(&args).into_std();
        let usage = tokio::task::spawn_blocking(move || Usage::of(command)).await.expect("the scan can be watched");
        assert_eq!(usage.code, Some(0), "the scan reads everything");
        if best.as_ref().is_none_or(|(_, best)| usage.wall < best.wall) {
            best = Some((wire.total(), usage));
        }
    }
    assert_eq!(memory.missed(), Vec::<String>::new(), "everything is answered from memory");
    best.expect("there was a scan")
}

/// Judges a recording: findings, and what it took.
fn offline(recording: &Path, folder: &Path) -> (usize, Usage) {
    let report = folder.join("findings.ndjson");
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.arg("scan").arg("--from").arg(recording).args(["--fail-on", "never", "--format", "ndjson"]);
    command.stdout(fs::File::create(&report).expect("a new file"));
    let usage = Usage::of(command);
    assert!(matches!(usage.code, Some(0 | 3)), "the recording can be judged: {:?}", usage.code);
    let report = fs::read(report).expect("the report");
    (report.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count(), usage)
}
