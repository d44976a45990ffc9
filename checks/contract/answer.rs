//! What a check may say: a verdict, or that none could be reached and why.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A verdict, or the reason there is none. `?` on a failed read makes the judgement unknown for this one resource.
pub type Answer = Result<Verdict, Unknown>;

/// How a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The statement is true of the resource.
    Pass,
    /// The statement is false of the resource.
    Fail,
    /// The statement does not concern the resource.
    NotApplicable,
    /// It could not be seen whether the statement is true.
    Unknown,
    /// The statement is false of the resource, and an exception that has not run out accepts it. No check says so.
    Excepted,
    /// It could not be seen, and a person has signed a statement for it. No check says so.
    Attested,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Pass, Self::Fail, Self::NotApplicable, Self::Unknown, Self::Excepted, Self::Attested];

    /// The status with a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// Whether the scan saw for itself whether the statement is true. A signature is not sight.
    pub fn is_seen(self) -> bool {
        !matches!(self, Self::Unknown | Self::Attested)
    }

    /// Whether the statement is false, accepted or not.
    pub fn is_false(self) -> bool {
        matches!(self, Self::Fail | Self::Excepted)
    }

    /// The word used in every report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotApplicable => "not-applicable",
            Self::Unknown => "unknown",
            Self::Excepted => "excepted",
            Self::Attested => "attested",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a check says of one resource, and the values that decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    pub(crate) status: Status,
    pub(crate) message: String,
    pub(crate) shown: Vec<Shown>,
}

/// One deciding value, and the read it came from (`None`: the resource's own).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub(crate) read: Option<&'static str>,
    pub(crate) field: String,
    pub(crate) value: Value,
}

impl Verdict {
    fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), shown: Vec::new() }
    }

    /// Pass, fail or not applicable.
    pub fn status(&self) -> Status {
        self.status
    }

    /// What is true of this resource, lower case, with the value that matters.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Adds a field of the judged resource to the evidence, named as the AWS API names it.
    #[must_use]
    pub fn showing(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.shown.push(Shown { read: None, field: field.into(), value: value.into() });
        self
    }

    /// Adds a field of another record the check has read to the evidence.
    #[must_use]
    pub fn showing_of<R: super::Record>(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.shown.push(Shown { read: Some(R::NAME), field: field.into(), value: value.into() });
        self
    }
}

/// The statement is true of the resource.
pub fn pass(message: impl Into<String>) -> Verdict {
    Verdict::new(Status::Pass, message)
}

/// The statement is false of the resource.
pub fn fail(message: impl Into<String>) -> Verdict {
    Verdict::new(Status::Fail, message)
}

/// The statement does not concern the resource.
pub fn not_applicable(message: impl Into<String>) -> Verdict {
    Verdict::new(Status::NotApplicable, message)
}

/// Why a verdict could not be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// AWS refused the call for want of permission.
    Denied,
    /// AWS kept asking to slow down until the retries were used up.
    Throttled,
    /// No connection, or it broke off.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// The credentials are not accepted.
    Credentials,
    /// The credentials have run out, and new ones could not be had.
    Expired,
    /// The region is not enabled for the account.
    RegionDisabled,
    /// The service does not answer in this region.
    NotInRegion,
    /// AWS answered with an error of its own.
    ServiceError,
    /// The scan was told not to look there.
    LeftOut,
    /// The recording does not hold this read.
    NotRecorded,
    /// The answer, or the recorded file, could not be understood.
    Malformed,
    /// The thing to look at belongs to another account, which this scan cannot see.
    OtherAccount,
    /// What was read does not settle the question.
    Undecided,
    /// The resource was gone when its details were asked for.
    Gone,
    /// The scan was stopped first.
    Interrupted,
    /// A defect in this program stopped the read or the judgement; the rest of the scan is sound.
    Internal,
}

impl Reason {
    /// The word used in every report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Credentials => "credentials",
            Self::Expired => "expired",
            Self::RegionDisabled => "region-disabled",
            Self::NotInRegion => "not-in-region",
            Self::ServiceError => "service-error",
            Self::LeftOut => "left-out",
            Self::NotRecorded => "not-recorded",
            Self::Malformed => "malformed",
            Self::OtherAccount => "other-account",
            Self::Undecided => "undecided",
            Self::Gone => "gone",
            Self::Interrupted => "interrupted",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// No verdict, and why.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}: {action}: {detail}")]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Unknown {
    /// The kind of reason.
    pub reason: Reason,
    /// The IAM action whose permission the read needs (`s3:ListAllMyBuckets`), or the read's name when no call was made.
    pub action: String,
    /// What AWS, the network or the recording said.
    pub detail: String,
}

impl Unknown {
    /// No verdict for `reason`, at `action`.
    pub fn new(reason: Reason, action: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { reason, action: action.into(), detail: detail.into() }
    }

    /// Which kind of policy refused the call, where AWS says so and it is not plain: that no policy of the caller's own
    /// allows the action is what a refusal means if nothing else is said.
    ///
    /// Source: IAM User Guide, "Troubleshoot access denied error messages".
    pub fn denied_by(&self) -> Option<String> {
        const POLICIES: [&str; 7] = [
            "identity-based policy",
            "resource-based policy",
            "service control policy",
            "resource control policy",
            "permissions boundary",
            "session policy",
            "VPC endpoint policy",
        ];
        if self.reason != Reason::Denied {
            return None;
        }
        let policy_at = |text: &str| POLICIES.into_iter().find(|policy| text.starts_with(policy));
        if let Some((_, by)) = self.detail.split_once(" explicit deny in ") {
            let (article, policy) = by.split_once(' ')?;
            return policy_at(policy).map(|policy| format!("explicit deny in {article} {policy}"));
        }
        let (_, because) = self.detail.split_once(" because no ")?;
        let policy = policy_at(because).filter(|policy| *policy != "identity-based policy")?;
        Some(format!("no {policy} allows it"))
    }

    /// What was read does not settle the question; `detail` says what is missing.
    pub fn undecided<R: super::Record>(detail: impl Into<String>) -> Self {
        Self::new(Reason::Undecided, super::Read::deciding_action(R::CALLS), detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied_by(detail: &str) -> Option<String> {
        Unknown::new(Reason::Denied, "kms:ListKeys", detail).denied_by()
    }

    #[test]
    fn a_refusal_names_the_kind_of_policy_that_refused() {
        let user = "AccessDenied: User: arn:aws:iam::111122223333:user/a is not authorized to perform: kms:ListKeys";
        for (words, by) in [
            ("with an explicit deny in a service control policy", "explicit deny in a service control policy"),
            ("with an explicit deny in an identity-based policy: arn:x", "explicit deny in an identity-based policy"),
            ("because no service control policy allows the kms:ListKeys action", "no service control policy allows it"),
            ("because no permissions boundary allows the kms:ListKeys action", "no permissions boundary allows it"),
        ] {
            assert_eq!(denied_by(&format!("{user} {words}")).as_deref(), Some(by));
        }
    }

    #[test]
    fn nothing_is_made_up_where_aws_does_not_say() {
        let plain = "because no identity-based policy allows the kms:ListKeys action";
        for detail in [plain, "AccessDenied: Access Denied", "x because no reason", "with an explicit deny in", ""] {
            assert_eq!(denied_by(detail), None);
        }
        let detail = "with an explicit deny in a service control policy";
        assert_eq!(Unknown::new(Reason::Malformed, "kms:ListKeys", detail).denied_by(), None);
    }
}
