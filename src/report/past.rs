//! What earlier scans have found, as reports are told it: plain numbers, however they were remembered.

use std::collections::BTreeMap;

use plimsoll_checks::contract::{Severity, Status};
use serde::Serialize;

/// The scans of a series up to the one that is reported, and what only several scans tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Past {
    /// The last scans, the oldest first; the one that is reported comes last.
    pub scans: Vec<PastScan>,
    /// How many scans there were before these.
    pub earlier: usize,
    /// What has failed for longest, the oldest first.
    pub oldest: Vec<Failing>,
    /// How many findings fail now.
    pub failing: usize,
    /// How long it took to fix what failed, by severity.
    pub fixed: BTreeMap<Severity, Fixed>,
}

/// How a scan came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PastScan {
    /// What `plimsoll diff` takes.
    pub id: i64,
    /// When it began to read.
    pub started: String,
    /// Whether it was stopped before its end.
    pub partial: bool,
    /// How many checks it made to their end: one with fewer finds less, and nothing is better for it.
    pub checks: usize,
    /// Findings of each duty by how they stand. A duty of which the scan found nothing is missing: that is no zero.
    pub duties: BTreeMap<String, BTreeMap<Status, usize>>,
}

/// Something that fails, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failing {
    /// The check, by id.
    pub check: String,
    /// How severe it is now.
    pub severity: Severity,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The resource, by id.
    pub resource: String,
    /// Its ARN.
    pub arn: String,
    /// When the scan began that saw it fail first.
    pub since: String,
    /// Whole days from then to the scan that is reported.
    pub days: i64,
    /// Scans since then that could not see it.
    pub unseen: i64,
    /// Whether the scan before that one saw it not fail; otherwise it may fail for longer.
    pub began_in_sight: bool,
}

/// How long it took to fix what failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fixed {
    /// The mean in seconds; `None` if no failure was seen from its beginning to its end.
    pub seconds: Option<i64>,
    /// Failures whose beginning and end were seen.
    pub count: u32,
    /// Failures that were fixed while no scan saw when they began or ended.
    pub left_out: u32,
}
