//! OCSF: each finding is a Compliance Finding (class 2003), in a JSON array or one a line.
//!
//! Source: <https://schema.ocsf.io/1.8.0/classes/compliance_finding?profiles=cloud>. Only attributes that 1.5.0 has with
//! the same meaning are written, so that readers of either version take them.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::LazyLock;

use plimsoll_checks::contract::{self, Framework, Registered, Severity, Status, Tags, controls_of};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use super::{Ending, Opening, Report};
use crate::scan::{self, ResourceOwner, Scope, Subject};

/// The version of the schema.
pub const VERSION: &str = "1.8.0";

/// A number that the schema gives a meaning, and the word that stands beside it.
type Coded = (u8, &'static str);

#[derive(Serialize)]
struct Event<'a> {
    category_uid: u8,
    category_name: &'static str,
    class_uid: u16,
    class_name: &'static str,
    activity_id: u8,
    activity_name: &'static str,
    type_uid: u32,
    type_name: &'static str,
    /// Milliseconds since 1970, as everywhere here.
    time: i64,
    severity_id: u8,
    severity: &'static str,
    status_id: u8,
    status: &'static str,
    /// How the finding stands, in our word.
    status_code: &'static str,
    status_detail: String,
    message: &'a str,
    metadata: Metadata,
    cloud: Cloud<'a>,
    compliance: Compliance<'a>,
    finding_info: FindingInfo<'a>,
    resources: [Resource<'a>; 1],
    remediation: Remediation<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidences: Vec<Evidence<'a>>,
    unmapped: Unmapped<'a>,
}

#[derive(Serialize)]
struct Metadata {
    version: &'static str,
    profiles: [&'static str; 1],
    product: Product,
}

#[derive(Serialize)]
struct Product {
    name: &'static str,
    vendor_name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Cloud<'a> {
    provider: &'static str,
    region: &'a str,
    account: Account<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<Organization<'a>>,
}

#[derive(Serialize)]
struct Account<'a> {
    uid: &'a str,
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    type_id: u8,
}

#[derive(Serialize)]
struct Organization<'a> {
    uid: &'a str,
}

#[derive(Serialize)]
struct Compliance<'a> {
    control: &'a str,
    desc: &'a str,
    standards: &'static RawValue,
    requirements: &'static RawValue,
    status_id: u8,
    status: &'static str,
    checks: [Check<'a>; 1],
}

/// What was asked, with how much harm it does when it is false: the event's own severity says how much this finding
/// asks of its reader.
#[derive(Serialize)]
struct Check<'a> {
    uid: &'a str,
    name: &'a str,
    desc: &'a str,
    severity_id: u8,
    severity: &'static str,
    status_id: u8,
    status: &'static str,
}

#[derive(Serialize)]
struct FindingInfo<'a> {
    uid: &'a str,
    title: &'a str,
    desc: &'a str,
    created_time: i64,
    types: [&'a str; 1],
}

#[derive(Serialize)]
struct Resource<'a> {
    uid: &'a str,
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    region: &'a str,
    cloud_partition: &'static str,
    owner: Owner<'a>,
    /// `key:value`. A key may hold a colon, so the tags stand there once more, taken apart.
    labels: Vec<String>,
    tags: Vec<Tag<'a>>,
}

/// The account. Who in it a resource belongs to stands in `unmapped`: OCSF asks of an owner that he be one of its kinds.
#[derive(Serialize)]
struct Owner<'a> {
    uid: &'a str,
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    type_id: u8,
    account: Account<'a>,
}

#[derive(Serialize)]
struct Tag<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct Remediation<'a> {
    desc: &'a str,
    references: [&'a str; 1],
}

/// One answer of AWS that the verdict rests on.
#[derive(Serialize)]
struct Evidence<'a> {
    api: Api<'a>,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Api<'a> {
    /// `service:Operation`: py-ocsf-models refuses a service without a version, and those of AWS have none.
    operation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Request<'a>>,
}

#[derive(Serialize)]
struct Request<'a> {
    uid: &'a str,
}

#[derive(Serialize)]
struct Data<'a> {
    region: &'a str,
    at: String,
    fields: &'a Map<String, Value>,
}

/// What is ours alone.
#[derive(Serialize)]
struct Unmapped<'a> {
    duty: &'static str,
    group: &'a str,
    owner: &'static str,
    service: &'a str,
    service_model: &'static str,
    resource_owner: &'a ResourceOwner,
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<Unknown<'a>>,
}

#[derive(Serialize)]
struct Unknown<'a> {
    reason: &'static str,
    action: &'a str,
    detail: &'a str,
}

/// The frameworks that a check serves and the controls in them: the same for all its findings.
struct Served {
    standards: Box<RawValue>,
    requirements: Box<RawValue>,
}

static SERVED: LazyLock<HashMap<&'static str, Served>> = LazyLock::new(|| {
    let raw = |words: &[String]| to_raw_value(words).expect("a list of strings has a JSON form");
    let served = |check: &'static Registered| {
        let (mut standards, mut requirements) = (Vec::new(), Vec::new());
        for (id, controls) in controls_of(&check.id) {
            let framework = Framework::get(id).expect("controls are of frameworks that there are");
            let standard = format!("{} {}", framework.name, framework.version);
            requirements.extend(controls.iter().map(|control| format!("{standard}: {control}")));
            standards.push(standard);
        }
        (&*check.id, Served { standards: raw(&standards), requirements: raw(&requirements) })
    };
    plimsoll_checks::checks().iter().map(served).collect()
});

/// Where in its life a finding is. `Resolved` would say that somebody has reviewed and mended something; of what passes
/// nobody has.
fn status(status: Status) -> Coded {
    match status {
        Status::Fail => (1, "New"),
        Status::Pass => (99, "Pass"),
        Status::NotApplicable => (99, "Not Applicable"),
        Status::Excepted => (3, "Suppressed"),
        Status::Attested => (99, "Attested"),
        Status::Unknown => (0, "Unknown"),
    }
}

/// What the check came to.
fn verdict(status: Status) -> Coded {
    match status {
        // Somebody accepts it; it fails all the same.
        Status::Fail | Status::Excepted => (3, "Fail"),
        // No check has seen it.
        Status::Attested => (99, "Attested"),
        Status::Pass => (1, "Pass"),
        Status::NotApplicable => (99, "Not Applicable"),
        Status::Unknown => (0, "Unknown"),
    }
}

fn severity(severity: Severity) -> Coded {
    match severity {
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

/// What is fine, or concerns nothing, asks nothing of anybody, however bad it would be otherwise.
fn asked(finding: &scan::Finding) -> Coded {
    match finding.status() {
        Status::Pass | Status::NotApplicable => (1, "Informational"),
        Status::Fail | Status::Excepted | Status::Attested | Status::Unknown => severity(finding.severity()),
    }
}

/// What is true, or why that is not known, and who accepts it.
fn detail(finding: &scan::Finding, message: &str) -> String {
    let detail = finding.answer.as_ref().err().map_or_else(|| message.to_owned(), contract::Unknown::to_string);
    match finding.acceptance() {
        Some(acceptance) => format!("{detail}; {}", acceptance.told()),
        None => detail,
    }
}

/// The parts of a finding that are made for it, and borrowed while it is written.
struct Parts {
    id: String,
    arn: String,
    message: String,
}

impl<'a> Event<'a> {
    fn of(finding: &'a scan::Finding, parts: &'a Parts, scope: &'a Scope) -> Self {
        let check = finding.check.registered;
        let duty = check.check.duty.facts();
        let time = seen_at(finding, scope).as_millisecond();
        let ((status_id, status), (severity_id, severity)) = (status(finding.status()), asked(finding));
        let unknown = finding.answer.as_ref().err();
        Self {
            category_uid: 2,
            category_name: "Findings",
            class_uid: 2003,
            class_name: "Compliance Finding",
            activity_id: 1,
            activity_name: "Create",
            type_uid: 200_301,
            type_name: "Compliance Finding: Create",
            time,
            severity_id,
            severity,
            status_id,
            status,
            status_code: finding.status().as_str(),
            status_detail: detail(finding, &parts.message),
            message: &parts.message,
            metadata: Metadata {
                version: VERSION,
                profiles: ["cloud"],
                product: Product { name: "Plimsoll", vendor_name: "Plimsoll", version: env!("CARGO_PKG_VERSION") },
            },
            cloud: Cloud {
                provider: "AWS",
                region: &finding.place.region,
                account: Account::of(finding, scope),
                org: organization(scope).map(|uid| Organization { uid }),
            },
            compliance: Compliance::of(finding),
            finding_info: FindingInfo {
                uid: &parts.id,
                title: &check.title,
                desc: &check.why,
                created_time: time,
                types: [&duty.domain],
            },
            resources: [Resource::of(finding, &parts.arn, scope)],
            remediation: Remediation { desc: &check.fix, references: [&check.source] },
            evidences: finding.evidence.iter().map(Evidence::of).collect(),
            unmapped: Unmapped {
                duty: check.check.duty.as_str(),
                group: &duty.group,
                owner: duty.owner.as_str(),
                service: check.service.id,
                service_model: check.service_model.as_str(),
                resource_owner: &finding.owner,
                unknown: unknown.map(|unknown| Unknown {
                    reason: unknown.reason.as_str(),
                    action: &unknown.action,
                    detail: &unknown.detail,
                }),
            },
        }
    }
}

impl<'a> Account<'a> {
    /// py-ocsf-models refuses an account without a name: one whose name is not known is called by its id.
    fn of(finding: &'a scan::Finding, scope: &'a Scope) -> Self {
        let uid = &finding.place.account;
        let name = scope.account().and_then(|target| target.alias.as_deref()).unwrap_or(uid);
        Self { uid, name, kind: "AWS Account", type_id: 10 }
    }
}

impl<'a> Compliance<'a> {
    fn of(finding: &'a scan::Finding) -> Self {
        let check = finding.check.registered;
        let Served { standards, requirements } = &SERVED[&*check.id];
        let (status_id, status) = verdict(finding.status());
        let (severity_id, severity) = severity(finding.severity());
        let asked =
            Check { uid: &check.id, name: &check.title, desc: &check.why, severity_id, severity, status_id, status };
        Self { control: &check.id, desc: &check.title, standards, requirements, status_id, status, checks: [asked] }
    }
}

impl<'a> Resource<'a> {
    fn of(finding: &'a scan::Finding, arn: &'a str, scope: &'a Scope) -> Self {
        static NO_TAGS: Tags = Tags::new();
        let tags = match &finding.subject {
            Subject::Resource(identity) => &identity.tags,
            Subject::Unlisted => &NO_TAGS,
        };
        let account = Account::of(finding, scope);
        Self {
            uid: arn,
            name: finding.resource_id(),
            kind: finding.resource_type,
            region: &finding.place.region,
            cloud_partition: finding.place.partition.name(),
            owner: Owner { uid: account.uid, name: account.name, kind: "AWS Account", type_id: 99, account },
            labels: tags.iter().map(|(key, value)| format!("{key}:{value}")).collect(),
            tags: tags.iter().map(|(name, value)| Tag { name, value }).collect(),
        }
    }
}

impl<'a> Evidence<'a> {
    fn of(evidence: &'a contract::Evidence) -> Self {
        Self {
            api: Api {
                operation: &evidence.action,
                request: evidence.request_id.as_deref().map(|uid| Request { uid }),
            },
            data: Data { region: &evidence.region, at: evidence.at.to_string(), fields: &evidence.fields },
        }
    }
}

/// When the last answer arrived that a finding rests on; for one that rests on none, when the scan began.
pub(super) fn seen_at(finding: &scan::Finding, scope: &Scope) -> jiff::Timestamp {
    finding.evidence.iter().map(|evidence| evidence.at).max().unwrap_or_else(|| scope.started())
}

/// The id of the organization that is scanned.
fn organization(scope: &Scope) -> Option<&str> {
    match scope {
        Scope::Account(_) => None,
        Scope::Accounts(accounts) => accounts.organization.as_deref(),
    }
}

/// How events follow each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// In one JSON array.
    Array,
    /// One a line.
    Lines,
}

/// Compliance Findings, written as they are reached.
pub struct Events<W> {
    out: W,
    style: Style,
    any: bool,
    scope: Scope,
}

impl<W: Write> Events<W> {
    /// Events on `out`.
    pub fn new(out: W, style: Style, opening: &Opening) -> Self {
        Self { out, style, any: false, scope: opening.scope.clone() }
    }
}

impl<W: Write> Report for Events<W> {
    fn finding(&mut self, finding: &scan::Finding) -> io::Result<()> {
        let parts = Parts { id: finding.id(), arn: finding.arn(), message: finding.message() };
        let mut text = match (self.style, self.any) {
            (Style::Array, false) => b"[\n".to_vec(),
            (Style::Array, true) => b",\n".to_vec(),
            (Style::Lines, _) => Vec::new(),
        };
        self.any = true;
        serde_json::to_writer(&mut text, &Event::of(finding, &parts, &self.scope))?;
        if self.style == Style::Lines {
            text.push(b'\n');
        }
        self.out.write_all(&text)
    }

    fn end(mut self: Box<Self>, _: &Ending<'_>) -> io::Result<()> {
        match (self.style, self.any) {
            (Style::Array, false) => self.out.write_all(b"[]\n")?,
            (Style::Array, true) => self.out.write_all(b"\n]\n")?,
            (Style::Lines, _) => {}
        }
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_accepted_or_unknown_never_passes() {
        for other in [Status::Fail, Status::NotApplicable, Status::Excepted, Status::Attested, Status::Unknown] {
            assert_ne!(verdict(other), verdict(Status::Pass), "{other}");
            assert_ne!(status(other), status(Status::Pass), "{other}");
        }
        assert_eq!(status(Status::Excepted), (3, "Suppressed"));
        assert_eq!(verdict(Status::Excepted), verdict(Status::Fail), "an exception accepts it, and mends nothing");
        assert_eq!((status(Status::Unknown), verdict(Status::Unknown)), ((0, "Unknown"), (0, "Unknown")));
    }
}
