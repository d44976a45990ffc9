//! Where the findings of a scan go.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tempfile::NamedTempFile;

use super::formats::Format;
use super::job::Sink;
use super::upload::Uploads;
use crate::delivery::{Object, SCHEME};
use crate::report::{Ending, Opening, Past, Report};
use crate::{scan, terminal};

/// Where the findings go: files and objects, which appear whole at the end, and then stdout.
///
/// Each is on its own: one that fails is given up, and the scan goes on for the rest.
pub struct Outputs {
    open: Vec<(Destination, Box<dyn Report>)>,
    failed: Vec<anyhow::Error>,
    uploads: Option<Uploads>,
}

/// What `--output` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A file.
    File(PathBuf),
    /// An object in S3.
    Object(Object),
}

impl Address {
    /// What a user has written, looked at before anything is read.
    pub fn of(path: &Path) -> anyhow::Result<Self> {
        let text = path.to_string_lossy();
        if text.starts_with(SCHEME) {
            return Ok(Self::Object(Object::at(&text).with_context(|| format!("--output {text}"))?));
        }
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        if let Some(scheme) = scheme.filter(|it| !it.is_empty() && it.chars().all(|c| c.is_ascii_alphanumeric())) {
            bail!("--output {text}: a report goes to a file or to {SCHEME}BUCKET/KEY, and not to {scheme}://");
        }
        // Said now and not after an hour of reading.
        if path.is_dir() {
            bail!("--output {text}: there is a folder of that name");
        }
        Ok(Self::File(path.to_owned()))
    }

    /// As a path, whose end says the format.
    fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Object(object) => Path::new(&object.key),
        }
    }
}

/// Where one report goes.
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file, which takes its place when it is whole.
    File {
        /// Its place.
        path: PathBuf,
        /// What is written until then.
        file: NamedTempFile,
    },
    /// An object in S3, which is uploaded when all reports are whole.
    Object {
        /// Which.
        object: Object,
        /// How it is written.
        format: Format,
        /// What is written until then.
        file: NamedTempFile,
    },
}

impl Destination {
    /// A file beside `path`, which is to take its place, and the way to write it.
    pub fn file(path: &Path) -> anyhow::Result<(Self, File)> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let context = || format!("--output {}", path.display());
        let file = NamedTempFile::new_in(folder).with_context(context)?;
        let out = file.reopen().with_context(context)?;
        Ok((Self::File { path: path.to_owned(), file }, out))
    }

    /// A file that is to become an object, and the way to write it. It has the object's name in its own, by which it is
    /// known if it has to stay.
    pub fn object(object: &Object, format: Format) -> anyhow::Result<(Self, File)> {
        let context = || format!("--output {object}: making a file in {}", std::env::temp_dir().display());
        let suffix = format!("-{}", object.file_name());
        let file = tempfile::Builder::new().prefix("plimsoll-").suffix(&suffix).tempfile().with_context(context)?;
        let out = file.reopen().with_context(context)?;
        Ok((Self::Object { object: object.clone(), format, file }, out))
    }

    /// What is written is whole: puts it in its place.
    pub fn keep(self) -> anyhow::Result<()> {
        let Self::File { path, file } = self else { return Ok(()) };
        let kept = file.as_file().sync_all().and_then(|()| Ok(file.persist(&path)?));
        kept.map(|_| ()).with_context(|| format!("writing {}", path.display()))
    }

    fn failed(&self, error: io::Error) -> anyhow::Error {
        anyhow::Error::new(error).context(match self {
            Self::Stdout => "writing to stdout".to_owned(),
            Self::File { path, .. } => format!("writing {}", path.display()),
            Self::Object { object, file, .. } => format!("--output {object}: writing {}", file.path().display()),
        })
    }
}

impl Outputs {
    /// Opens stdout in `format`, and the others as their names say. Objects are uploaded by `uploads`.
    pub fn open(
        format: Format,
        addresses: &[Address],
        uploads: Option<Uploads>,
        opening: &Opening,
    ) -> anyhow::Result<Self> {
        let mut open = Vec::new();
        for address in addresses {
            let (path, format) = (address.path(), Format::of_file(address.path())?);
            let (to, out) = match address {
                Address::File(path) => Destination::file(path)?,
                Address::Object(object) => Destination::object(object, format)?,
            };
            if format == Format::Prometheus && matches!(address, Address::File(_)) {
                let_others_read(&out).with_context(|| format!("--output {}", path.display()))?;
            }
            let report = match format {
                Format::Table => Format::Table.report(BufWriter::new(anstream::StripStream::new(out)), 80, opening),
                // What a program reads is not to be touched: a name may hold bytes that look like a colour's.
                format => format.report(BufWriter::new(out), 80, opening),
            };
            open.push((to, report.with_context(|| format!("--output {}", path.display()))?));
        }
        let report = match format {
            Format::Table => {
                let out = BufWriter::new(anstream::AutoStream::auto(io::stdout()));
                format.report(out, terminal::width(), opening)
            }
            // Each line is to be seen when it is written.
            Format::Ndjson | Format::OcsfNdjson => format.report(io::stdout(), 0, opening),
            format => format.report(BufWriter::new(io::stdout()), 0, opening),
        };
        let report = report.with_context(|| format!("making a file in {}", std::env::temp_dir().display()))?;
        open.push((Destination::Stdout, report));
        Ok(Self { open, failed: Vec::new(), uploads })
    }

    /// Whether one of them shows what earlier scans have found.
    pub fn show_the_past(&self) -> bool {
        self.open.iter().any(|(_, report)| report.shows_the_past())
    }

    /// Tells all of them what earlier scans have found.
    pub fn remember(&mut self, past: &Past) {
        for (_, report) in &mut self.open {
            report.remember(past);
        }
    }
}

/// The collector that reads the numbers is mostly another user. Other reports are for whoever scans alone.
#[cfg(unix)]
fn let_others_read(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

/// A new file can be read here by whoever may read its folder.
#[cfg(not(unix))]
fn let_others_read(_: &File) -> io::Result<()> {
    Ok(())
}

impl Sink for Outputs {
    fn finding(&mut self, finding: &scan::Finding) -> bool {
        let failed = &mut self.failed;
        self.open.retain_mut(|(to, report)| match report.finding(finding) {
            Ok(()) => true,
            Err(error) => {
                failed.extend(unless_reader_is_gone(to, error));
                false
            }
        });
        !self.open.is_empty()
    }

    async fn end(self, ending: &Ending<'_>) -> Vec<anyhow::Error> {
        let mut failed = self.failed;
        let mut whole = Vec::new();
        for (to, report) in self.open {
            match report.end(ending) {
                Ok(()) => match to {
                    Destination::Object { object, format, file } => whole.push((object, format, file)),
                    to => failed.extend(to.keep().err()),
                },
                Err(error) => failed.extend(unless_reader_is_gone(&to, error)),
            }
        }
        // Last, so that nobody who reads along waits for S3.
        if let Some(uploads) = &self.uploads {
            for (object, format, file) in whole {
                failed.extend(uploads.send(&object, format, file).await.err());
            }
        }
        failed
    }
}

/// Whoever reads our stdout and goes away has seen enough; that is no failure.
pub fn unless_reader_is_gone(to: &Destination, error: io::Error) -> Option<anyhow::Error> {
    let is_gone = matches!(to, Destination::Stdout) && error.kind() == ErrorKind::BrokenPipe;
    (!is_gone).then(|| to.failed(error))
}
