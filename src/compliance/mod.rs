//! How a framework's controls stand, derived from findings; the rule is in docs/compliance.md.

pub mod csv;
pub mod json;
pub mod tree;

use std::collections::BTreeMap;

use plimsoll_checks::contract::{Attestation, Control, Framework, Model, Status};

use crate::register::Signed;
use crate::report::{Ending, Opening};
use crate::scan::{Finding, Off, Standing, grouped};

/// How a control stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ControlStatus {
    /// At least one judgement fails.
    Fail,
    /// None fails, but not everything could be judged.
    Incomplete,
    /// What checks can show is shown, or no check can show it: a person decides.
    NeedsPerson,
    /// Nothing fails but what exceptions accept, and nobody else is asked.
    Excepted,
    /// Nothing fails, and people have signed for all that no check could see.
    Attested,
    /// Something was judged, everything judged passes, and nobody else is asked.
    Pass,
    /// Checks looked, and there was nothing in the account that the control is about.
    NotApplicable,
    /// It is on the provider's side.
    Provider,
}

impl ControlStatus {
    /// All, what matters most first.
    pub const ALL: [Self; 8] = [
        Self::Fail,
        Self::Incomplete,
        Self::NeedsPerson,
        Self::Excepted,
        Self::Attested,
        Self::Pass,
        Self::NotApplicable,
        Self::Provider,
    ];

    /// The word used in every report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Incomplete => "incomplete",
            Self::NeedsPerson => "needs-person",
            Self::Excepted => "excepted",
            Self::Attested => "attested",
            Self::Pass => "pass",
            Self::NotApplicable => "not-applicable",
            Self::Provider => "provider",
        }
    }
}

/// What the findings of one check come to.
#[derive(Debug, Clone, Default)]
pub struct CheckTally {
    /// Its findings in numbers.
    pub standing: Standing,
    /// Why the check does not concern the first resource it does not concern.
    pub not_applicable: Option<String>,
    /// The findings that neither pass nor are without concern, in plan order.
    pub offending: Vec<Offending>,
}

/// A finding that keeps a control from passing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offending {
    /// Fail or unknown, excepted or attested.
    pub status: Status,
    /// The finding's id.
    pub id: String,
    /// The account.
    pub account: String,
    /// Where in it.
    pub region: String,
    /// The CloudFormation type.
    pub resource_type: &'static str,
    /// The resource's ARN.
    pub arn: String,
    /// The resource's id; `*` for what could not be listed.
    pub resource: String,
    /// What is true of the resource, or why that could not be seen.
    pub message: String,
}

/// Counts findings by check, as they come.
#[derive(Debug, Default)]
pub struct Tally {
    checks: BTreeMap<&'static str, CheckTally>,
}

impl Tally {
    /// Counts a finding without keeping it, for whoever shows the findings by other means.
    pub fn count(&mut self, finding: &Finding) -> &mut CheckTally {
        let tally = self.checks.entry(&*finding.check.registered.id).or_default();
        let status = finding.status();
        tally.standing.add(status);
        if status == Status::NotApplicable && tally.not_applicable.is_none() {
            tally.not_applicable = Some(finding.message());
        }
        tally
    }

    /// Counts a finding, and keeps it if it stands in the way of a control.
    pub fn add(&mut self, finding: &Finding) {
        let status = finding.status();
        let tally = self.count(finding);
        if !matches!(status, Status::Pass | Status::NotApplicable) {
            tally.offending.push(Offending {
                status,
                id: finding.id(),
                account: finding.place.account.to_string(),
                region: finding.place.region.to_string(),
                resource_type: finding.resource_type,
                arn: finding.arn(),
                resource: finding.resource_id().to_owned(),
                message: finding.message(),
            });
        }
    }
}

/// Why a check of a control has not judged everything.
#[derive(Clone, Copy)]
pub enum Unexamined<'a> {
    /// The user has it off.
    Off(&'a Off),
    /// The scan was stopped first.
    Stopped,
    /// The scan was not asked to make it.
    NotSelected,
}

/// A check of a control.
pub struct ControlCheck<'a> {
    /// Its id.
    pub id: &'a str,
    /// What its findings come to; `None` if it has none.
    pub tally: Option<&'a CheckTally>,
    /// Why it has not judged everything; `None` if it has.
    pub unexamined: Option<Unexamined<'a>>,
}

impl ControlCheck<'_> {
    fn standing(&self) -> Standing {
        self.tally.map(|tally| tally.standing).unwrap_or_default()
    }
}

/// How one control stands, and what that rests on.
pub struct ControlStanding<'a> {
    /// The control.
    pub control: &'a Control,
    /// Its checks.
    pub checks: Vec<ControlCheck<'a>>,
    /// How it stands.
    pub status: ControlStatus,
    /// All findings of its checks.
    pub standing: Standing,
    /// What people have answered.
    answers: Answers,
}

/// What people have signed for a control.
#[derive(Debug, Clone, Copy, Default)]
struct Answers {
    /// For every statement that it asks for.
    statements: bool,
    /// For the control itself.
    control: bool,
}

impl<'a> ControlStanding<'a> {
    fn new(control: &'a Control, checks: Vec<ControlCheck<'a>>, answers: Answers) -> Self {
        let standing = checks.iter().fold(Standing::default(), |sum, check| sum.plus(check.standing()));
        let is_whole = standing.unknown == 0 && checks.iter().all(|check| check.unexamined.is_none());
        let asks_a_person = !control.attestations.is_empty() || control.manual.is_some();
        let is_answered = answers.control || answers.statements && control.manual.is_none();
        let status = if standing.fail > 0 {
            ControlStatus::Fail
        } else if !is_whole {
            ControlStatus::Incomplete
        } else if asks_a_person && !is_answered {
            ControlStatus::NeedsPerson
        } else if standing.excepted > 0 {
            ControlStatus::Excepted
        } else if standing.attested > 0 || asks_a_person || answers.control {
            ControlStatus::Attested
        } else if standing.pass > 0 {
            ControlStatus::Pass
        } else if !checks.is_empty() {
            ControlStatus::NotApplicable
        } else if !control.provider.is_empty() && control.planned.is_empty() {
            ControlStatus::Provider
        } else {
            // Its checks are yet to be written: until then, somebody has to look.
            ControlStatus::NeedsPerson
        };
        Self { control, checks, status, standing, answers }
    }

    /// The findings that keep it from passing: what fails first.
    pub fn offending(&self) -> impl Iterator<Item = (&'a str, &'a Offending)> {
        let of = |status: Status| {
            let all = self.checks.iter().filter_map(|check| Some((check.id, check.tally?)));
            all.flat_map(|(id, tally)| tally.offending.iter().map(move |it| (id, it)))
                .filter(move |(_, offending)| offending.status == status)
        };
        of(Status::Fail).chain(of(Status::Unknown)).chain(of(Status::Excepted)).chain(of(Status::Attested))
    }

    /// Why it does not concern the first resource that its checks looked at.
    fn unconcerned(&self) -> &str {
        let told = self.checks.iter().find_map(|check| check.tally?.not_applicable.as_deref());
        told.unwrap_or("is not told")
    }

    /// Why it stands as it does, one reason a line.
    pub fn because(&self) -> Vec<String> {
        let Standing { pass, fail, not_applicable, unknown, excepted, attested } = self.standing;
        let total = self.standing.total();
        let mut because = Vec::new();
        if fail > 0 {
            because.push(format!(
                "{} of {} {}",
                grouped(fail),
                grouped(total),
                plural(total, "judgement fails", "judgements fail")
            ));
        }
        if unknown > 0 {
            let judgements = plural(total, "judgement", "judgements");
            because.push(format!("{} of {} {judgements} could not be reached", grouped(unknown), grouped(total)));
        }
        if excepted > 0 {
            let verb = plural(excepted, "fails by an exception", "fail by exceptions");
            because.push(format!("{} of {} {verb}", grouped(excepted), plural_of(total, "judgement", "judgements")));
        }
        if attested > 0 {
            let told = "could not be reached and people answer for them";
            let told = if attested == 1 { "could not be reached and a person answers for it" } else { told };
            because.push(format!("{} of {} {told}", grouped(attested), plural_of(total, "judgement", "judgements")));
        }
        for check in &self.checks {
            because.extend(check.unexamined.map(|unexamined| match unexamined {
                Unexamined::Off(Off { reason, file, line, .. }) => {
                    format!("{} is not examined by configuration ({file}:{line}): {reason}", check.id)
                }
                Unexamined::Stopped => format!("{} did not come to its end: the scan was stopped", check.id),
                Unexamined::NotSelected => format!("{} was not made", check.id),
            }));
        }
        if fail == 0 && unknown == 0 && pass > 0 {
            because.push(format!("{} {}", grouped(pass), plural(pass, "judgement passes", "judgements pass")));
        }
        if total == not_applicable && self.checks.iter().any(|check| check.unexamined.is_none()) {
            because.push(match not_applicable {
                0 => "there is no resource that it concerns".to_owned(),
                1 => format!("it does not concern the one resource there is, which {}", self.unconcerned()),
                many => {
                    format!("it concerns none of {} resources; the first {}", grouped(many), self.unconcerned())
                }
            });
        }
        let statements = self.control.attestations.iter().filter_map(|id| Attestation::get(id));
        because.extend(statements.map(|attestation| {
            let lead = if self.answers.statements { "a person has signed" } else { "a person states" };
            format!("{lead}: {}", lowered(&attestation.statement))
        }));
        // A manual part may be written in several lines.
        let manual = self.control.manual.iter().map(|manual| manual.split_whitespace().collect::<Vec<_>>().join(" "));
        because.extend(manual.map(|manual| format!("a person looks: {manual}")));
        let provider = self.control.provider.iter().filter_map(|id| Model::get().provider_duty(id));
        let provider: Vec<String> = provider.map(|duty| duty.name.to_lowercase()).collect();
        if !provider.is_empty() {
            because.push(format!("AWS answers for {}", provider.join(", ")));
        }
        if self.answers.control {
            because.push("a person has signed for the control".to_owned());
        }
        if !self.control.planned.is_empty() {
            let planned = self.control.planned.len();
            let planned = format!("{planned} {}", plural(planned, "check is", "checks are"));
            let rest = if self.checks.is_empty() { "" } else { " for the rest of it" };
            because.push(format!("{planned} yet to be written{rest}: until then a person looks"));
        }
        because
    }
}

/// How a framework stands.
pub struct Assessment<'a> {
    /// The framework.
    pub framework: &'a Framework,
    /// The highest level of its controls that is asked for.
    pub level: Option<u8>,
    /// Its controls, in its own order.
    pub controls: Vec<ControlStanding<'a>>,
}

impl<'a> Assessment<'a> {
    /// Derives it from the findings of a scan.
    pub fn new(
        framework: &'a Framework,
        level: Option<u8>,
        tally: &'a Tally,
        opening: &'a Opening,
        ending: &Ending<'_>,
    ) -> Self {
        let check = |id: &'a String| ControlCheck {
            id,
            tally: tally.checks.get(&**id),
            unexamined: if let Some(off) = opening.off.iter().find(|off| off.check.id == *id) {
                Some(Unexamined::Off(off))
            } else if ending.unreached.contains(&&**id) {
                Some(Unexamined::Stopped)
            } else if !opening.checks.iter().any(|check| check.id == *id) {
                Some(Unexamined::NotSelected)
            } else {
                None
            },
        };
        let signed = Signed::of(ending.signed);
        let stands = |control: &'a Control| {
            let answers = Answers {
                statements: control.attestations.iter().all(|id| signed.states(id)),
                control: signed.answers_for(&framework.id, &control.id),
            };
            ControlStanding::new(control, control.checks.iter().map(check).collect(), answers)
        };
        let controls = framework.at_level(level.unwrap_or(u8::MAX)).map(stands).collect();
        Self { framework, level, controls }
    }

    /// How many controls stand so.
    pub fn count(&self, status: ControlStatus) -> usize {
        self.controls.iter().filter(|control| control.status == status).count()
    }

    /// The framework's name with edition and level.
    pub fn name(&self) -> String {
        let Framework { name, version, .. } = self.framework;
        match self.level {
            Some(level) => format!("{name} {version}, level {level}"),
            None => format!("{name} {version}"),
        }
    }
}

fn plural_of(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

fn plural(number: usize, one: &'static str, many: &'static str) -> &'static str {
    if number == 1 { one } else { many }
}

/// A sentence as it goes on after a colon; a name that begins it stays as it is.
fn lowered(sentence: &str) -> String {
    let mut letters = sentence.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(letters).collect(),
        _ => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(toml: &str) -> Control {
        let framework =
            format!("id = \"x\"\nname = \"x\"\nversion = \"1\"\n[[controls]]\nid = \"1\"\ntitle = \"t\"\n{toml}");
        toml::from_str::<Framework>(&framework).expect("a framework").controls.remove(0)
    }

    fn tally(pass: usize, fail: usize, not_applicable: usize, unknown: usize) -> CheckTally {
        CheckTally {
            standing: Standing { pass, fail, not_applicable, unknown, ..Standing::default() },
            not_applicable: None,
            offending: Vec::new(),
        }
    }

    /// How a control stands whose one check has come to this.
    fn stands(toml: &str, tally: &CheckTally, unexamined: Option<Unexamined<'_>>) -> ControlStatus {
        let control = control(&format!("checks = [\"c\"]\n{toml}"));
        let check = ControlCheck { id: "c", tally: Some(tally), unexamined };
        ControlStanding::new(&control, vec![check], Answers::default()).status
    }

    #[test]
    fn what_fails_fails_whatever_else_is_unknown() {
        assert_eq!(stands("", &tally(5, 1, 0, 3), None), ControlStatus::Fail);
        assert_eq!(stands("", &tally(0, 1, 0, 0), Some(Unexamined::Stopped)), ControlStatus::Fail);
    }

    #[test]
    fn what_was_not_seen_to_its_end_never_passes() {
        let off = Off {
            check: &plimsoll_checks::checks()[0],
            reason: "so".to_owned(),
            file: "plimsoll.toml".to_owned(),
            line: 1,
        };
        assert_eq!(stands("", &tally(5, 0, 0, 1), None), ControlStatus::Incomplete);
        for unexamined in [Unexamined::Stopped, Unexamined::NotSelected, Unexamined::Off(&off)] {
            assert_eq!(stands("", &tally(5, 0, 0, 0), Some(unexamined)), ControlStatus::Incomplete);
            assert_eq!(stands("", &tally(0, 0, 0, 0), Some(unexamined)), ControlStatus::Incomplete);
        }
    }

    #[test]
    fn only_what_was_examined_passes() {
        assert_eq!(stands("", &tally(1, 0, 7, 0), None), ControlStatus::Pass);
        assert_eq!(stands("", &tally(0, 0, 7, 0), None), ControlStatus::NotApplicable);
        assert_eq!(stands("", &tally(0, 0, 0, 0), None), ControlStatus::NotApplicable);
    }

    #[test]
    fn what_is_signed_for_never_passes() {
        let with = |standing| CheckTally { standing, not_applicable: None, offending: Vec::new() };
        let seen = Standing { pass: 5, ..Standing::default() };
        let excepted = Standing { excepted: 1, ..seen };
        let attested = Standing { attested: 1, ..seen };
        assert_eq!(stands("", &with(excepted), None), ControlStatus::Excepted);
        assert_eq!(stands("", &with(attested), None), ControlStatus::Attested);
        assert_eq!(stands("", &with(excepted.plus(attested)), None), ControlStatus::Excepted);
        assert_eq!(stands("", &with(Standing { fail: 1, ..excepted }), None), ControlStatus::Fail);
        assert_eq!(stands("", &with(Standing { unknown: 1, ..attested }), None), ControlStatus::Incomplete);
        assert_eq!(stands("manual = \"look\"", &with(excepted), None), ControlStatus::NeedsPerson);
    }

    #[test]
    fn a_person_is_asked_even_where_checks_pass() {
        let attested = "attestations = [\"iam-attest-access-review-held\"]";
        assert_eq!(stands(attested, &tally(1, 0, 0, 0), None), ControlStatus::NeedsPerson);
        assert_eq!(stands(attested, &tally(0, 0, 0, 0), None), ControlStatus::NeedsPerson);
        assert_eq!(stands(attested, &tally(1, 1, 0, 0), None), ControlStatus::Fail);
        let alone = |toml| ControlStanding::new(&control(toml), Vec::new(), Answers::default()).status;
        assert_eq!(alone(attested), ControlStatus::NeedsPerson);
        assert_eq!(alone("manual = \"look\"\nprovider = [\"datacenter-security\"]"), ControlStatus::NeedsPerson);
        assert_eq!(alone("planned = [\"x\"]"), ControlStatus::NeedsPerson, "nobody has looked yet");
        let in_part = "planned = [\"x\"]\nprovider = [\"datacenter-security\"]";
        assert_eq!(alone(in_part), ControlStatus::NeedsPerson, "nobody has looked at the user's part");
        assert_eq!(alone("provider = [\"datacenter-security\"]"), ControlStatus::Provider);
    }
}
