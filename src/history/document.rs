//! A document (`plimsoll.scan/1`) as a scan of a history: read finding by finding, so that memory does not grow with it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use plimsoll_checks::contract::{Severity, Status};
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::collect::{ACCOUNT, fingerprint, why};
use super::row::{message, values};
use super::{History, HistoryError, Intake, Place, Read, Row, ScanFacts, Seen};
use crate::report::json::SCHEMA;

/// Adds the scan that a document tells of to a history, under a name; returns its id there.
pub fn read_document(path: &Path, history: &mut History, series: &str) -> Result<i64, HistoryError> {
    let unread = |error: serde_json::Error| {
        wrong(path, format!("{error}\na document is what `plimsoll scan --output FILE.json` writes"))
    };
    let open = || File::open(path).map(BufReader::new).map_err(|error| wrong(path, error.to_string()));
    // Twice, for JSON leaves it open what of a document comes first, and findings are not kept until the rest is known.
    let head: Head = serde_json::from_reader(open()?).map_err(unread)?;
    if head.schema != SCHEMA {
        return Err(wrong(path, format!("schema is {:?}; this version reads {SCHEMA}", head.schema)));
    }
    let mut reader = serde_json::Deserializer::from_reader(open()?);
    let mut failed = None;
    let read = reader.deserialize_map(Document { history, head, series, failed: &mut failed });
    failed.map_or_else(|| read.map_err(unread), Err)
}

fn wrong(path: &Path, message: String) -> HistoryError {
    HistoryError::Document { path: path.to_owned(), message }
}

/// All that is known of a scan beside what comes in numbers.
#[derive(Deserialize)]
struct Head {
    schema: String,
    tool: Tool,
    scan: ScanPart,
}

#[derive(Deserialize)]
struct Tool {
    version: String,
}

#[derive(Deserialize)]
struct ScanPart {
    started: jiff::Timestamp,
    finished: Option<jiff::Timestamp>,
    partial: bool,
    caller: String,
    selection: Selection,
    config: ConfigPart,
}

#[derive(Deserialize)]
struct Selection {
    checks: Vec<String>,
}

#[derive(Deserialize)]
struct ConfigPart {
    settings: Value,
}

#[derive(Deserialize)]
struct Finding {
    id: String,
    check: String,
    title: String,
    status: Status,
    severity: String,
    duty: String,
    account: String,
    region: String,
    resource: Resource,
    message: String,
    unknown: Option<Unknown>,
    evidence: Vec<Evidence>,
}

#[derive(Deserialize)]
struct Resource {
    r#type: String,
    arn: String,
    id: String,
}

#[derive(Deserialize)]
struct Unknown {
    reason: String,
    action: String,
}

#[derive(Deserialize)]
struct Evidence {
    action: String,
    region: String,
    fields: Map<String, Value>,
}

#[derive(Deserialize)]
struct Account {
    account: String,
    state: String,
    regions: Option<Vec<String>>,
}

/// A line of the ledger: of a read, or of a check that is off.
#[derive(Deserialize)]
struct Line {
    check: Option<String>,
    account: Option<String>,
    read: Option<String>,
    region: Option<String>,
    state: String,
    #[serde(default)]
    missing: Vec<Unknown>,
    #[serde(default)]
    beside: bool,
}

#[derive(Deserialize)]
struct Summary {
    judgements: usize,
}

impl Finding {
    fn row(self) -> Result<(Row, String), String> {
        let severity = Severity::from_name(&self.severity).ok_or_else(|| format!("no severity {:?}", self.severity))?;
        let kind = kind(&self.check, &self.resource.r#type);
        let fingerprint = fingerprint(&self.title, &self.duty);
        let evidence = self.evidence.iter().map(|it| (&*it.action, &*it.region, &it.fields));
        let seen = Seen {
            status: self.status,
            severity,
            message: message(&self.message),
            cause: self.unknown.map(|unknown| format!("{} {}", unknown.reason, unknown.action)),
            evidence: values(evidence),
        };
        let place = Place {
            id: self.id,
            check: self.check,
            duty: self.duty,
            account: self.account,
            region: self.region,
            kind,
            resource_type: self.resource.r#type,
            arn: self.resource.arn,
            resource: self.resource.id,
        };
        Ok((Row { place, seen }, fingerprint))
    }
}

/// The kind that a check judges of a type: a document names the type only.
fn kind(check: &str, resource_type: &str) -> Option<String> {
    let check = plimsoll_checks::checks().iter().find(|known| known.id == check)?;
    let read = check.check.over.iter().map(|over| over.read).find(|read| read.resource_type == Some(resource_type))?;
    Some(read.name.to_owned())
}

struct Document<'a> {
    history: &'a mut History,
    head: Head,
    series: &'a str,
    /// What the history said: JSON's errors know only text.
    failed: &'a mut Option<HistoryError>,
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a document of the form {SCHEMA}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<i64, A::Error> {
        let failed = self.failed;
        let mut keep = |error: HistoryError| {
            let text = error.to_string();
            *failed = Some(error);
            A::Error::custom(text)
        };
        let Head { tool, scan, .. } = self.head;
        let facts = ScanFacts {
            series: self.series.to_owned(),
            started: scan.started,
            finished: scan.finished,
            partial: scan.partial,
            tool: tool.version,
            settings: scan.config.settings.to_string(),
            caller: scan.caller,
        };
        let mut intake = self.history.add(&facts).map_err(&mut keep)?;
        // Which checks a scan that was stopped has judged to the end, a document does not tell.
        let state = if scan.partial { "unreached" } else { "made" };
        for check in &scan.selection.checks {
            intake.check(check, state, None).map_err(&mut keep)?;
        }
        let mut gone_through = GoneThrough { intake, state, findings: 0, failed: None };
        let read = gone_through.rest(&mut map);
        if let Some(error) = gone_through.failed {
            return Err(keep(error));
        }
        read?;
        gone_through.intake.commit().map_err(&mut keep)
    }
}

struct GoneThrough<'a> {
    intake: Intake<'a>,
    state: &'static str,
    findings: usize,
    failed: Option<HistoryError>,
}

impl GoneThrough<'_> {
    fn rest<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        let mut judgements = None;
        while let Some(key) = map.next_key::<String>()? {
            match &*key {
                "findings" => {
                    let mut prints: BTreeMap<String, String> = BTreeMap::new();
                    map.next_value_seed(Each(&mut |finding: Finding| {
                        let (row, print) = finding.row()?;
                        prints.entry(row.place.check.clone()).or_insert(print);
                        self.findings += 1;
                        self.intake.finding(&row).map_err(|error| failing(&mut self.failed, error))
                    }))?;
                    let state = self.state;
                    for (check, print) in &prints {
                        let kept = self.intake.check(check, state, Some(print));
                        kept.map_err(|error| A::Error::custom(failing(&mut self.failed, error)))?;
                    }
                }
                "accounts" => map.next_value_seed(Each(&mut |account: Account| self.account(account)))?,
                "ledger" => map.next_value_seed(Each(&mut |line: Line| self.line(line)))?,
                "summary" => judgements = Some(map.next_value::<Summary>()?.judgements),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let judgements = judgements.ok_or_else(|| A::Error::missing_field("summary"))?;
        if judgements == self.findings {
            return Ok(());
        }
        Err(A::Error::custom(format!(
            "it holds {} of {judgements} findings, as --new-only writes it: what it leaves out would look as if it were \
             gone",
            self.findings
        )))
    }

    fn account(&mut self, account: Account) -> Result<(), String> {
        let read = Read {
            account: account.account,
            read: ACCOUNT.to_owned(),
            region: plimsoll_checks::contract::GLOBAL.to_owned(),
            state: account.state.replace('-', " "),
            why: account.regions.map_or_else(String::new, |regions| regions.join(" ")),
        };
        self.intake.read(&read).map_err(|error| failing(&mut self.failed, error))
    }

    fn line(&mut self, line: Line) -> Result<(), String> {
        let kept = match (line.check, line.account, line.read, line.region) {
            (Some(check), ..) => self.intake.check(&check, "off", None),
            (None, Some(account), Some(read), Some(region)) if !read.starts_with("session/") && !line.beside => {
                let why = why(line.missing.iter().map(|missing| (&*missing.reason, &*missing.action)));
                self.intake.read(&Read { account, read, region, state: line.state, why })
            }
            _ => Ok(()),
        };
        kept.map_err(|error| failing(&mut self.failed, error))
    }
}

fn failing(failed: &mut Option<HistoryError>, error: HistoryError) -> String {
    let text = error.to_string();
    *failed = Some(error);
    text
}

/// Each element of a list, handed on as it is read.
struct Each<'a, T>(&'a mut dyn FnMut(T) -> Result<(), String>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Each<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Each<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(element) = list.next_element()? {
            (self.0)(element).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}
