//! Writing a recording while the scan goes on.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use plimsoll_checks::contract::{Observer, Place, Read, ReadDone};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{DetailEntry, DetailFile, LEDGER, ListFile, MANIFEST, Manifest, SCHEMA, file_of};
use crate::report::json::LedgerEntry;
use crate::scan::{Entry, Target};

/// A recording could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// There is one already.
    #[error("{0} holds a recording already; name another folder, or delete it first")]
    Occupied(PathBuf),
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

/// Hears of every read and writes it down.
pub struct Recorder {
    root: PathBuf,
    manifest: Manifest,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Details seen so far, by kind and region: their file is written when nobody will ask for more.
    details: BTreeMap<(&'static str, String), (&'static Read, Place, DetailFile)>,
    failed: Option<WriteError>,
}

impl Recorder {
    /// Begins a recording of `target` in a folder, which is made if need be.
    pub fn begin(root: &Path, target: &Target) -> Result<Self, WriteError> {
        let manifest_path = root.join(MANIFEST);
        if manifest_path.exists() {
            return Err(WriteError::Occupied(root.to_owned()));
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
        };
        write_json(&manifest_path, &manifest)?;
        Ok(Self { root: root.to_owned(), manifest, state: Mutex::default() })
    }

    /// Writes what is left, the ledger, and when reading ended. What cannot be written does not keep the rest from being
    /// tried; a recording that lacks anything never says that it is finished.
    pub fn finish(&self, ledger: &[Entry], finished: Option<jiff::Timestamp>) -> Result<(), WriteError> {
        let details: Vec<_> = std::mem::take(&mut self.state().details).into_values().collect();
        for (read, place, file) in details {
            self.note(self.write(read, &place, &file));
        }
        let ledger: Vec<LedgerEntry> = ledger.iter().map(LedgerEntry::of).collect();
        self.note(write_json(&self.root.join(LEDGER), &ledger));
        if let Some(failed) = self.state().failed.take() {
            return Err(failed);
        }
        write_json(&self.root.join(MANIFEST), &Manifest { finished, ..self.manifest.clone() })
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
        let mut state = self.state();
        let (_, _, file) = state
            .details
            .entry((done.read.name, done.place.region.to_string()))
            .or_insert_with(|| (done.read, done.place.clone(), DetailFile::default()));
        file.0.insert(of.to_owned(), entry);
        Ok(())
    }

    fn file_of(&self, read: &'static Read, place: &Place) -> Result<PathBuf, WriteError> {
        let region = || place.region.to_string();
        file_of(&self.root, read, place).ok_or_else(|| WriteError::Region { kind: read.name, region: region() })
    }

    fn write(&self, read: &'static Read, place: &Place, file: &DetailFile) -> Result<(), WriteError> {
        write_json(&self.file_of(read, place)?, file)
    }
}

impl Observer for Recorder {
    fn done(&self, done: ReadDone<'_>) {
        if !done.read.is_call() {
            return;
        }
        let outcome = match done.of {
            None => self.list(done),
            Some(of) => self.detail(done, of),
        };
        self.note(outcome);
    }

    fn released(&self, read: &'static Read, place: &Place) {
        let held = self.state().details.remove(&(read.name, place.region.to_string()));
        if let Some((read, place, file)) = held {
            self.note(self.write(read, &place, &file));
        }
    }
}

fn raw(read: &Read, record: &(dyn std::any::Any + Send + Sync), path: &Path) -> Result<Box<RawValue>, WriteError> {
    let json = read.encode(record).and_then(|value| to_raw_value(&value));
    json.map_err(|source| WriteError::Json { path: path.to_owned(), source })
}

/// Writes a file whole or not at all.
fn write_json(path: &Path, value: &impl Serialize) -> Result<(), WriteError> {
    let io = |source| WriteError::Io { path: path.to_owned(), source };
    let json = |source| WriteError::Json { path: path.to_owned(), source };
    let folder = path.parent().expect("recordings are written inside a folder");
    fs::create_dir_all(folder).map_err(io)?;
    // Through a value, so that records taken over as raw text are laid out like the rest.
    let value = serde_json::to_value(value).map_err(json)?;
    let mut text = serde_json::to_string_pretty(&value).map_err(json)?;
    text.push('\n');
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    file.write_all(text.as_bytes()).map_err(io)?;
    file.as_file().sync_data().map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}
