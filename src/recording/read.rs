//! Judging a recording again: a source of reads that needs no credentials and no network.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use futures::future::{BoxFuture, FutureExt, ready};
use plimsoll_checks::contract::{Fetched, Observer, Partition, Place, Read, ReadDone, Reason, Source, Unknown};

use super::write::{HALF_WRITTEN, WriteError};
use super::{DetailEntry, DetailFile, JSON, ListFile, MANIFEST, Manifest, SCHEMA, file_of, files_of, inside, journal};
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

/// The details of a kind, read by whoever asks first while the others wait.
type DetailCell = OnceLock<Details>;

/// The details of a kind at a place: of its file, and of the journal beside it.
#[derive(Default)]
struct Details {
    /// By resource id. What the journal says is newer than what the file says.
    entries: HashMap<String, Written>,
    /// Why there may be entries that are not understood.
    damage: Option<Damage>,
}

/// A detail of one resource, and where it is written.
struct Written {
    entry: DetailEntry,
    /// The line of the journal; `None` for the file.
    line: Option<usize>,
}

/// What a recording has of a read.
pub(super) struct Held {
    /// What came of the read; if it is not there, or not understood, an unknown that says so.
    pub(super) fetched: Fetched,
    /// Whether this is what was once read, and not what has become of the file.
    pub(super) is_sound: bool,
}

impl Held {
    fn sound(fetched: Fetched) -> Self {
        Self { fetched, is_sound: true }
    }

    fn lost(unknown: Unknown) -> Self {
        Self { fetched: Fetched::unknown(unknown), is_sound: false }
    }
}

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

    /// What the recording has of a list.
    pub(super) fn held_list(&self, read: &'static Read, place: &Place) -> Held {
        let Some(path) = file_of(&self.root, read, place) else {
            return Held::lost(Self::not_recorded(read));
        };
        let (text, file) = match parse::<ListFile>(&path) {
            Ok(parsed) => parsed,
            Err(Unread::Absent) => return Held::lost(Self::not_recorded(read)),
            Err(Unread::Damaged(damage)) => return Held::lost(self.damaged(read, &damage)),
        };
        let mut held = Held::sound(Fetched { rest: file.unknown, calls: file.calls, ..Fetched::default() });
        let mut passed = 0;
        for json in &file.records {
            let begin = passed + text[passed..].find(json.get()).unwrap_or(0);
            passed = begin + json.get().len();
            match read.decode(json.get()) {
                Ok(record) => held.fetched.records.push(record),
                Err(error) => {
                    let damage = damage_in(&path, &text, begin, &error);
                    held.fetched.rest.get_or_insert(self.damaged(read, &damage));
                    held.is_sound = false;
                }
            }
        }
        held
    }

    /// What the recording has of a detail.
    pub(super) fn held_detail(&self, read: &'static Read, place: &Place, id: &str) -> Held {
        let Some(path) = file_of(&self.root, read, place) else {
            return Held::lost(Self::not_recorded(read));
        };
        let cell = self.state().details.entry(path.clone()).or_default().clone();
        let details = cell.get_or_init(|| self.details(&path));
        let Some(Written { entry, line }) = details.entries.get(id) else {
            return Held::lost(match &details.damage {
                Some(damage) => self.damaged(read, damage),
                None => Self::not_recorded(read),
            });
        };
        let misread = match (&entry.record, &entry.unknown) {
            (Some(json), None) => match read.decode(json.get()) {
                Ok(record) => {
                    return Held::sound(Fetched { records: vec![record], rest: None, calls: entry.calls.clone() });
                }
                Err(error) => Misread::Record(json.get(), error),
            },
            (None, Some(unknown)) => {
                return Held::sound(Fetched {
                    rest: Some(unknown.clone()),
                    calls: entry.calls.clone(),
                    ..Fetched::default()
                });
            }
            (Some(_), Some(_)) | (None, None) => Misread::Entry,
        };
        let unknown = self.damaged(read, &misread.damage(path, *line, id));
        Held {
            fetched: Fetched { rest: Some(unknown), calls: entry.calls.clone(), ..Fetched::default() },
            is_sound: false,
        }
    }

    /// What a file of details and its journal hold.
    fn details(&self, path: &Path) -> Details {
        let mut details = Details::default();
        let journal_path = path.with_extension(journal::EXTENSION);
        // The journal first: a run that is under way may make it into the file meanwhile.
        let journal = journal::read(&journal_path);
        match parse::<DetailFile>(path) {
            Ok((_, file)) => {
                details.entries.extend(file.0.into_iter().map(|(id, entry)| (id, Written { entry, line: None })));
            }
            Err(Unread::Absent) => {}
            Err(Unread::Damaged(damage)) => details.damage = Some(damage),
        }
        let damage = |line, message| Damage { path: journal_path.clone(), line, message };
        let lost = match journal {
            Ok(journal) => {
                for (line, journal::Line { id, entry }) in journal.lines {
                    details.entries.insert(id, Written { entry, line: Some(line) });
                }
                journal.damage.iter().map(|(line, error)| damage(*line, without_position(error))).collect()
            }
            Err(error) => vec![damage(0, error.to_string())],
        };
        // Whose entry it was is not known, so it is said at once and not when somebody asks.
        self.state().damage.extend(lost.iter().cloned());
        details.damage = details.damage.or(lost.into_iter().next());
        details
    }

    /// Whether anything in a recording that came to its end is worth asking again: what failed for a reason that
    /// passes, and what is damaged.
    pub(super) fn lacks_anything(&self) -> bool {
        let Ok(files) = files_of(&self.root, &self.manifest.account) else { return true };
        files.into_iter().any(|(region, service, path)| {
            if path.extension().is_some_and(|it| it == journal::EXTENSION) {
                return true;
            }
            let is_it = |read: &&&'static Read| {
                read.service() == service
                    && path.file_name().is_some_and(|name| *name == *format!("{}.{JSON}", read.kind()))
            };
            let Some(read) = plimsoll_checks::reads().iter().find(is_it) else { return false };
            let place = Place::global(self.partition, &self.manifest.account).at(&region);
            if read.of.is_none() {
                return !self.held_list(read, &place).is_finished();
            }
            let details = self.details(&path);
            let mut ids = details.entries.keys();
            let lacks = details.damage.is_some() || ids.any(|id| !self.held_detail(read, &place, id).is_finished());
            self.released(read, &place);
            lacks
        })
    }

    /// Puts away what a run that was cut off has left half-written. Only for who holds the lock.
    pub(super) fn mend(&self) -> Result<(), WriteError> {
        let io = |source| WriteError::Io { path: self.root.clone(), source };
        let files = files_of(&self.root, &self.manifest.account).map_err(io)?;
        let files = files.into_iter().map(|(_, _, path)| path);
        for path in files.chain(inside(&self.root).map_err(io)?.iter().map(fs::DirEntry::path)) {
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(HALF_WRITTEN)) {
                fs::remove_file(&path).map_err(|source| WriteError::Io { path: path.clone(), source })?;
            } else if path.extension().is_some_and(|it| it == journal::EXTENSION) {
                journal::mend(&path)?;
            }
        }
        Ok(())
    }
}

/// What is wrong with a detail's entry.
enum Misread<'a> {
    /// Its record, which stands there as this text.
    Record(&'a str, serde_json::Error),
    /// It has a record and an unknown, or neither.
    Entry,
}

impl Misread<'_> {
    /// Where that is: in a line of the journal, or in the file.
    fn damage(self, file: PathBuf, line: Option<usize>, id: &str) -> Damage {
        let both = || format!("{id:?} needs either Record or Unknown");
        if let Some(line) = line {
            let message = match self {
                Self::Record(_, error) => without_position(&error),
                Self::Entry => both(),
            };
            return Damage { path: file.with_extension(journal::EXTENSION), line, message };
        }
        let (text, key) = text_and_key(&file, id);
        match self {
            Self::Record(json, error) => {
                let begin = key + text[key..].find(json).unwrap_or(0);
                damage_in(&file, &text, begin, &error)
            }
            Self::Entry => Damage { path: file, line: line_of(&text, key), message: both() },
        }
    }
}

impl Source for Recording {
    fn list<'a>(&'a self, read: &'static Read, place: &'a Place) -> BoxFuture<'a, Fetched> {
        ready(self.held_list(read, place).fetched).boxed()
    }

    fn detail<'a>(
        &'a self,
        read: &'static Read,
        place: &'a Place,
        id: &'a str,
        _: &'a (dyn Any + Send + Sync),
    ) -> BoxFuture<'a, Fetched> {
        ready(self.held_detail(read, place, id).fetched).boxed()
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
