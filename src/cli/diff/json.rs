//! A comparison as JSON, `plimsoll.diff/1`: written change by change.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;

use crate::history::{Change, Comparison, Counts, Difference, Kind, Place, Scan, Seen};

const SCHEMA: &str = "plimsoll.diff/1";

#[derive(Serialize)]
struct ScanOut<'a> {
    of: &'a str,
    started: &'a str,
    finished: Option<&'a str>,
    partial: bool,
    tool: &'a str,
}

#[derive(Serialize)]
struct ChangeOut<'a> {
    change: Kind,
    why: Option<&'a str>,
    id: &'a str,
    check: &'a str,
    duty: &'a str,
    account: &'a str,
    region: &'a str,
    resource: Resource<'a>,
    old: Option<SeenOut<'a>>,
    new: Option<SeenOut<'a>>,
    differs: &'a [Difference],
}

#[derive(Serialize)]
struct Resource<'a> {
    r#type: &'a str,
    arn: &'a str,
    id: &'a str,
}

#[derive(Serialize)]
struct SeenOut<'a> {
    status: &'static str,
    severity: &'static str,
    message: &'a str,
}

impl<'a> SeenOut<'a> {
    fn of(seen: &'a Seen) -> Self {
        Self { status: seen.status.as_str(), severity: seen.severity.as_str(), message: &seen.message }
    }
}

fn scan(scan: &Scan) -> ScanOut<'_> {
    let Scan { of, started, finished, partial, tool, .. } = scan;
    ScanOut { of, started, finished: finished.as_deref(), partial: *partial, tool }
}

fn change<'a>(place: &'a Place, change: &'a Change, old: Option<&'a Seen>, new: Option<&'a Seen>) -> ChangeOut<'a> {
    ChangeOut {
        change: change.kind,
        why: change.why.as_deref(),
        id: &place.id,
        check: &place.check,
        duty: &place.duty,
        account: &place.account,
        region: &place.region,
        resource: Resource { r#type: &place.resource_type, arn: &place.arn, id: &place.resource },
        old: old.map(SeenOut::of),
        new: new.map(SeenOut::of),
        differs: &change.differs,
    }
}

/// Writes a comparison, and counts.
pub fn write(comparison: &Comparison<'_>, old: &Scan, new: &Scan, out: &mut impl Write) -> anyhow::Result<Counts> {
    write!(out, "{{\n  \"schema\": \"{SCHEMA}\",\n  \"old\": {},\n", serde_json::to_string(&scan(old))?)?;
    write!(out, "  \"new\": {},\n  \"changes\": [", serde_json::to_string(&scan(new))?)?;
    let mut separator = "\n    ";
    let counts = comparison.each(|place, it, old, new| {
        // Text first: an error of the writer would come back as one of the JSON, and a closed pipe is no error.
        write!(out, "{separator}{}", serde_json::to_string(&change(place, it, old, new))?)?;
        separator = ",\n    ";
        anyhow::Ok(())
    })?;
    let kinds: BTreeMap<&str, usize> =
        Kind::ALL.iter().map(|kind| (kind.as_str(), counts.kinds.get(kind).copied().unwrap_or(0))).collect();
    let failing: BTreeMap<&str, usize> =
        counts.newly_failing.iter().map(|(severity, count)| (severity.as_str(), *count)).collect();
    write!(out, "\n  ],\n  \"summary\": {{\"changes\": {}, ", serde_json::to_string(&kinds)?)?;
    writeln!(
        out,
        "\"newly_failing\": {}, \"newly_unseen\": {}}}\n}}",
        serde_json::to_string(&failing)?,
        counts.newly_unseen
    )?;
    Ok(counts)
}
