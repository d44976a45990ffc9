//! What an Allow statement opens, once the Deny statements of its policy have had their say.

use crate::policy::{
    Actions, Condition, Operator, Pattern, Policy, Principal, Principals, Quantifier, Resources, Statement,
};

/// A kind of action that is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Which actions: one, or a pattern.
    pub actions: &'static str,
    /// What they are done to.
    pub to: Target,
}

/// What an action is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The bucket itself.
    Bucket,
    /// Its objects.
    Objects,
    /// Some to the one, some to the other.
    Either,
}

/// Which of the wanted actions `allow` opens on the bucket `arn`, under `policy`.
///
/// `is_open` says whether a statement lets in those who should stay outside. A Deny takes an action back if it covers
/// it, on all that the Allow is about, and none of the ways around the Deny is open to them. It counts alone: what
/// only several denials together take back is still seen as open.
pub fn opened(
    allow: &Statement,
    policy: Option<&Policy>,
    wanted: &[Wanted],
    arn: &str,
    is_open: impl Fn(&Statement) -> bool,
) -> Vec<String> {
    if !is_open(allow) {
        return Vec::new();
    }
    let walls: Vec<&Statement> = policy
        .into_iter()
        .flat_map(Policy::denying)
        .filter(|deny| !ways_around(deny, allow).iter().any(&is_open))
        .collect();
    let mut actions: Vec<String> = Vec::new();
    for wanted in wanted {
        let resources = resources(allow, wanted.to, arn);
        for action in pieces(allow, wanted.actions) {
            let taken_back =
                |resource: &String| walls.iter().any(|wall| wall.acts_on(&action) && wall.covers_resource(resource));
            if !resources.iter().all(taken_back) && !actions.contains(&action) {
                actions.push(action);
            }
        }
    }
    actions
}

/// The parts of the Allow's actions that lie in a pattern.
fn pieces(allow: &Statement, wanted: &str) -> Vec<String> {
    let pattern = Pattern::action(wanted);
    match &allow.actions {
        Actions::Only(own) if !own.iter().any(|own| own.includes(&pattern)) => {
            own.iter().filter(|own| own.overlaps(&pattern)).map(|own| own.as_str().to_owned()).collect()
        }
        _ if allow.may_act_on(wanted) => vec![wanted.to_owned()],
        _ => Vec::new(),
    }
}

/// The parts of the Allow's resources that lie in the bucket.
fn resources(allow: &Statement, target: Target, arn: &str) -> Vec<String> {
    let (bucket, objects) = (arn.to_owned(), format!("{arn}/*"));
    let targets = match target {
        Target::Bucket => vec![bucket],
        Target::Objects => vec![objects],
        Target::Either => vec![bucket, objects],
    };
    let within = |target: String| {
        let pattern = Pattern::resource(&*target);
        match &allow.resources {
            Resources::Only(own) if !own.iter().any(|own| own.includes(&pattern)) => {
                own.iter().filter(|own| own.overlaps(&pattern)).map(|own| own.as_str().to_owned()).collect()
            }
            _ if allow.may_cover_resource(&target) => vec![target],
            _ => Vec::new(),
        }
    };
    targets.into_iter().flat_map(within).collect()
}

/// What an Allow comes to for a request that a Deny is not about: one statement for each way around the Deny.
fn ways_around(deny: &Statement, allow: &Statement) -> Vec<Statement> {
    let mut ways = Vec::new();
    match &deny.principals {
        // `Deny` for everyone, and for everyone but a few whom an Allow for everyone then still lets in.
        Some(Principals::Only(named)) if named.contains(&Principal::Everyone) => {}
        Some(Principals::AllBut(spared)) if allow.is_for_everyone() => {
            ways.push(Statement { principals: Some(Principals::Only(spared.clone())), ..allow.clone() });
        }
        _ => ways.push(allow.clone()),
    }
    for condition in &deny.conditions {
        let mut way = allow.clone();
        // Where the opposite of a condition cannot be stated, the way around it is taken for as wide as the Allow.
        way.conditions.extend(opposite(condition));
        ways.push(way);
    }
    ways
}

/// What is true of a request exactly when a negated comparison is not: it has the key, and one of the values.
///
/// A comparison with `ForAnyValue` is also false of requests without the key, so it has no such opposite.
fn opposite(condition: &Condition) -> Option<Condition> {
    let Operator { quantifier, test, .. } = condition.operator;
    let test = test.negation().filter(|_| test.is_negated() && quantifier != Some(Quantifier::ForAnyValue))?;
    let quantifier = quantifier.map(|_| Quantifier::ForAnyValue);
    Some(Condition { operator: Operator { quantifier, test, if_exists: false }, ..condition.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:s3:::b";
    const READ: &[Wanted] = &[Wanted { actions: "s3:Get*", to: Target::Either }];

    /// What the first statement opens to the public.
    fn read_by_the_public(statements: &str) -> Vec<String> {
        let policy = Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap();
        opened(&policy.statements[0], Some(&policy), READ, ARN, Statement::is_public)
    }

    fn allow(action: &str) -> String {
        format!(r#"{{"Effect": "Allow", "Principal": "*", {action}, "Resource": "arn:aws:s3:::b/*"}}"#)
    }

    fn deny(rest: &str) -> String {
        format!(r#"{}, {{"Effect": "Deny", {rest}}}"#, allow(r#""Action": "s3:GetObject""#))
    }

    #[test]
    fn an_action_is_named_as_narrowly_as_it_is_known() {
        assert_eq!(read_by_the_public(&allow(r#""Action": ["s3:GetObject", "s3:PutObject"]"#)), ["s3:GetObject"]);
        assert_eq!(read_by_the_public(&allow(r#""Action": "*""#)), ["s3:Get*"]);
        assert_eq!(read_by_the_public(&allow(r#""NotAction": "s3:Delete*""#)), ["s3:Get*"]);
        assert!(read_by_the_public(&allow(r#""NotAction": ["s3:get*"]"#)).is_empty());
        assert!(read_by_the_public(&allow(r#""Action": "s3:PutObject""#)).is_empty());
    }

    #[test]
    fn another_bucket_is_not_this_one() {
        let other = allow(r#""Action": "s3:GetObject""#).replace("s3:::b/", "s3:::bb/");
        assert!(read_by_the_public(&other).is_empty());
    }

    #[test]
    fn a_deny_for_everyone_takes_back() {
        for rest in [
            r#""Principal": "*", "Action": "s3:*", "Resource": "*""#,
            r#""Principal": {"AWS": "*"}, "NotAction": "s3:Put*", "Resource": "arn:aws:s3:::b*""#,
            r#""Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}"#,
            r#""Principal": "*", "Action": "*", "Resource": "*", "Condition": {
                "StringNotEquals": {"aws:PrincipalOrgID": "o-1234567890"}, "NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}"#,
            r#""NotPrincipal": {"AWS": "arn:aws:iam::111122223333:role/reader"}, "Action": "*", "Resource": "*""#,
        ] {
            assert!(read_by_the_public(&deny(rest)).is_empty(), "{rest}");
        }
    }

    #[test]
    fn a_deny_that_leaves_strangers_a_way_takes_nothing_back() {
        for rest in [
            r#""Principal": {"AWS": "222222222222"}, "Action": "s3:*", "Resource": "*""#,
            r#""Principal": "*", "Action": "s3:Put*", "Resource": "*""#,
            r#""Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/private/*""#,
            r#""Principal": "*", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}"#,
            r#""Principal": "*", "Action": "*", "Resource": "*", "Condition": {
                "StringNotEquals": {"aws:PrincipalOrgID": "o-1234567890"}, "Bool": {"aws:SecureTransport": "false"}}"#,
            r#""Principal": "*", "Action": "*", "Resource": "*", "Condition": {
                "ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": "o-1234567890/*"}}"#,
        ] {
            assert_eq!(read_by_the_public(&deny(rest)), ["s3:GetObject"], "{rest}");
        }
    }
}
