//! Prometheus text: numbers for `node_exporter`'s textfile collector. Source: Prometheus, "Exposition formats".
//!
//! Labels are accounts, checks and words of this program, never names of resources: an account makes at most as many
//! series as there are checks times statuses, however large it is.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, Write};

use plimsoll_checks::contract::{DutyId, Reason, Severity, Status};

use super::{Ending, Opening, Report};
use crate::scan::{AccountState, Finding, Outcome};

/// Numbers, counted as findings come and written at the end.
pub struct Gauges<W> {
    out: W,
    opening: Opening,
    findings: BTreeMap<Series, usize>,
    unknown: BTreeMap<(String, Reason), usize>,
}

/// One line of `plimsoll_findings`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Series {
    account: String,
    check: &'static str,
    duty: DutyId,
    severity: Severity,
    status: Status,
}

impl<W: Write> Gauges<W> {
    /// Numbers on `out`.
    pub fn new(out: W, opening: Opening) -> Self {
        Self { out, opening, findings: BTreeMap::new(), unknown: BTreeMap::new() }
    }

    /// What is said before the lines of a metric.
    fn head(&mut self, name: &str, help: &str) -> io::Result<()> {
        writeln!(self.out, "# HELP plimsoll_{name} {help}\n# TYPE plimsoll_{name} gauge")
    }

    /// A line: labels with their values, and a number.
    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) -> io::Result<()> {
        let labels: Vec<String> =
            labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        writeln!(self.out, "plimsoll_{name}{labels} {value}")
    }

    fn findings(&mut self) -> io::Result<()> {
        self.head("findings", "Judgements by check and status.")?;
        for (series, count) in std::mem::take(&mut self.findings) {
            let labels = [
                ("account", &*series.account),
                ("check", series.check),
                ("duty", series.duty.as_str()),
                ("severity", series.severity.as_str()),
                ("status", series.status.as_str()),
            ];
            self.line("findings", &labels, count)?;
        }
        self.head("unknown_findings", "Judgements that were not reached, by reason.")?;
        for ((account, reason), count) in std::mem::take(&mut self.unknown) {
            self.line("unknown_findings", &[("account", &account), ("reason", reason.as_str())], count)?;
        }
        Ok(())
    }

    fn accounts(&mut self, outcomes: &[Outcome]) -> io::Result<()> {
        self.head("coverage_ratio", "Judgements reached, of all that were to be; absent where there were none.")?;
        for Outcome { account, standing, .. } in outcomes.iter().filter(|outcome| outcome.standing.total() > 0) {
            self.line("coverage_ratio", &[("account", account)], ratio(standing.reached(), standing.total()))?;
        }
        self.head("account_state", "How an account came through the scan: 1 for the state it is in.")?;
        for Outcome { account, state, .. } in outcomes {
            for possible in AccountState::ALL {
                let labels = [("account", &**account), ("state", possible.as_str())];
                self.line("account_state", &labels, u8::from(possible == *state))?;
            }
        }
        self.head("account_requests", "Requests sent for an account.")?;
        for Outcome { account, requests, .. } in outcomes {
            self.line("account_requests", &[("account", account)], requests)?;
        }
        Ok(())
    }
}

/// A label's value. Source: "Exposition formats": backslash, double quote and line feed are escaped.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// `part` of `whole` in four places, rounded down: less than everything is never 1.
fn ratio(part: usize, whole: usize) -> String {
    let places = part * 10_000 / whole;
    format!("{}.{:04}", places / 10_000, places % 10_000)
}

/// Seconds since 1970.
fn seconds(at: jiff::Timestamp) -> i64 {
    at.as_second()
}

impl<W: Write> Report for Gauges<W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let check = finding.check.registered;
        let series = Series {
            account: finding.place.account.to_string(),
            check: &check.id,
            duty: check.check.duty,
            severity: finding.severity(),
            status: finding.status(),
        };
        if let (Err(unknown), Status::Unknown) = (&finding.answer, series.status) {
            *self.unknown.entry((series.account.clone(), unknown.reason)).or_default() += 1;
        }
        *self.findings.entry(series).or_default() += 1;
        Ok(())
    }

    fn end(mut self: Box<Self>, ending: &Ending<'_>) -> io::Result<()> {
        self.head("info", "The program that scanned.")?;
        self.line("info", &[("version", env!("CARGO_PKG_VERSION"))], 1)?;
        self.head("scan_complete", "1 if the scan came to its end, 0 if it was stopped.")?;
        self.line("scan_complete", &[], u8::from(!ending.summary.stopped))?;
        self.head("scan_start_timestamp_seconds", "When the scan began to read.")?;
        let started = seconds(self.opening.scope.started());
        self.line("scan_start_timestamp_seconds", &[], started)?;
        if let Some(finished) = ending.finished {
            self.head("scan_end_timestamp_seconds", "When the last answer was heard; absent if the scan was stopped.")?;
            self.line("scan_end_timestamp_seconds", &[], seconds(finished))?;
        }
        self.head("checks", "Checks that judged, and checks that are off by configuration.")?;
        let (on, off) = (self.opening.checks.len(), self.opening.off.len());
        self.line("checks", &[("state", "on")], on)?;
        self.line("checks", &[("state", "off")], off)?;
        self.findings()?;
        self.accounts(ending.accounts)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_end_where_they_should() {
        assert_eq!(escaped("a\"} 1\n\\"), "a\\\"} 1\\n\\\\");
    }

    #[test]
    fn less_than_everything_is_never_all_of_it() {
        assert_eq!(ratio(9_999_999, 10_000_000), "0.9999");
        assert_eq!((ratio(3, 3), ratio(1, 3)), ("1.0000".to_owned(), "0.3333".to_owned()));
    }
}
