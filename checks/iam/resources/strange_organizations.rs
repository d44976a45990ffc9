//! Which organizations a trust policy opens a role to.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::policy::{Outsider, Policy, Statement, Wanted};

/// The organizations, other than the `trusted` ones, whose every account may assume the role: a statement is for
/// everyone, and no condition or denial confines it to less. `own` is the role's account.
pub fn strange_organizations(policy: &Policy, own: &str, trusted: &[String]) -> Vec<String> {
    let strange = RefCell::new(BTreeSet::new());
    let is_open = |statement: &Statement| {
        let outsiders = statement.reaches_other_accounts(own);
        let named = outsiders.iter().filter_map(|outsider| match outsider {
            // The own organization may be named by a variable.
            Outsider::Organization(id) if !id.starts_with("${") && !trusted.contains(id) => Some(id.clone()),
            Outsider::Organization(_) | Outsider::Everyone | Outsider::Account(_) | Outsider::CanonicalUser(_) => None,
        });
        let named: Vec<String> = named.collect();
        let is_open = !named.is_empty() || outsiders.contains(&Outsider::Everyone);
        strange.borrow_mut().extend(named);
        is_open
    };
    let assume = [Wanted { actions: "sts:AssumeRole*", on: &["*"] }];
    let mut found = BTreeSet::new();
    for statement in policy.allowing() {
        let opened = policy.opened_by(statement, &assume, is_open);
        let named = strange.take();
        if !opened.is_empty() {
            found.extend(named);
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strange(statements: &str) -> Vec<String> {
        let text = format!(r#"{{ "Version": "2012-10-17", "Statement": [{statements}] }}"#);
        strange_organizations(&Policy::parse(&text).expect("a policy"), "111122223333", &["o-ours".to_owned()])
    }

    fn anyone_if(condition: &str) -> String {
        format!(r#"{{ "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {condition} }}"#)
    }

    #[test]
    fn an_organization_is_strange_unless_it_is_trusted() {
        for (condition, expected) in [
            (r#"{ "StringEquals": { "aws:PrincipalOrgID": "o-theirs" } }"#, vec!["o-theirs"]),
            (r#"{ "StringEquals": { "aws:PrincipalOrgID": ["o-ours", "o-theirs"] } }"#, vec!["o-theirs"]),
            (r#"{ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-theirs/r-ab/*" } }"#, vec!["o-theirs"]),
            (r#"{ "StringEquals": { "aws:PrincipalOrgID": "o-ours" } }"#, vec![]),
            (r#"{ "StringEquals": { "aws:PrincipalOrgID": "${aws:ResourceOrgID}" } }"#, vec![]),
            (r#"{ "StringEquals": { "aws:PrincipalAccount": "444455556666" } }"#, vec![]),
            (
                r#"{ "StringEquals": { "aws:PrincipalOrgID": "o-theirs", "aws:PrincipalAccount": "444455556666" } }"#,
                vec![],
            ),
            (r#"{ "IpAddress": { "aws:SourceIp": "192.0.2.0/24" } }"#, vec![]),
        ] {
            assert_eq!(strange(&anyone_if(condition)), expected, "{condition}");
        }
    }

    #[test]
    fn a_denial_of_all_but_an_organization_lets_that_one_in() {
        let but = |id: &str| {
            strange(&format!(
                r#"{{ "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole" }},
                   {{ "Effect": "Deny", "Principal": "*", "Action": "sts:*",
                      "Condition": {{ "StringNotEquals": {{ "aws:PrincipalOrgID": "{id}" }} }} }}"#
            ))
        };
        assert_eq!(but("o-theirs"), ["o-theirs"]);
        assert!(but("o-ours").is_empty());
    }
}
