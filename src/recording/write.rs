//! Writing a recording while the scan goes on.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use plimsoll_checks::contract::{Observer, Place, Read, ReadDone};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::journal::{self, Line};
use super::lock::Lock;
use super::{
    Damage, DetailEntry, LEDGER, ListFile, MANIFEST, Manifest, Recording, Resuming, Resumption, SCHEMA, file_of,
    files_of,
};
use crate::report::json::LedgerEntry;
use crate::scan::{Entry, Target};

/// A recording could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// There is one already.
    #[error("{0} holds a recording already; name another folder, or delete it first")]
    Occupied(PathBuf),
    /// There is one already, and it was cut off.
    #[error("{0} holds a recording that was cut off; go on with it (--resume {0}), or name another folder")]
    Unfinished(PathBuf),
    /// Another run writes there.
    #[error("another run is recording to {0}; wait for it to end, or name another folder")]
    InUse(PathBuf),
    /// Something could not be written while the scan went on.
    #[error("{first}\nwhat else was read is recorded; once that is put right, --resume {root} reads the rest")]
    Incomplete {
        /// The recording's folder.
        root: PathBuf,
        /// The first failure.
        first: Box<WriteError>,
    },
    /// The disk did not take it.
    #[error("writing {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A record says that it lives where no folder can be made for it.
    #[error("recording {kind} of {region:?}: that is not the code of a region")]
    Region {
        /// The kind.
        kind: &'static str,
        /// The region's name, as told.
        region: String,
    },
    /// A record has no JSON form; a defect of this program.
    #[error("writing {path}: {source}")]
    Json {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

impl WriteError {
    /// A file that could not be written as JSON, for one reason or the other.
    pub(super) fn of_json(path: &Path, source: serde_json::Error) -> Self {
        let path = path.to_owned();
        if source.is_io() { Self::Io { path, source: source.into() } } else { Self::Json { path, source } }
    }
}

/// Hears of every read and writes it down.
pub struct Recorder {
    root: PathBuf,
    manifest: Manifest,
    /// What was recorded before, when this goes on with it.
    resuming: Option<Arc<Resuming>>,
    state: Mutex<State>,
    _lock: Lock,
}

#[derive(Default)]
struct State {
    /// Journals whose last line may have been cut short by a full disk.
    torn: BTreeSet<PathBuf>,
    failed: Option<WriteError>,
}

impl Recorder {
    /// Begins a recording of `target` in a folder, which is made if need be.
    pub fn begin(root: &Path, target: &Target) -> Result<Self, WriteError> {
        let manifest_path = root.join(MANIFEST);
        let lock = Lock::take(root)?;
        // Without its manifest, too: what was read of another time is not to be mixed with what is read now.
        if manifest_path.exists() || root.join(&target.account).exists() {
            let is_cut_off = Recording::open(root).is_ok_and(|it| it.manifest().finished.is_none());
            let root = root.to_owned();
            return Err(if is_cut_off { WriteError::Unfinished(root) } else { WriteError::Occupied(root) });
        }
        let manifest = Manifest {
            schema: SCHEMA.to_owned(),
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            partition: target.partition.name().to_owned(),
            account: target.account.clone(),
            alias: target.alias.clone(),
            caller: target.caller.clone(),
            regions: target.regions.clone(),
            regions_left_out: target.left_out.clone(),
            started: target.started,
            finished: None,
            session: target.session.clone(),
            resumed: Vec::new(),
        };
        write_json(&manifest_path, &manifest)?;
        Ok(Self { root: root.to_owned(), manifest, resuming: None, state: Mutex::default(), _lock: lock })
    }

    /// Goes on with a recording: `caller` is who asks now.
    pub(super) fn resume(root: &Path, lock: Lock, caller: &Target, from: Arc<Resuming>) -> Result<Self, WriteError> {
        let mut manifest = from.recording().manifest().clone();
        manifest.finished = None;
        manifest.session.extend(caller.session.iter().cloned());
        manifest.resumed.push(Resumption { caller: caller.caller.clone(), started: caller.started });
        write_json(&root.join(MANIFEST), &manifest)?;
        Ok(Self { root: root.to_owned(), manifest, resuming: Some(from), state: Mutex::default(), _lock: lock })
    }

    /// What the recording that this goes on with had lost, and that was read again.
    pub fn mended(&self) -> Vec<Damage> {
        self.resuming.iter().flat_map(|resuming| resuming.recording().damage()).collect()
    }

    /// Writes what is left, the ledger, and when reading ended. What cannot be written does not keep the rest from being
    /// tried; a recording that lacks anything never says that it is finished.
    pub fn finish(&self, ledger: &[Entry], finished: Option<jiff::Timestamp>) -> Result<(), WriteError> {
        match files_of(&self.root, &self.manifest.account) {
            Ok(files) => {
                let journals = files.into_iter().map(|(_, _, path)| path);
                for path in journals.filter(|path| path.extension().is_some_and(|it| it == journal::EXTENSION)) {
                    self.note(journal::fold(&path.with_extension(super::JSON)));
                }
            }
            Err(source) => self.note(Err(WriteError::Io { path: self.root.clone(), source })),
        }
        let ledger: Vec<LedgerEntry> = ledger.iter().map(LedgerEntry::of).collect();
        self.note(write_json(&self.root.join(LEDGER), &ledger));
        if self.state().failed.is_none() {
            let manifest = Manifest { finished, ..self.manifest.clone() };
            self.note(write_json(&self.root.join(MANIFEST), &manifest));
        }
        match self.state().failed.take() {
            Some(failed) => Err(WriteError::Incomplete { root: self.root.clone(), first: Box::new(failed) }),
            None => Ok(()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The scan goes on when the disk is full: what is found is still reported, and the failure at the end.
    fn note(&self, outcome: Result<(), WriteError>) {
        if let Err(failed) = outcome {
            tracing::error!("{failed}");
            self.state().failed.get_or_insert(failed);
        }
    }

    fn list(&self, done: ReadDone<'_>) -> Result<(), WriteError> {
        let path = self.file_of(done.read, done.place)?;
        let records =
            done.loaded.records.iter().map(|record| raw(done.read, &**record, &path)).collect::<Result<_, _>>()?;
        let file = ListFile { calls: done.loaded.calls.clone(), unknown: done.loaded.rest.clone(), records };
        write_json(&path, &file)
    }

    fn detail(&self, done: ReadDone<'_>, of: &str) -> Result<(), WriteError> {
        let path = self.file_of(done.read, done.place)?;
        let record = done.loaded.records.first().map(|record| raw(done.read, &**record, &path)).transpose()?;
        let entry = DetailEntry { calls: done.loaded.calls.clone(), record, unknown: done.loaded.rest.clone() };
        let line = Line { id: of.to_owned(), entry };
        let path = path.with_extension(journal::EXTENSION);
        // Held while writing, so that lines come one after the other.
        let mut state = self.state();
        if state.torn.contains(&path) {
            journal::mend(&path)?;
            state.torn.remove(&path);
        }
        let outcome = journal::append(&path, &line);
        if outcome.is_err() && path.exists() {
            state.torn.insert(path);
        }
        outcome
    }

    fn file_of(&self, read: &'static Read, place: &Place) -> Result<PathBuf, WriteError> {
        let region = || place.region.to_string();
        file_of(&self.root, read, place).ok_or_else(|| WriteError::Region { kind: read.name, region: region() })
    }
}

impl Observer for Recorder {
    fn done(&self, done: ReadDone<'_>) {
        if !done.read.is_call() || self.resuming.as_ref().is_some_and(|resuming| resuming.was_recorded(done)) {
            return;
        }
        let outcome = match done.of {
            None => self.list(done),
            Some(of) => self.detail(done, of),
        };
        self.note(outcome);
    }

    fn released(&self, read: &'static Read, place: &Place) {
        if read.of.is_none() {
            return;
        }
        if let Some(resuming) = &self.resuming {
            resuming.recording().released(read, place);
        }
        // Where no folder can be, nothing was written.
        if let Some(path) = file_of(&self.root, read, place) {
            self.note(journal::fold(&path));
        }
    }
}

fn raw(read: &Read, record: &(dyn std::any::Any + Send + Sync), path: &Path) -> Result<Box<RawValue>, WriteError> {
    let json = read.encode(record).and_then(|value| to_raw_value(&value));
    json.map_err(|source| WriteError::Json { path: path.to_owned(), source })
}

/// How the names of files begin that have not taken their place yet.
pub(super) const HALF_WRITTEN: &str = ".half-written-";

/// Writes a value whole or not at all.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), WriteError> {
    let json = |error| WriteError::of_json(path, error);
    // Through a value, so that records taken over as raw text are laid out like the rest.
    let value = serde_json::to_value(value).map_err(json)?;
    write_whole(path, |out| serde_json::to_writer_pretty(out, &value).map_err(json))
}

/// Writes a file whole or not at all: what is written takes its place when it is on the disk, and not before.
pub(super) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let io = |source| WriteError::Io { path: path.to_owned(), source };
    let folder = path.parent().expect("recordings are written inside a folder");
    fs::create_dir_all(folder).map_err(io)?;
    let file = tempfile::Builder::new().prefix(HALF_WRITTEN).tempfile_in(folder).map_err(io)?;
    let mut out = BufWriter::new(file.as_file());
    write(&mut out)?;
    out.write_all(b"\n").and_then(|()| out.flush()).map_err(io)?;
    drop(out);
    file.as_file().sync_data().map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}
