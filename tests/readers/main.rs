//! Every format is read back by a program that somebody else wrote, and says what the JSON report of the scan says.
//!
//! One Python file for each format, `FORMAT.py`, run as `FORMAT.py REPORT DOCUMENT`: it reads the report, and `told.py`
//! has what the document says of the same scan. It prints a line for each fact that holds, and fails with the first that
//! does not.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, and says where")]

#[path = "../python/environment.rs"]
mod environment;
#[path = "../suite/hostile.rs"]
mod hostile;
#[path = "../suite/program.rs"]
#[expect(dead_code, reason = "the suite uses more of it")]
mod program;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use environment::{Environment, run};
use tempfile::TempDir;

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers").join(name)
}

/// Scans every recorded account into a file with this suffix and into a document, and has `reader` compare them with the
/// packages of `requirements`, one file for several readers if they go together. At least so many facts hold of each.
fn read_back(reader: &str, suffix: &str, requirements: &str, facts: usize) {
    let folder = TempDir::new().unwrap();
    let python = Environment::ready("readers", &source(requirements), (), |_| {});
    let hostile = hostile::hostile();
    let accounts = ["mixed", "denied", "clean"].map(|name| (name, program::fixture(name)));
    for (name, root) in accounts.into_iter().chain([("hostile", hostile.path().to_owned())]) {
        let report = folder.path().join(format!("{name}{suffix}"));
        let document = folder.path().join(format!("{name}.document.json"));
        let args = ["--output", report.to_str().unwrap(), "--output", document.to_str().unwrap()];
        let output = program::scan(&root, &args);
        assert!(report.exists() && document.exists(), "{}", program::stderr(&output));
        let told = run(python.command().arg(source(reader)).arg(&report).arg(&document));
        let told = String::from_utf8(told).expect("readers print UTF-8");
        eprintln!("{name}:\n{told}");
        let held = told.lines().filter(|line| line.starts_with("ok ")).count();
        assert!(held >= facts, "{reader} has looked at {held} facts only of {name}:\n{told}");
    }
}

#[test]
fn csv_is_what_python_and_libreoffice_read() {
    read_back("csv_rows.py", ".csv", "requirements.txt", 6);
}

#[test]
fn sarif_fits_the_published_schema() {
    read_back("sarif.py", ".sarif", "requirements.txt", 9);
}

#[test]
fn sarif_for_github_has_what_it_takes_for_alerts_alone() {
    read_back("sarif.py", ".github.sarif", "requirements.txt", 9);
}

#[test]
fn junit_is_what_junitparser_reads() {
    read_back("junit.py", ".junit.xml", "requirements.txt", 6);
}

#[test]
fn numbers_are_what_promtool_and_prometheus_read() {
    read_back("prometheus.py", ".prom", "requirements.txt", 9);
}

#[test]
fn markdown_is_short_and_no_name_is_markup_in_it() {
    read_back("markdown.py", ".md", "requirements.txt", 7);
}

#[test]
fn ocsf_fits_the_published_schema_and_the_models_of_others() {
    read_back("ocsf.py", ".ocsf.json", "models.txt", 4);
}

#[test]
fn ocsf_by_the_line_fits_them_too() {
    read_back("ocsf.py", ".ocsf.ndjson", "models.txt", 4);
}

#[test]
fn asff_is_what_awss_own_client_would_send() {
    read_back("asff.py", ".asff.json", "models.txt", 4);
}

#[test]
fn oscal_is_what_trestle_reads() {
    read_back("oscal.py", ".oscal.json", "models.txt", 6);
}

/// A wiremock server, built here once: it has a workspace of its own.
fn wiremock(path: &str, statuses: &[&str]) -> (Child, String) {
    let folder = source("wiremock");
    let built = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("wiremock");
    let how = ["build", "--quiet", "--locked", "--manifest-path"];
    run(Command::new(env!("CARGO")).args(how).arg(folder.join("Cargo.toml")).arg("--target-dir").arg(&built));
    let mut server = Command::new(built.join("debug/plimsoll-wiremock"))
        .arg(path)
        .args(statuses)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    // Nothing follows this line until stdin ends, so nothing is lost with the buffer.
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut address).unwrap();
    (server, address.trim().to_owned())
}

#[test]
fn webhooks_are_what_wiremock_takes_and_the_standards_own_library_verifies() {
    const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let python = Environment::ready("readers", &source("webhooks.txt"), (), |_| {});
    let hostile = hostile::hostile();
    for root in [program::fixture("mixed"), hostile.path().to_owned()] {
        let folder = TempDir::new().unwrap();
        let (mut server, address) = wiremock("/hooks/x", &["503", "429", "200"]);
        let output = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .args(["scan", "--notify", "webhook:URL,KEY", "--notify-at-least", "low", "--history"])
            .arg(folder.path().join("history"))
            .arg("--from")
            .arg(root)
            .env("URL", format!("{address}/hooks/x"))
            .env("KEY", KEY)
            .output()
            .unwrap();
        let told = program::stderr(&output);
        assert!(told.contains("told webhook:URL,KEY: "), "{told}");
        drop(server.stdin.take());
        let came = server.wait_with_output().unwrap();
        assert!(came.status.success(), "wiremock was sent something else");
        let requests = folder.path().join("requests.json");
        std::fs::write(&requests, &came.stdout).unwrap();
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/plimsoll.notification.1.json");
        let told = run(python.command().arg(source("webhook.py")).arg(&requests).arg(KEY).arg(schema));
        assert_eq!(String::from_utf8(told).unwrap().lines().filter(|line| line.starts_with("ok ")).count(), 6);
    }
}
