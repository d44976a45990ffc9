//! How much memory it takes to write every format at once: `cargo bench --profile dev --no-default-features --bench
//! outputs -- [FINDINGS]`, a million if nothing is said.
//!
//! Findings are made up, each of another resource, and go through all formats there are in one process; what is written
//! is counted and thrown away, and what has to wait for the end waits in temporary files as ever. Fails if the process
//! has ever held more than 128 MiB.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::cell::Cell;
use std::fs;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use plimsoll::cli::formats::Format;
use plimsoll::report::{Ending, Opening};
use plimsoll::scan::{Chosen, Ended, Entry, Finding, Outcome, ResourceOwner, Scope, Subject, Summary, Target};
use plimsoll_checks::contract::{Identity, Partition, Reason, Settings, Unknown, fail, not_applicable, pass};

/// The most memory that may be held at once, in KiB.
const MOST: u64 = 128 * 1024;

const REGIONS: [&str; 4] = ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2"];

/// Counts what is written.
struct Counter(Rc<Cell<u64>>);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn opening() -> Opening {
    let now = "2026-11-01T00:00:00Z".parse().expect("a time");
    Opening {
        scope: Scope::Account(Target {
            partition: Partition::Aws,
            account: "111122223333".to_owned(),
            alias: Some("large".to_owned()),
            caller: "arn:aws:iam::111122223333:user/reader".to_owned(),
            regions: REGIONS.map(str::to_owned).into(),
            left_out: Some(Vec::new()),
            started: now,
            session: Vec::new(),
        }),
        checks: plimsoll_checks::checks().iter().map(Chosen::from).collect(),
        off: Vec::new(),
        now,
        config: None,
        settings: Arc::new(Settings::default()),
    }
}

/// The nth finding: another resource each time, and every status.
fn finding(opening: &Opening, target: &Target, n: usize) -> Finding {
    let check = opening.checks[n % opening.checks.len()];
    let over = &check.check.over[0];
    let id = format!("resource-{n:08}-with-a-name-as-long-as-names-are");
    let place = target.global().at(REGIONS[n % REGIONS.len()]);
    let mut identity = Identity::new(place.arn(check.service.id, &format!("thing/{id}")), id);
    identity.tags.insert("Owner".to_owned(), format!("team-{}", n % 1000));
    let answer = match n % 10 {
        0..5 => Ok(pass(format!("is as it should be, number {n}"))),
        5..8 => Ok(fail(format!("is not as it should be, number {n}"))),
        8 => Ok(not_applicable("does not concern it")),
        _ => Err(Unknown::new(Reason::Denied, over.read.action(), "nothing allows the action")),
    };
    let owner = ResourceOwner { name: format!("team-{}", n % 1000), ..ResourceOwner::of(&place) };
    Finding {
        check,
        owner,
        place,
        resource_type: over.read.resource_type.expect("a check judges resources"),
        kind: over.read.name,
        subject: Subject::Resource(identity),
        answer,
        evidence: Vec::new(),
        accepted: None,
    }
}

fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the most that was held");
    line.trim().trim_end_matches("kB").trim().parse().expect("a number")
}

fn main() {
    let findings = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(1_000_000);
    let opening = opening();
    let target = opening.scope.account().expect("it is one").clone();
    let mut reports = Vec::new();
    for format in Format::all() {
        let written = Rc::new(Cell::new(0));
        let out = io::BufWriter::new(Counter(written.clone()));
        reports.push((format, written, format.report(out, 80, &opening).expect("a report begins")));
    }
    let before = peak_kib();
    let began = Instant::now();
    let mut summary = Summary::default();
    for n in 0..findings {
        let finding = finding(&opening, &target, n);
        summary.add(&finding);
        for (_, _, report) in &mut reports {
            report.finding(&finding).expect("a finding is written");
        }
    }
    summary.ended(Ended::Complete);
    let accounts = [Outcome::of(target, None, Ended::Complete, &[], summary.all, None)];
    let ledger: Vec<Entry> = Vec::new();
    for (format, written, report) in reports {
        let ending = Ending {
            summary: &summary,
            groups: summary.unknown(),
            accounts: &accounts,
            ledger: &ledger,
            requests: 0,
            unreached: Vec::new(),
            finished: Some(opening.now),
            signed: &[],
        };
        report.end(&ending).expect("a report ends");
        println!("{:>14}  {:>6} MB", format!("{format:?}"), written.get() / 1_000_000);
    }
    let peak = peak_kib();
    println!(
        "{findings} findings, {:.0?}, {} MiB at most ({} before the first)",
        began.elapsed(),
        peak / 1024,
        before / 1024
    );
    assert!(peak <= MOST, "{peak} KiB are more than {MOST}");
}
