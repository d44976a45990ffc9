//! How large the page of a large account is, and how soon it can be worked with: `cargo bench --profile dev --bench
//! page`, with Chromium installed (or named in `PLIMSOLL_CHROMIUM`).
//!
//! `fixtures/accounts/mixed` is multiplied until it gives 100,000 findings. Copies share the request ids of their
//! original, which would compress better than those of a real account do, so each gets ids of its own.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "../../tests/browser/chromium.rs"]
mod chromium;
#[path = "../../tests/python/environment.rs"]
mod environment;
#[path = "../scan/multiply.rs"]
#[expect(dead_code, reason = "the other bench uses more of it")]
mod multiply;
#[path = "../scan/usage.rs"]
mod usage;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use environment::{Environment, run};
use serde_json::Value;
use sha2::{Digest, Sha384};
use usage::Usage;

/// So many resources give some more than 100,000 findings.
const RESOURCES: usize = 33_000;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let recording = folder.path().join("large");
    let resources = multiply::multiply(&root.join("fixtures/accounts/mixed"), &recording, RESOURCES);
    for file in json_files(&recording) {
        let mut value = serde_json::from_slice(&fs::read(&file).expect("a file")).expect("JSON");
        own_request_ids(&mut value, &file.display().to_string());
        fs::write(&file, value.to_string()).expect("the file can be written");
    }
    let (page, lines) = (folder.path().join("report.html"), folder.path().join("findings.ndjson"));
    let usage = scan(&recording, &lines, None);
    let with_page = scan(&recording, &lines, Some(&page));
    let text = fs::read(&lines).expect("the findings");
    let findings = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    let size = fs::metadata(&page).expect("the page").len();

    println!("{resources} resources, {findings} findings");
    println!("{:>24}  {:>10}  {:>10}  {:>10}", "", "wall", "CPU", "peak");
    println!("{:>24}  {usage}", "lines of JSON alone");
    println!("{:>24}  {with_page}", "and the page");
    println!("page: {}.{} MB, lines: {} MB", size / 1_000_000, size / 100_000 % 10, text.len() / 1_000_000);
    let browser = root.join("tests/browser/requirements.txt");
    let python = Environment::ready("browser", &browser, (), |_| {});
    let measure = root.join("benches/page/measure.py");
    let told = run(python.command().arg(measure).arg(chromium::chromium()).arg(&page));
    print!("{}", String::from_utf8_lossy(&told));
}

fn scan(recording: &Path, lines: &Path, page: Option<&Path>) -> Usage {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.arg("scan").arg("--from").arg(recording).args(["--fail-on", "never", "--format", "ndjson"]);
    command.stdout(fs::File::create(lines).expect("a new file"));
    if let Some(page) = page {
        command.arg("--output").arg(page);
    }
    let usage = Usage::of(command);
    assert!(matches!(usage.code, Some(0 | 3)), "the recording can be judged: {:?}", usage.code);
    usage
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let files = entries.flat_map(|path| if path.is_dir() { json_files(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

/// Gives every call an id as long and as random as S3's are.
fn own_request_ids(value: &mut Value, place: &str) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if key == "RequestId" && value.is_string() {
                    *value = Value::String(STANDARD_NO_PAD.encode(Sha384::digest(place)));
                } else {
                    own_request_ids(value, &format!("{place} {key}"));
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                own_request_ids(item, &format!("{place} {index}"));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
