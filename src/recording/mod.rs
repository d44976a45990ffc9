//! A scanned account on disk: readable JSON that a person can edit, written by `--record`, gone on with by `--resume`
//! and judged again by `--from`.
//!
//! ```text
//! manifest.json                                  who was scanned, by whom, when, where
//! 111122223333/global/iam/User.json              one list: its records, or why there may be more
//! 111122223333/eu-west-1/kms/KeyMetadata.json    one kind of detail: a record or an unknown for each resource id
//! 111122223333/eu-west-1/rds/….journal           the same, a line for each resource, while there may be more to come
//! ledger.json                                    every read and what became of it; for people, never read back
//! lock                                           held while a run writes here
//! ```

mod journal;
mod lock;
pub mod organization;
mod read;
mod resume;
mod write;

pub use read::{Damage, OpenError, Recording};
pub use resume::{ResumeError, Resumed, Resuming, Unfinished};
pub use write::{Recorder, WriteError};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use plimsoll_checks::contract::{CallMade, Place, Read, Unknown};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::scan::{SessionRead, is_account, is_region};

/// The name and version of the form.
pub const SCHEMA: &str = "plimsoll.recording/1";

const MANIFEST: &str = "manifest.json";
const LEDGER: &str = "ledger.json";
const JSON: &str = "json";

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: String,
    /// The version of the program that wrote it.
    pub tool: String,
    /// The account's partition.
    pub partition: String,
    /// The account's id.
    pub account: String,
    /// The account's alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The ARN of the identity that read it.
    pub caller: String,
    /// The regions that were looked at, in order.
    pub regions: Vec<String>,
    /// Regions that were enabled for the account and were not looked at; absent when it was not known which are enabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions_left_out: Option<Vec<String>>,
    /// When reading began; ages are counted to this time.
    pub started: jiff::Timestamp,
    /// When it ended; absent when it was cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<jiff::Timestamp>,
    /// The reads that told who is asking and which regions there are.
    #[serde(default)]
    pub session: Vec<SessionRead>,
    /// Who went on with it after it was cut off, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resumed: Vec<Resumption>,
}

/// A recording that was cut off was gone on with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Resumption {
    /// The ARN of the identity that went on.
    pub caller: String,
    /// When.
    pub started: jiff::Timestamp,
}

/// The file of a list.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListFile {
    /// The calls it took.
    #[serde(default)]
    calls: Vec<CallMade>,
    /// Why there may be more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unknown: Option<Unknown>,
    /// What was seen.
    records: Vec<Box<RawValue>>,
}

/// The file of a kind of detail: resource id to what was seen.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
struct DetailFile(BTreeMap<String, DetailEntry>);

impl<'de> Deserialize<'de> for DetailFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OneEach)
    }
}

/// JSON lets a name stand twice, and most readers take the last; here somebody has edited one and overlooked the other.
struct OneEach;

impl<'de> Visitor<'de> for OneEach {
    type Value = DetailFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry for each resource id")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DetailFile, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some(id) = map.next_key::<String>()? {
            if entries.contains_key(&id) {
                return Err(A::Error::custom(format!("{id:?} is there twice")));
            }
            entries.insert(id, map.next_value()?);
        }
        Ok(DetailFile(entries))
    }
}

/// A detail of one resource.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DetailEntry {
    /// The calls it took.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    calls: Vec<CallMade>,
    /// What was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<Box<RawValue>>,
    /// Why nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unknown: Option<Unknown>,
}

/// The file of a kind at a place; `None` where the place cannot name a folder. A record may call anything its region,
/// and no such name is to lead out of the recording.
fn file_of(root: &Path, read: &Read, place: &Place) -> Option<PathBuf> {
    let names_a_folder = is_account(&place.account) && (place.is_global() || is_region(&place.region));
    let folder = names_a_folder.then(|| root.join(&*place.account).join(&*place.region).join(read.service()))?;
    Some(folder.join(read.kind()).with_extension(JSON))
}

/// Every file that is written beside the manifest, with the region and the service whose folder it is in. Folders that
/// are not there hold none; what cannot be looked into ends the walk with an error.
fn files_of(root: &Path, account: &str) -> io::Result<Vec<(String, String, PathBuf)>> {
    let folders = |path: &Path| -> io::Result<Vec<(String, PathBuf)>> {
        let inside = inside(path)?.into_iter().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        Ok(inside.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect())
    };
    let mut files = Vec::new();
    for (region, path) in folders(&root.join(account))? {
        for (service, path) in folders(&path)? {
            let inside = inside(&path)?.into_iter().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
            files.extend(inside.map(|entry| (region.clone(), service.clone(), entry.path())));
        }
    }
    Ok(files)
}

fn inside(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
