//! IAM policies: who may do what to which, and when. Read from documents, printed back, and asked questions.
//!
//! - [`Document`]: the text as AWS stores it, for records; [`Document::policy`] understands it
//! - [`Policy`], [`Statement`] and their parts: the grammar
//! - [`Pattern`]: what an Action or a Resource is compared with
//! - [`Statement::is_public`]: whether anyone may come; [`Statement::reaches_other_accounts`]: who else is let in
//! - [`Policy::opened_to_everyone`], [`Policy::opened_by`]: what is left of that beside the denials
//!
//! Source: IAM User Guide, "Grammar of the IAM JSON policy language".

mod condition;
mod document;
mod opened;
mod parse;
mod pattern;
mod print;
mod public;
mod strict;

pub use condition::{Condition, Operator, Quantifier, Test};
pub use document::Document;
pub use opened::Wanted;
pub use parse::PolicyError;
pub use pattern::Pattern;
pub use public::Outsider;

/// A policy document, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The version of the policy language; without one, AWS reads it as 2008-10-17.
    pub version: Option<Version>,
    /// The policy's own id, which some services use.
    pub id: Option<String>,
    /// Its statements.
    pub statements: Vec<Statement>,
}

/// A version of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, which has no policy variables.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its own id.
    pub sid: Option<String>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Who it is about; identity policies have no such part.
    pub principals: Option<Principals>,
    /// What it is about.
    pub actions: Actions,
    /// What it is done to.
    pub resources: Resources,
    /// What must be true of the request, all of it.
    pub conditions: Vec<Condition>,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Lets in.
    Allow,
    /// Keeps out, whatever else allows.
    Deny,
}

/// The Principal or NotPrincipal part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principals {
    /// `Principal`: those, and nobody else.
    Only(Vec<Principal>),
    /// `NotPrincipal`: everyone but those.
    AllBut(Vec<Principal>),
}

/// Who a statement is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Principal {
    /// `"*"` or `{"AWS": "*"}`.
    Everyone,
    /// An account id, an ARN, or the unique id that is left of a deleted user or role.
    Aws(String),
    /// An account's canonical user id, which S3 uses.
    CanonicalUser(String),
    /// An identity provider.
    Federated(String),
    /// An AWS service.
    Service(String),
}

/// The Action or NotAction part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actions {
    /// `Action`: those.
    Only(Vec<Pattern>),
    /// `NotAction`: all but those.
    AllBut(Vec<Pattern>),
}

/// The Resource or NotResource part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resources {
    /// Neither: the statement is about whatever the policy hangs on, as in trust policies.
    Absent,
    /// `Resource`: those.
    Only(Vec<Pattern>),
    /// `NotResource`: all but those.
    AllBut(Vec<Pattern>),
}

impl Principal {
    /// The account it belongs to, if its text says so: an account id, or an ARN with one.
    ///
    /// CloudFront's origin access identities have ARNs without an account, and are in none.
    pub fn account(&self) -> Option<&str> {
        let Self::Aws(text) = self else { return None };
        let account = if text.starts_with("arn:") { text.split(':').nth(4)? } else { text };
        is_account_id(account).then_some(account)
    }

    /// Whether it stands for a whole account: its id, or the ARN that ends in `:root`.
    pub fn is_whole_account(&self) -> bool {
        let Self::Aws(text) = self else { return false };
        is_account_id(text) || (self.account().is_some() && text.split(':').nth(5) == Some("root"))
    }

    /// Whether it is a user or role that exists no more: AWS shows the unique id where the ARN was, and nobody can
    /// ever be it again.
    ///
    /// Source: IAM User Guide, "AWS JSON policy elements: Principal".
    pub fn is_nobody(&self) -> bool {
        let Self::Aws(text) = self else { return false };
        is_unique_id(text)
    }
}

/// Whether a text is a twelve-digit account id.
fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is the unique id of a user, role or the like: `AIDA…`, `AROA…`.
///
/// Source: IAM User Guide, "IAM identifiers".
fn is_unique_id(text: &str) -> bool {
    text.len() >= 16
        && text.starts_with('A')
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

impl Statement {
    /// Whether it allows, rather than denies.
    pub fn allows(&self) -> bool {
        self.effect == Effect::Allow
    }

    /// Whether it denies.
    pub fn denies(&self) -> bool {
        self.effect == Effect::Deny
    }

    /// Whether the Action part covers an action, or every action of a pattern (`s3:Put*`).
    pub fn acts_on(&self, action: &str) -> bool {
        self.acts_on_all_of(&Pattern::action(action))
    }

    /// Whether the Action part covers at least one action of a pattern.
    pub fn may_act_on(&self, pattern: &str) -> bool {
        let pattern = Pattern::action(pattern);
        match &self.actions {
            Actions::Only(own) => own.iter().any(|own| own.overlaps(&pattern)),
            Actions::AllBut(spared) => !Pattern::any_includes(spared, &pattern),
        }
    }

    /// Whether the Action part covers every action of every service: `*`, `*:*`, or the exception of none.
    pub fn covers_all_actions(&self) -> bool {
        // An action is a service's prefix, a colon and a name.
        self.acts_on("?*:?*")
    }

    /// Whether the Resource part covers a resource, or every resource of a pattern, whatever policy variables hold.
    ///
    /// Without a Resource part it covers what the policy hangs on, so whatever is asked about.
    pub fn covers_resource(&self, arn: &str) -> bool {
        self.covers_all_of(&Pattern::resource(arn))
    }

    /// Whether the Resource part covers at least one resource of a pattern, if policy variables hold the right text.
    pub fn may_cover_resource(&self, pattern: &str) -> bool {
        let pattern = Pattern::resource(pattern);
        match &self.resources {
            Resources::Absent => true,
            Resources::Only(own) => own.iter().any(|own| own.overlaps(&pattern)),
            Resources::AllBut(spared) => !Pattern::any_includes(spared, &pattern),
        }
    }

    /// Whether the Resource part covers everything there is in the partition: `*`, `arn:aws:*` or the exception of
    /// none. Without a Resource part a statement is about one thing only.
    pub fn covers_all_resources(&self) -> bool {
        const PARTITIONS: [&str; 6] = ["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b"];
        self.resources != Resources::Absent
            && PARTITIONS.iter().any(|partition| self.covers_resource(&format!("arn:{partition}:?*:*:*:?*")))
    }

    /// Whether the principal part lets anyone in, conditions aside: `*`, or an Allow with NotPrincipal.
    pub fn is_for_everyone(&self) -> bool {
        match &self.principals {
            None => false,
            Some(Principals::Only(named)) => named.contains(&Principal::Everyone),
            Some(Principals::AllBut(spared)) => self.allows() && !spared.contains(&Principal::Everyone),
        }
    }

    /// The principals it names, left out ones aside.
    pub fn named_principals(&self) -> &[Principal] {
        match &self.principals {
            Some(Principals::Only(named)) => named,
            Some(Principals::AllBut(_)) | None => &[],
        }
    }

    fn acts_on_all_of(&self, pattern: &Pattern) -> bool {
        match &self.actions {
            Actions::Only(own) => Pattern::any_includes(own, pattern),
            Actions::AllBut(spared) => !spared.iter().any(|spared| spared.overlaps(pattern)),
        }
    }

    fn covers_all_of(&self, pattern: &Pattern) -> bool {
        match &self.resources {
            Resources::Absent => true,
            Resources::Only(own) => Pattern::any_includes(own, pattern),
            Resources::AllBut(spared) => !spared.iter().any(|spared| spared.overlaps(pattern)),
        }
    }
}

impl Policy {
    /// The policy of what has none: it says nothing.
    pub fn empty() -> Self {
        Self { version: None, id: None, statements: Vec::new() }
    }

    /// The statements that allow.
    pub fn allowing(&self) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(|statement| statement.allows())
    }

    /// The statements that deny.
    pub fn denying(&self) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(|statement| statement.denies())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Policy, Statement};

    fn statement(name: &str, value: Value) -> Statement {
        let mut json = json!({ "Effect": "Allow" });
        json[name] = value;
        if !name.ends_with("Action") {
            json["Action"] = json!("*");
        }
        Policy::from_json(&json!({ "Version": "2012-10-17", "Statement": json })).unwrap().statements.remove(0)
    }

    #[test]
    fn all_actions_are_written_in_several_ways() {
        for all in [json!("*"), json!("*:*"), json!(["s3:Get*", "**"])] {
            assert!(statement("Action", all.clone()).covers_all_actions(), "{all}");
        }
        for some in [json!([]), json!("s3:*"), json!("*:Get*"), json!(["a*", "b*"])] {
            assert!(!statement("Action", some.clone()).covers_all_actions(), "{some}");
        }
        assert!(statement("NotAction", json!([])).covers_all_actions());
        assert!(!statement("NotAction", json!("iam:*")).covers_all_actions());
    }

    #[test]
    fn actions_are_covered_for_certain_or_perhaps() {
        let some = statement("Action", json!(["S3:put*", "s3:GetObject"]));
        assert!(some.acts_on("s3:PutObject") && some.acts_on("s3:PutBucket*"));
        assert!(!some.acts_on("s3:Get*") && some.may_act_on("s3:Get*"));
        assert!(!some.may_act_on("s3:Delete*"));
        let all_but = statement("NotAction", json!(["s3:Get*", "s3:List*"]));
        assert!(all_but.acts_on("s3:PutObject") && !all_but.acts_on("s3:*"));
        assert!(all_but.may_act_on("s3:*") && !all_but.may_act_on("s3:GetObject*"));
    }

    #[test]
    fn all_resources_are_written_in_several_ways() {
        for all in [json!("*"), json!("arn:aws:*"), json!("arn:*:*:*:*:*"), json!(["x", "*"])] {
            assert!(statement("Resource", all.clone()).covers_all_resources(), "{all}");
        }
        for some in
            [json!([]), json!("arn:aws:s3:::*"), json!("arn:aws:*:*:111122223333:*"), json!("${aws:PrincipalTag/a}")]
        {
            assert!(!statement("Resource", some.clone()).covers_all_resources(), "{some}");
        }
        assert!(!statement("Action", json!("*")).covers_all_resources());
    }

    #[test]
    fn resources_are_covered_for_certain_or_perhaps() {
        let home = statement("Resource", json!("arn:aws:s3:::home/${aws:username}/*"));
        assert!(!home.covers_resource("arn:aws:s3:::home/ann/x") && home.may_cover_resource("arn:aws:s3:::home/ann/x"));
        assert!(!home.may_cover_resource("arn:aws:s3:::work/ann/x"));
        let all_but = statement("NotResource", json!("arn:aws:s3:::home/${aws:username}/*"));
        assert!(!all_but.covers_resource("arn:aws:s3:::home/*") && all_but.may_cover_resource("arn:aws:s3:::home/*"));
        assert!(all_but.covers_resource("arn:aws:s3:::work/*"));
    }
}
