//! Which requests a bucket policy refuses because they come over plain HTTP.

use super::resources::BucketPolicy;
use crate::contract::Unknown;
use crate::policy::{Actions, Condition, Pattern, Policy, Statement, Test};

/// What a policy does about requests that come over plain HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainHttp {
    /// All are refused.
    Refused,
    /// Those for objects are refused, those for the bucket itself are not.
    RefusedForObjects,
    /// Those for the bucket itself are refused, those for objects are not.
    RefusedForBucket,
    /// Some are refused, but not all for the bucket or all for its objects.
    RefusedInPart,
    /// None is refused.
    Accepted,
}

impl PlainHttp {
    /// What `policy`, on the bucket `arn`, does about requests over plain HTTP.
    ///
    /// Only Deny statements count. A policy that allows nothing but requests over TLS refuses nobody who is allowed by
    /// other means: an identity policy of the account, or an access list.
    pub fn under(policy: &Policy, arn: &str) -> Result<Self, Unknown> {
        let sure: Vec<&Statement> = refusing(policy, |hit| hit == Hit::All);
        let at_most: Vec<&Statement> = refusing(policy, |hit| hit != Hit::Some);
        let (found, possible) = (Self::by(&sure, policy, arn), Self::by(&at_most, policy, arn));
        if found != possible && possible == Self::Refused {
            return Err(Unknown::undecided::<BucketPolicy>(
                "the policy tests for TLS in a way whose effect on plain HTTP AWS does not document",
            ));
        }
        Ok(found)
    }

    fn by(refusing: &[&Statement], policy: &Policy, arn: &str) -> Self {
        match (covered(refusing, arn), covered(refusing, &format!("{arn}/*"))) {
            (true, true) => Self::Refused,
            (false, true) => Self::RefusedForObjects,
            (true, false) => Self::RefusedForBucket,
            (false, false) if policy.denying().any(|statement| statement.conditions.iter().any(asks_for_tls)) => {
                Self::RefusedInPart
            }
            (false, false) => Self::Accepted,
        }
    }
}

/// The statements that refuse requests over plain HTTP to everyone, of any sort that `counts`.
fn refusing(policy: &Policy, counts: impl Fn(Hit) -> bool) -> Vec<&Statement> {
    // Whom NotPrincipal leaves out of a Deny may still come over plain HTTP.
    let everyone = policy.denying().filter(|statement| statement.is_for_everyone());
    everyone.filter(|statement| statement.conditions.iter().map(hit).min().is_none_or(&counts)).collect()
}

/// Whether the statements, taken together, are about every S3 action on a resource.
fn covered(statements: &[&Statement], resource: &str) -> bool {
    let about: Vec<&Statement> = statements.iter().copied().filter(|of| of.covers_resource(resource)).collect();
    let listed: Vec<Pattern> = about
        .iter()
        .filter_map(|statement| match &statement.actions {
            Actions::Only(actions) => Some(actions),
            Actions::AllBut(_) => None,
        })
        .flatten()
        .cloned()
        .collect();
    about.iter().any(|statement| statement.acts_on("s3:*")) || Pattern::any_includes(&listed, &Pattern::action("s3:*"))
}

/// Which of the requests over plain HTTP a condition is true of; the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hit {
    /// Some or none.
    Some,
    /// AWS does not say.
    Undocumented,
    /// All.
    All,
}

fn hit(condition: &Condition) -> Hit {
    let says = |value| condition.has_value(value);
    if condition.is_key("aws:SecureTransport") {
        // The key is in every request. It is a Boolean; what comparing it as a text does, AWS does not say.
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        match condition.operator.test {
            Test::Bool | Test::Null if says("false") => Hit::All,
            Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike if says("false") => Hit::Undocumented,
            Test::StringNotEquals | Test::StringNotEqualsIgnoreCase | Test::StringNotLike if !says("false") => {
                Hit::Undocumented
            }
            _ => Hit::Some,
        }
    } else if condition.is_key("s3:TlsVersion") {
        // A request over plain HTTP has no TLS version, so "older than 1.2" is not true of it. Whether the key is then
        // missing, so that an IfExists comparison is true, AWS does not say.
        let holds_without = condition.operator.holds_without_key();
        let wants_none = condition.operator.test == Test::Null && says("true");
        if holds_without || wants_none { Hit::Undocumented } else { Hit::Some }
    } else {
        Hit::Some
    }
}

/// Whether a condition has to do with TLS at all.
fn asks_for_tls(condition: &Condition) -> bool {
    hit(condition) != Hit::Some
}

#[cfg(test)]
mod tests {
    use super::PlainHttp::{self, Accepted, Refused, RefusedForBucket, RefusedForObjects, RefusedInPart};
    use crate::policy::Policy;

    /// What a Deny for everyone does, with these actions, resources and conditions.
    fn deny(action: &str, resource: &str, condition: &str) -> Option<PlainHttp> {
        statements(&format!(
            r#"{{"Effect": "Deny", "Principal": "*", "Action": {action}, "Resource": {resource}, "Condition": {condition}}}"#
        ))
    }

    fn statements(statements: &str) -> Option<PlainHttp> {
        let policy = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        PlainHttp::under(&Policy::parse(&policy).unwrap(), "arn:aws:s3:::b").ok()
    }

    const ALL: &str = r#""s3:*""#;
    const BOTH: &str = r#"["arn:aws:s3:::b", "arn:aws:s3:::b/*"]"#;
    const INSECURE: &str = r#"{"Bool": {"aws:SecureTransport": "false"}}"#;

    #[test]
    fn every_spelling_of_the_same_refusal_is_understood() {
        for condition in [
            INSECURE,
            r#"{"Bool": {"AWS:SECURETRANSPORT": ["False"]}}"#,
            r#"{"Bool": {"aws:SecureTransport": false}}"#,
            r#"{"BoolIfExists": {"aws:SecureTransport": "false"}}"#,
            r#"{"Bool": {"aws:SecureTransport": "false"}, "Null": {"aws:SecureTransport": "false"}}"#,
        ] {
            assert_eq!(deny(ALL, BOTH, condition), Some(Refused), "{condition}");
        }
        assert_eq!(deny(r#""*""#, r#""*""#, INSECURE), Some(Refused));
        assert_eq!(deny(r#"["S3:*"]"#, r#""arn:aws:s3:::b*""#, INSECURE), Some(Refused));
    }

    #[test]
    fn a_further_condition_leaves_requests_open() {
        for condition in [
            r#"{"Bool": {"aws:SecureTransport": "false", "aws:PrincipalIsAWSService": "false"}}"#,
            r#"{"Bool": {"aws:SecureTransport": "false"}, "NumericLessThan": {"s3:TlsVersion": "1.2"}}"#,
            r#"{"Bool": {"aws:SecureTransport": "false"}, "StringNotEquals": {"aws:SourceVpce": "vpce-1"}}"#,
        ] {
            assert_eq!(deny(ALL, BOTH, condition), Some(RefusedInPart), "{condition}");
        }
    }

    #[test]
    fn refusing_old_versions_of_tls_does_not_refuse_plain_http() {
        assert_eq!(deny(ALL, BOTH, r#"{"NumericLessThan": {"s3:TlsVersion": "1.2"}}"#), Some(Accepted));
        assert_eq!(deny(ALL, BOTH, r#"{"NumericLessThanIfExists": {"s3:TlsVersion": "1.2"}}"#), None);
    }

    #[test]
    fn what_aws_does_not_document_is_not_guessed() {
        assert_eq!(deny(ALL, BOTH, r#"{"StringEquals": {"aws:SecureTransport": "false"}}"#), None);
        assert_eq!(deny(ALL, BOTH, r#"{"StringNotEquals": {"aws:SecureTransport": "true"}}"#), None);
        assert_eq!(deny(ALL, BOTH, r#"{"Bool": {"aws:SecureTransport": "true"}}"#), Some(Accepted));
    }

    #[test]
    fn bucket_and_objects_are_both_to_be_covered() {
        assert_eq!(deny(ALL, r#""arn:aws:s3:::b/*""#, INSECURE), Some(RefusedForObjects));
        assert_eq!(deny(ALL, r#""arn:aws:s3:::b""#, INSECURE), Some(RefusedForBucket));
        assert_eq!(deny(ALL, r#"["arn:aws:s3:::b", "arn:aws:s3:::b/logs/*"]"#, INSECURE), Some(RefusedForBucket));
        assert_eq!(deny(ALL, r#""arn:aws:s3:::other*""#, INSECURE), Some(RefusedInPart));
    }

    #[test]
    fn several_statements_may_share_the_work() {
        let one = |resource: &str| {
            format!(
                r#"{{"Effect": "Deny", "Principal": {{"AWS": "*"}}, "Action": "s3:*", "Resource": "{resource}", "Condition": {INSECURE}}}"#
            )
        };
        assert_eq!(statements(&format!("{}, {}", one("arn:aws:s3:::b"), one("arn:aws:s3:::b/*"))), Some(Refused));
    }

    #[test]
    fn all_actions_and_all_callers_are_to_be_covered() {
        assert_eq!(deny(r#"["s3:Get*", "s3:Put*"]"#, BOTH, INSECURE), Some(RefusedInPart));
        for who in [r#""NotPrincipal": {"AWS": "111122223333"}"#, r#""Principal": {"AWS": "111122223333"}"#] {
            let statement = format!(
                r#"{{"Effect": "Deny", {who}, "Action": "s3:*", "Resource": {BOTH}, "Condition": {INSECURE}}}"#
            );
            assert_eq!(statements(&statement), Some(RefusedInPart), "{who}");
        }
    }

    #[test]
    fn allowing_only_tls_refuses_nobody() {
        let allow = format!(
            r#"{{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": {BOTH},
                "Condition": {{"Bool": {{"aws:SecureTransport": "true"}}}}}}"#
        );
        assert_eq!(statements(&allow), Some(Accepted));
    }
}
