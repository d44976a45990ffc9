//! JSON: one document, or one finding a line. Its form is `plimsoll.scan/1`; see `schema/plimsoll.scan.1.json`.
//!
//! The structs here are the format: what programs read stays as it is while the rest of the program changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::sync::LazyLock;

use plimsoll_checks::contract::{self, DutyId, Registered, Settings, Severity, Tags, controls_of};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use super::{Ending, Opening, Report};
use crate::register::{Fate, State};
use crate::scan::{self, AcceptanceKind};

/// The name and version of the form.
pub const SCHEMA: &str = "plimsoll.scan/1";

/// A finding.
#[derive(Debug, Serialize)]
pub struct Finding<'a> {
    id: String,
    check: &'a str,
    title: &'a str,
    status: &'static str,
    severity: &'static str,
    duty: &'static str,
    group: &'a str,
    owner: &'static str,
    domain: &'a str,
    service: &'a str,
    service_model: &'static str,
    partition: &'static str,
    account: &'a str,
    region: &'a str,
    resource: Resource<'a>,
    resource_owner: &'a scan::ResourceOwner,
    message: String,
    unknown: Option<Unknown<'a>>,
    evidence: Vec<Evidence<'a>>,
    accepted: Option<&'a scan::Acceptance>,
    controls: &'static RawValue,
}

/// The controls of each check as JSON: the longest part of a finding, and the same for all of a check.
static CONTROLS: LazyLock<HashMap<&'static str, Box<RawValue>>> = LazyLock::new(|| {
    let json = |check: &'static Registered| {
        let controls = to_raw_value(controls_of(&check.id)).expect("a map of strings has a JSON form");
        (&*check.id, controls)
    };
    plimsoll_checks::checks().iter().map(json).collect()
});

#[derive(Debug, Serialize)]
struct Resource<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    arn: String,
    id: &'a str,
    tags: &'a Tags,
}

#[derive(Debug, Serialize)]
struct Unknown<'a> {
    reason: &'static str,
    action: &'a str,
    detail: &'a str,
}

#[derive(Debug, Serialize)]
struct Evidence<'a> {
    action: &'a str,
    /// Another account than the one that is judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    region: &'a str,
    request_id: Option<&'a str>,
    at: String,
    fields: &'a Map<String, Value>,
}

impl<'a> Finding<'a> {
    /// A finding in this format.
    pub fn of(finding: &'a scan::Finding) -> Self {
        static NO_TAGS: Tags = Tags::new();
        let check = finding.check.registered;
        let duty = check.check.duty.facts();
        let tags = match &finding.subject {
            scan::Subject::Resource(identity) => &identity.tags,
            scan::Subject::Unlisted => &NO_TAGS,
        };
        Self {
            id: finding.id(),
            check: &check.id,
            title: &check.title,
            status: finding.status().as_str(),
            severity: finding.severity().as_str(),
            duty: check.check.duty.as_str(),
            group: &duty.group,
            owner: duty.owner.as_str(),
            domain: &duty.domain,
            service: check.service.id,
            service_model: check.service_model.as_str(),
            partition: finding.place.partition.name(),
            account: &finding.place.account,
            region: &finding.place.region,
            resource: Resource { kind: finding.resource_type, arn: finding.arn(), id: finding.resource_id(), tags },
            resource_owner: &finding.owner,
            message: finding.message(),
            unknown: finding.answer.as_ref().err().map(Unknown::of),
            evidence: finding.evidence.iter().map(Evidence::of).collect(),
            accepted: finding.accepted.as_deref(),
            controls: &CONTROLS[&*check.id],
        }
    }
}

impl<'a> Unknown<'a> {
    fn of(unknown: &'a contract::Unknown) -> Self {
        Self { reason: unknown.reason.as_str(), action: &unknown.action, detail: &unknown.detail }
    }
}

impl<'a> Evidence<'a> {
    fn of(evidence: &'a contract::Evidence) -> Self {
        Self {
            action: &evidence.action,
            account: evidence.account.as_deref(),
            region: &evidence.region,
            request_id: evidence.request_id.as_deref(),
            at: evidence.at.to_string(),
            fields: &evidence.fields,
        }
    }
}

/// The parts of a finding that only somebody who looks at this one wants to see, named as in a finding.
#[derive(Debug, Serialize)]
pub struct Detail<'a> {
    id: String,
    tags: &'a Tags,
    resource_owner: &'a scan::ResourceOwner,
    unknown: Option<Unknown<'a>>,
    evidence: Vec<Evidence<'a>>,
    accepted: Option<&'a scan::Acceptance>,
}

impl<'a> Detail<'a> {
    /// These parts of a finding.
    pub fn of(finding: &'a scan::Finding) -> Self {
        let Finding { id, resource, resource_owner, unknown, evidence, accepted, .. } = Finding::of(finding);
        Self { id, tags: resource.tags, resource_owner, unknown, evidence, accepted }
    }
}

/// A line of the ledger.
#[derive(Debug, Serialize)]
pub struct LedgerEntry<'a> {
    account: &'a str,
    read: &'a str,
    actions: &'a [String],
    region: &'a str,
    /// `complete`, `partial` or `unread`.
    state: &'static str,
    /// For details, how many resources were asked about; for lists, absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<usize>,
    records: usize,
    requests: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
    /// Asked for the sake of other accounts, apart from the account's own scan.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    beside: bool,
    missing: Vec<Missing<'a>>,
}

#[derive(Debug, Serialize)]
struct Missing<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    reason: &'static str,
    action: &'a str,
    detail: &'a str,
}

impl<'a> LedgerEntry<'a> {
    /// A line of the ledger in this format.
    pub fn of(entry: &'a scan::Entry) -> Self {
        Self {
            account: &entry.account,
            read: &entry.read,
            actions: &entry.actions,
            region: &entry.region,
            state: entry.state(),
            asked: entry
                .is_detail
                .then(|| entry.complete + entry.missing.iter().filter(|it| it.resource.is_some()).count()),
            records: entry.records,
            requests: entry.requests,
            note: entry.is_without_resources().then_some("no resources"),
            beside: entry.beside,
            missing: entry
                .missing
                .iter()
                .map(|missing| Missing {
                    resource: missing.resource.as_deref(),
                    reason: missing.reason.as_str(),
                    action: &missing.action,
                    detail: &missing.detail,
                })
                .collect(),
        }
    }
}

/// A row of the table of accounts.
#[derive(Debug, Serialize)]
pub struct Account<'a> {
    account: &'a str,
    name: Option<&'a str>,
    alias: Option<&'a str>,
    state: scan::AccountState,
    detail: Option<&'a str>,
    caller: Option<&'a str>,
    regions: Option<&'a [String]>,
    regions_left_out: Option<&'a [String]>,
    started: Option<String>,
    finished: Option<String>,
    findings: Standing,
    requests: u64,
}

impl<'a> Account<'a> {
    /// A row in this format.
    pub fn of(outcome: &'a scan::Outcome) -> Self {
        let target = outcome.target.as_ref();
        Self {
            account: &outcome.account,
            name: outcome.name.as_deref(),
            alias: target.and_then(|target| target.alias.as_deref()),
            state: outcome.state,
            detail: outcome.detail.as_deref(),
            caller: target.map(|target| &*target.caller),
            regions: target.map(|target| &*target.regions),
            regions_left_out: target.and_then(|target| target.left_out.as_deref()),
            started: target.map(|target| target.started.to_string()),
            finished: outcome.finished.map(|at| at.to_string()),
            findings: outcome.standing.into(),
            requests: outcome.requests,
        }
    }
}

/// A line of the ledger: a check that was not made.
#[derive(Debug, Serialize)]
struct NotExamined<'a> {
    check: &'a str,
    state: &'static str,
    reason: &'a str,
    file: &'a str,
    line: usize,
}

impl<'a> NotExamined<'a> {
    fn of(off: &'a scan::Off) -> Self {
        let state = "not examined by configuration";
        Self { check: &off.check.id, state, reason: &off.reason, file: &off.file, line: off.line }
    }
}

/// What became of an entry of attestations.toml or exceptions.toml.
#[derive(Debug, Serialize)]
pub struct Signed<'a> {
    state: State,
    reopened: bool,
    because: &'a str,
    about: String,
    /// The duty that an attestation is about as a whole.
    duty: Option<&'static str>,
    covers: usize,
    entry: &'a scan::Acceptance,
}

impl<'a> Signed<'a> {
    /// An entry in this format.
    pub fn of(fate: &'a Fate<'a>) -> Self {
        Self {
            state: fate.state,
            reopened: fate.state.is_reopened(),
            because: &fate.because,
            about: fate.entry.about.told(),
            duty: fate.whole_duty().map(DutyId::as_str),
            covers: fate.covers,
            entry: &fate.entry.acceptance,
        }
    }
}

/// What wrote a document.
#[derive(Debug, Serialize)]
pub struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    /// This program.
    pub fn this() -> Self {
        Self { name: "plimsoll", version: env!("CARGO_PKG_VERSION") }
    }
}

/// What was scanned, by whom, when, and by which rules.
#[derive(Debug, Serialize)]
pub struct Scan<'a> {
    account: Option<&'a str>,
    alias: Option<&'a str>,
    organization: Option<&'a str>,
    partition: &'static str,
    caller: &'a str,
    regions: Option<&'a [String]>,
    regions_left_out: Option<&'a [String]>,
    started: String,
    finished: Option<String>,
    now: String,
    partial: bool,
    selection: Selection<'a>,
    config: Config<'a>,
}

#[derive(Debug, Serialize)]
struct Config<'a> {
    file: Option<&'a str>,
    settings: &'a Settings,
}

impl<'a> Scan<'a> {
    /// A scan in this format.
    pub fn of(opening: &'a Opening, ending: &Ending<'_>) -> Self {
        let Opening { scope, checks, now, config, settings, .. } = opening;
        let target = scope.account();
        Self {
            account: target.map(|target| &*target.account),
            alias: target.and_then(|target| target.alias.as_deref()),
            organization: match scope {
                scan::Scope::Accounts(accounts) => accounts.organization.as_deref(),
                scan::Scope::Account(_) => None,
            },
            partition: scope.partition().name(),
            caller: scope.caller(),
            regions: target.map(|target| &*target.regions),
            regions_left_out: target.and_then(|target| target.left_out.as_deref()),
            started: scope.started().to_string(),
            finished: ending.finished.map(|at| at.to_string()),
            now: now.to_string(),
            partial: ending.summary.stopped,
            selection: Selection { checks: checks.iter().map(|check| &*check.id).collect() },
            config: Config { file: config.as_deref(), settings },
        }
    }
}

#[derive(Debug, Serialize)]
struct Selection<'a> {
    checks: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct Summary<'a> {
    partial: bool,
    judgements: usize,
    reached: usize,
    pass: usize,
    fail: usize,
    not_applicable: usize,
    unknown: usize,
    excepted: usize,
    attested: usize,
    failing: BTreeMap<&'static str, usize>,
    unknown_because: Vec<UnknownBecause<'a>>,
    to_allow: Vec<ToAllow>,
    duties: BTreeMap<&'static str, Standing>,
    duties_not_looked_at: Vec<&'static str>,
    requests: u64,
    coverage: String,
}

#[derive(Debug, Serialize)]
struct UnknownBecause<'a> {
    reason: &'static str,
    action: &'a str,
    judgements: usize,
}

#[derive(Debug, Serialize)]
struct ToAllow {
    action: String,
    checks: BTreeSet<&'static str>,
    judgements: usize,
}

/// Numbers of findings by status.
#[derive(Debug, Serialize)]
pub struct Standing {
    pass: usize,
    fail: usize,
    not_applicable: usize,
    unknown: usize,
    excepted: usize,
    attested: usize,
}

/// Of a duty whose checks have found nothing to judge.
const NOTHING: Standing = Standing { pass: 0, fail: 0, not_applicable: 0, unknown: 0, excepted: 0, attested: 0 };

impl From<scan::Standing> for Standing {
    fn from(standing: scan::Standing) -> Self {
        Self {
            pass: standing.pass,
            fail: standing.fail,
            not_applicable: standing.not_applicable,
            unknown: standing.unknown,
            excepted: standing.excepted,
            attested: standing.attested,
        }
    }
}

/// One document. Findings wait on disk until the end is known, so that memory does not grow with their number.
pub struct Document<W> {
    out: W,
    findings: BufWriter<File>,
    any: bool,
    opening: Opening,
}

impl<W: Write> Document<W> {
    /// A document on `out`.
    pub fn new(out: W, opening: Opening) -> io::Result<Self> {
        let findings = BufWriter::new(tempfile::tempfile().map_err(not_aside)?);
        Ok(Self { out, findings, any: false, opening })
    }
}

/// What waits on disk could not be put there: it is that disk which has no room, and not the report's own.
fn not_aside(error: io::Error) -> io::Error {
    let folder = std::env::temp_dir();
    let told = format!("putting findings aside in {} (TMPDIR names another folder): {error}", folder.display());
    io::Error::new(error.kind(), told)
}

impl<W: Write> Report for Document<W> {
    fn finding(&mut self, finding: &scan::Finding) -> io::Result<()> {
        if self.any {
            self.findings.write_all(b",\n    ").map_err(not_aside)?;
        }
        self.any = true;
        serde_json::to_writer(&mut self.findings, &Finding::of(finding)).map_err(|error| not_aside(error.into()))
    }

    fn end(mut self: Box<Self>, ending: &Ending<'_>) -> io::Result<()> {
        let scan = Scan::of(&self.opening, ending);
        let out = &mut self.out;
        let tool = Tool::this();
        write!(out, "{{\n  \"schema\": \"{SCHEMA}\",\n  \"tool\": ")?;
        serde_json::to_writer(&mut *out, &tool)?;
        write!(out, ",\n  \"scan\": ")?;
        serde_json::to_writer(&mut *out, &scan)?;
        write!(out, ",\n  \"findings\": [")?;
        if self.any {
            write!(out, "\n    ")?;
            let mut findings = self.findings.into_inner().map_err(|error| not_aside(error.into_error()))?;
            findings.rewind().map_err(not_aside)?;
            io::copy(&mut BufReader::new(findings).by_ref(), out)?;
            write!(out, "\n  ")?;
        }
        write!(out, "],\n  \"accounts\": [")?;
        let mut separator = "\n    ";
        for outcome in ending.accounts {
            write!(out, "{separator}")?;
            serde_json::to_writer(&mut *out, &Account::of(outcome))?;
            separator = ",\n    ";
        }
        write!(out, "\n  ],\n  \"ledger\": [")?;
        let mut separator = "\n    ";
        ending.ledger.each(&mut |entry| {
            write!(out, "{separator}")?;
            separator = ",\n    ";
            Ok(serde_json::to_writer(&mut *out, &LedgerEntry::of(entry))?)
        })?;
        for off in &self.opening.off {
            write!(out, "{separator}")?;
            separator = ",\n    ";
            serde_json::to_writer(&mut *out, &NotExamined::of(off))?;
        }
        write!(out, "\n  ]")?;
        for (name, kind) in [("exceptions", AcceptanceKind::Exception), ("attestations", AcceptanceKind::Attestation)] {
            let of_kind = ending.signed.iter().filter(|fate| fate.entry.acceptance.kind == kind);
            write!(out, ",\n  \"{name}\": ")?;
            serde_json::to_writer(&mut *out, &of_kind.map(Signed::of).collect::<Vec<_>>())?;
        }
        write!(out, ",\n  \"summary\": ")?;
        serde_json::to_writer(&mut *out, &summary(&self.opening, ending))?;
        writeln!(out, "\n}}")?;
        out.flush()
    }
}

fn summary<'a>(opening: &Opening, ending: &'a Ending<'a>) -> impl Serialize + use<'a> {
    let Ending { summary, groups, requests, .. } = ending;
    Summary {
        partial: summary.stopped,
        judgements: summary.all.total(),
        reached: summary.all.reached(),
        pass: summary.all.pass,
        fail: summary.all.fail,
        not_applicable: summary.all.not_applicable,
        unknown: summary.all.unknown,
        excepted: summary.all.excepted,
        attested: summary.all.attested,
        failing: Severity::ALL
            .iter()
            .map(|severity| (severity.as_str(), summary.failing.get(severity).copied().unwrap_or(0)))
            .collect(),
        unknown_because: groups
            .iter()
            .map(|group| UnknownBecause {
                reason: group.reason.as_str(),
                action: &group.action,
                judgements: group.judgements,
            })
            .collect(),
        to_allow: summary
            .grants()
            .into_iter()
            .map(|scan::Grant { action, checks, judgements }| ToAllow { action, checks, judgements })
            .collect(),
        duties: DutyId::ALL
            .iter()
            .filter(|duty| opening.looks_at(**duty))
            .map(|duty| (duty.as_str(), summary.duties.get(duty).copied().map_or(NOTHING, Standing::from)))
            .collect(),
        duties_not_looked_at: DutyId::ALL
            .iter()
            .filter(|duty| !opening.looks_at(**duty))
            .map(|duty| duty.as_str())
            .collect(),
        requests: *requests,
        coverage: summary.coverage(),
    }
}

/// One finding a line, as it is reached.
pub struct Lines<W> {
    out: W,
    line: Vec<u8>,
}

impl<W: Write> Lines<W> {
    /// Lines on `out`.
    pub fn new(out: W) -> Self {
        Self { out, line: Vec::new() }
    }
}

impl<W: Write> Report for Lines<W> {
    fn finding(&mut self, finding: &scan::Finding) -> io::Result<()> {
        // One write a line: whoever reads along never sees half of one.
        self.line.clear();
        serde_json::to_writer(&mut self.line, &Finding::of(finding))?;
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }

    fn end(mut self: Box<Self>, _: &Ending<'_>) -> io::Result<()> {
        self.out.flush()
    }
}
