//! A scanned account on disk: readable JSON that a person can edit, written by `--record` and judged again by `--from`.
//!
//! ```text
//! manifest.json                                  who was scanned, by whom, when, where
//! 111122223333/global/iam/User.json              one list: its records, or why there may be more
//! 111122223333/eu-west-1/kms/KeyMetadata.json    one kind of detail: a record or an unknown for each resource id
//! ledger.json                                    every read and what became of it; for people, never read back
//! ```

mod read;
mod write;

pub use read::{Damage, OpenError, Recording};
pub use write::{Recorder, WriteError};

use std::path::{Path, PathBuf};

use plimsoll_checks::contract::{CallMade, Place, Read, Unknown};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::scan::SessionRead;

/// The name and version of the form.
pub const SCHEMA: &str = "plimsoll.recording/1";

const MANIFEST: &str = "manifest.json";
const LEDGER: &str = "ledger.json";

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
    /// When reading began; ages are counted to this time.
    pub started: jiff::Timestamp,
    /// When it ended; absent when it was cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<jiff::Timestamp>,
    /// The reads that told who is asking and which regions there are.
    #[serde(default)]
    pub session: Vec<SessionRead>,
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
type DetailFile = std::collections::BTreeMap<String, DetailEntry>;

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

fn file_of(root: &Path, read: &Read, place: &Place) -> PathBuf {
    let folder = root.join(&*place.account).join(&*place.region).join(read.service());
    folder.join(read.kind()).with_extension("json")
}
