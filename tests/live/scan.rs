//! The built program, run as its users run it: with a named profile from a config file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// What a scan may take, at most, before it is held to be stuck.
const PATIENCE: Duration = Duration::from_mins(4);

/// A folder with the AWS files of one user, who has one profile, `plimsoll`.
pub struct User {
    folder: TempDir,
}

impl User {
    /// A user whose calls all go to `endpoint`, with the credentials that moto gives account 123456789012.
    pub fn of(endpoint: &str) -> Self {
        Self::with(endpoint, "")
    }

    /// As [`of`](Self::of), with further lines in the config file. They come after those of the profile itself.
    pub fn with(endpoint: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = format!("[profile plimsoll]\nregion = us-east-1\nendpoint_url = {endpoint}\n{more}\n");
        fs::write(folder.path().join("config"), config).expect("a new file");
        let credentials = "[plimsoll]\naws_access_key_id = test\naws_secret_access_key = test\n";
        fs::write(folder.path().join("credentials"), credentials).expect("a new file");
        Self { folder }
    }

    /// A user without anything.
    pub fn nobody() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A path in the user's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, as this user would run it.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        for proxy in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(proxy);
        }
        command
            .args(args)
            .env("HOME", self.folder.path())
            .env("AWS_CONFIG_FILE", self.path("config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.path("credentials"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Starts `plimsoll scan` with the profile.
    pub fn start(&self, args: &[&str]) -> Child {
        let args = [&["scan", "--profile", "plimsoll", "--format", "json"], args].concat();
        self.command(&args).spawn().expect("the program can be started")
    }

    /// Runs `plimsoll scan` with the profile, to its end.
    pub async fn scan(&self, args: &[&str]) -> Ran {
        Ran::of(self.start(args)).await
    }
}

/// A program that has ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: Option<i32>,
    /// What it reported.
    pub stdout: String,
    /// What it said beside.
    pub stderr: String,
}

impl Ran {
    /// Waits for a program to end.
    pub async fn of(child: Child) -> Self {
        let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
        let output = output.expect("the program ends before patience does").expect("the program ran");
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// The report.
    pub fn report(&self) -> Document {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}; code {:?}, stderr:\n{}", self.code, self.stderr))
    }
}

/// The JSON report, as far as tests look at it.
#[derive(Debug, Deserialize)]
pub struct Document {
    /// `plimsoll.scan/1`.
    pub schema: String,
    /// Who was scanned.
    pub scan: ScanFacts,
    /// All findings.
    pub findings: Vec<Finding>,
    /// All reads.
    pub ledger: Vec<LedgerEntry>,
    /// The totals.
    pub summary: Value,
}

/// Who was scanned.
#[derive(Debug, Deserialize)]
pub struct ScanFacts {
    /// The account's id.
    pub account: String,
    /// The account's alias.
    pub alias: Option<String>,
    /// Who read it.
    pub caller: String,
    /// The regions looked at.
    pub regions: Vec<String>,
    /// Whether the scan was stopped.
    pub partial: bool,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Finding {
    /// Stable, for ever.
    pub id: String,
    /// The check.
    pub check: String,
    /// `pass`, `fail`, `not-applicable` or `unknown`.
    pub status: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// Who was judged.
    pub resource: Resource,
    /// What is true of it.
    pub message: String,
    /// Why there is no verdict.
    pub unknown: Option<Unknown>,
}

/// Who was judged.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Resource {
    /// Its ARN.
    pub arn: String,
    /// Its id.
    pub id: String,
}

/// Why there is no verdict.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Unknown {
    /// The kind of reason.
    pub reason: String,
    /// The IAM action.
    pub action: String,
    /// What AWS said.
    pub detail: String,
}

/// A read and what became of it.
#[derive(Debug, Deserialize)]
pub struct LedgerEntry {
    /// The operations it may take.
    pub actions: Vec<String>,
    /// Where.
    pub region: String,
    /// `complete`, `partial` or `unread`.
    pub state: String,
    /// What was not seen.
    pub missing: Vec<Missing>,
}

/// What a read did not see.
#[derive(Debug, Deserialize)]
pub struct Missing {
    /// The kind of reason.
    pub reason: String,
    /// The IAM action.
    pub action: String,
}

impl Document {
    /// The ids of what a check says with one status, sorted; the same id in two regions twice.
    pub fn ids(&self, check: &str, status: &str) -> Vec<String> {
        let of_check = self.findings.iter().filter(|finding| finding.check == check && finding.status == status);
        let mut ids: Vec<String> = of_check.map(|finding| finding.resource.id.clone()).collect();
        ids.sort_unstable();
        ids
    }

    /// The checks that have said something.
    pub fn checks(&self) -> BTreeSet<&str> {
        self.findings.iter().map(|finding| finding.check.as_str()).collect()
    }
}

/// The text of every file below a folder, by its path, for comparing.
pub fn files_below(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((path.clone(), fs::read_to_string(&path).expect("text")));
            }
        }
    }
    files.sort_unstable();
    files
}
