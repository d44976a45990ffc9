//! The result in numbers: what failed, what was reached, what was not seen and why.

use std::collections::{BTreeMap, BTreeSet};

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
    /// Statements that are false, which an exception accepts.
    pub excepted: usize,
    /// Statements that could not be judged, for which a person has signed.
    pub attested: usize,
}

impl Standing {
    /// Counts one more.
    pub fn add(&mut self, status: Status) {
        match status {
            Status::Pass => self.pass += 1,
            Status::Fail => self.fail += 1,
            Status::NotApplicable => self.not_applicable += 1,
            Status::Unknown => self.unknown += 1,
            Status::Excepted => self.excepted += 1,
            Status::Attested => self.attested += 1,
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
            excepted: self.excepted + other.excepted,
            attested: self.attested + other.attested,
        }
    }

    /// All findings.
    pub fn total(&self) -> usize {
        self.pass + self.fail + self.not_applicable + self.unknown + self.excepted + self.attested
    }

    /// Findings with a verdict. What a person attests was not reached: nobody has read it.
    pub fn reached(&self) -> usize {
        self.total() - self.unknown - self.attested
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

/// An action that the scan was refused only because nothing allows it: what to add, and what that would show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The IAM action.
    pub action: String,
    /// The checks, by id, that could not reach a judgement without it.
    pub checks: BTreeSet<&'static str>,
    /// How many judgements those are.
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
    grants: BTreeMap<String, (BTreeSet<&'static str>, usize)>,
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
            if status == Status::Unknown {
                *self.unknown.entry((unknown.reason, unknown.action.clone())).or_default() += 1;
            }
            // Where a policy forbids it, allowing it elsewhere does not help.
            if unknown.reason == Reason::Denied && unknown.denied_by().is_none() {
                let (checks, judgements) = self.grants.entry(unknown.action.clone()).or_default();
                checks.insert(&*finding.check.registered.id);
                *judgements += 1;
            }
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

    /// What to allow the caller so that it sees more, what shows most first.
    pub fn grants(&self) -> Vec<Grant> {
        let grant = |(action, (checks, judgements)): (&String, &(BTreeSet<&'static str>, usize))| Grant {
            action: action.clone(),
            checks: checks.clone(),
            judgements: *judgements,
        };
        let mut grants: Vec<Grant> = self.grants.iter().map(grant).collect();
        grants.sort_by_key(|grant| std::cmp::Reverse((grant.checks.len(), grant.judgements)));
        grants
    }

    /// The same in one sentence, if there is anything to allow.
    pub fn advice(&self) -> Option<String> {
        let grants = self.grants();
        let checks: BTreeSet<&str> = grants.iter().flat_map(|grant| grant.checks.iter().copied()).collect();
        let actions: Vec<&str> = grants.iter().map(|grant| &*grant.action).collect();
        let (last, others) = actions.split_last()?;
        let actions = if others.is_empty() { (*last).to_owned() } else { format!("{} and {last}", others.join(", ")) };
        Some(match checks.len() {
            1 => format!("allow {actions} to complete 1 check"),
            many => format!("allow {actions} to complete {many} checks"),
        })
    }

    /// Failing findings at or above a severity.
    pub fn failing_from(&self, severity: Severity) -> usize {
        self.failing.range(severity..).map(|(_, count)| count).sum()
    }

    /// How much was seen, in one sentence.
    pub fn coverage(&self) -> String {
        let (reached, total) = (grouped(self.all.reached()), grouped(self.all.total()));
        let mut line = format!("{reached} of {total} judgements reached");
        if self.all.attested > 0 {
            line = format!("{line}; {} attested by people", grouped(self.all.attested));
        }
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

#[cfg(test)]
mod tests {
    use plimsoll_checks::contract::{
        Answer, Identity, Partition, Place, Registered, Unknown, fail, not_applicable, pass,
    };

    use super::*;
    use crate::scan::{ResourceOwner, Subject};

    fn check(id: &str) -> &'static Registered {
        plimsoll_checks::checks().iter().find(|check| check.id == id).expect("there is such a check")
    }

    fn summary(answers: impl IntoIterator<Item = (&'static str, Answer)>) -> Summary {
        let mut summary = Summary::default();
        for (id, answer) in answers {
            let check = crate::scan::Chosen::from(check(id));
            let read = check.check.over[0].read;
            let place = Place::global(Partition::Aws, "111122223333");
            summary.add(&Finding {
                check,
                owner: ResourceOwner::of(&place),
                place,
                resource_type: "AWS::KMS::Key",
                kind: read.name,
                subject: Subject::Resource(Identity::new("arn", "id")),
                answer,
                evidence: Vec::new(),
                accepted: None,
            });
        }
        summary
    }

    fn unknown(reason: Reason, action: &str) -> Answer {
        Err(Unknown::new(reason, action, "so it is"))
    }

    #[test]
    fn findings_are_counted_by_status_duty_and_severity() {
        let (rotation, policy) = ("kms-key-rotation-enabled", "kms-key-policy-not-public");
        let summary = summary([
            (rotation, Ok(pass("rotates"))),
            (rotation, Ok(fail("does not"))),
            (rotation, Ok(not_applicable("is of AWS"))),
            (policy, Ok(fail("is open"))),
            (policy, unknown(Reason::Denied, "kms:GetKeyPolicy")),
        ]);
        assert_eq!(summary.all, Standing { pass: 1, fail: 2, not_applicable: 1, unknown: 1, ..Standing::default() });
        assert_eq!((summary.all.total(), summary.all.reached()), (5, 4));
        let duty = |id| summary.duties[&check(id).check.duty];
        assert_eq!(duty(policy), Standing { fail: 1, unknown: 1, ..Standing::default() });
        assert_eq!(summary.duties.values().map(Standing::total).sum::<usize>(), 5);
    }

    #[test]
    fn only_what_fails_counts_as_failing_and_only_from_the_severity_on() {
        let ids = ["kms-key-policy-not-public", "kms-key-rotation-enabled"];
        let [severe, mild] = ids.map(|id| check(id).check.severity);
        assert!(severe > mild);
        let summary = summary([
            (ids[0], Ok(pass("is closed"))),
            (ids[0], unknown(Reason::Denied, "kms:GetKeyPolicy")),
            (ids[1], Ok(fail("does not rotate"))),
        ]);
        assert_eq!((summary.failing_from(Severity::Low), summary.failing_from(mild)), (1, 1));
        assert_eq!(summary.failing_from(severe), 0);
    }

    #[test]
    fn the_coverage_line_names_what_was_not_reached_the_most_frequent_first() {
        let id = "kms-key-rotation-enabled";
        let mut answers = vec![(id, unknown(Reason::Denied, "kms:DescribeKey"))];
        answers.extend((0..3).map(|_| (id, unknown(Reason::Throttled, "kms:GetKeyRotationStatus"))));
        answers.extend((0..1200).map(|_| (id, Ok(pass("rotates")))));
        assert_eq!(
            summary(answers).coverage(),
            "1,200 of 1,204 judgements reached; 4 unknown: 3 throttled kms:GetKeyRotationStatus, \
             1 denied kms:DescribeKey"
        );
        assert_eq!(summary([(id, Ok(pass("rotates")))]).coverage(), "1 of 1 judgements reached");
        assert_eq!(summary([]).coverage(), "0 of 0 judgements reached");
    }

    #[test]
    fn what_is_signed_for_is_counted_by_itself_and_was_not_reached_where_nobody_has_read_it() {
        let standing = Standing { pass: 3, excepted: 2, attested: 4, unknown: 1, ..Standing::default() };
        assert_eq!((standing.total(), standing.reached()), (10, 5));
        let summary = Summary { all: Standing { unknown: 0, ..standing }, ..Summary::default() };
        assert_eq!(summary.coverage(), "5 of 9 judgements reached; 4 attested by people");
        assert_eq!(summary.failing_from(Severity::Low), 0);
    }

    #[test]
    fn what_to_allow_is_told_unless_allowing_does_not_help() {
        let denied = |action: &str, detail: &str| Err(Unknown::new(Reason::Denied, action, detail));
        let no_policy = "no identity-based policy allows the action";
        let (rotation, policy) = ("kms-key-rotation-enabled", "kms-key-policy-not-public");
        let forbidden = "with an explicit deny in a service control policy";
        let summary = summary([
            (rotation, denied("kms:GetKeyRotationStatus", no_policy)),
            (rotation, denied("kms:DescribeKey", no_policy)),
            (rotation, denied("kms:DescribeKey", no_policy)),
            (policy, denied("kms:DescribeKey", no_policy)),
            (policy, denied("kms:GetKeyPolicy", forbidden)),
            (policy, unknown(Reason::Throttled, "kms:ListKeys")),
        ]);
        assert_eq!(
            summary.advice().as_deref(),
            Some("allow kms:DescribeKey and kms:GetKeyRotationStatus to complete 2 checks")
        );
        assert_eq!(summary.grants()[0].judgements, 3);
        assert_eq!(super::Summary::default().advice(), None);
    }

    #[test]
    fn thousands_are_set_apart() {
        let shown: Vec<String> = [0, 999, 1_000, 12_345, 1_234_567].into_iter().map(grouped).collect();
        assert_eq!(shown, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }
}
