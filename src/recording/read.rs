//! Judging a recording again: a source of reads that needs no credentials and no network.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use futures::future::{BoxFuture, FutureExt, ready};
use plimsoll_checks::contract::{Fetched, Observer, Partition, Place, Read, ReadDone, Reason, Source, Unknown};

use super::{DetailFile, ListFile, MANIFEST, Manifest, SCHEMA, file_of};
use crate::report::harmless;
use crate::scan::{Target, is_account, is_region};

/// A recording could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder has no manifest.
    #[error(
        "reading {path}: {source}\na recording is a folder with a {MANIFEST}, as `plimsoll scan --record DIR` writes it"
    )]
    NoManifest {
        /// The manifest's path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The manifest is not one.
    #[error("{path}:{line}:{column}: {message}")]
    Manifest {
        /// The manifest's path.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// The manifest says something this program does not know.
    #[error("{path}: {field} is {found:?}; this version of plimsoll reads {known}")]
    Foreign {
        /// The manifest's path.
        path: PathBuf,
        /// Which field.
        field: &'static str,
        /// What it says.
        found: String,
        /// What it may say.
        known: &'static str,
    },
}

/// A file of the recording that could not be understood, in whole or in part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1; 0 when the file could not be read at all.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, harmless(&self.message, 1000))
    }
}

/// A recording, opened.
pub struct Recording {
    root: PathBuf,
    manifest: Manifest,
    partition: Partition,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    details: HashMap<PathBuf, Arc<DetailCell>>,
    damage: BTreeSet<Damage>,
}

/// A file of details, read by whoever asks first while the others wait.
type DetailCell = OnceLock<Result<DetailFile, Unread>>;

/// Why a file gives nothing.
enum Unread {
    Absent,
    Damaged(Damage),
}

impl Recording {
    /// Opens the recording in a folder.
    pub fn open(root: &Path) -> Result<Self, OpenError> {
        let path = root.join(MANIFEST);
        let text = fs::read_to_string(&path).map_err(|source| OpenError::NoManifest { path: path.clone(), source })?;
        let manifest: Manifest = serde_json::from_str(&text).map_err(|error| OpenError::Manifest {
            path: path.clone(),
            line: error.line(),
            column: error.column(),
            message: without_position(&error),
        })?;
        if manifest.schema != SCHEMA {
            return Err(OpenError::Foreign { path, field: "Schema", found: manifest.schema, known: SCHEMA });
        }
        let Some(partition) = Partition::from_name(&manifest.partition) else {
            let known = "aws, aws-cn, aws-us-gov, aws-eusc, aws-iso, aws-iso-b";
            return Err(OpenError::Foreign { path, field: "Partition", found: manifest.partition, known });
        };
        let foreign = |field, found: &str, known| {
            Err(OpenError::Foreign { path: path.clone(), field, found: found.to_owned(), known })
        };
        if !is_account(&manifest.account) {
            return foreign("Account", &manifest.account, "accounts of twelve digits");
        }
        if let Some(other) = manifest.regions.iter().find(|region| !is_region(region)) {
            return foreign("Regions", other, "codes of regions");
        }
        if manifest.regions.is_empty() {
            // All regional checks would have nothing to say, and nobody would notice.
            return foreign("Regions", "", "one region or more");
        }
        Ok(Self { root: root.to_owned(), manifest, partition, state: Mutex::default() })
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Who was scanned.
    pub fn target(&self) -> Target {
        let mut manifest = self.manifest.clone();
        let mut seen = BTreeSet::new();
        manifest.regions.retain(|region| seen.insert(region.clone()));
        Target {
            partition: self.partition,
            account: manifest.account,
            alias: manifest.alias,
            caller: manifest.caller,
            regions: manifest.regions,
            left_out: manifest.regions_left_out,
            started: manifest.started,
            session: manifest.session,
        }
    }

    /// Files that could not be understood so far, each place once, in the order of their names.
    pub fn damage(&self) -> Vec<Damage> {
        self.state().damage.iter().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn damaged(&self, read: &Read, damage: &Damage) -> Unknown {
        self.state().damage.insert(damage.clone());
        // The place of the file within the recording, so that the same recording gives the same bytes wherever it is.
        let path = damage.path.strip_prefix(&self.root).unwrap_or(&damage.path);
        Unknown::new(
            Reason::Malformed,
            read.action(),
            format!("{}:{}: {}", path.display(), damage.line, damage.message),
        )
    }

    fn not_recorded(read: &Read) -> Unknown {
        Unknown::new(Reason::NotRecorded, read.action(), format!("the recording does not hold this {}", read.name))
    }

    fn list_file(&self, read: &'static Read, place: &Place) -> Fetched {
        let Some(path) = file_of(&self.root, read, place) else {
            return Fetched::unknown(Self::not_recorded(read));
        };
        let (text, file) = match parse::<ListFile>(&path) {
            Ok(parsed) => parsed,
            Err(Unread::Absent) => return Fetched::unknown(Self::not_recorded(read)),
            Err(Unread::Damaged(damage)) => return Fetched::unknown(self.damaged(read, &damage)),
        };
        let mut fetched = Fetched { rest: file.unknown, calls: file.calls, ..Fetched::default() };
        let mut passed = 0;
        for json in &file.records {
            let begin = passed + text[passed..].find(json.get()).unwrap_or(0);
            passed = begin + json.get().len();
            match read.decode(json.get()) {
                Ok(record) => fetched.records.push(record),
                Err(error) => {
                    let damage = damage_in(&path, &text, begin, &error);
                    fetched.rest.get_or_insert(self.damaged(read, &damage));
                }
            }
        }
        fetched
    }

    fn detail_file(&self, read: &'static Read, place: &Place, id: &str) -> Fetched {
        let Some(path) = file_of(&self.root, read, place) else {
            return Fetched::unknown(Self::not_recorded(read));
        };
        let cell = self.state().details.entry(path.clone()).or_default().clone();
        let entry = match cell.get_or_init(|| parse::<DetailFile>(&path).map(|(_, file)| file)) {
            Ok(file) => match file.0.get(id) {
                Some(entry) => entry,
                None => return Fetched::unknown(Self::not_recorded(read)),
            },
            Err(Unread::Absent) => return Fetched::unknown(Self::not_recorded(read)),
            Err(Unread::Damaged(damage)) => return Fetched::unknown(self.damaged(read, damage)),
        };
        let mut fetched = Fetched { rest: entry.unknown.clone(), calls: entry.calls.clone(), ..Fetched::default() };
        match (&entry.record, &entry.unknown) {
            (Some(json), None) => match read.decode(json.get()) {
                Ok(record) => fetched.records.push(record),
                Err(error) => {
                    let (text, key) = text_and_key(&path, id);
                    let begin = key + text[key..].find(json.get()).unwrap_or(0);
                    fetched.rest = Some(self.damaged(read, &damage_in(&path, &text, begin, &error)));
                }
            },
            (None, Some(_)) => {}
            (Some(_), Some(_)) | (None, None) => {
                let message = format!("{id:?} needs either Record or Unknown");
                let (text, key) = text_and_key(&path, id);
                fetched.rest = Some(self.damaged(read, &Damage { path, line: line_of(&text, key), message }));
            }
        }
        fetched
    }
}

impl Source for Recording {
    fn list<'a>(&'a self, read: &'static Read, place: &'a Place) -> BoxFuture<'a, Fetched> {
        ready(self.list_file(read, place)).boxed()
    }

    fn detail<'a>(
        &'a self,
        read: &'static Read,
        place: &'a Place,
        id: &'a str,
        _: &'a (dyn Any + Send + Sync),
    ) -> BoxFuture<'a, Fetched> {
        ready(self.detail_file(read, place, id)).boxed()
    }
}

impl Observer for Recording {
    fn done(&self, _: ReadDone<'_>) {}

    fn released(&self, read: &'static Read, place: &Place) {
        if read.of.is_some() {
            let path = file_of(&self.root, read, place);
            let file = path.and_then(|path| self.state().details.remove(&path));
            drop(file);
        }
    }
}

/// A file's text and meaning.
fn parse<T: serde::de::DeserializeOwned>(path: &Path) -> Result<(String, T), Unread> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Unread::Absent),
        Err(error) => {
            return Err(Unread::Damaged(Damage { path: path.to_owned(), line: 0, message: error.to_string() }));
        }
    };
    match serde_json::from_str(&text) {
        Ok(parsed) => Ok((text, parsed)),
        Err(error) => Err(Unread::Damaged(Damage {
            path: path.to_owned(),
            line: error.line(),
            message: format!("column {}: {}", error.column(), without_position(&error)),
        })),
    }
}

/// Where in the file a record does not parse that begins at a byte of it.
fn damage_in(path: &Path, text: &str, begin: usize, error: &serde_json::Error) -> Damage {
    let before = line_of(text, begin) - 1;
    Damage { path: path.to_owned(), line: before + error.line(), message: without_position(error) }
}

/// The line, from 1, that a byte of a text is on.
fn line_of(text: &str, byte: usize) -> usize {
    text[..byte].matches('\n').count() + 1
}

/// A file of details once more, and the byte where the entry of a resource begins; only to say where it is damaged. The
/// file was there a moment ago; if it is not any more, the line stays unknown.
fn text_and_key(path: &Path, id: &str) -> (String, usize) {
    let text = fs::read_to_string(path).unwrap_or_else(|_| String::new());
    let key = serde_json::Value::from(id).to_string();
    let is_key = |at: &usize| text[at + key.len()..].trim_start().starts_with(':');
    let begin = text.match_indices(&key).map(|(at, _)| at).find(is_key).unwrap_or(0);
    (text, begin)
}

/// The parser's message without "at line 1 column 2", which counts from the record's own beginning.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}
