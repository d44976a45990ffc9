//! Roles for the users of an app, who sign in with a service that everybody's apps share.
//!
//! IAM knows four such services by name. Anyone can have an app, or an identity pool, of their own with each of them,
//! so that a trust policy has to say whose app it means.

use crate::policy::{Condition, Policy, Principal, Principals, Quantifier, Statement, Test};

/// A sign-in service that needs no identity provider in the account.
struct SignIn {
    /// Whether a federated principal is this service.
    is: fn(&str) -> bool,
    /// What anyone can have of their own.
    anyones: &'static str,
    /// The claims that fix the app or the user, the one to recommend first.
    fixed_by: &'static [&'static str],
}

/// Source: IAM User Guide, "Available keys for AWS OIDC federation".
const SERVICES: [SignIn; 4] = [
    SignIn {
        // China and AWS GovCloud (US) have names of their own for it.
        is: |principal| principal.starts_with("cognito-identity") && principal.contains(".amazonaws.com"),
        anyones: "identity pool of Amazon Cognito",
        fixed_by: &["aud", "sub"],
    },
    SignIn {
        is: |principal| principal == "accounts.google.com",
        anyones: "app that signs in with Google",
        fixed_by: &["aud", "oaud", "sub"],
    },
    SignIn {
        is: |principal| principal == "graph.facebook.com",
        anyones: "app that signs in with Facebook",
        fixed_by: &["app_id", "id"],
    },
    SignIn {
        is: |principal| principal == "www.amazon.com",
        anyones: "app that signs in with Amazon",
        fixed_by: &["app_id", "user_id"],
    },
];

/// A trust in the users of anyone's app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyApp {
    /// What anyone can have of their own.
    pub anyones: &'static str,
    /// The condition key that should say whose is meant.
    pub key: String,
}

impl AnyApp {
    /// The first statement's trust that says nothing about whose app it means.
    pub fn trusted_by(policy: &Policy) -> Option<Self> {
        policy.allowing().filter(|statement| assumes(statement) && !statement.is_confined()).find_map(|statement| {
            statement.named_principals().iter().find_map(|principal| {
                let Principal::Federated(name) = principal else { return None };
                let service = SERVICES.iter().find(|service| (service.is)(&name.to_ascii_lowercase()))?;
                let key = |claim: &str| format!("{name}:{claim}");
                let is_fixed = service.fixed_by.iter().any(|claim| fixes(policy, statement, principal, &key(claim)));
                (!is_fixed).then(|| Self { anyones: service.anyones, key: key(service.fixed_by[0]) })
            })
        })
    }
}

fn assumes(statement: &Statement) -> bool {
    statement.may_act_on("sts:AssumeRoleWithWebIdentity")
}

/// Whether a key is fixed, by a condition of the statement or by a denial of everything else.
fn fixes(policy: &Policy, statement: &Statement, principal: &Principal, key: &str) -> bool {
    let asked = |condition: &Condition| {
        condition.is_key(key) && !condition.operator.holds_without_key() && is_plain(condition, condition.operator.test)
    };
    let refused = |condition: &Condition| {
        let test = condition.operator.test.negation().filter(|_| condition.operator.test.is_negated());
        condition.is_key(key)
            && condition.operator.quantifier != Some(Quantifier::ForAnyValue)
            && test.is_some_and(|test| is_plain(condition, test))
    };
    let names_it = |denial: &Statement| match &denial.principals {
        Some(Principals::Only(named)) => named.contains(&Principal::Everyone) || named.contains(principal),
        Some(Principals::AllBut(_)) | None => false,
    };
    statement.conditions.iter().any(asked)
        || policy.denying().any(|denial| {
            denial.acts_on("sts:AssumeRoleWithWebIdentity") && names_it(denial) && denial.conditions.iter().all(refused)
        })
}

/// Whether it compares with whole texts; only `StringLike` has wildcards.
fn is_plain(condition: &Condition, test: Test) -> bool {
    let has_wildcard = |value: &String| test == Test::StringLike && value.contains(['*', '?']);
    matches!(test, Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike)
        && !condition.values.is_empty()
        && !condition.values.iter().any(|value| value.is_empty() || has_wildcard(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(principal: &str, condition: &str, more: &str) -> Option<String> {
        let policy = format!(
            r#"{{ "Version": "2012-10-17", "Statement": [{{ "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": {{ "Federated": "{principal}" }}, "Condition": {condition} }} {more}] }}"#
        );
        AnyApp::trusted_by(&Policy::parse(&policy).expect("a policy")).map(|any| any.key)
    }

    #[test]
    fn each_service_asks_for_a_claim_of_its_own() {
        for (principal, key) in [
            ("cognito-identity.amazonaws.com", "cognito-identity.amazonaws.com:aud"),
            ("cognito-identity-us-gov.amazonaws.com", "cognito-identity-us-gov.amazonaws.com:aud"),
            ("cognito-identity.cn-north-1.amazonaws.com.cn", "cognito-identity.cn-north-1.amazonaws.com.cn:aud"),
            ("accounts.google.com", "accounts.google.com:aud"),
            ("graph.facebook.com", "graph.facebook.com:app_id"),
            ("www.amazon.com", "www.amazon.com:app_id"),
        ] {
            assert_eq!(trusted(principal, "{}", "").as_deref(), Some(key));
            let condition = format!(r#"{{ "StringEquals": {{ "{key}": "ours" }} }}"#);
            assert_eq!(trusted(principal, &condition, ""), None, "{principal}");
        }
        assert_eq!(trusted("arn:aws:iam::111122223333:saml-provider/ours", "{}", ""), None);
    }

    #[test]
    fn only_whole_values_that_a_request_must_have_fix_a_claim() {
        let cognito = "cognito-identity.amazonaws.com";
        for condition in [
            r#"{ "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "authenticated" } }"#,
            r#"{ "StringLike": { "cognito-identity.amazonaws.com:aud": "eu-west-1:*" } }"#,
            r#"{ "StringEqualsIfExists": { "cognito-identity.amazonaws.com:aud": "eu-west-1:1234" } }"#,
            r#"{ "StringNotEquals": { "cognito-identity.amazonaws.com:aud": "eu-west-1:1234" } }"#,
        ] {
            assert!(trusted(cognito, condition, "").is_some(), "{condition}");
        }
    }

    #[test]
    fn a_denial_of_all_other_apps_fixes_a_claim_too() {
        let denial = |condition: &str| {
            format!(r#", {{ "Effect": "Deny", "Action": "sts:*", "Principal": "*", "Condition": {{ {condition} }} }}"#)
        };
        let google = "accounts.google.com";
        let all_others = denial(r#""StringNotEquals": { "accounts.google.com:aud": "ours" }"#);
        assert_eq!(trusted(google, "{}", &all_others), None);
        let one = denial(r#""StringEquals": { "accounts.google.com:aud": "theirs" }"#);
        assert!(trusted(google, "{}", &one).is_some());
        let if_any = denial(r#""StringNotEqualsIfExists": { "accounts.google.com:aud": "ours" }"#);
        assert_eq!(trusted(google, "{}", &if_any), None);
    }
}
