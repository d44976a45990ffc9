//! The program, run over recorded accounts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// The folder of a recorded account.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/accounts").join(name)
}

/// Runs the program, with nothing of the environment.
pub fn plimsoll(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(args)
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .expect("the program starts")
}

/// Scans a recorded account.
pub fn scan(root: &Path, args: &[&str]) -> Output {
    plimsoll(&[&["scan", "--from", root.to_str().unwrap()], args].concat())
}

/// What it printed.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("output is UTF-8")
}

/// What it said.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("errors are UTF-8")
}

/// Scans a recorded account and reads the document.
pub fn json(root: &Path, args: &[&str]) -> Value {
    let output = scan(root, &[&["--format", "json"], args].concat());
    serde_json::from_str(&stdout(&output)).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)))
}

/// The findings of a document.
pub fn findings(document: &Value) -> &Vec<Value> {
    document["findings"].as_array().expect("findings are a list")
}

/// A copy of a recording that may be changed.
pub fn copy_of(name: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    copy_into(&fixture(name), folder.path());
    folder
}

/// Copies a folder and all in it.
pub fn copy_into(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_into(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A file of the recorded account.
pub fn account_file(root: &Path, file: &str) -> PathBuf {
    root.join("111122223333").join(file)
}
