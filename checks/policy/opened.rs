//! What a policy opens: its Allow statements, once its Deny statements have had their say.

use super::{Actions, Condition, Operator, Pattern, Policy, Principal, Principals, Quantifier, Resources, Statement};

/// A kind of action that is asked about, and what it is done to.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Which actions: one, or a pattern.
    pub actions: &'a str,
    /// What they are done to: an ARN each, or a pattern.
    pub on: &'a [&'a str],
}

impl Wanted<'_> {
    /// Every action, on everything.
    pub const ANYTHING: Self = Self { actions: "*", on: &["*"] };
}

impl Policy {
    /// The statements that open a wanted action to anyone at all, each with those actions.
    pub fn opened_to_everyone(&self, wanted: &[Wanted<'_>]) -> Vec<(&Statement, Vec<String>)> {
        let opened = |statement| (statement, self.opened_by(statement, wanted, Statement::is_public));
        self.allowing().map(opened).filter(|(_, actions)| !actions.is_empty()).collect()
    }

    /// Whether anyone is allowed anything.
    pub fn is_public(&self) -> bool {
        !self.opened_to_everyone(&[Wanted::ANYTHING]).is_empty()
    }

    /// Which of the wanted actions `allow` opens under this policy, be it one of its statements or something beside it
    /// that its Deny statements bind too.
    ///
    /// `is_open` says whether a statement lets in those who should stay outside. A Deny takes an action back if it
    /// covers it, on all that the Allow is about, and none of the ways around the Deny is open to them. It counts
    /// alone: what only several denials together take back is still seen as open.
    pub fn opened_by(
        &self,
        allow: &Statement,
        wanted: &[Wanted<'_>],
        is_open: impl Fn(&Statement) -> bool,
    ) -> Vec<String> {
        if !is_open(allow) {
            return Vec::new();
        }
        let walls: Vec<&Statement> =
            self.denying().filter(|deny| !ways_around(deny, allow).iter().any(&is_open)).collect();
        let mut actions: Vec<String> = Vec::new();
        for wanted in wanted {
            let resources: Vec<Pattern> = wanted.on.iter().flat_map(|on| allow.resources_within(on)).collect();
            for action in allow.actions_within(wanted.actions) {
                let taken_back = |resource: &Pattern| {
                    walls.iter().any(|wall| wall.acts_on_all_of(&action) && wall.covers_all_of(resource))
                };
                let name = allow.name_of(&action);
                if !resources.iter().all(taken_back) && !actions.contains(&name) {
                    actions.push(name);
                }
            }
        }
        actions
    }
}

impl Statement {
    /// The parts of its actions that lie in a pattern.
    fn actions_within(&self, wanted: &str) -> Vec<Pattern> {
        let pattern = Pattern::action(wanted);
        match &self.actions {
            Actions::Only(own) if !own.iter().any(|own| own.includes(&pattern)) => {
                own.iter().filter(|own| own.overlaps(&pattern)).cloned().collect()
            }
            _ if self.may_act_on(wanted) => vec![pattern],
            _ => Vec::new(),
        }
    }

    /// An action it allows, with what it leaves out: `kms:* but kms:ScheduleKeyDeletion`.
    fn name_of(&self, action: &Pattern) -> String {
        let spared: Vec<&str> = match &self.actions {
            Actions::Only(_) => Vec::new(),
            Actions::AllBut(spared) => {
                spared.iter().filter(|spared| spared.overlaps(action)).map(Pattern::as_str).collect()
            }
        };
        if spared.is_empty() { action.to_string() } else { format!("{action} but {}", spared.join(" and ")) }
    }

    /// The parts of its resources that lie in a pattern.
    fn resources_within(&self, wanted: &str) -> Vec<Pattern> {
        let pattern = Pattern::resource(wanted);
        match &self.resources {
            Resources::Only(own) if !own.iter().any(|own| own.includes(&pattern)) => {
                own.iter().filter(|own| own.overlaps(&pattern)).cloned().collect()
            }
            _ if self.may_cover_resource(wanted) => vec![pattern],
            _ => Vec::new(),
        }
    }

    /// The same for those principals that a Deny of `denied` is not about; `None` if there are none.
    fn beside(&self, denied: Option<&Principals>) -> Option<Self> {
        let left: Vec<Principal> = match denied {
            // Only an identity's policy has a Deny without principals.
            None => return Some(self.clone()),
            Some(Principals::Only(denied)) if denied.contains(&Principal::Everyone) => return None,
            Some(Principals::Only(_)) if self.is_for_everyone() => return Some(self.clone()),
            Some(Principals::Only(denied)) => self.named_but(|own| denied.iter().any(|denied| denied.stands_for(own))),
            Some(Principals::AllBut(spared)) if self.is_for_everyone() => spared.clone(),
            Some(Principals::AllBut(spared)) => self.named_but(|own| !spared.iter().any(|spared| spared.may_meet(own))),
        };
        (!left.is_empty()).then(|| Self { principals: Some(Principals::Only(left)), ..self.clone() })
    }

    fn named_but(&self, denied: impl Fn(&Principal) -> bool) -> Vec<Principal> {
        self.named_principals().iter().filter(|own| !denied(own)).cloned().collect()
    }
}

impl Principal {
    /// Whether a Deny of this one is a Deny of the other: the same, or somebody of the account.
    fn stands_for(&self, other: &Self) -> bool {
        self == other || (self.is_whole_account() && self.account() == other.account())
    }

    /// Whether someone may be both. A canonical user id does not tell which account it is.
    fn may_meet(&self, other: &Self) -> bool {
        let canonical = |principal: &Self| matches!(principal, Self::CanonicalUser(_));
        self == other
            || *self == Self::Everyone
            || canonical(self)
            || canonical(other)
            || (self.account().is_some() && self.account() == other.account())
    }
}

/// What an Allow comes to for a request that a Deny is not about: one statement for each way around the Deny.
fn ways_around(deny: &Statement, allow: &Statement) -> Vec<Statement> {
    let mut ways: Vec<Statement> = allow.beside(deny.principals.as_ref()).into_iter().collect();
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

    const READ: &[Wanted<'_>] = &[Wanted { actions: "s3:Get*", on: &["arn:aws:s3:::b", "arn:aws:s3:::b/*"] }];

    /// What the first statement opens to the public.
    fn read_by_the_public(statements: &str) -> Vec<String> {
        let policy = Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap();
        policy.opened_by(&policy.statements[0], READ, Statement::is_public)
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
        let but = allow(r#""NotAction": ["s3:GetObject*", "iam:*", "s3:GetBucketAcl"]"#);
        assert_eq!(read_by_the_public(&but), ["s3:Get* but s3:GetObject* and s3:GetBucketAcl"]);
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

    /// What the first statement opens to other accounts than 111122223333.
    fn opened_to_others(statements: &str) -> Vec<String> {
        let policy = Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap();
        let reaches_others = |statement: &Statement| !statement.reaches_other_accounts("111122223333").is_empty();
        policy.opened_by(&policy.statements[0], READ, reaches_others)
    }

    #[test]
    fn a_deny_of_those_who_are_allowed_takes_back() {
        let to = |who: &str| {
            format!(r#"{{"Effect": "Allow", "Principal": {who}, "Action": "s3:GetObject", "Resource": "*"}}"#)
        };
        let beside = |allowed: &str, denied: &str| {
            opened_to_others(&format!(
                r#"{}, {{"Effect": "Deny", {denied}, "Action": "s3:Get*", "Resource": "*"}}"#,
                to(allowed)
            ))
        };
        let (account, root) = (r#"{"AWS": "444455556666"}"#, r#"{"AWS": "arn:aws:iam::444455556666:root"}"#);
        let role = r#"{"AWS": "arn:aws:iam::444455556666:role/reader"}"#;
        for (allowed, denied) in [
            (account, format!(r#""Principal": {root}"#)),
            (role, format!(r#""Principal": {role}"#)),
            (role, format!(r#""Principal": {account}"#)),
            (account, r#""NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}"#.to_owned()),
        ] {
            assert!(beside(allowed, &denied).is_empty(), "{allowed} {denied}");
        }
        for (allowed, denied) in [
            (account, format!(r#""Principal": {role}"#)),
            (r#"{"AWS": ["444455556666", "777788889999"]}"#, format!(r#""Principal": {root}"#)),
            (role, format!(r#""NotPrincipal": {root}"#)),
            (account, r#""NotPrincipal": {"CanonicalUser": "79a59df900b949e5"}"#.to_owned()),
            (r#""*""#, format!(r#""Principal": {root}"#)),
        ] {
            assert_eq!(beside(allowed, &denied), ["s3:GetObject"], "{allowed} {denied}");
        }
    }
}
