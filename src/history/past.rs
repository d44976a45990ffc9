//! A series of scans in the numbers that reports show.

use super::{Age, History, HistoryError, Mended, Scan, Side, ages, mended, tallies};
use crate::report::{Failing, Fixed, Past, PastScan};

/// Scans that are shown, the last ones.
const SCANS: usize = 60;
/// Failures that are shown, the oldest.
const FAILURES: usize = 10;

/// What there is to show of the series of a scan, up to it.
pub fn past(history: &History, scan: &Scan) -> Result<Past, HistoryError> {
    let mut scans = history.scans()?;
    scans.retain(|other| other.series == scan.series && other.number <= scan.number);
    scans.sort_by_key(|other| other.number);
    let earlier = scans.len().saturating_sub(SCANS);
    let shown: Result<Vec<PastScan>, HistoryError> = scans[earlier..]
        .iter()
        .map(|scan| {
            let duties = tallies(history, scan.id)?;
            let checks = Side::of(history, scan)?.checks_made();
            Ok(PastScan { id: scan.id, started: scan.started.clone(), partial: scan.partial, checks, duties })
        })
        .collect();
    let mut past = Past { scans: shown?, earlier, ..Past::default() };
    ages(history, scan, |age| {
        past.failing += 1;
        take(&mut past.oldest, age, scan);
        Ok(())
    })?;
    let fixed = |mended: Mended| Fixed {
        seconds: mended.mean().map(|mean| mean.as_secs()),
        count: mended.count,
        left_out: mended.left_out,
    };
    past.fixed = mended(history, scan)?.into_iter().map(|(severity, of)| (severity, fixed(of))).collect();
    Ok(past)
}

/// Keeps the oldest failures in order; of the same age the more severe comes first.
fn take(oldest: &mut Vec<Failing>, age: Age, scan: &Scan) {
    let Age { place, seen, since, unseen, is_known_to_begin } = age;
    let now = scan.started.parse().unwrap_or(since);
    let failing = Failing {
        check: place.check,
        severity: seen.severity,
        account: place.account,
        region: place.region,
        resource: place.resource,
        arn: place.arn,
        since: since.to_string(),
        days: now.duration_since(since).as_secs() / (24 * 60 * 60),
        unseen,
        began_in_sight: is_known_to_begin,
    };
    let key =
        |it: &Failing| (std::cmp::Reverse(it.days), std::cmp::Reverse(it.severity), it.check.clone(), it.arn.clone());
    let at = oldest.partition_point(|known| key(known) <= key(&failing));
    if at < FAILURES {
        oldest.insert(at, failing);
        oldest.truncate(FAILURES);
    }
}
