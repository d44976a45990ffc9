//! What IAM's simulation of policies says of an action, and how far that can be relied on.

use std::collections::BTreeMap;

use super::{Refusal, Standing};

/// What a simulation came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simulation {
    /// The ARN of the user or role whose policies were simulated.
    pub principal: Option<String>,
    /// What it said, by action.
    pub decisions: BTreeMap<String, Decision>,
    /// Why it said nothing, or not of all actions.
    pub unknown: Option<String>,
}

/// How policies rule on an action on any resource. Source: IAM API Reference, `EvaluationResult`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What all of them come to.
    pub ruling: Ruling,
    /// Whether the permissions boundary allows it, if there is one.
    pub boundary: Option<bool>,
    /// Whether the organization's service control policies allow it, if the account is in one.
    pub organization: Option<bool>,
    /// Keys of conditions in the caller's policies whose values the simulation did not know.
    pub missing_keys: Vec<String>,
}

/// What policies come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// A policy allows it, and none denies it.
    Allowed,
    /// A policy denies it.
    Denied,
    /// No policy allows it.
    NotAllowed,
    /// A word that IAM has taken up since.
    Other(String),
}

impl Decision {
    /// How the action stands. Where a condition was looked at without the value it asks for, either answer may be wrong:
    /// a real call has the value.
    pub fn standing(&self) -> Standing {
        let refused = |because: &str, is_to_be_allowed| {
            Standing::Refused(Refusal { because: because.to_owned(), asked_about: None, is_to_be_allowed })
        };
        if self.organization == Some(false) {
            return refused("the organization's service control policies do not allow it", false);
        }
        if !self.missing_keys.is_empty() {
            let keys = self.missing_keys.join(", ");
            return Standing::Open(format!("a policy has a condition on {keys}, which a simulation does not know"));
        }
        if self.boundary == Some(false) {
            return refused("the permissions boundary does not allow it", false);
        }
        match &self.ruling {
            Ruling::Allowed => Standing::Allowed,
            Ruling::Denied => refused("explicit deny in a policy of the caller", false),
            Ruling::NotAllowed => refused("no policy of the caller allows it on any resource", true),
            Ruling::Other(word) => Standing::Open(format!("the simulation said {word:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ruled(ruling: Ruling) -> Decision {
        Decision { ruling, boundary: None, organization: None, missing_keys: Vec::new() }
    }

    fn told(decision: &Decision) -> (String, Option<bool>) {
        match decision.standing() {
            Standing::Allowed => ("allowed".to_owned(), None),
            Standing::Refused(refusal) => (refusal.because, Some(refusal.is_to_be_allowed)),
            Standing::Open(why) => (why, None),
        }
    }

    #[test]
    fn only_what_nothing_allows_is_mended_by_allowing_it() {
        for (decision, because, is_to_be_allowed) in [
            (ruled(Ruling::NotAllowed), "no policy of the caller allows it on any resource", true),
            (ruled(Ruling::Denied), "explicit deny in a policy of the caller", false),
            (
                Decision { boundary: Some(false), ..ruled(Ruling::NotAllowed) },
                "the permissions boundary does not allow it",
                false,
            ),
            (
                Decision { organization: Some(false), boundary: Some(true), ..ruled(Ruling::Denied) },
                "the organization's service control policies do not allow it",
                false,
            ),
        ] {
            assert_eq!(told(&decision), (because.to_owned(), Some(is_to_be_allowed)));
        }
    }

    #[test]
    fn allowed_is_what_every_kind_of_policy_allows() {
        let all = Decision { boundary: Some(true), organization: Some(true), ..ruled(Ruling::Allowed) };
        assert_eq!(all.standing(), Standing::Allowed);
        for held_back in [
            Decision { boundary: Some(false), ..ruled(Ruling::Allowed) },
            Decision { organization: Some(false), ..ruled(Ruling::Allowed) },
        ] {
            assert!(matches!(held_back.standing(), Standing::Refused(_)), "{held_back:?}");
        }
    }

    #[test]
    fn a_condition_on_what_the_simulation_does_not_know_settles_nothing() {
        for ruling in [Ruling::Allowed, Ruling::Denied, Ruling::NotAllowed] {
            let decision = Decision { missing_keys: vec!["aws:SourceIp".to_owned()], ..ruled(ruling) };
            let (why, _) = told(&decision);
            assert_eq!(why, "a policy has a condition on aws:SourceIp, which a simulation does not know");
            assert!(matches!(decision.standing(), Standing::Open(_)));
        }
        let (why, _) = told(&ruled(Ruling::Other("perhaps".to_owned())));
        assert_eq!(why, "the simulation said \"perhaps\"");
    }
}
