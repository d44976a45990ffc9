//! `plimsoll.toml`: thresholds, trust, severities, and checks that are off with a reason.

mod notify;
mod parse;
mod schema;

pub use parse::mistake_at;
pub use schema::{Kind, OWNERS_KEYS, SETTINGS, Setting, json_schema};

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_checks::contract::{Registered, Settings, Severity};

use crate::notify::Named;
use crate::scan::{Chosen, Off};

/// The name of the file that is looked for.
pub const FILE: &str = "plimsoll.toml";

/// What the user has laid down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// The file it was read from.
    pub file: Option<PathBuf>,
    /// What checks see of it.
    pub settings: Arc<Settings>,
    /// Severities other than the checks' own, by check.
    pub severity: BTreeMap<&'static str, Severity>,
    /// Why checks are off, by check, and the line that says so.
    pub off: BTreeMap<&'static str, (String, usize)>,
    /// Where it is written whom resources belong to.
    pub owners: Ownership,
    /// Whom a scan may tell what is new.
    pub notify: Vec<Named>,
}

/// Where it is written whom resources belong to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ownership {
    /// A file, beside this one.
    pub file: Option<PathBuf>,
    /// The tags that name an owner, the first that a resource has counting; `None` if nothing is laid down.
    pub tags: Option<Vec<String>>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is there, or is named, and cannot be read.
    #[error("reading {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// It says something that has no meaning; every such place, one a line.
    #[error("{}", mistakes.iter().map(|mistake| format!("{}:{mistake}", path.display())).collect::<Vec<_>>().join("\n"))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, in the order of the file.
        mistakes: Vec<Mistake>,
    },
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct Mistake {
    /// Where, counted from 1.
    pub line: usize,
    /// Where in the line, in characters, counted from 1.
    pub column: usize,
    /// What, and the nearest thing that would be right.
    pub message: String,
}

impl Config {
    /// Reads the file that is named, or the first `plimsoll.toml` in the working directory or above it; without one,
    /// everything is as the benchmarks have it.
    pub fn load(named: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = named.map(Path::to_owned).or_else(|| nearest_file(FILE)) else { return Ok(Self::default()) };
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, &path),
            Err(error) => Err(ConfigError::Unreadable { path, error }),
        }
    }

    /// Understands a file's text.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let config = parse::parse(text).map_err(|mistakes| ConfigError::Wrong { path: path.to_owned(), mistakes })?;
        Ok(Self { file: Some(path.to_owned()), ..config })
    }

    /// A check with the severity that is laid down for it.
    pub fn chosen(&self, check: &'static Registered) -> Chosen {
        let severity = self.severity.get(&*check.id).copied().unwrap_or(check.check.severity);
        Chosen { registered: check, severity }
    }

    /// Why a check is off, if it is.
    pub fn off(&self, check: &'static Registered) -> Option<Off> {
        let (reason, line) = self.off.get(&*check.id)?;
        let file = self.file.as_ref().map_or_else(|| FILE.to_owned(), |file| file.display().to_string());
        Some(Off { check, reason: reason.clone(), file, line: *line })
    }
}

/// The nearest file of that name, from the working directory upward. One that leads nowhere, or that cannot be looked at,
/// counts: that it says nothing is not known.
pub fn nearest_file(name: &str) -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let found = here.ancestors().map(|folder| folder.join(name)).find(|path| is_there(path))?;
    // In the working directory itself, its name says all.
    Some(found.strip_prefix(&here).map(Path::to_owned).unwrap_or(found))
}

fn is_there(path: &Path) -> bool {
    match path.symlink_metadata() {
        Ok(_) => !path.is_dir(),
        Err(error) => !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
    }
}
