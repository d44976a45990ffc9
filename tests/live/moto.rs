//! A moto server: made from pinned packages, started on a free loopback port, seeded, stopped with its owner.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde::Deserialize;

/// The account that holds what `seed.py` makes.
pub const ACCOUNT: &str = "123456789012";
/// The two regions it seeds: the tidy one and the untidy one.
pub const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];

/// What each check should say of which resources.
pub type Expectations = BTreeMap<String, Expected>;

/// What one check should say, by resource id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expected {
    /// Resources that pass.
    pub pass: Vec<String>,
    /// Resources that fail.
    pub fail: Vec<String>,
    /// Resources that the check does not concern.
    pub not_applicable: Vec<String>,
    /// Resources that moto cannot answer for.
    pub unknown: Vec<String>,
}

/// The Python packages the tests need, in a virtual environment of their own.
struct Python {
    folder: PathBuf,
}

impl Python {
    /// Makes the environment, or finds it made: once per set of pinned versions, whoever else is at it.
    fn ready() -> &'static Self {
        static READY: OnceLock<Python> = OnceLock::new();
        READY.get_or_init(|| {
            let requirements = source("requirements.txt");
            let mut hasher = DefaultHasher::new();
            fs::read(&requirements).expect("the file is beside this one").hash(&mut hasher);
            let cache = std::env::var_os("PLIMSOLL_TEST_CACHE")
                .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
            let folder = cache.join(format!("moto-{:016x}", hasher.finish()));
            fs::create_dir_all(&cache).unwrap_or_else(|error| panic!("making {}: {error}", cache.display()));
            let lock = File::create(folder.with_extension("lock")).expect("the cache folder can be written to");
            lock.lock().expect("a file in the cache folder can be locked");
            let python = Self { folder };
            let made = python.folder.join("complete");
            if !made.exists() {
                eprintln!("making a Python environment with moto in {}", python.folder.display());
                run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&python.folder));
                let install = ["-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--requirement"];
                run(python.command().args(install).arg(&requirements));
                fs::write(&made, "").expect("the environment can be written to");
            }
            python
        })
    }

    fn command(&self) -> Command {
        Command::new(self.folder.join("bin/python"))
    }
}

/// The Python of the environment.
pub fn python() -> Command {
    Python::ready().command()
}

/// A moto server. It ends when this value is dropped, and also when the whole test program ends in whatever way:
/// then the pipe that it reads from is closed.
pub struct Moto {
    child: Child,
    /// Where it listens, as a URL.
    pub endpoint: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// What should be found in each account.
    pub expected: BTreeMap<String, Expectations>,
}

impl Moto {
    /// The one seeded server that all tests of this program read from.
    pub fn seeded() -> &'static Self {
        static SEEDED: OnceLock<Moto> = OnceLock::new();
        SEEDED.get_or_init(|| {
            let mut moto = Self::start();
            let told = run(Python::ready().command().arg(source("seed.py")).args(["--endpoint", &moto.endpoint]));
            moto.expected = serde_json::from_slice(&told).expect("seed.py prints its expectations");
            moto
        })
    }

    /// A server with nothing in it.
    pub fn start() -> Self {
        let mut child = Python::ready()
            .command()
            .arg(source("serve.py"))
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python can be started");
        let mut endpoint = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut endpoint).expect("stdout can be read");
        let endpoint = endpoint.trim().to_owned();
        let address = endpoint.strip_prefix("http://").and_then(|address| address.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            panic!("moto did not start; it said {endpoint:?} (see its stderr above)");
        };
        Self { child, endpoint, address, expected: BTreeMap::new() }
    }

    /// What `seed.py` expects of an account.
    pub fn expected_of(&self, account: &str) -> &Expectations {
        self.expected.get(account).unwrap_or_else(|| panic!("seed.py says nothing of account {account}"))
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file beside this one.
fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live").join(name)
}

/// Runs a command to its end, for its stdout.
pub fn run(command: &mut Command) -> Vec<u8> {
    let told = format!("{command:?}");
    let output = command.output().unwrap_or_else(|error| panic!("{told}: {error}"));
    assert!(output.status.success(), "{told}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    output.stdout
}
