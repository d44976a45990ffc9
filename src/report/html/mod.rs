//! HTML: one page that holds everything, opens from disk and asks the network for nothing.
//!
//! Nothing that comes from an account is ever markup. It travels compressed and in base64, the page's script unpacks
//! it and shows it as text; and the page's Content-Security-Policy lets no script run but that one, which it knows by
//! its hash. What the page holds:
//!
//! | block | what |
//! |---|---|
//! | `head` | all that is known beside the findings: [`head::Head`] |
//! | `numbers-0` | six numbers for each finding: [`Columns`] |
//! | `texts-0` | four texts for each finding: [`Columns`] |
//! | `detail-N` | [`PIECE`] findings each: id, tags, reason and evidence, as the JSON report has them |

mod head;
mod pack;

use std::collections::HashMap;
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use self::head::Head;
use self::pack::Pieces;
use super::json::Detail;
use super::{Ending, Opening, Past, Report};
use crate::compliance::Tally;
use crate::matrix::Counts;
use crate::scan::Finding;

/// Findings whose details are unpacked together.
pub const PIECE: usize = 1000;

const PAGE: &str = include_str!("page.html");
/// Colours and what every page rests on, in both schemes.
pub const GROUND: &str = include_str!("ground.css");
const STYLE: &str = concat!(include_str!("ground.css"), "\n", include_str!("page.css"));
/// The script, in parts that read by themselves and share one scope.
const SCRIPT: &str = concat!(
    "\"use strict\";\n",
    include_str!("js/text.js"),
    include_str!("js/data.js"),
    include_str!("js/dom.js"),
    include_str!("js/summary.js"),
    include_str!("js/first.js"),
    include_str!("js/coverage.js"),
    include_str!("js/services.js"),
    include_str!("js/past.js"),
    include_str!("js/frameworks.js"),
    include_str!("js/ledger.js"),
    include_str!("js/query.js"),
    include_str!("js/list.js"),
    include_str!("js/detail.js"),
    include_str!("js/findings.js"),
    include_str!("js/print.js"),
    include_str!("js/main.js"),
);

/// Texts that repeat, each with a number of its own. Only for what a scan has few of.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, usize>,
    texts: Vec<String>,
}

impl Names {
    fn number(&mut self, text: &str) -> usize {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len();
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }
}

/// What a browser filters and searches by, one finding after the other.
struct Columns {
    /// For each finding the numbers of its check, status, account, region, resource type and partition.
    numbers: Pieces,
    /// For each finding its resource's id, its ARN, the message, and who owns the resource.
    texts: Pieces,
    statuses: Names,
    accounts: Names,
    regions: Names,
    types: Names,
    partitions: Names,
}

impl Columns {
    fn new() -> io::Result<Self> {
        Ok(Self {
            numbers: Pieces::whole()?,
            texts: Pieces::whole()?,
            statuses: Names::default(),
            accounts: Names::default(),
            regions: Names::default(),
            types: Names::default(),
            partitions: Names::default(),
        })
    }

    fn push(&mut self, check: usize, finding: &Finding) -> io::Result<()> {
        let numbers = [
            check,
            self.statuses.number(finding.status().as_str()),
            self.accounts.number(&finding.place.account),
            self.regions.number(&finding.place.region),
            self.types.number(finding.resource_type),
            self.partitions.number(finding.place.partition.name()),
        ];
        for number in &numbers {
            self.numbers.push(number)?;
        }
        for text in [finding.resource_id(), &finding.arn(), &finding.message(), &finding.owner.name] {
            self.texts.push(&text)?;
        }
        Ok(())
    }
}

/// A page. Findings wait on disk, compressed, until the end is known: memory does not grow with their number.
pub struct Page<W> {
    out: W,
    opening: Opening,
    /// The place of each check in the scan's list, by id.
    checks: HashMap<&'static str, usize>,
    columns: Columns,
    details: Pieces,
    tally: Tally,
    counts: Counts,
    findings: usize,
    past: Option<Past>,
}

impl<W: Write> Page<W> {
    /// A page on `out`.
    pub fn new(out: W, opening: Opening) -> io::Result<Self> {
        let ids = opening.checks.iter().map(|check| &*check.registered.id);
        Ok(Self {
            out,
            checks: ids.enumerate().map(|(number, id)| (id, number)).collect(),
            opening,
            columns: Columns::new()?,
            details: Pieces::of(PIECE)?,
            tally: Tally::default(),
            counts: Counts::default(),
            findings: 0,
            past: None,
        })
    }
}

impl<W: Write> Report for Page<W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let check = self.checks.get(&*finding.check.registered.id).copied();
        let check = check.ok_or_else(|| io::Error::other("a finding of a check that is not in the scan"))?;
        self.columns.push(check, finding)?;
        self.details.push(&Detail::of(finding))?;
        self.tally.count(finding);
        self.counts.add(finding);
        self.findings += 1;
        Ok(())
    }

    fn shows_the_past(&self) -> bool {
        true
    }

    fn remember(&mut self, past: &Past) {
        self.past = Some(past.clone());
    }

    fn end(self: Box<Self>, ending: &Ending<'_>) -> io::Result<()> {
        let Self { mut out, opening, columns, details, tally, counts, findings, past, .. } = *self;
        let known = head::Dictionaries { columns: &columns, counts: &counts, findings, past: past.as_ref() };
        let head = Head::of(&opening, ending, &tally, known)?;
        let (before, after) = PAGE.split_once("{{data}}").expect("the page has a place for its data");
        out.write_all(before.replace("{{policy}}", &policy()).replace("{{style}}", STYLE).as_bytes())?;
        pack::value("head", &head, &mut out)?;
        columns.numbers.write("numbers", &mut out)?;
        columns.texts.write("texts", &mut out)?;
        details.write("detail", &mut out)?;
        out.write_all(after.replace("{{script}}", SCRIPT).as_bytes())?;
        out.flush()
    }
}

/// What the page may do, by the rules that browsers enforce: run this one script, use this one sheet of style, and
/// show images that are in the page. No script may turn text into markup either.
fn policy() -> String {
    format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

/// How a policy names the one script, or the one sheet of style, that it lets in.
pub fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_the_page_do_not_end_one_another() {
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--"));
        assert!(!STYLE.contains("</style"));
        for place in ["{{policy}}", "{{style}}", "{{data}}", "{{script}}"] {
            assert_eq!(PAGE.matches(place).count(), 1, "{place}");
            assert!(!SCRIPT.contains(place) && !STYLE.contains(place), "{place}");
        }
    }

    #[test]
    fn the_script_never_makes_markup_of_text() {
        for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "srcdoc"] {
            assert!(!SCRIPT.contains(way), "{way}");
        }
    }
}
