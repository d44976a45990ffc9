//! Python environments with pinned packages in them, for tests that need what only Python has.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A virtual environment of its own.
pub struct Environment {
    /// Where it is.
    pub folder: PathBuf,
}

impl Environment {
    /// Makes an environment with the packages of a requirements file, or finds it made: once per set of pinned versions
    /// and of what else it is made from, whoever else is at it. `finish` adds what else belongs in it.
    pub fn ready(name: &str, requirements: &Path, made_from: impl Hash, finish: impl FnOnce(&Self)) -> Self {
        let mut hasher = DefaultHasher::new();
        fs::read(requirements).expect("the requirements can be read").hash(&mut hasher);
        made_from.hash(&mut hasher);
        let cache = std::env::var_os("PLIMSOLL_TEST_CACHE")
            .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
        let folder = cache.join(format!("{name}-{:016x}", hasher.finish()));
        fs::create_dir_all(&cache).unwrap_or_else(|error| panic!("making {}: {error}", cache.display()));
        let lock = File::create(folder.with_extension("lock")).expect("the cache folder can be written to");
        lock.lock().expect("a file in the cache folder can be locked");
        let environment = Self { folder };
        let made = environment.folder.join("complete");
        if !made.exists() {
            eprintln!("making a Python environment for {name} in {}", environment.folder.display());
            run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment.folder));
            let install = ["-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--requirement"];
            run(environment.command().args(install).arg(requirements));
            finish(&environment);
            fs::write(&made, "").expect("the environment can be written to");
        }
        environment
    }

    /// Its Python.
    pub fn command(&self) -> Command {
        Command::new(self.folder.join("bin/python"))
    }
}

/// Runs a command to its end, for its stdout.
pub fn run(command: &mut Command) -> Vec<u8> {
    let told = format!("{command:?}");
    let output = command.output().unwrap_or_else(|error| panic!("{told}: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}: {}\n{stdout}{stderr}", output.status);
    output.stdout
}
