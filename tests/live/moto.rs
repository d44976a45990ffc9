//! A moto server: made from pinned packages, started on a free loopback port, seeded, stopped with its owner.

#[path = "../python/environment.rs"]
mod environment;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde::Deserialize;

use self::environment::Environment;
pub use self::environment::run;

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

/// The environment with moto in it.
fn environment() -> &'static Environment {
    static READY: OnceLock<Environment> = OnceLock::new();
    READY.get_or_init(|| Environment::ready("moto", &source("requirements.txt"), (), |_| {}))
}

/// The Python of the environment.
pub fn python() -> Command {
    environment().command()
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
            let told = run(environment().command().arg(source("seed.py")).args(["--endpoint", &moto.endpoint]));
            moto.expected = serde_json::from_slice(&told).expect("seed.py prints its expectations");
            moto
        })
    }

    /// A server with nothing in it.
    pub fn start() -> Self {
        let mut child = environment()
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
