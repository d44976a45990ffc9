//! OSCAL assessment results, 1.2.1: an observation for each finding, and a finding for each control of each framework.
//!
//! Source: NIST, "OSCAL Assessment Results Model v1.2.1 JSON Format Reference". The same recording gives the same bytes:
//! every UUID is made from what it names.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek, Write};

use plimsoll_checks::contract::{self, Control, Framework, Status};
use serde_json::{Value, json};
use sha1_smol::Sha1;
use uuid::{Builder, Uuid};

use super::ocsf::seen_at;
use super::{Ending, Opening, Report};
use crate::compliance::{Assessment, ControlStanding, ControlStatus, Tally};
use crate::scan::{Acceptance, Finding, Outcome};

/// The version of the model.
const VERSION: &str = "1.2.1";

/// Whose the properties are that OSCAL has no name for.
const NAMESPACE: &str = "urn:plimsoll:oscal";

/// Under which all UUIDs here are made.
const UUIDS: Uuid = Uuid::from_u128(0x6f1d_5a0e_3c52_4b8f_9d27_51e4_0a86_c7d3);

/// How many observations a control names: those that fail first, then what is unknown. A control that a million
/// findings bear on would else name them all, and ten frameworks ten times; their property `check` tells the rest.
const RELATED: usize = 100;

fn uuid(kind: &str, name: &str) -> String {
    let mut hash = Sha1::from(UUIDS.as_bytes());
    hash.update(format!("{kind}/{name}").as_bytes());
    let [first @ .., _, _, _, _] = hash.digest().bytes();
    Builder::from_sha1_bytes(first).into_uuid().to_string()
}

/// Text of strangers as a line of OSCAL's markup, which is Markdown with HTML in it: shown as it is, and never obeyed.
///
/// Source: NIST, "OSCAL Data Types", markup-line; `CommonMark`, "Backslash escapes".
fn markup(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in line(text).chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '~' | '#' | '!' => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Text as a string of OSCAL: on one line, with nothing blank at its ends, and not empty.
///
/// Source: NIST, "OSCAL Data Types", string.
fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() { "-".to_owned() } else { words.join(" ") }
}

/// An id as OSCAL takes it: a letter, then letters, digits, `.`, `-` and `_`.
///
/// Source: NIST, "OSCAL Data Types", token.
fn control_id(framework: &Framework, control: &Control) -> String {
    let legal = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    format!("{}.{}", framework.id, control.id).chars().map(legal).collect()
}

fn property(name: &str, value: &str) -> Value {
    json!({ "name": name, "ns": NAMESPACE, "value": line(value) })
}

fn observation_id(finding: &Finding) -> String {
    uuid("finding", &finding.id())
}

fn account_id(account: &str) -> String {
    uuid("account", account)
}

fn observation(finding: &Finding, opening: &Opening) -> Value {
    let check = finding.check.registered;
    let mut observation = json!({
        "uuid": observation_id(finding),
        "title": markup(&check.title),
        "description": markup(&finding.message()),
        "props": [
            property("finding-id", &finding.id()),
            property("check", &check.id),
            property("status", finding.status().as_str()),
            property("severity", finding.severity().as_str()),
            property("duty", check.check.duty.as_str()),
        ],
        "methods": ["TEST"],
        "types": ["control-objective"],
        "origins": [{ "actors": [{ "type": "tool", "actor-uuid": uuid("tool", "plimsoll") }] }],
        "subjects": [{
            "subject-uuid": account_id(&finding.place.account),
            "type": "component",
            "title": markup(finding.resource_id()),
            "props": [
                property("arn", &finding.arn()),
                property("resource-id", finding.resource_id()),
                property("resource-type", finding.resource_type),
                property("region", &finding.place.region),
                property("account", &finding.place.account),
            ],
        }],
        "collected": seen_at(finding, &opening.scope).to_string(),
    });
    if !finding.evidence.is_empty() {
        observation["relevant-evidence"] = finding.evidence.iter().map(evidence).collect();
    }
    let unknown = finding.answer.as_ref().err().map(|unknown| format!("Nothing is known of this. {unknown}"));
    let accepted = finding.acceptance().map(Acceptance::told);
    let remarks: Vec<String> = unknown.into_iter().chain(accepted).collect();
    if !remarks.is_empty() {
        observation["remarks"] = markup(&remarks.join("; ")).into();
    }
    observation
}

fn evidence(evidence: &contract::Evidence) -> Value {
    let mut props = vec![
        property("action", &evidence.action),
        property("region", &evidence.region),
        property("answered", &evidence.at.to_string()),
    ];
    props.extend(evidence.request_id.as_deref().map(|id| property("request-id", id)));
    if !evidence.fields.is_empty() {
        let fields = serde_json::to_string(&evidence.fields).expect("a map of JSON has a JSON form");
        props.push(property("values", &fields));
    }
    json!({ "description": markup(&format!("What AWS answered to {}", evidence.action)), "props": props })
}

/// How a control stands, in OSCAL's words: its two states, why, and how the control is implemented.
///
/// Only what was seen to be true is satisfied. There is no third state, so everything else is not, and the reason tells
/// what fails from what nobody has seen.
fn state(status: ControlStatus) -> (&'static str, &'static str, Option<&'static str>) {
    match status {
        ControlStatus::Pass => ("satisfied", "pass", None),
        ControlStatus::Fail => ("not-satisfied", "fail", None),
        ControlStatus::NotApplicable => ("not-satisfied", "other", Some("not-applicable")),
        ControlStatus::Incomplete
        | ControlStatus::NeedsPerson
        | ControlStatus::Excepted
        | ControlStatus::Attested
        | ControlStatus::Provider => ("not-satisfied", "other", None),
    }
}

/// The observations of a check that a control names.
#[derive(Default)]
struct Related {
    failing: Vec<String>,
    unknown: Vec<String>,
    other: Vec<String>,
}

impl Related {
    fn add(&mut self, finding: &Finding) {
        let list = match finding.status() {
            Status::Fail => &mut self.failing,
            Status::Unknown => &mut self.unknown,
            Status::Pass | Status::NotApplicable | Status::Excepted | Status::Attested => &mut self.other,
        };
        if list.len() < RELATED {
            list.push(observation_id(finding));
        }
    }
}

fn control(framework: &Framework, standing: &ControlStanding<'_>, related: Vec<Value>, scope: &str) -> Value {
    let ControlStanding { control, status, .. } = standing;
    let id = control_id(framework, control);
    let named = format!("{} {} {}", framework.name, framework.version, control.id);
    let because = markup(&standing.because().join("; "));
    let (state, reason, implementation) = state(*status);
    let mut target = json!({
        "type": "objective-id",
        "target-id": id,
        "title": markup(&control.title),
        "status": { "state": state, "reason": reason, "remarks": because },
    });
    if let Some(implementation) = implementation {
        target["implementation-status"] = json!({ "state": implementation });
    }
    let mut finding = json!({
        "uuid": uuid("control", &format!("{scope}/{id}")),
        "title": markup(&format!("{named}: {}", control.title)),
        "description": because,
        "props": [
            property("framework", &framework.id),
            property("control", &control.id),
            property("status", status.as_str()),
        ],
        "target": target,
    });
    if !related.is_empty() {
        finding["related-observations"] = related.into();
    }
    finding
}

fn component(outcome: &Outcome) -> Value {
    let name = outcome.name.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
    let mut props = vec![property("account", &outcome.account), property("state", outcome.state.as_str())];
    props.extend(outcome.detail.as_deref().map(|detail| property("detail", detail)));
    json!({
        "uuid": account_id(&outcome.account),
        "type": "service",
        "title": markup(&format!("AWS account {}{name}", outcome.account)),
        "description": "An AWS account and the resources in it",
        "props": props,
        "status": { "state": "operational" },
    })
}

fn tool() -> Value {
    json!({
        "components": [{
            "uuid": uuid("tool", "plimsoll"),
            "type": "software",
            "title": "Plimsoll",
            "description": "Reads an AWS account and judges it",
            "props": [{ "name": "version", "value": env!("CARGO_PKG_VERSION") }],
            "status": { "state": "operational" },
        }],
        "assessment-platforms": [{
            "uuid": uuid("platform", "plimsoll"),
            "title": "Plimsoll",
            "uses-components": [{ "component-uuid": uuid("tool", "plimsoll") }],
        }],
    })
}

fn reviewed() -> Value {
    let selections = Framework::all().iter().map(|framework| {
        let ids = framework.controls.iter().map(|control| json!({ "control-id": control_id(framework, control) }));
        json!({
            "description": markup(&format!("{} {}", framework.name, framework.version)),
            "props": [property("framework", &framework.id)],
            "include-controls": ids.collect::<Value>(),
        })
    });
    json!({
        "description": "Every control of every framework; the findings tell which were looked at, and by what",
        "control-selections": selections.collect::<Value>(),
    })
}

/// One document. Observations wait on disk until the end is known, so that memory does not grow with their number.
pub struct Document<W> {
    out: W,
    observations: BufWriter<File>,
    any: bool,
    opening: Opening,
    tally: Tally,
    related: HashMap<&'static str, Related>,
}

impl<W: Write> Document<W> {
    /// A document on `out`.
    pub fn new(out: W, opening: Opening) -> io::Result<Self> {
        Ok(Self {
            out,
            observations: BufWriter::new(tempfile::tempfile()?),
            any: false,
            opening,
            tally: Tally::default(),
            related: HashMap::new(),
        })
    }

    fn related_to(&self, standing: &ControlStanding<'_>) -> Vec<Value> {
        let checks = || standing.checks.iter().filter_map(|check| self.related.get(check.id));
        let failing = checks().flat_map(|related| &related.failing);
        let unknown = checks().flat_map(|related| &related.unknown);
        let other = checks().flat_map(|related| &related.other);
        let ids = failing.chain(unknown).chain(other).take(RELATED);
        ids.map(|id| json!({ "observation-uuid": id })).collect()
    }

    fn head(&mut self, ending: &Ending<'_>, plan: &str) -> io::Result<()> {
        let scope = &self.opening.scope;
        let name = scope.name();
        let until = ending.finished.unwrap_or_else(|| scope.started());
        let scanned = format!("{name}/{}/{until}", scope.started());
        let metadata = json!({
            "title": markup(&format!("What Plimsoll found in: {name}")),
            "last-modified": until.to_string(),
            "version": scope.started().to_string(),
            "oscal-version": VERSION,
        });
        let import = json!({
            "href": format!("#{plan}"),
            "remarks": "OSCAL asks for a plan. There is none: see the resource that this points at.",
        });
        let local = json!({
            "components": ending.accounts.iter().map(component).collect::<Value>(),
            "assessment-assets": tool(),
        });
        let out = &mut self.out;
        write!(out, "{{\"assessment-results\": {{\n\"uuid\": \"{}\"", uuid("document", &scanned))?;
        writeln!(out, ",\n\"metadata\": {metadata},\n\"import-ap\": {import},\n\"results\": [{{")?;
        writeln!(out, "\"uuid\": \"{}\",", uuid("result", &scanned))?;
        writeln!(out, "\"title\": {},", json!(markup(&name)))?;
        writeln!(out, "\"description\": {},", json!(markup(&ending.summary.coverage())))?;
        writeln!(out, "\"start\": \"{}\",", scope.started())?;
        if let Some(finished) = ending.finished {
            writeln!(out, "\"end\": \"{finished}\",")?;
        }
        let partial = if ending.summary.stopped { "yes" } else { "no" };
        writeln!(out, "\"props\": {},", json!([property("stopped-before-its-end", partial)]))?;
        write!(out, "\"local-definitions\": {local},\n\"reviewed-controls\": {}", reviewed())
    }

    /// A finding for each control; there are frameworks, so there is at least one.
    fn controls(&mut self, ending: &Ending<'_>) -> io::Result<()> {
        let scope = self.opening.scope.name();
        let mut separator = ",\n\"findings\": [\n";
        for framework in Framework::all() {
            let assessment = Assessment::new(framework, None, &self.tally, &self.opening, ending);
            for standing in &assessment.controls {
                let finding = control(framework, standing, self.related_to(standing), &scope);
                write!(self.out, "{separator}{finding}")?;
                separator = ",\n";
            }
        }
        write!(self.out, "\n]")
    }
}

impl<W: Write> Report for Document<W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        self.tally.count(finding);
        self.related.entry(&*finding.check.registered.id).or_default().add(finding);
        // OSCAL takes no empty list, so what begins it comes with the first.
        self.observations.write_all(if self.any { b",\n" } else { b",\n\"observations\": [\n" })?;
        self.any = true;
        Ok(serde_json::to_writer(&mut self.observations, &observation(finding, &self.opening))?)
    }

    fn end(mut self: Box<Self>, ending: &Ending<'_>) -> io::Result<()> {
        let plan = uuid("plan", "none");
        self.head(ending, &plan)?;
        if self.any {
            self.observations.flush()?;
            self.observations.rewind()?;
            io::copy(&mut BufReader::new(self.observations.get_ref()), &mut self.out)?;
            write!(self.out, "\n]")?;
        }
        self.controls(ending)?;
        let back = json!({ "resources": [{
            "uuid": plan,
            "title": "No assessment plan",
            "description": "Plimsoll judges an account by its checks and follows no plan in OSCAL. Whoever has one puts \
                its address in `import-ap`.",
        }] });
        writeln!(self.out, "\n}}],\n\"back-matter\": {back}\n}}}}")?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_controls_have_the_same_id() {
        let all = || Framework::all().iter().flat_map(|of| of.controls.iter().map(move |control| (of, control)));
        let ids: BTreeSet<String> = all().map(|(framework, control)| control_id(framework, control)).collect();
        assert_eq!(ids.len(), all().count());
        assert!(ids.iter().all(|id| id.starts_with(|c: char| c.is_ascii_alphabetic())), "{ids:?}");
    }

    #[test]
    fn only_what_passes_is_satisfied() {
        for status in ControlStatus::ALL {
            let (state, reason, _) = state(status);
            assert_eq!(state == "satisfied", status == ControlStatus::Pass, "{status:?}");
            assert_eq!(reason == "fail", status == ControlStatus::Fail, "{status:?}");
        }
    }

    #[test]
    fn text_of_strangers_is_neither_markup_nor_more_than_a_line() {
        assert_eq!(markup(" <b>&\n[x](y) "), "&lt;b&gt;&amp; \\[x\\](y)");
        assert_eq!(markup("{{ insert: param, x }}"), "\\{\\{ insert: param, x \\}\\}");
        assert_eq!(line(" \u{2028}\n "), "-");
    }
}
