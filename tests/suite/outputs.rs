//! Files that a scan writes: at every moment there is the old one or the new one, whole, whatever becomes of the scan.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use clap::ValueEnum;
use plimsoll::cli::formats::Format;
use plimsoll_load::draw;
use tempfile::TempDir;

use crate::program::fixture;

const OLD: &str = "what was there before";
/// Something is unknown, and all is written.
const COMPLETE: i32 = 3;
const KILLS: u64 = 12;
const SEED: u64 = 20_261_125;

/// A file in each format.
const FILES: [&str; 14] = [
    "r.html",
    "r.json",
    "r.ndjson",
    "r.csv",
    "r.md",
    "r.sarif",
    "r.github.sarif",
    "r.junit.xml",
    "r.prom",
    "r.ocsf.json",
    "r.ocsf.ndjson",
    "r.asff.json",
    "r.oscal.json",
    "r.txt",
];

fn scan_into(folder: &Path) -> Child {
    let outputs = FILES.iter().flat_map(|name| ["--output".into(), folder.join(name).into_os_string()]);
    Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["scan", "--quiet", "--fail-on", "never", "--now", "2026-12-01T00:00:00Z", "--from"])
        .arg(fixture("mixed"))
        .args(outputs)
        .env_clear()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn with_old_files() -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in FILES {
        fs::write(folder.path().join(name), OLD).unwrap();
    }
    folder
}

/// Every file of a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

/// How much has been written, finished or not; a file may go while it is looked at.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().filter_map(Result::ok);
    entries.filter_map(|entry| entry.metadata().ok()).map(|file| file.len()).sum()
}

#[test]
fn a_scan_that_is_killed_while_it_writes_leaves_the_old_files_or_the_new_ones() {
    let whole = with_old_files();
    assert_eq!(scan_into(whole.path()).wait().unwrap().code(), Some(COMPLETE));
    let (written, total) = (files(whole.path()), size(whole.path()));
    assert_eq!(written.keys().collect::<Vec<_>>().len(), FILES.len(), "nothing else is left");
    assert!(written.values().all(|bytes| bytes != OLD.as_bytes()));
    let (mut killed, mut old, mut new) = (0, 0, 0);
    for kill in 0..KILLS {
        let folder = with_old_files();
        let before = size(folder.path());
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bytes"
        )]
        let moment = before + (draw(&[SEED, kill]) * (total - before) as f64) as u64;
        let mut scan = scan_into(folder.path());
        while size(folder.path()) < moment && scan.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        scan.kill().unwrap();
        killed += usize::from(scan.wait().unwrap().code().is_none());
        let left = files(folder.path());
        for name in FILES {
            let is_old = left[name] == OLD.as_bytes();
            assert!(
                is_old || left[name] == written[name],
                "kill {kill}: {name} is neither the old file nor the new one"
            );
            old += usize::from(is_old);
            new += usize::from(!is_old);
        }
        // What was not finished goes by a name that nobody takes for a report.
        assert!(left.keys().all(|name| FILES.contains(&&**name) || name.starts_with(".tmp")), "{:?}", left.keys());
        assert_eq!(scan_into(folder.path()).wait().unwrap().code(), Some(COMPLETE));
        assert!(FILES.iter().all(|name| files(folder.path())[*name] == written[*name]), "and the next scan writes all");
    }
    assert!(killed > 0 && old > 0, "{killed} were killed, with {old} old files and {new} new ones");
}

#[test]
fn a_reader_that_goes_away_is_no_error_in_any_format() {
    let account = fixture("mixed");
    let account = account.to_str().expect("UTF-8");
    let scans = Format::all().into_iter().filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()));
    let scans = scans.map(|format| vec!["scan", "--format"].into_iter().map(str::to_owned).chain([format]).collect());
    let others = [["duties", "--format", "csv"], ["duties", "--format", "html"], ["duties", "--format", "json"]];
    let others = others.map(|args| args.map(str::to_owned).to_vec());
    for args in scans.chain(others).collect::<Vec<Vec<String>>>() {
        let mut child = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .args(&args)
            .args(["--quiet", "--from", account])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // Gone before a word is written: what comes breaks the pipe.
        drop(child.stdout.take());
        let ran = child.wait_with_output().expect("it ends");
        assert_eq!(String::from_utf8_lossy(&ran.stderr), "", "{args:?}");
        assert_ne!(ran.status.code(), Some(2), "{args:?}");
    }
}
