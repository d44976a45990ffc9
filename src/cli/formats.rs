//! The formats that findings are written in, and how a user names them: by a word, or by how a file is called.

use std::io::{self, Write};
use std::path::Path;

use anyhow::bail;

use crate::report::csv::Rows;
use crate::report::html::Page;
use crate::report::json::{Document, Lines};
use crate::report::junit::Suites;
use crate::report::markdown::Digest;
use crate::report::ocsf::{Events, Style};
use crate::report::prometheus::Gauges;
use crate::report::sarif::{Extent, Log};
use crate::report::table::Table;
use crate::report::{Opening, Report};
use crate::report::{asff, oscal};

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// One document
    Json,
    /// One finding a line, as it is reached
    Ndjson,
    /// A table for spreadsheets, one finding a row
    Csv,
    /// A digest for pull requests
    Markdown,
    /// Rules and results, SARIF 2.1.0
    Sarif,
    /// The same for GitHub, which takes every result for an alert: what fails and what could not be seen
    GithubSarif,
    /// Test cases for CI servers, JUnit XML
    Junit,
    /// Numbers for the textfile collector of Prometheus
    Prometheus,
    /// OCSF Compliance Findings, in one array
    Ocsf,
    /// OCSF Compliance Findings, one a line
    OcsfNdjson,
    /// What AWS Security Hub imports, in one array
    Asff,
    /// OSCAL assessment results
    Oscal,
    /// A page for a browser; only as a file
    #[value(skip)]
    Html,
}

/// What a file's name ends in, and the format that this says. The longest that fits counts, so that `.x.json` can be
/// another format than `.json`. Errors and help list them in this order.
const SUFFIXES: &[(&str, Format)] = &[
    (".html", Format::Html),
    (".htm", Format::Html),
    (".json", Format::Json),
    (".ndjson", Format::Ndjson),
    (".jsonl", Format::Ndjson),
    (".csv", Format::Csv),
    (".md", Format::Markdown),
    (".sarif", Format::Sarif),
    (".github.sarif", Format::GithubSarif),
    (".junit.xml", Format::Junit),
    (".xml", Format::Junit),
    (".prom", Format::Prometheus),
    (".ocsf.json", Format::Ocsf),
    (".ocsf.ndjson", Format::OcsfNdjson),
    (".ocsf.jsonl", Format::OcsfNdjson),
    (".asff.json", Format::Asff),
    (".oscal.json", Format::Oscal),
    (".txt", Format::Table),
];

/// All suffixes, in words.
pub fn suffixes() -> String {
    let all: Vec<&str> = SUFFIXES.iter().map(|(suffix, _)| *suffix).collect();
    let (last, others) = all.split_last().expect("there are formats");
    format!("{} or {last}", others.join(", "))
}

impl Format {
    /// All formats, in the order of the table of suffixes.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for (_, format) in SUFFIXES {
            if !all.contains(format) {
                all.push(*format);
            }
        }
        all
    }

    /// The format that a file's name says.
    pub fn of_file(path: &Path) -> anyhow::Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        // `.json` alone is a name and has no suffix.
        let fitting = SUFFIXES.iter().filter(|(suffix, _)| name.len() > suffix.len() && name.ends_with(suffix));
        match fitting.max_by_key(|(suffix, _)| suffix.len()) {
            Some((_, format)) => Ok(*format),
            None => bail!(
                "--output {}: the end of a file's name says the format, and must be {}",
                path.display(),
                suffixes()
            ),
        }
    }

    /// The media type of what is written, for whoever shows or fetches it by HTTP.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Table => "text/plain; charset=utf-8",
            Self::Json | Self::Sarif | Self::GithubSarif | Self::Ocsf | Self::Asff | Self::Oscal => "application/json",
            Self::Ndjson | Self::OcsfNdjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Junit => "application/xml",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
        }
    }

    /// A report of this format.
    pub fn report<W: Write + 'static>(self, out: W, width: usize, opening: &Opening) -> io::Result<Box<dyn Report>> {
        Ok(match self {
            Self::Table => Box::new(Table::new(out, width, opening.clone())),
            Self::Json => Box::new(Document::new(out, opening.clone())?),
            Self::Ndjson => Box::new(Lines::new(out)),
            Self::Csv => Box::new(Rows::new(out)?),
            Self::Markdown => Box::new(Digest::new(out, opening.clone())),
            Self::Sarif => Box::new(Log::new(out, opening.clone(), Extent::All)?),
            Self::GithubSarif => Box::new(Log::new(out, opening.clone(), Extent::Open)?),
            Self::Junit => Box::new(Suites::new(out, opening.clone())?),
            Self::Prometheus => Box::new(Gauges::new(out, opening.clone())),
            Self::Ocsf => Box::new(Events::new(out, Style::Array, opening)),
            Self::OcsfNdjson => Box::new(Events::new(out, Style::Lines, opening)),
            Self::Asff => Box::new(asff::Findings::new(out, opening)),
            Self::Oscal => Box::new(oscal::Document::new(out, opening.clone())?),
            Self::Html => Box::new(Page::new(out, opening.clone())?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_suffix_of_a_files_name_says_the_format() {
        for (suffix, format) in SUFFIXES {
            let path = format!("reports/a.b{}", suffix.to_ascii_uppercase());
            assert_eq!(Format::of_file(Path::new(&path)).expect("it is in the table"), *format, "{path}");
        }
    }

    #[test]
    fn a_name_that_says_no_format_is_told_all_there_are() {
        for name in ["report", ".json", "json", "report.pdf"] {
            let error = Format::of_file(Path::new(name)).unwrap_err().to_string();
            assert!(SUFFIXES.iter().all(|(suffix, _)| error.contains(suffix)), "{error}");
        }
    }
}
