//! Details as they come in: a line for each, appended to a journal, until their kind is let go of and gets its file.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::write::{WriteError, write_whole};
use super::{DetailEntry, DetailFile};

/// How a journal's name ends; it stands beside the file that it becomes.
pub(super) const EXTENSION: &str = "journal";

/// What was seen of one resource.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Line {
    /// The resource's id.
    pub(super) id: String,
    /// What was seen.
    pub(super) entry: DetailEntry,
}

/// Appends a line. One that is cut short, by a full disk or a sudden end, has no end of line and counts for nothing.
pub(super) fn append(path: &Path, line: &Line) -> Result<(), WriteError> {
    let io = |source| WriteError::Io { path: path.to_owned(), source };
    // Compact JSON holds no line break, whatever an id is made of.
    let mut text = serde_json::to_vec(line).map_err(|error| WriteError::of_json(path, error))?;
    text.push(b'\n');
    let folder = path.parent().expect("recordings are written inside a folder");
    fs::create_dir_all(folder).map_err(io)?;
    let mut file = File::options().create(true).append(true).open(path).map_err(io)?;
    file.write_all(&text).map_err(io)
}

/// Takes a line that was cut short off the end of a journal, so that the next is not glued to it.
pub(super) fn mend(path: &Path) -> Result<(), WriteError> {
    let io = |source| WriteError::Io { path: path.to_owned(), source };
    let file = File::options().read(true).write(true).open(path).map_err(io)?;
    let mut whole = 0;
    for line in Lines::of(&file) {
        whole = line.map_err(io)?.end();
    }
    if file.metadata().map_err(io)?.len() != whole {
        file.set_len(whole).map_err(io)?;
    }
    Ok(())
}

/// A journal, read.
#[derive(Default)]
pub(super) struct Journal {
    /// What it holds, each with its line from 1; where a resource stands twice, the later line is the later read.
    pub(super) lines: Vec<(usize, Line)>,
    /// Lines that are not understood, and why. The last line is not among them: it may have been cut short.
    pub(super) damage: Vec<(usize, serde_json::Error)>,
}

/// Reads a journal; one that is not there holds nothing.
pub(super) fn read(path: &Path) -> io::Result<Journal> {
    let mut journal = Journal::default();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(journal),
        Err(error) => return Err(error),
    };
    let mut last = None;
    for (index, line) in Lines::of(&file).enumerate() {
        journal.damage.extend(last.take());
        match serde_json::from_slice(&line?.text) {
            Ok(line) => journal.lines.push((index + 1, line)),
            Err(error) => last = Some((index + 1, error)),
        }
    }
    Ok(journal)
}

/// Where an entry is while its journal becomes a file.
enum Found {
    /// In the file that is there already, from before the scan was cut off.
    InFile(DetailEntry),
    /// In the journal.
    InJournal { at: u64, length: usize },
}

/// Makes the journal beside `path` into that file, in the order of the ids, together with what the file holds already.
/// No more than the ids and one entry of the journal is in memory. Wherever this is cut off, nothing is lost: the
/// journal goes last.
pub(super) fn fold(path: &Path) -> Result<(), WriteError> {
    let journal = path.with_extension(EXTENSION);
    let io = |source| WriteError::Io { path: journal.clone(), source };
    let mut file = match File::open(&journal) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(error)),
    };
    let mut entries = already_there(path)?;
    for line in Lines::of(&file) {
        let WholeLine { at, text } = line.map_err(io)?;
        // What is not understood was never heard of again, and is asked for anew when it is needed.
        if let Ok(Line { id, .. }) = serde_json::from_slice(&text) {
            entries.insert(id, Found::InJournal { at, length: text.len() });
        }
    }
    if !entries.is_empty() {
        let json = |error| WriteError::of_json(path, error);
        write_whole(path, |out| {
            let mut pretty = serde_json::Serializer::pretty(&mut *out);
            let mut map = pretty.serialize_map(None).map_err(json)?;
            for (id, found) in entries {
                let entry = match found {
                    Found::InFile(entry) => entry,
                    Found::InJournal { at, length } => {
                        let mut text = vec![0; length];
                        file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(&mut text)).map_err(io)?;
                        serde_json::from_slice::<Line>(&text).map_err(json)?.entry
                    }
                };
                // Through a value, so that records taken over as raw text are laid out like the rest.
                map.serialize_entry(&id, &serde_json::to_value(entry).map_err(json)?).map_err(json)?;
            }
            map.end().map_err(json)
        })?;
        sync_folder(path).map_err(io)?;
    }
    fs::remove_file(&journal).map_err(io)
}

/// Makes sure that the new name of a file outlives a loss of power, before what it was made of goes.
#[cfg(unix)]
fn sync_folder(of: &Path) -> io::Result<()> {
    of.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Folders cannot be opened as files here; the file system keeps the order of names.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// What a file of details holds. One that is damaged holds nothing that can be trusted, and is replaced.
fn already_there(path: &Path) -> Result<BTreeMap<String, Found>, WriteError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(source) => return Err(WriteError::Io { path: path.to_owned(), source }),
    };
    match serde_json::from_slice::<DetailFile>(&text) {
        Ok(file) => Ok(file.0.into_iter().map(|(id, entry)| (id, Found::InFile(entry))).collect()),
        Err(_) => Ok(BTreeMap::new()),
    }
}

/// A line that was written to its end.
struct WholeLine {
    at: u64,
    text: Vec<u8>,
}

impl WholeLine {
    /// Where the next line begins.
    fn end(&self) -> u64 {
        self.at + self.text.len() as u64 + 1
    }
}

/// The lines of a journal that were written to their end.
struct Lines<'a> {
    reader: BufReader<&'a File>,
    at: u64,
}

impl<'a> Lines<'a> {
    fn of(file: &'a File) -> Self {
        Self { reader: BufReader::new(file), at: 0 }
    }
}

impl Iterator for Lines<'_> {
    type Item = io::Result<WholeLine>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut text = Vec::new();
        match self.reader.read_until(b'\n', &mut text) {
            Ok(_) if text.pop() == Some(b'\n') => {}
            Ok(_) => return None,
            Err(error) => return Some(Err(error)),
        }
        let line = WholeLine { at: self.at, text };
        self.at = line.end();
        Some(Ok(line))
    }
}
