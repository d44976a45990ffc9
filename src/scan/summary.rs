//! The result in numbers: what failed, what was reached, what was not seen and why.

use std::collections::BTreeMap;

use plimsoll_checks::contract::{DutyId, Reason, Severity, Status};

use super::{Ended, Finding};

/// Numbers of findings by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Statements that are true.
    pub pass: usize,
    /// Statements that are false.
    pub fail: usize,
    /// Statements that do not concern the resource.
    pub not_applicable: usize,
    /// Statements that could not be judged.
    pub unknown: usize,
}

impl Standing {
    /// Counts one more.
    pub fn add(&mut self, status: Status) {
        match status {
            Status::Pass => self.pass += 1,
            Status::Fail => self.fail += 1,
            Status::NotApplicable => self.not_applicable += 1,
            Status::Unknown => self.unknown += 1,
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            pass: self.pass + other.pass,
            fail: self.fail + other.fail,
            not_applicable: self.not_applicable + other.not_applicable,
            unknown: self.unknown + other.unknown,
        }
    }

    /// All findings.
    pub fn total(&self) -> usize {
        self.pass + self.fail + self.not_applicable + self.unknown
    }

    /// Findings with a verdict.
    pub fn reached(&self) -> usize {
        self.total() - self.unknown
    }
}

/// Why judgements were not reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownGroup {
    /// The reason.
    pub reason: Reason,
    /// The IAM action whose permission the read needs.
    pub action: String,
    /// How many judgements.
    pub judgements: usize,
}

/// The result in numbers.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// All findings.
    pub all: Standing,
    /// Findings by duty; duties without any finding are not in it.
    pub duties: BTreeMap<DutyId, Standing>,
    /// Failing findings by severity.
    pub failing: BTreeMap<Severity, usize>,
    unknown: BTreeMap<(Reason, String), usize>,
    /// Whether the scan was stopped before its end.
    pub stopped: bool,
}

impl Summary {
    /// Counts a finding.
    pub fn add(&mut self, finding: &Finding) {
        let status = finding.status();
        self.all.add(status);
        self.duties.entry(finding.check.check.duty).or_default().add(status);
        if status == Status::Fail {
            *self.failing.entry(finding.severity()).or_default() += 1;
        }
        if let Err(unknown) = &finding.answer {
            *self.unknown.entry((unknown.reason, unknown.action.clone())).or_default() += 1;
        }
    }

    /// Notes how the scan ended.
    pub fn ended(&mut self, ended: Ended) {
        self.stopped = ended == Ended::Stopped;
    }

    /// Why judgements were not reached, most frequent first.
    pub fn unknown(&self) -> Vec<UnknownGroup> {
        let mut groups: Vec<UnknownGroup> = self
            .unknown
            .iter()
            .map(|((reason, action), judgements)| UnknownGroup {
                reason: *reason,
                action: action.clone(),
                judgements: *judgements,
            })
            .collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.judgements));
        groups
    }

    /// Failing findings at or above a severity.
    pub fn failing_from(&self, severity: Severity) -> usize {
        self.failing.range(severity..).map(|(_, count)| count).sum()
    }

    /// How much was seen, in one sentence.
    pub fn coverage(&self) -> String {
        let (reached, total) = (grouped(self.all.reached()), grouped(self.all.total()));
        let line = format!("{reached} of {total} judgements reached");
        if self.all.unknown == 0 {
            return line;
        }
        let reason = |group: &UnknownGroup| format!("{} {} {}", grouped(group.judgements), group.reason, group.action);
        let reasons: Vec<String> = self.unknown().iter().map(reason).collect();
        format!("{line}; {} unknown: {}", grouped(self.all.unknown), reasons.join(", "))
    }
}

/// A number with commas between thousands.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
