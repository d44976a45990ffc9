//! Where the findings of a scan go.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::NamedTempFile;

use super::formats::Format;
use super::job::Sink;
use crate::report::{Ending, Opening, Past, Report};
use crate::{scan, terminal};

/// Where the findings go: files, which appear whole at the end, and then stdout.
///
/// Each is on its own: one that fails is given up, and the scan goes on for the rest.
pub struct Outputs {
    open: Vec<(Destination, Box<dyn Report>)>,
    failed: Vec<anyhow::Error>,
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
        })
    }
}

impl Outputs {
    /// Opens stdout in `format`, and files as their names say.
    pub fn open(format: Format, files: &[PathBuf], opening: &Opening) -> anyhow::Result<Self> {
        let mut open = Vec::new();
        for path in files {
            let (to, out) = Destination::file(path)?;
            let format = Format::of_file(path)?;
            if format == Format::Prometheus {
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
        Ok(Self { open, failed: Vec::new() })
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

    fn end(self, ending: &Ending<'_>) -> Vec<anyhow::Error> {
        let mut failed = self.failed;
        for (to, report) in self.open {
            failed.extend(match report.end(ending) {
                Ok(()) => to.keep().err(),
                Err(error) => unless_reader_is_gone(&to, error),
            });
        }
        failed
    }
}

/// Whoever reads our stdout and goes away has seen enough; that is no failure.
pub fn unless_reader_is_gone(to: &Destination, error: io::Error) -> Option<anyhow::Error> {
    let is_gone = matches!(to, Destination::Stdout) && error.kind() == ErrorKind::BrokenPipe;
    (!is_gone).then(|| to.failed(error))
}
