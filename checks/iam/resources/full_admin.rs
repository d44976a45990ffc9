//! Whether a policy grants everything, however it is written.

use std::fmt;

use crate::contract::Partition;
use crate::policy::{Actions, Condition, Pattern, Policy, Statement, Test};

/// How far a policy reaches towards everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Every action on every resource, or all that matters of it.
    Everything(Grant),
    /// Every action, but only on what these condition keys let through.
    Confined {
        /// The condition keys.
        by: Vec<String>,
    },
    /// Less.
    Less,
}

/// A grant of everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The actions it spares. What is left still lets the holder write its own permissions, and so take these too.
    pub but: Vec<String>,
    /// The circumstances in which it holds, by condition key: everything, if somebody has MFA, is everything.
    pub given: Vec<String>,
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("grants every action")?;
        match &*self.but {
            [] => {}
            [first, second, third, more @ ..] if !more.is_empty() => {
                write!(f, " but {first}, {second}, {third} and {} more", more.len())?;
            }
            few => write!(f, " but {}", few.join(", "))?,
        }
        f.write_str(" on every resource")?;
        if self.given.is_empty() { Ok(()) } else { write!(f, ", on a condition on {}", self.given.join(" and ")) }
    }
}

/// With one of these on every resource, the holder of a policy can grant itself whatever the policy spares.
const WRITES_PERMISSIONS: [&str; 7] = [
    "iam:AttachUserPolicy",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:PutUserPolicy",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:CreatePolicyVersion",
];

/// Condition keys about who asks, from where, when and how: they decide whether the holder may act, not on what. Keys
/// that begin with `aws:Principal` are such, too; and all that is in the own account is still all of it.
///
/// Source: IAM User Guide, "AWS global condition context keys".
const CIRCUMSTANCES: [&str; 26] = [
    "aws:AssumedRoot",
    "aws:CurrentTime",
    "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:Ec2InstanceSourceVpc",
    "aws:EpochTime",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:Referer",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:SecureTransport",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "aws:VpcSourceIp",
    "aws:userid",
    "ec2:SourceInstanceARN",
];

impl Reach {
    /// How far a policy reaches.
    ///
    /// - All statements count together: all but IAM in one, and IAM in another, is everything.
    /// - `NotAction` is everything if what it leaves out does not keep the holder from writing permissions.
    /// - A Deny without conditions on every resource takes away; one with conditions leaves a way.
    /// - A condition that describes the caller is only a circumstance; one that describes the target confines, unless
    ///   it also holds for targets that lack the key.
    pub fn of(policy: &Policy) -> Self {
        let wide = || policy.allowing().filter(|statement| statement.covers_all_resources());
        let (unconfined, confined): (Vec<_>, Vec<_>) =
            wide().partition(|statement| !statement.conditions.iter().any(confines));
        let (always, sometimes): (Vec<_>, Vec<_>) =
            unconfined.into_iter().partition(|statement| statement.conditions.is_empty());
        let denied: Vec<_> = policy
            .denying()
            .filter(|statement| statement.conditions.is_empty() && statement.covers_all_resources())
            .collect();
        if let Some(but) = everything_but(&always, &denied) {
            return Self::Everything(Grant { but, given: Vec::new() });
        }
        for statement in sometimes {
            let together: Vec<_> = always.iter().copied().chain([statement]).collect();
            if let Some(but) = everything_but(&together, &denied) {
                return Self::Everything(Grant { but, given: keys(&statement.conditions) });
            }
        }
        for statement in confined {
            let together: Vec<_> = always.iter().copied().chain([statement]).collect();
            if everything_but(&together, &denied).is_some() {
                return Self::Confined { by: keys(&statement.conditions) };
            }
        }
        Self::Less
    }
}

/// What the statements spare of everything, if they grant everything for all that matters.
fn everything_but(allowed: &[&Statement], denied: &[&Statement]) -> Option<Vec<String>> {
    // What is denied except for a list is denied nearly whole.
    if denied.iter().any(|statement| matches!(statement.actions, Actions::AllBut(_))) {
        return None;
    }
    let named: Vec<Pattern> = allowed.iter().flat_map(|statement| listed(statement)).cloned().collect();
    let spared = if Pattern::any_includes(&named, &Pattern::action("?*:?*")) {
        Vec::new()
    } else {
        let spared_by = |statement: &Statement| match &statement.actions {
            Actions::AllBut(spared) => {
                let granted = |spared: &&Pattern| {
                    Pattern::any_includes(&named, spared)
                        || allowed.iter().any(|statement| statement.acts_on(spared.as_str()))
                };
                Some(spared.iter().filter(|spared| !granted(spared)).cloned().collect::<Vec<_>>())
            }
            Actions::Only(_) => None,
        };
        allowed.iter().filter_map(|statement| spared_by(statement)).min_by_key(Vec::len)?
    };
    let may = |action: &&str| -> bool {
        allowed.iter().any(|statement| statement.acts_on(action))
            && !denied.iter().any(|statement| statement.acts_on(action))
    };
    WRITES_PERMISSIONS.iter().any(may).then(|| {
        let spared = spared.iter().chain(denied.iter().flat_map(|statement| listed(statement)));
        spared.map(|pattern| pattern.as_str().to_owned()).collect()
    })
}

fn listed(statement: &Statement) -> &[Pattern] {
    match &statement.actions {
        Actions::Only(listed) => listed,
        Actions::AllBut(_) => &[],
    }
}

fn confines(condition: &Condition) -> bool {
    // Every request has a region, so that it makes no difference what holds without one.
    if condition.is_key("aws:RequestedRegion") {
        return !admits_iam(condition);
    }
    // Every request that the holder makes directly meets a condition that it be so.
    if condition.is_key("aws:ViaAWSService") && condition.has_value("false") {
        return false;
    }
    let key = condition.key.to_ascii_lowercase();
    let is_circumstance = key.starts_with("aws:principal") || CIRCUMSTANCES.iter().any(|known| condition.is_key(known));
    !is_circumstance && !condition.operator.holds_without_key()
}

/// Whether a condition on the region of a request lets requests to IAM through, which all go to one region of the
/// partition. Whoever may write permissions there can take the other regions too.
fn admits_iam(condition: &Condition) -> bool {
    let Some(first) = condition.values.first() else { return false };
    let region_of_iam = Partition::of_region(first).global_region();
    let names = |value: &String| match condition.operator.test {
        Test::StringEquals | Test::StringNotEquals => value == region_of_iam,
        Test::StringEqualsIgnoreCase | Test::StringNotEqualsIgnoreCase => value.eq_ignore_ascii_case(region_of_iam),
        Test::StringLike | Test::StringNotLike => Pattern::resource(value).includes(&Pattern::resource(region_of_iam)),
        _ => false,
    };
    condition.values.iter().any(names) != condition.operator.test.is_negated()
}

fn keys(conditions: &[Condition]) -> Vec<String> {
    conditions.iter().map(|condition| condition.key.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(statements: &str) -> Reach {
        Reach::of(
            &Policy::parse(&format!(r#"{{ "Version": "2012-10-17", "Statement": [{statements}] }}"#))
                .expect("a policy"),
        )
    }

    fn everything(but: &[&str], given: &[&str]) -> Reach {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        Reach::Everything(Grant { but: owned(but), given: owned(given) })
    }

    #[test]
    fn everything_has_many_spellings() {
        for statement in [
            r#"{ "Effect": "Allow", "Action": "*", "Resource": "*" }"#,
            r#"{ "Effect": "Allow", "Action": "*:*", "Resource": ["*"] }"#,
            r#"{ "Effect": "Allow", "Action": ["s3:Get*", "**"], "Resource": ["arn:aws:s3:::b", "*"] }"#,
            r#"{ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:*:*:*:*" }"#,
            r#"{ "Effect": "Allow", "NotAction": [], "Resource": "*" }"#,
            r#"{ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }, { "Effect": "Allow", "Action": "IAM:*", "Resource": "*" }"#,
            r#"{ "Effect": "Allow", "NotAction": "s3:*", "Resource": "*" }, { "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }"#,
        ] {
            assert_eq!(reach(statement), everything(&[], &[]), "{statement}");
        }
    }

    #[test]
    fn all_but_a_little_is_everything_as_long_as_permissions_can_be_written() {
        let all_but =
            |spared: &str| reach(&format!(r#"{{ "Effect": "Allow", "NotAction": {spared}, "Resource": "*" }}"#));
        assert_eq!(all_but(r#""organizations:*""#), everything(&["organizations:*"], &[]));
        assert_eq!(all_but(r#"["iam:DeleteUser", "s3:*"]"#), everything(&["iam:DeleteUser", "s3:*"], &[]));
        assert_eq!(all_but(r#"["iam:*", "organizations:*", "account:*"]"#), Reach::Less);
        assert_eq!(all_but(r#"["iam:Attach*", "iam:Put*", "iam:Create*"]"#), Reach::Less);
        assert_eq!(all_but(r#""*""#), Reach::Less);
    }

    #[test]
    fn less_is_less() {
        for statement in [
            r#"{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }"#,
            r#"{ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b" }"#,
            r#"{ "Effect": "Deny", "Action": "*", "Resource": "*" }"#,
            r#"{ "Effect": "Allow", "Action": "iam:*", "Resource": "*" }"#,
        ] {
            assert_eq!(reach(statement), Reach::Less, "{statement}");
        }
    }

    #[test]
    fn a_deny_takes_away_if_nothing_gets_around_it() {
        let but = |deny: &str| reach(&format!(r#"{{ "Effect": "Allow", "Action": "*", "Resource": "*" }}, {deny}"#));
        assert_eq!(but(r#"{ "Effect": "Deny", "Action": "*", "Resource": "*" }"#), Reach::Less);
        assert_eq!(but(r#"{ "Effect": "Deny", "Action": "iam:*", "Resource": "*" }"#), Reach::Less);
        assert_eq!(but(r#"{ "Effect": "Deny", "NotAction": "s3:*", "Resource": "*" }"#), Reach::Less);
        assert_eq!(
            but(r#"{ "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*" }"#),
            everything(&["s3:DeleteBucket"], &[])
        );
        assert_eq!(
            but(r#"{ "Effect": "Deny", "Action": "iam:*", "Resource": "arn:aws:iam::*:role/x" }"#),
            everything(&[], &[])
        );
        assert_eq!(
            but(
                r#"{ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "false" } } }"#
            ),
            everything(&[], &[])
        );
    }

    #[test]
    fn a_condition_on_the_caller_is_a_circumstance_and_one_on_the_target_confines() {
        let if_ = |condition: &str| {
            reach(&format!(r#"{{ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition} }}"#))
        };
        assert_eq!(
            if_(r#"{ "Bool": { "aws:MultiFactorAuthPresent": "true" } }"#),
            everything(&[], &["aws:MultiFactorAuthPresent"])
        );
        assert_eq!(
            if_(r#"{ "StringEquals": { "aws:PrincipalTag/a": "b" } }"#),
            everything(&[], &["aws:PrincipalTag/a"])
        );
        assert_eq!(
            if_(r#"{ "StringEqualsIfExists": { "aws:ResourceTag/a": "b" } }"#),
            everything(&[], &["aws:ResourceTag/a"])
        );
        assert_eq!(
            if_(r#"{ "StringNotEquals": { "aws:ResourceTag/a": "b" } }"#),
            everything(&[], &["aws:ResourceTag/a"])
        );
        assert_eq!(if_(r#"{ "Bool": { "aws:ViaAWSService": "false" } }"#), everything(&[], &["aws:ViaAWSService"]));
        for (condition, key) in [
            (r#"{ "Bool": { "aws:ViaAWSService": "true" } }"#, "aws:ViaAWSService"),
            (r#"{ "StringEquals": { "aws:ResourceTag/a": "b" } }"#, "aws:ResourceTag/a"),
            (r#"{ "StringEqualsIfExists": { "aws:RequestedRegion": "eu-west-1" } }"#, "aws:RequestedRegion"),
            (r#"{ "ForAnyValue:StringEquals": { "aws:CalledVia": "cloudformation.amazonaws.com" } }"#, "aws:CalledVia"),
        ] {
            assert_eq!(if_(condition), Reach::Confined { by: vec![key.to_owned()] }, "{condition}");
        }
    }

    #[test]
    fn regions_confine_unless_the_one_of_iam_is_among_them() {
        let if_ = |test: &str, regions: &str| {
            reach(&format!(
                r#"{{ "Effect": "Allow", "Action": "*", "Resource": "*",
                    "Condition": {{ "{test}": {{ "aws:RequestedRegion": {regions} }} }} }}"#
            ))
        };
        let confined = Reach::Confined { by: vec!["aws:RequestedRegion".to_owned()] };
        let open = everything(&[], &["aws:RequestedRegion"]);
        for (test, regions, expected) in [
            ("StringEquals", r#"["eu-west-1", "us-east-1"]"#, &open),
            ("StringEquals", r#"["eu-west-1", "eu-central-1"]"#, &confined),
            ("StringLike", r#""us-*""#, &open),
            ("StringLike", r#""eu-*""#, &confined),
            ("StringNotEquals", r#""ap-east-1""#, &open),
            ("StringNotEquals", r#""us-east-1""#, &confined),
            ("StringEquals", r#""cn-north-1""#, &open),
            ("StringEquals", r#""cn-northwest-1""#, &confined),
            ("StringLike", r#""us-gov-*""#, &open),
            ("StringEquals", r#""us-gov-east-1""#, &confined),
        ] {
            assert_eq!(if_(test, regions), *expected, "{test} {regions}");
        }
    }
}
