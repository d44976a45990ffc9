//! The page in a browser: what it shows, that it can be worked with, and that nothing in it comes to life.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, and says where")]

mod chromium;
#[path = "../python/environment.rs"]
mod environment;
#[path = "../suite/hostile.rs"]
mod hostile;
#[path = "../suite/program.rs"]
#[expect(dead_code, reason = "the suite uses more of it")]
mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use environment::{Environment, run};
use tempfile::TempDir;

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser").join(name)
}

/// The page of the last of four scans, a day apart: everything, little seen, one service alone, everything.
fn past(pages: &Path) {
    let folder = TempDir::new().unwrap();
    let history = folder.path().join("history.sqlite");
    let [page, report] = ["past.html", "past.json"].map(|name| pages.join(name));
    let written = ["--output", page.to_str().unwrap(), "--output", report.to_str().unwrap()];
    let scans: [(&str, &[&str]); 4] =
        [("mixed", &[]), ("denied", &[]), ("mixed", &["--service", "kms"]), ("mixed", &written)];
    for (day, (name, args)) in scans.into_iter().enumerate() {
        let root = folder.path().join(day.to_string());
        program::copy_into(&program::fixture(name), &root);
        let manifest = root.join("manifest.json");
        let text = fs::read_to_string(&manifest).unwrap();
        fs::write(&manifest, text.replace("2026-11-25T", &format!("2026-11-{}T", 25 + day))).unwrap();
        let remembered = ["--history", history.to_str().unwrap(), "--fail-on", "never"];
        let output = program::scan(&root, &[&remembered, args].concat());
        assert_ne!(output.status.code(), Some(2), "{}", program::stderr(&output));
    }
    assert!(page.exists() && report.exists());
}

#[test]
fn every_case_holds_in_a_browser() {
    let pages = TempDir::new().unwrap();
    let hostile = hostile::hostile();
    let accounts = ["mixed", "denied", "clean"].map(|name| (name, program::fixture(name)));
    for (name, root) in accounts.into_iter().chain([("hostile", hostile.path().to_owned())]) {
        let [page, report] = ["html", "json"].map(|extension| pages.path().join(format!("{name}.{extension}")));
        let args = ["--output", page.to_str().unwrap(), "--output", report.to_str().unwrap(), "--fail-on", "never"];
        let output = program::scan(&root, &args);
        assert!(page.exists() && report.exists(), "{}", program::stderr(&output));
        let matrix = program::plimsoll(&["duties", "--from", root.to_str().unwrap(), "--format", "html"]);
        std::fs::write(pages.path().join(format!("{name}-matrix.html")), matrix.stdout).unwrap();
    }
    past(pages.path());
    let python = Environment::ready("browser", &source("requirements.txt"), (), |_| {});
    let mut cases: Command = python.command();
    let told = run(cases.arg(source("cases.py")).arg(chromium::chromium()).arg(pages.path()));
    let told = String::from_utf8(told).expect("the cases print UTF-8");
    eprintln!("{told}");
    let held = told.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(held > 20, "only {held} cases were run:\n{told}");
}
