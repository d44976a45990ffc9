//! Policies back to JSON, such that what is printed is read as the same policy.

use std::fmt;

use serde_json::{Map, Value, json};

use super::{Actions, Condition, Effect, Pattern, Policy, Principal, Principals, Resources, Statement, Version};

impl Version {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2008 => "2008-10-17",
            Self::V2012 => "2012-10-17",
        }
    }
}

impl Effect {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

impl Policy {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        let mut policy = Map::new();
        if let Some(version) = self.version {
            policy.insert("Version".to_owned(), version.as_str().into());
        }
        if let Some(id) = &self.id {
            policy.insert("Id".to_owned(), id.as_str().into());
        }
        policy.insert("Statement".to_owned(), self.statements.iter().map(Statement::to_json).collect());
        policy.into()
    }
}

impl Statement {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        let mut statement = Map::new();
        if let Some(sid) = &self.sid {
            statement.insert("Sid".to_owned(), sid.as_str().into());
        }
        statement.insert("Effect".to_owned(), self.effect.as_str().into());
        match &self.principals {
            None => {}
            Some(Principals::Only(named)) => {
                statement.insert("Principal".to_owned(), principals(named));
            }
            Some(Principals::AllBut(spared)) => {
                statement.insert("NotPrincipal".to_owned(), principals(spared));
            }
        }
        let (name, actions) = match &self.actions {
            Actions::Only(own) => ("Action", own),
            Actions::AllBut(spared) => ("NotAction", spared),
        };
        statement.insert(name.to_owned(), texts(actions.iter().map(Pattern::as_str)));
        match &self.resources {
            Resources::Absent => {}
            Resources::Only(own) => {
                statement.insert("Resource".to_owned(), texts(own.iter().map(Pattern::as_str)));
            }
            Resources::AllBut(spared) => {
                statement.insert("NotResource".to_owned(), texts(spared.iter().map(Pattern::as_str)));
            }
        }
        if !self.conditions.is_empty() {
            statement.insert("Condition".to_owned(), conditions(&self.conditions));
        }
        statement.into()
    }
}

impl Statement {
    /// Its conditions, for the end of a sentence that says what it allows: ` if conditions on aws:Referer hold`.
    pub fn under_conditions(&self) -> String {
        let mut keys: Vec<&str> = self.conditions.iter().map(|condition| &*condition.key).collect();
        keys.dedup();
        if keys.is_empty() { String::new() } else { format!(" if conditions on {} hold", keys.join(" and ")) }
    }
}

/// One text as itself, several as a list.
fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    let texts: Vec<&str> = texts.collect();
    match &*texts {
        [one] => json!(one),
        _ => json!(texts),
    }
}

fn principals(principals: &[Principal]) -> Value {
    if principals == [Principal::Everyone] {
        return json!("*");
    }
    let mut kinds: Vec<(&str, Vec<&str>)> = Vec::new();
    for principal in principals {
        let (kind, text) = match principal {
            Principal::Everyone => ("AWS", "*"),
            Principal::Aws(text) => ("AWS", &**text),
            Principal::CanonicalUser(text) => ("CanonicalUser", &**text),
            Principal::Federated(text) => ("Federated", &**text),
            Principal::Service(text) => ("Service", &**text),
        };
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, texts)) => texts.push(text),
            None => kinds.push((kind, vec![text])),
        }
    }
    kinds.into_iter().map(|(kind, all)| (kind.to_owned(), texts(all.into_iter()))).collect::<Map<_, _>>().into()
}

fn conditions(conditions: &[Condition]) -> Value {
    let mut operators: Map<String, Value> = Map::new();
    for condition in conditions {
        let values = texts(condition.values.iter().map(String::as_str));
        let operator = operators.entry(condition.operator.to_string()).or_insert_with(|| Map::new().into());
        if let Value::Object(keys) = operator {
            keys.insert(condition.key.clone(), values);
        }
    }
    operators.into()
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_json())
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_json())
    }
}
