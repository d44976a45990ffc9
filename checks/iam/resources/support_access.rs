//! Whether policies let their holder open and manage cases with AWS Support.

use crate::policy::{Actions, Policy, Statement};

/// What it takes to open a case, follow it, answer in it and close it.
///
/// Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Support".
const TO_MANAGE_CASES: [&str; 4] =
    ["support:CreateCase", "support:DescribeCases", "support:AddCommunicationToCase", "support:ResolveCase"];

/// Whether the policies of one role, together, let it manage support cases. `by_aws` says whether it also has AWS's own
/// policy for that.
///
/// A statement that allows everything does not count: the benchmark asks for a role whose purpose this is, and
/// whoever is an administrator should not have to be one in order to ask for help.
pub fn manages_support_cases(policies: &[Policy], by_aws: bool) -> bool {
    let allowed =
        |action: &str| by_aws || policies.iter().flat_map(Policy::allowing).any(|statement| is_for(statement, action));
    TO_MANAGE_CASES.iter().all(|action| allowed(action) && !policies.iter().any(|policy| denies(policy, action)))
}

/// Whether a permissions boundary leaves its role what it takes to manage support cases. It grants nothing, so that it
/// may well be about everything.
pub fn leaves_support_cases(boundary: &Policy) -> bool {
    let allowed = |action: &str| boundary.allowing().any(|statement| allows(statement, action));
    TO_MANAGE_CASES.iter().all(|action| allowed(action) && !denies(boundary, action))
}

/// Whether a statement is about support, and allows an action of it.
fn is_for(statement: &Statement, action: &str) -> bool {
    let names_support = matches!(statement.actions, Actions::Only(_)) && !statement.covers_all_actions();
    names_support && allows(statement, action)
}

/// Whether a statement allows an action of support. Cases have no ARN, so that only all resources are theirs; that the
/// holder has MFA is no hindrance, of other conditions that is not known.
fn allows(statement: &Statement, action: &str) -> bool {
    let mfa = ["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"];
    let only_mfa = statement.conditions.iter().all(|condition| mfa.into_iter().any(|key| condition.is_key(key)));
    only_mfa && statement.acts_on(action) && statement.covers_all_resources()
}

/// Whether a policy denies an action of support to whoever has it.
fn denies(policy: &Policy, action: &str) -> bool {
    let denies = |statement: &Statement| {
        statement.conditions.is_empty() && statement.acts_on(action) && statement.covers_all_resources()
    };
    policy.denying().any(denies)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manages(statements: &str, by_aws: bool) -> bool {
        let text = format!(r#"{{ "Version": "2012-10-17", "Statement": [{statements}] }}"#);
        manages_support_cases(&[Policy::parse(&text).expect("a policy")], by_aws)
    }

    #[test]
    fn a_policy_that_is_for_support_serves() {
        for statement in [
            r#"{ "Effect": "Allow", "Action": "support:*", "Resource": "*" }"#,
            r#"{ "Effect": "Allow", "Action": ["s3:Get*", "Support:*Case*"], "Resource": "*" }"#,
            r#"{ "Effect": "Allow", "Action": "support:*", "Resource": "*",
                 "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } } }"#,
            r#"{ "Effect": "Allow", "Action": "support:CreateCase", "Resource": "*" },
               { "Effect": "Allow", "Action": ["support:Describe*", "support:Add*", "support:Resolve*"], "Resource": "*" }"#,
        ] {
            assert!(manages(statement, false), "{statement}");
        }
    }

    #[test]
    fn less_and_more_do_not_serve() {
        for statement in [
            r#"{ "Effect": "Allow", "Action": "support:Describe*", "Resource": "*" }"#,
            r#"{ "Effect": "Allow", "Action": "support:*", "Resource": "arn:aws:s3:::b" }"#,
            r#"{ "Effect": "Allow", "Action": "support:*", "Resource": "*",
                 "Condition": { "StringEquals": { "aws:RequestedRegion": "eu-west-1" } } }"#,
            r#"{ "Effect": "Allow", "Action": "*", "Resource": "*" }"#,
            r#"{ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }"#,
            r#"{ "Effect": "Allow", "Action": "support:*", "Resource": "*" },
               { "Effect": "Deny", "Action": "support:CreateCase", "Resource": "*" }"#,
        ] {
            assert!(!manages(statement, false), "{statement}");
        }
    }

    #[test]
    fn a_boundary_leaves_what_it_allows() {
        let leaves = |statement: &str| {
            let text = format!(r#"{{ "Version": "2012-10-17", "Statement": [{statement}] }}"#);
            leaves_support_cases(&Policy::parse(&text).expect("a policy"))
        };
        assert!(leaves(r#"{ "Effect": "Allow", "Action": "*", "Resource": "*" }"#));
        assert!(leaves(r#"{ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }"#));
        assert!(!leaves(r#"{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }"#));
        assert!(!leaves(
            r#"{ "Effect": "Allow", "Action": "*", "Resource": "*" },
               { "Effect": "Deny", "Action": "support:*", "Resource": "*" }"#
        ));
    }

    #[test]
    fn the_policy_of_aws_serves_unless_something_denies() {
        assert!(manages_support_cases(&[], true));
        let deny = r#"{ "Effect": "Deny", "Action": "support:*", "Resource": "*""#;
        assert!(!manages(&format!("{deny} }}"), true));
        let without_mfa = r#", "Condition": { "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } } }"#;
        assert!(manages(&format!("{deny}{without_mfa}"), true));
    }
}
