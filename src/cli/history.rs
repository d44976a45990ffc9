//! `plimsoll history`: the scans there were, how each duty has stood, and how long failures last.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use jiff::SignedDuration;
use plimsoll_checks::contract::{DutyId, Severity, Status};
use serde_json::{Value, json};

use super::TableOrJson;
use crate::history::{Age, History, HistoryError, Mended, Scan, Tallies, ages, mended, tallies};
use crate::report::harmless;
use crate::scan::grouped;
use crate::terminal::{self, Column, Columns, HEADING, paragraph, styled};

/// Which history, and how to print it.
#[derive(Debug, clap::Args)]
pub struct HistoryArgs {
    /// The history
    #[arg(long, value_name = "FILE")]
    pub history: PathBuf,
    /// How to print it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: TableOrJson,
}

/// Scans that people are shown of each series.
const SCANS_SHOWN: usize = 30;
/// Scans whose numbers stand in the row of a duty.
const TREND_SHOWN: usize = 6;
/// Failures that people are shown, the oldest.
const FAILURES_SHOWN: usize = 20;

/// Runs the command.
pub fn run(args: &HistoryArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let history = History::open(&args.history)?;
    history.hold_still()?;
    let mut series: BTreeMap<i64, Vec<Scan>> = BTreeMap::new();
    for scan in history.scans()? {
        series.entry(scan.series).or_default().push(scan);
    }
    match args.format {
        TableOrJson::Table => {
            let width = terminal::width();
            for (at, scans) in series.values().enumerate() {
                if at > 0 {
                    writeln!(out)?;
                }
                table(&history, scans, width, out)?;
            }
            if series.is_empty() {
                writeln!(out, "no scans yet")?;
            }
            Ok(())
        }
        TableOrJson::Json => document(&history, series.values(), out),
    }
}

fn count(tallies: &Tallies, status: Status) -> usize {
    tallies.values().filter_map(|duty| duty.get(&status)).sum()
}

fn table(history: &History, scans: &[Scan], width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let Some(last) = scans.last() else { return Ok(()) };
    writeln!(out, "{}", styled(HEADING, &format!("SCANS OF {}", harmless(&last.of, 60)).to_uppercase()))?;
    let shown = &scans[scans.len().saturating_sub(SCANS_SHOWN)..];
    let mut rows = Vec::new();
    for scan in shown {
        let tallies = tallies(history, scan.id)?;
        let number = |standing| grouped(count(&tallies, standing));
        rows.push(vec![
            scan.id.to_string(),
            harmless(&scan.started, 32),
            number(Status::Fail),
            number(Status::Unknown),
            number(Status::Pass),
            if scan.partial { "partial".to_owned() } else { String::new() },
        ]);
    }
    let columns = [
        Column::numbers("scan"),
        Column::words("began"),
        Column::numbers("fail"),
        Column::numbers("unknown"),
        Column::numbers("pass"),
        Column::words(""),
    ];
    lines(&columns, &rows, width, out)?;
    if shown.len() < scans.len() {
        writeln!(out, "  … and {} earlier; --format json lists all", grouped(scans.len() - shown.len()))?;
    }
    duties(history, shown, width, out)?;
    failures(history, last, width, out)?;
    time_to_fix(&mended(history, last)?, width, out)
}

fn lines(columns: &[Column], rows: &[Vec<String>], width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let columns = Columns::fit(columns, rows, 2, width);
    columns.head(out)?;
    for row in rows {
        columns.row(out, row)?;
    }
    Ok(())
}

/// How many findings of each duty have failed, scan by scan, and how many are unknown and pass now.
fn duties(history: &History, scans: &[Scan], width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let recent = &scans[scans.len().saturating_sub(TREND_SHOWN)..];
    let all: Vec<Tallies> = recent.iter().map(|scan| tallies(history, scan.id)).collect::<Result<_, _>>()?;
    let of = |tallies: &Tallies, duty: &str, standing| tallies.get(duty).and_then(|its| its.get(&standing)).copied();
    let mut rows = Vec::new();
    for duty in DutyId::ALL.iter().map(|duty| duty.as_str()) {
        // Where a scan has nothing of a duty, a 0 would say that nothing fails.
        let fail = |tallies: &Tallies| match tallies.get(duty) {
            Some(_) => grouped(of(tallies, duty, Status::Fail).unwrap_or(0)),
            None => "–".to_owned(),
        };
        if let Some(now) = all.last().filter(|_| all.iter().any(|tallies| tallies.contains_key(duty))) {
            let number = |standing| grouped(of(now, duty, standing).unwrap_or(0));
            let trend: Vec<String> = all.iter().map(fail).collect();
            rows.push(vec![duty.to_owned(), trend.join(" → "), number(Status::Unknown), number(Status::Pass)]);
        }
    }
    writeln!(out, "\n{}", styled(HEADING, "DUTIES"))?;
    let columns = [
        Column::words("duty"),
        Column::sentences("fail, scan by scan"),
        Column::numbers("unknown"),
        Column::numbers("pass"),
    ];
    lines(&columns, &rows, width, out)
}

fn failures(history: &History, scan: &Scan, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let mut oldest: Vec<Age> = Vec::new();
    let mut all = 0;
    ages(history, scan, |age| {
        all += 1;
        let weight = |age: &Age| (age.since, std::cmp::Reverse(age.seen.severity));
        let at = oldest.partition_point(|known| weight(known) <= weight(&age));
        oldest.insert(at, age);
        oldest.truncate(FAILURES_SHOWN);
        Ok(())
    })?;
    writeln!(out, "\n{}", styled(HEADING, "FAILING LONGEST"))?;
    for age in &oldest {
        let place = &age.place;
        let head = format!("  {:<8}  {}  ", age.seen.severity, since(age));
        paragraph(out, &head, &format!("{} {}", place.check, harmless(&place.resource, 80)), width)?;
    }
    if oldest.len() < all {
        writeln!(out, "  … and {} more; --format json lists all", grouped(all - oldest.len()))?;
    }
    if all == 0 {
        writeln!(out, "  nothing fails")?;
    }
    Ok(())
}

/// Since when something fails, as far as that was seen.
fn since(age: &Age) -> String {
    let date = age.since.strftime("%Y-%m-%d").to_string();
    let before = if age.is_known_to_begin { "" } else { " or before" };
    match age.unseen {
        0 => format!("since {date}{before}"),
        1 => format!("since {date}{before}, unseen in 1 scan"),
        many => format!("since {date}{before}, unseen in {many} scans"),
    }
}

fn days(time: SignedDuration) -> String {
    let hours = time.as_hours();
    if hours < 48 { format!("{hours} hours") } else { format!("{} days", hours / 24) }
}

fn time_to_fix(mended: &BTreeMap<Severity, Mended>, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "\n{}", styled(HEADING, "MEAN TIME TO FIX"))?;
    for (severity, mended) in mended.iter().rev() {
        let left_out = match mended.left_out {
            0 => String::new(),
            many => format!("; {many} left out, whose beginning or end no scan saw"),
        };
        let told = match mended.mean() {
            Some(mean) => format!("{}, of {} that were fixed{left_out}", days(mean), mended.count),
            None => format!("not known{left_out}"),
        };
        paragraph(out, &format!("  {severity:<8}  "), &told, width)?;
    }
    if mended.is_empty() {
        writeln!(out, "  nothing was seen to be fixed yet")?;
    }
    Ok(())
}

/// Writes everything as JSON, `plimsoll.history/1`.
fn document<'a>(
    history: &History,
    series: impl Iterator<Item = &'a Vec<Scan>>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    write!(out, "{{\n  \"schema\": \"plimsoll.history/1\",\n  \"series\": [")?;
    let mut separator = "\n";
    for scans in series {
        let Some(last) = scans.last() else { continue };
        write!(out, "{separator}    {{\n      \"of\": {},\n      \"scans\": [", serde_json::to_string(&last.of)?)?;
        separator = ",\n";
        list(out, scans.iter().map(|scan| scan_out(history, scan)))?;
        write!(out, "],\n      \"mean_time_to_fix\": {},\n      \"failing\": [", fixes(&mended(history, last)?))?;
        let (mut between, mut failed) = ("\n        ", Ok(()));
        ages(history, last, |age| {
            if failed.is_ok() {
                failed = write!(out, "{between}{}", failure(&age));
            }
            between = ",\n        ";
            Ok(())
        })?;
        failed?;
        write!(out, "\n      ]\n    }}")?;
    }
    writeln!(out, "\n  ]\n}}")?;
    Ok(())
}

fn list(out: &mut impl Write, values: impl Iterator<Item = Result<Value, HistoryError>>) -> anyhow::Result<()> {
    let mut separator = "\n        ";
    for value in values {
        write!(out, "{separator}{}", value?)?;
        separator = ",\n        ";
    }
    Ok(())
}

fn scan_out(history: &History, scan: &Scan) -> Result<Value, HistoryError> {
    let duties: serde_json::Map<String, Value> = tallies(history, scan.id)?
        .into_iter()
        .map(|(duty, tally)| {
            let counts = |status: Status| tally.get(&status).copied().unwrap_or(0);
            let counts: serde_json::Map<String, Value> = Status::ALL
                .into_iter()
                .map(|standing| (standing.as_str().replace('-', "_"), counts(standing).into()))
                .collect();
            (duty, counts.into())
        })
        .collect();
    Ok(json!({
        "scan": scan.id, "started": scan.started, "finished": scan.finished, "partial": scan.partial,
        "tool": scan.tool, "duties": duties,
    }))
}

fn fixes(mended: &BTreeMap<Severity, Mended>) -> Value {
    let of = |(severity, mended): (&Severity, &Mended)| {
        let seconds = mended.mean().map(|mean| mean.as_secs());
        let value = json!({"seconds": seconds, "fixed": mended.count, "left_out": mended.left_out});
        (severity.as_str().to_owned(), value)
    };
    Value::Object(mended.iter().map(of).collect())
}

fn failure(age: &Age) -> Value {
    let Age { place, seen, since, unseen, is_known_to_begin } = age;
    json!({
        "id": place.id, "check": place.check, "duty": place.duty, "severity": seen.severity, "account": place.account,
        "region": place.region, "resource": place.arn, "message": seen.message, "since": since.to_string(),
        "scans_unseen": unseen, "began_in_sight": is_known_to_begin,
    })
}
