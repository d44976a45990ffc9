//! JUnit XML: a suite for each account, a case for each finding; what CI servers list as tests.
//!
//! Nobody has written down what JUnit XML is; this keeps to what Jenkins and GitLab read. What fails is a failure, what
//! could not be seen an error (a test that could not be run); what does not apply is skipped, and so is what somebody has
//! signed for, with the word for it.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use plimsoll_checks::contract::Status;
use quick_xml::escape::escape;

use super::{Ending, Opening, Report, harmless};
use crate::scan::{Finding, Standing};

/// How much of a name is told.
const NAME: usize = 300;
/// How much of a message is told.
const MESSAGE: usize = 2000;

/// Suites. Cases wait on disk until it is known how many there are, which a suite says before them.
pub struct Suites<W> {
    out: W,
    opening: Opening,
    cases: BufWriter<File>,
    suites: Vec<Suite>,
}

/// The cases of an account, one after the other.
struct Suite {
    account: String,
    standing: Standing,
    bytes: u64,
}

impl<W: Write> Suites<W> {
    /// Suites on `out`.
    pub fn new(out: W, opening: Opening) -> io::Result<Self> {
        Ok(Self { out, opening, cases: BufWriter::new(tempfile::tempfile()?), suites: Vec::new() })
    }

    fn suite(&mut self, account: &str) -> &mut Suite {
        if self.suites.last().is_none_or(|suite| suite.account != account) {
            self.suites.push(Suite { account: account.to_owned(), standing: Standing::default(), bytes: 0 });
        }
        self.suites.last_mut().expect("there is one now")
    }
}

/// A text of strangers for an attribute or an element: on one line, escaped, and without what XML 1.0 has no way to
/// write (§2.2, `Char`).
fn xml(text: &str, width: usize) -> String {
    let shown: String = harmless(text, width).chars().map(|c| if is_char(c) { c } else { '\u{fffd}' }).collect();
    escape(shown).into_owned()
}

fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn case(finding: &Finding) -> String {
    let check = finding.check.registered;
    let place = &finding.place;
    let name = format!("{} ({})", xml(finding.resource_id(), NAME), xml(&place.region, 40));
    // Jenkins takes what is before the last full stop for a package.
    let class = format!("{}.{}", check.service.id, check.id);
    let properties = [
        ("finding", finding.id()),
        ("status", finding.status().as_str().to_owned()),
        ("severity", finding.severity().as_str().to_owned()),
        ("duty", check.check.duty.as_str().to_owned()),
        ("resource", xml(&finding.arn(), NAME)),
    ]
    .map(|(name, value)| format!("<property name=\"{name}\" value=\"{value}\"/>"))
    .concat();
    let outcome = outcome(finding);
    format!(
        "<testcase classname=\"{class}\" name=\"{name}\" time=\"0\"><properties>{properties}</properties>{outcome}\
         </testcase>\n"
    )
}

/// How a case went.
fn outcome(finding: &Finding) -> String {
    let check = finding.check.registered;
    let (status, severity) = (finding.status(), finding.severity());
    let message = xml(&finding.message(), MESSAGE);
    let title = xml(&check.title, MESSAGE);
    match (status, &finding.answer) {
        (Status::Pass, _) => format!("<system-out>{message}</system-out>"),
        (Status::Fail, _) => {
            let fix = escape(&*check.fix);
            format!("<failure type=\"{severity}\" message=\"{message}\">{title}: {message}\n\n{fix}</failure>")
        }
        (Status::NotApplicable, _) => format!("<skipped message=\"{message}\"/>"),
        (Status::Excepted | Status::Attested, _) => {
            let told = finding.acceptance().map_or_else(String::new, |accepted| xml(&accepted.told(), MESSAGE));
            format!("<skipped type=\"{status}\" message=\"{status}: {message}\">{told}</skipped>")
        }
        (Status::Unknown, answer) => {
            let reason = answer.as_ref().err().map_or("unknown", |unknown| unknown.reason.as_str());
            format!("<error type=\"{reason}\" message=\"{message}\">{title}: {message}</error>")
        }
    }
}

/// What a suite, or all of them, counts: `tests`, `failures`, `errors`, `skipped`.
fn counts(standing: Standing) -> String {
    format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
        standing.total(),
        standing.fail,
        standing.unknown,
        standing.not_applicable + standing.excepted + standing.attested
    )
}

impl<W: Write> Report for Suites<W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let case = case(finding);
        let suite = self.suite(&finding.place.account);
        suite.standing.add(finding.status());
        suite.bytes += case.len() as u64;
        self.cases.write_all(case.as_bytes())
    }

    fn end(self: Box<Self>, ending: &Ending<'_>) -> io::Result<()> {
        let Self { mut out, opening, cases, suites } = *self;
        let started = opening.scope.started();
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<testsuites name=\"plimsoll\" {} time=\"0\">", counts(ending.summary.all))?;
        let mut cases = cases.into_inner().map_err(io::IntoInnerError::into_error)?;
        cases.rewind()?;
        let mut cases = BufReader::new(cases);
        for Suite { account, standing, bytes } in suites {
            let name = xml(&account, 40);
            let at = format!("{started:.0}");
            let at = at.trim_end_matches('Z');
            writeln!(out, "<testsuite name=\"{name}\" {} time=\"0\" timestamp=\"{at}\">", counts(standing))?;
            io::copy(&mut cases.by_ref().take(bytes), &mut out)?;
            let stopped = if ending.summary.stopped { "the scan was stopped before its end; " } else { "" };
            let coverage = xml(&ending.summary.coverage(), MESSAGE);
            writeln!(out, "<system-out>{stopped}{coverage}</system-out>\n</testsuite>")?;
        }
        writeln!(out, "</testsuites>")?;
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use plimsoll_checks::contract::{Answer, Identity, Partition, Place, Reason, Unknown, fail};

    use super::*;
    use crate::scan::{Acceptance, AcceptanceKind, Chosen, ResourceOwner, Subject};

    fn accepted(kind: AcceptanceKind, answer: Answer) -> Finding {
        let check = Chosen::from(&plimsoll_checks::checks()[0]);
        let acceptance = Acceptance {
            kind,
            statement: None,
            reason: Some("it is <known>".to_owned()),
            owner: "web".to_owned(),
            approver: None,
            ticket: None,
            evidence: None,
            date: None,
            expires: jiff::civil::date(2027, 1, 31),
            file: "exceptions.toml".to_owned(),
            line: 1,
        };
        let place = Place::global(Partition::Aws, "111122223333");
        Finding {
            check,
            owner: ResourceOwner::of(&place),
            place,
            resource_type: "AWS::S3::Bucket",
            kind: check.check.over[0].read.name,
            subject: Subject::Resource(Identity::new("arn", "id")),
            answer,
            evidence: Vec::new(),
            accepted: Some(Arc::new(acceptance)),
        }
    }

    #[test]
    fn what_somebody_has_signed_for_is_skipped_with_the_reason_and_neither_passes_nor_fails() {
        let unknown = Unknown::new(Reason::Throttled, "kms:ListKeys", "so it is");
        for (finding, word) in [
            (accepted(AcceptanceKind::Exception, Ok(fail("is open"))), "excepted"),
            (accepted(AcceptanceKind::Attestation, Err(unknown)), "attested"),
        ] {
            let case = case(&finding);
            assert!(case.contains(&format!("<skipped type=\"{word}\"")), "{case}");
            assert!(case.contains("web until 2027-01-31") && case.contains("it is &lt;known&gt;"), "{case}");
            assert!(!case.contains("<failure") && !case.contains("<error") && !case.contains("<system-out"), "{case}");
            let mut standing = Standing::default();
            standing.add(finding.status());
            assert_eq!(counts(standing), "tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\"");
        }
        // An exception says nothing of what could not be seen.
        let unseen = accepted(AcceptanceKind::Exception, Err(Unknown::new(Reason::Denied, "kms:ListKeys", "so it is")));
        assert!(case(&unseen).contains("<error type=\"denied\""));
    }

    #[test]
    fn what_xml_cannot_hold_is_not_written() {
        assert_eq!(xml("a<b>\"&'\u{ffff}\u{0}", 80), "a&lt;b&gt;&quot;&amp;&apos;\u{fffd}\\u{0}");
        assert_eq!(xml("]]>\n", 80), "]]&gt;\\u{a}");
    }
}
