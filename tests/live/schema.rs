//! The JSON that is printed is what its schema says, by the word of an implementation that is not ours.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::moto::python;

/// Reads a document from stdin and validates it; with `lines`, each line as a finding.
const VALIDATE: &str = r#"
import json, sys
from jsonschema import Draft202012Validator
schema = json.load(open(sys.argv[1]))
Draft202012Validator.check_schema(schema)
if sys.argv[2] == "lines":
    schema = {"$defs": schema["$defs"], **schema["$defs"]["finding"]}
    documents = [json.loads(line) for line in sys.stdin]
else:
    documents = [json.load(sys.stdin)]
validator = Draft202012Validator(schema)
wrong = [f"{error.json_path}: {error.message[:300]}" for document in documents for error in validator.iter_errors(document)]
print(len(documents), "documents")
sys.exit("\n".join(wrong[:20]) if wrong else 0)
"#;

/// Panics unless the schema of scans holds of a text.
pub fn validate(text: &[u8], how: &str) {
    validate_as("plimsoll.scan.1.json", text, how);
}

/// Panics unless a schema holds of a text.
pub fn validate_as(schema: &str, text: &[u8], how: &str) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema").join(schema);
    let mut child = python()
        .args(["-c", VALIDATE])
        .arg(schema)
        .arg(how)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python starts");
    child.stdin.take().expect("stdin is piped").write_all(text).expect("Python reads");
    let output = child.wait_with_output().expect("Python ends");
    assert!(output.status.success(), "{how}: {}", String::from_utf8_lossy(&output.stderr));
    assert_ne!(output.stdout, b"0 documents\n");
}

#[test]
fn every_document_and_every_line_is_as_the_schema_says() {
    for account in ["mixed", "clean", "denied"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/accounts").join(account);
        for (format, how) in [("json", "document"), ("ndjson", "lines")] {
            let scan = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
                .args(["scan", "--format", format, "--from"])
                .arg(&root)
                .output()
                .expect("the program starts");
            validate(&scan.stdout, how);
        }
    }
}

#[test]
fn every_assessment_is_as_the_schema_says() {
    for account in ["mixed", "clean", "denied"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/accounts").join(account);
        for framework in plimsoll_checks::contract::Framework::all() {
            let told = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
                .args(["compliance", &framework.id, "--format", "json", "--from"])
                .arg(&root)
                .output()
                .expect("the program starts");
            validate_as("plimsoll.compliance.1.json", &told.stdout, "document");
        }
    }
}

/// What the program prints, whatever its exit code says of the findings.
fn told(args: &[&std::ffi::OsStr]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(args).output().expect("the program starts");
    assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn every_comparison_and_every_history_is_as_its_schema_says() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let history = folder.path().join("history.sqlite");
    let accounts = ["mixed", "clean", "denied"];
    let roots = accounts.map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/accounts").join(name));
    for old in &roots {
        told(&["scan".as_ref(), "--from".as_ref(), old.as_ref(), "--history".as_ref(), history.as_ref()]);
        for new in &roots {
            let diff = told(&["diff".as_ref(), old.as_ref(), new.as_ref(), "--format".as_ref(), "json".as_ref()]);
            validate_as("plimsoll.diff.1.json", &diff, "document");
        }
    }
    let all = told(&["history".as_ref(), "--history".as_ref(), history.as_ref(), "--format".as_ref(), "json".as_ref()]);
    validate_as("plimsoll.history.1.json", &all, "document");
}

#[test]
fn every_matrix_is_as_the_schema_says() {
    let signed = tempfile::TempDir::new().expect("a folder");
    let attested =
        "[[attestation]]\nduty = \"secure-coding\"\nstatement = \"So it is\"\nowner = \"dev\"\nexpires = 2099-12-31\n";
    std::fs::write(signed.path().join("attestations.toml"), attested).expect("it can be written");
    for account in [None, Some("mixed"), Some("clean"), Some("denied")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.args(["duties", "--format", "json"]).current_dir(signed.path());
        if let Some(account) = account {
            command.arg("--from").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/accounts").join(account));
        }
        validate_as("plimsoll.duties.1.json", &command.output().expect("the program starts").stdout, "document");
    }
}

#[test]
#[should_panic(expected = "'status' is a required property")]
fn the_schema_is_not_content_with_anything() {
    validate(br#"{"sattus": "pass"}"#, "lines");
}
