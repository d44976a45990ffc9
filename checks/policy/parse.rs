//! Policies from JSON. What is not in the grammar is an error, never passed over in silence.

use serde_json::{Map, Value};

use super::{
    Actions, Condition, Effect, Operator, Pattern, Policy, Principal, Principals, Resources, Statement, Version,
    is_account_id, is_unique_id, strict,
};

/// Why a policy document is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It is not JSON, or has the same name twice in one object.
    #[error("it is not proper JSON: {0}")]
    Json(String),
    /// It is JSON, but not a policy.
    #[error("{0}")]
    Grammar(String),
    /// One of its statements is not one; they are counted from 1.
    #[error("statement {number}: {problem}")]
    Statement {
        /// Which one.
        number: usize,
        /// What is wrong with it.
        problem: String,
    },
}

impl Policy {
    /// Understands a policy document.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let json = strict::parse(text).map_err(|error| PolicyError::Json(error.to_string()))?;
        Self::from_json(&json)
    }

    /// Understands a policy document that is JSON already.
    pub fn from_json(json: &Value) -> Result<Self, PolicyError> {
        let Value::Object(elements) = json else {
            return Err(PolicyError::Grammar("it is not a JSON object".to_owned()));
        };
        let mut policy = Self { version: None, id: None, statements: Vec::new() };
        if let Some(version) = elements.get("Version") {
            policy.version = Some(version_of(version).map_err(PolicyError::Grammar)?);
        }
        let mut statements = None;
        for (name, value) in elements {
            match &**name {
                "Version" => {}
                "Id" => policy.id = Some(text_of(name, value).map_err(PolicyError::Grammar)?),
                "Statement" => statements = Some(value),
                _ => return Err(PolicyError::Grammar(format!("{name:?} is no element of a policy"))),
            }
        }
        let statements = match statements {
            None => return Err(PolicyError::Grammar("it has no Statement".to_owned())),
            Some(Value::Array(statements)) => &**statements,
            Some(one) => std::slice::from_ref(one),
        };
        let variables = policy.version == Some(Version::V2012);
        policy.statements = statements
            .iter()
            .enumerate()
            .map(|(index, json)| {
                statement(json, variables).map_err(|problem| PolicyError::Statement { number: index + 1, problem })
            })
            .collect::<Result<_, _>>()?;
        Ok(policy)
    }
}

fn version_of(value: &Value) -> Result<Version, String> {
    match value.as_str() {
        Some("2008-10-17") => Ok(Version::V2008),
        Some("2012-10-17") => Ok(Version::V2012),
        _ => Err(format!("{value} is no version of the policy language")),
    }
}

fn statement(json: &Value, variables: bool) -> Result<Statement, String> {
    let Value::Object(elements) = json else { return Err("it is not a JSON object".to_owned()) };
    for name in elements.keys() {
        if !matches!(
            &**name,
            "Sid"
                | "Effect"
                | "Principal"
                | "NotPrincipal"
                | "Action"
                | "NotAction"
                | "Resource"
                | "NotResource"
                | "Condition"
        ) {
            return Err(format!("{name:?} is no element of a statement"));
        }
    }
    let resource = if variables { Pattern::resource } else { Pattern::resource_without_variables };
    Ok(Statement {
        sid: elements.get("Sid").map(|sid| text_of("Sid", sid)).transpose()?,
        effect: match elements.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err("its Effect is neither Allow nor Deny".to_owned()),
        },
        principals: match one_of(elements, "Principal", "NotPrincipal")? {
            None => None,
            Some((value, false)) => Some(Principals::Only(principals("Principal", value)?)),
            Some((value, true)) => Some(Principals::AllBut(principals("NotPrincipal", value)?)),
        },
        actions: match one_of(elements, "Action", "NotAction")? {
            None => return Err("it has neither Action nor NotAction".to_owned()),
            Some((value, false)) => Actions::Only(patterns("Action", value, Pattern::action)?),
            Some((value, true)) => Actions::AllBut(patterns("NotAction", value, Pattern::action)?),
        },
        resources: match one_of(elements, "Resource", "NotResource")? {
            None => Resources::Absent,
            Some((value, false)) => Resources::Only(patterns("Resource", value, resource)?),
            Some((value, true)) => Resources::AllBut(patterns("NotResource", value, resource)?),
        },
        conditions: match elements.get("Condition") {
            Some(value) => conditions(value)?,
            None => Vec::new(),
        },
    })
}

/// The element of a pair that is there, and whether it is the negated one; both are too many.
fn one_of<'a>(
    elements: &'a Map<String, Value>,
    name: &str,
    negated: &str,
) -> Result<Option<(&'a Value, bool)>, String> {
    match (elements.get(name), elements.get(negated)) {
        (Some(_), Some(_)) => Err(format!("it has both {name} and {negated}")),
        (Some(value), None) => Ok(Some((value, false))),
        (None, Some(value)) => Ok(Some((value, true))),
        (None, None) => Ok(None),
    }
}

fn text_of(name: &str, value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("its {name} is not a text"))
}

/// A text, or a list of texts.
fn texts(name: &str, value: &Value) -> Result<Vec<String>, String> {
    let values = match value {
        Value::Array(values) => &**values,
        one => std::slice::from_ref(one),
    };
    values.iter().map(|value| text_of(name, value)).collect()
}

fn patterns<F: Fn(String) -> Pattern>(name: &str, value: &Value, pattern: F) -> Result<Vec<Pattern>, String> {
    Ok(texts(name, value)?.into_iter().map(pattern).collect())
}

fn principals(name: &str, value: &Value) -> Result<Vec<Principal>, String> {
    let kinds = match value {
        Value::String(all) if all == "*" => return Ok(vec![Principal::Everyone]),
        Value::Object(kinds) => kinds,
        _ => return Err(format!("its {name} is neither \"*\" nor an object")),
    };
    if let Some(kind) = kinds.keys().find(|kind| !matches!(&***kind, "AWS" | "CanonicalUser" | "Federated" | "Service"))
    {
        return Err(format!("{kind:?} is no kind of {name}"));
    }
    let mut all = Vec::new();
    let kind = |kind: &str| kinds.get(kind).map_or_else(|| Ok(Vec::new()), |value| texts(name, value));
    for text in kind("AWS")? {
        all.push(match &*text {
            "*" => Principal::Everyone,
            _ if is_account_id(&text) || is_unique_id(&text) => Principal::Aws(text),
            // AWS takes `*` only as the whole of a principal.
            _ if is_arn(&text) && !text.contains(['*', '?']) => Principal::Aws(text),
            _ => return Err(format!("{text:?} is no AWS principal")),
        });
    }
    for name in ["CanonicalUser", "Federated", "Service"] {
        for text in kind(name)? {
            if text.is_empty() || text.contains(['*', '?']) {
                return Err(format!("{text:?} is no {name} principal"));
            }
            all.push(match name {
                "CanonicalUser" => Principal::CanonicalUser(text),
                "Federated" => Principal::Federated(text),
                _ => Principal::Service(text),
            });
        }
    }
    Ok(all)
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.splitn(6, ':').count() == 6
}

/// In the order of operators, then of keys.
fn conditions(value: &Value) -> Result<Vec<Condition>, String> {
    let Value::Object(operators) = value else { return Err("its Condition is not an object".to_owned()) };
    let mut conditions: Vec<Condition> = Vec::new();
    for (name, keys) in operators {
        let operator = Operator::from_name(name).ok_or_else(|| format!("{name:?} is no condition operator"))?;
        let Value::Object(keys) = keys else { return Err(format!("its {name} is not an object")) };
        for (key, values) in keys {
            if conditions.iter().any(|earlier| earlier.operator == operator && earlier.is_key(key)) {
                return Err(format!("its {name} has {key} twice"));
            }
            let values = match values {
                Value::Array(values) => &**values,
                one => std::slice::from_ref(one),
            };
            let values = values
                .iter()
                .map(|value| match value {
                    Value::String(text) => Ok(text.clone()),
                    Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
                    Value::Null | Value::Array(_) | Value::Object(_) => {
                        Err(format!("its {name} compares {key} with what is not a text"))
                    }
                })
                .collect::<Result<_, _>>()?;
            conditions.push(Condition { operator, key: key.clone(), values });
        }
    }
    conditions.sort_by(|a, b| (a.operator, &a.key).cmp(&(b.operator, &b.key)));
    Ok(conditions)
}

#[cfg(test)]
mod tests {
    use super::super::{Actions, Operator, Principal, Principals, Resources, Test, Version};
    use super::Policy;

    fn problem(statement: &str) -> String {
        Policy::parse(&format!(r#"{{ "Statement": {statement} }}"#)).unwrap_err().to_string()
    }

    #[test]
    fn one_and_many_are_written_alike() {
        let single = r#"{ "Version": "2012-10-17", "Id": "x", "Statement": { "Sid": "", "Effect": "Allow", "Principal": { "AWS": "111122223333" },
            "Action": "s3:GetObject", "Resource": "*", "Condition": { "bool": { "aws:SecureTransport": true } } } }"#;
        let list = r#"{ "Version": "2012-10-17", "Id": "x", "Statement": [{ "Sid": "", "Effect": "Allow", "Principal": { "AWS": ["111122223333"] },
            "Action": ["s3:GetObject"], "Resource": ["*"], "Condition": { "Bool": { "aws:SecureTransport": ["true"] } } }] }"#;
        let policy = Policy::parse(single).unwrap();
        assert_eq!(policy, Policy::parse(list).unwrap());
        assert_eq!(policy.version, Some(Version::V2012));
        let statement = &policy.statements[0];
        assert_eq!(statement.principals, Some(Principals::Only(vec![Principal::Aws("111122223333".to_owned())])));
        assert_eq!(statement.conditions[0].operator, Operator::new(Test::Bool));
        assert_eq!(statement.conditions[0].values, ["true"]);
    }

    #[test]
    fn the_negated_parts_are_kept_apart() {
        let policy = Policy::parse(
            r#"{ "Statement": [{ "Effect": "Deny", "NotPrincipal": "*", "NotAction": "iam:*", "NotResource": "*" }] }"#,
        );
        let statement = &policy.unwrap().statements[0];
        assert!(matches!(statement.principals, Some(Principals::AllBut(_))));
        assert!(matches!(statement.actions, Actions::AllBut(_)));
        assert!(matches!(statement.resources, Resources::AllBut(_)));
    }

    #[test]
    fn a_key_under_several_operators_is_compared_by_all() {
        let policy = Policy::parse(
            r#"{ "Statement": [{ "Effect": "Allow", "Action": "*", "Condition": {
                "StringLike": { "aws:PrincipalArn": "a*" }, "StringNotLike": { "aws:principalarn": "ab*" } } }] }"#,
        );
        assert_eq!(policy.unwrap().statements[0].conditions.len(), 2);
    }

    #[test]
    fn what_is_not_in_the_grammar_is_an_error() {
        let cases = [
            (r#"{ "Effect": "Allow", "Action": "*", "Resources": "*" }"#, "\"Resources\" is no element of a statement"),
            (r#"{ "Effect": "allow", "Action": "*" }"#, "its Effect is neither Allow nor Deny"),
            (r#"{ "Effect": "Allow" }"#, "it has neither Action nor NotAction"),
            (r#"{ "Effect": "Allow", "Action": "*", "NotAction": "*" }"#, "it has both Action and NotAction"),
            (r#"{ "Effect": "Allow", "Action": [1] }"#, "its Action is not a text"),
            (
                r#"{ "Effect": "Allow", "Action": "*", "Principal": "111122223333" }"#,
                "its Principal is neither \"*\" nor an object",
            ),
            (r#"{ "Effect": "Allow", "Action": "*", "Principal": { "Aws": "*" } }"#, "\"Aws\" is no kind of Principal"),
            (
                r#"{ "Effect": "Allow", "Action": "*", "Principal": { "AWS": "arn:aws:iam::*:root" } }"#,
                "\"arn:aws:iam::*:root\" is no AWS principal",
            ),
            (
                r#"{ "Effect": "Allow", "Action": "*", "Condition": { "Equals": {} } }"#,
                "\"Equals\" is no condition operator",
            ),
            (
                r#"{ "Effect": "Allow", "Action": "*", "Condition": { "Bool": { "a:b": null } } }"#,
                "its Bool compares a:b with what is not a text",
            ),
            (
                r#"{ "Effect": "Allow", "Action": "*", "Condition": { "Bool": { "a:b": "x" }, "bool": { "A:B": "y" } } }"#,
                "its bool has A:B twice",
            ),
            ("3", "it is not a JSON object"),
        ];
        for (statement, expected) in cases {
            assert_eq!(problem(statement), format!("statement 1: {expected}"));
        }
        assert_eq!(Policy::parse("{}").unwrap_err().to_string(), "it has no Statement");
        assert_eq!(Policy::parse("[]").unwrap_err().to_string(), "it is not a JSON object");
        let twice = Policy::parse(r#"{ "Statement": [], "Statement": [] }"#).unwrap_err().to_string();
        assert!(twice.starts_with("it is not proper JSON: \"Statement\" occurs twice"), "{twice}");
        let version = Policy::parse(r#"{ "Version": "2012-10-18", "Statement": [] }"#).unwrap_err().to_string();
        assert_eq!(version, "\"2012-10-18\" is no version of the policy language");
    }

    #[test]
    fn a_policy_has_variables_only_if_its_version_says_so() {
        let may_cover = |version: &str| {
            let statement = r#"{ "Effect": "Allow", "Action": "*", "Resource": "home/${aws:username}" }"#;
            let policy = Policy::parse(&format!(r#"{{ {version} "Statement": {statement} }}"#)).unwrap();
            policy.statements[0].may_cover_resource("home/ann")
        };
        assert!(may_cover(r#""Version": "2012-10-17","#));
        assert!(!may_cover(r#""Version": "2008-10-17","#));
        assert!(!may_cover(""));
    }

    #[test]
    fn an_identity_says_whose_it_is() {
        let account = |text: &str| Principal::Aws(text.to_owned()).account().map(str::to_owned);
        assert_eq!(account("111122223333").as_deref(), Some("111122223333"));
        assert_eq!(account("arn:aws-us-gov:iam::111122223333:user/a:b").as_deref(), Some("111122223333"));
        assert_eq!(account("arn:aws:sts::111122223333:assumed-role/r/s").as_deref(), Some("111122223333"));
        assert_eq!(account("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"), None);
        assert!(Principal::Aws("AIDAEXAMPLEEXAMPLE123".to_owned()).is_nobody());
        assert!(Principal::Aws("arn:aws-cn:iam::111122223333:root".to_owned()).is_whole_account());
        assert!(!Principal::Aws("arn:aws:iam::111122223333:user/root".to_owned()).is_whole_account());
    }
}
