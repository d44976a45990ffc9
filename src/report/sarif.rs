//! SARIF 2.1.0: a rule for each check, a result for each finding, written as they come.
//!
//! Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", whose sections are named below,
//! and GitHub, "SARIF support for code scanning". GitHub knows neither `kind` nor `suppressions` and shows every result
//! as an alert, so there is a second form for it: [`Extent::Open`].

use std::collections::BTreeMap;
use std::io::{self, Write};

use plimsoll_checks::contract::{Controls, Registered, Severity, Status, controls_of};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Ending, Opening, Report, harmless};
use crate::scan::{Chosen, Finding, Scope, Subject};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Where the program comes from; GitHub wants to know.
const HOME: &str = env!("CARGO_PKG_NAME");

/// How much of a name or a message is told; what strangers call a thing may be a megabyte.
const TEXT: usize = 1000;

/// Which findings are results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All, each with its kind.
    All,
    /// What asks for something to be done: what fails, and what could not be seen. That which could not be seen is told,
    /// for GitHub takes an alert that is no longer told for fixed.
    Open,
}

/// A log with one run, written as findings come.
pub struct Log<W> {
    out: W,
    opening: Opening,
    extent: Extent,
    any: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    name: String,
    short_description: Message,
    full_description: Message,
    help: Help<'a>,
    default_configuration: Configuration,
    properties: RuleProperties<'a>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
struct Help<'a> {
    text: &'a str,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties<'a> {
    #[serde(rename = "security-severity")]
    security_severity: &'static str,
    precision: &'static str,
    tags: [&'a str; 4],
    severity: &'static str,
    duty: &'static str,
    service: &'static str,
    controls: &'static Controls,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'a str,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'static str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressions: Option<[Suppression; 1]>,
    properties: OutcomeProperties<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Value,
    logical_locations: [Logical; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OutcomeProperties<'a> {
    status: &'static str,
    severity: &'static str,
    account: &'a str,
    region: &'a str,
    resource_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown_reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown_action: Option<&'a str>,
}

/// What somebody has signed for (§3.35).
#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

/// How bad it is if it fails, in SARIF's three words.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// The same as a number, as GitHub sorts by it: above 9.0 critical, from 7.0 high, from 4.0 medium.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
    }
}

/// What kind of result it is (§3.27.9); one that could not be reached is `open`: "insufficient information to decide
/// whether a problem exists".
fn kind(status: Status) -> &'static str {
    match status {
        Status::Pass => "pass",
        // Which one is accepted, the suppression says.
        Status::Fail | Status::Excepted => "fail",
        Status::NotApplicable => "notApplicable",
        Status::Unknown | Status::Attested => "open",
    }
}

impl Extent {
    fn has(self, status: Status) -> bool {
        match (self, status) {
            (Self::All, _) | (Self::Open, Status::Fail | Status::Unknown) => true,
            (Self::Open, Status::Pass | Status::NotApplicable | Status::Excepted | Status::Attested) => false,
        }
    }
}

/// A text in a message: braces would be placeholders (§3.11.5) and brackets links (§3.11.6), which is not for strangers
/// to decide.
fn text(stranger: &str) -> String {
    let shown = harmless(stranger, TEXT);
    let mut text = String::with_capacity(shown.len());
    for character in shown.chars() {
        match character {
            '{' | '}' => text.extend([character, character]),
            '[' | ']' | '\\' => text.extend(['\\', character]),
            _ => text.push(character),
        }
    }
    text
}

impl<'a> Rule<'a> {
    fn of(chosen: &'a Chosen) -> Self {
        let check: &'static Registered = chosen.registered;
        let camel = check.id.split('-').map(|word| {
            let (first, rest) = word.split_at(usize::from(!word.is_empty()));
            first.to_ascii_uppercase() + rest
        });
        let duty = check.check.duty;
        let source = format!("\n\nSource: {}", check.source);
        Self {
            id: &check.id,
            name: camel.collect(),
            short_description: Message { text: text(&check.title) },
            full_description: Message { text: text(if check.why.is_empty() { &check.title } else { &check.why }) },
            help: Help { text: &check.fix, markdown: format!("{}\n\n{}{source}", check.why, check.fix) },
            default_configuration: Configuration { level: level(chosen.severity) },
            properties: RuleProperties {
                security_severity: security_severity(chosen.severity),
                precision: "very-high",
                tags: ["security", "aws", check.service.id, duty.as_str()],
                severity: chosen.severity.as_str(),
                duty: duty.as_str(),
                service: check.service.id,
                controls: controls_of(&check.id),
            },
        }
    }
}

/// A file that stands for the resource, since GitHub shows no result without one: it need not exist, and is the same in
/// every scan. Everything but letters, digits, `-`, `.` and `_` is encoded, so that a name adds no folder.
fn file(finding: &Finding, id: &str) -> String {
    let mut file = format!("aws/{}/{}/{}/", finding.place.account, finding.place.region, finding.kind);
    let name = match &finding.subject {
        Subject::Resource(identity) => &*identity.id,
        Subject::Unlisted => "unlisted",
    };
    for byte in name.bytes().take(NAME) {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || (byte == b'.' && !name.starts_with('.')) {
            file.push(char::from(byte));
        } else {
            file.extend(format!("%{byte:02X}").chars());
        }
    }
    if name.len() > NAME {
        file.push('-');
        file.push_str(id);
    }
    file
}

/// Bytes of a name that are in the name of its file.
const NAME: usize = 200;

impl<W: Write> Log<W> {
    /// A log on `out`. Its rules are written at once.
    pub fn new(mut out: W, opening: Opening, extent: Extent) -> io::Result<Self> {
        let rules: Vec<Rule<'_>> = opening.checks.iter().map(Rule::of).collect();
        let driver = json!({
            "name": "Plimsoll",
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "organization": HOME,
            "rules": rules,
        });
        // GitHub keeps the results of each category apart: it is what comes before the last slash.
        let category = match &opening.scope {
            Scope::Account(target) => format!("plimsoll/{}/", target.account),
            Scope::Accounts(accounts) => match &accounts.organization {
                Some(organization) => format!("plimsoll/{organization}/"),
                None => "plimsoll/accounts/".to_owned(),
            },
        };
        write!(
            out,
            "{{\n\"$schema\": \"{SCHEMA}\",\n\"version\": \"2.1.0\",\n\"runs\": [{{\n\"tool\": {{\"driver\": "
        )?;
        serde_json::to_writer(&mut out, &driver)?;
        write!(out, "}},\n\"automationDetails\": ")?;
        serde_json::to_writer(&mut out, &json!({ "id": category }))?;
        write!(out, ",\n\"columnKind\": \"utf16CodeUnits\",\n\"results\": [")?;
        Ok(Self { out, opening, extent, any: false })
    }
}

impl<W: Write> Report for Log<W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let status = finding.status();
        if !self.extent.has(status) {
            return Ok(());
        }
        let id = finding.id();
        let place = &finding.place;
        let rule = self.opening.checks.iter().position(|check| check.id == finding.check.id);
        let unknown = finding.answer.as_ref().err();
        let said = format!("{}: {}", finding.resource_id(), finding.message());
        let is_failing = finding.judged() == Status::Fail;
        let lead = if unknown.is_some() { "Could not be seen: " } else { "" };
        let outcome = Outcome {
            rule_id: &finding.check.registered.id,
            rule_index: rule.expect("a scan's findings are of its checks"),
            kind: kind(status),
            // §3.27.10: whatever is no failure has no level.
            level: if is_failing { level(finding.severity()) } else { "none" },
            message: Message { text: format!("{lead}{}", text(&said)) },
            locations: [Location {
                physical_location: json!({
                    "artifactLocation": {"uri": file(finding, &id)},
                    "region": {"startLine": 1},
                }),
                logical_locations: [Logical {
                    name: harmless(finding.resource_id(), TEXT),
                    fully_qualified_name: harmless(&finding.arn(), TEXT),
                    kind: "resource",
                }],
            }],
            // GitHub knows a result again by the second alone, which its own upload takes from the file if it is not
            // there.
            partial_fingerprints: BTreeMap::from([("plimsollFinding/v1", &*id), ("primaryLocationLineHash", &*id)]),
            suppressions: finding.acceptance().map(|accepted| {
                let justification = harmless(&accepted.told(), TEXT);
                [Suppression { kind: "external", status: "accepted", justification }]
            }),
            properties: OutcomeProperties {
                status: status.as_str(),
                severity: finding.severity().as_str(),
                account: &place.account,
                region: &place.region,
                resource_type: finding.resource_type,
                unknown_reason: unknown.map(|unknown| unknown.reason.as_str()),
                unknown_action: unknown.map(|unknown| &*unknown.action),
            },
        };
        self.out.write_all(if self.any { b",\n" } else { b"\n" })?;
        self.any = true;
        Ok(serde_json::to_writer(&mut self.out, &outcome)?)
    }

    fn end(mut self: Box<Self>, ending: &Ending<'_>) -> io::Result<()> {
        let unseen = ending.groups.iter().map(|group| {
            let told = format!("{} judgements not reached: {} {}", group.judgements, group.reason, group.action);
            json!({"level": "warning", "message": {"text": text(&told)}})
        });
        let off = self.opening.off.iter().map(|off| {
            let told = format!("{} is not examined by configuration: {}", off.check.id, off.reason);
            json!({"level": "note", "message": {"text": text(&told)}})
        });
        let mut invocation = json!({
            "executionSuccessful": !ending.summary.stopped,
            "startTimeUtc": utc(self.opening.scope.started()),
            "toolExecutionNotifications": unseen.chain(off).collect::<Vec<_>>(),
        });
        if let Some(finished) = ending.finished {
            invocation["endTimeUtc"] = utc(finished).into();
        }
        let all = ending.summary.all;
        let properties = json!({
            "partial": ending.summary.stopped,
            "coverage": ending.summary.coverage(),
            "findings": {
                "pass": all.pass,
                "fail": all.fail,
                "not-applicable": all.not_applicable,
                "unknown": all.unknown,
                "excepted": all.excepted,
                "attested": all.attested,
            },
        });
        write!(self.out, "\n],\n\"invocations\": [")?;
        serde_json::to_writer(&mut self.out, &invocation)?;
        write!(self.out, "],\n\"properties\": ")?;
        serde_json::to_writer(&mut self.out, &properties)?;
        writeln!(self.out, "\n}}]\n}}")?;
        self.out.flush()
    }
}

/// A time in the form of §3.9: to the millisecond.
fn utc(at: jiff::Timestamp) -> String {
    format!("{at:.3}")
}
