//! What service control policies keep an account from, whatever its own policies allow.

use super::resources::{DESCRIBE_POLICY, Hierarchy, ServiceControlPolicies};
use crate::contract::Unknown;
use crate::policy::{Condition, Pattern, Policy, Quantifier, Statement, Test};

/// The policies that hold an account: at the account itself, at each unit that it is in, and at the root.
///
/// What any of them denies is denied; what is to be allowed must be allowed at each of these places. Source:
/// Organizations User Guide, "SCP evaluation".
pub struct Guardrails<'a> {
    account: &'a str,
    places: Vec<Vec<Attached<'a>>>,
}

struct Attached<'a> {
    name: &'a str,
    policy: Result<Policy, Unknown>,
}

/// What is to be kept from an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Whatever root does.
    RootUse,
    /// Leaving the organization.
    Leaving,
}

const LEAVE: &str = "organizations:LeaveOrganization";

impl<'a> Guardrails<'a> {
    /// Those of an account; `None` if the organization does not show where it is.
    pub fn of(account: &'a str, policies: &'a ServiceControlPolicies, hierarchy: &'a Hierarchy) -> Option<Self> {
        let attached = |place: &str| {
            let here = policies.policies.iter().filter(|policy| policy.targets.iter().any(|target| target == place));
            here.map(|policy| Attached { name: &policy.name, policy: policy.content.policy(DESCRIBE_POLICY) }).collect()
        };
        let places = hierarchy.path(account)?.into_iter().map(attached).collect();
        Some(Self { account, places })
    }

    /// The name of a policy that keeps an account from a deed, or of none where no policy allows it; `None` if nothing
    /// keeps it. Unknown only if a policy that is not understood might.
    pub fn against(&self, deed: Deed, partition: &str) -> Result<Option<&'a str>, Unknown> {
        let root = format!("arn:{partition}:iam::{}:root", self.account);
        let denies = |statement: &Statement| match deed {
            Deed::RootUse => denies_root(statement, &root),
            Deed::Leaving => denies_leaving(statement),
        };
        let mut unheard = None;
        for place in &self.places {
            let mut may_be_allowed = false;
            for attached in place {
                match &attached.policy {
                    Ok(policy) if policy.denying().any(denies) => return Ok(Some(attached.name)),
                    Ok(policy) => may_be_allowed |= policy.allowing().any(|statement| may_allow(statement, deed)),
                    Err(unknown) => {
                        may_be_allowed = true;
                        unheard = unheard.or_else(|| Some(unknown.clone()));
                    }
                }
            }
            if !may_be_allowed {
                return Ok(Some("the want of any that allows it"));
            }
        }
        unheard.map_or(Ok(None), Err)
    }
}

/// What a statement allows under conditions it may allow: too little is never taken for a denial.
fn may_allow(statement: &Statement, deed: Deed) -> bool {
    statement.may_act_on(match deed {
        Deed::RootUse => "*",
        Deed::Leaving => LEAVE,
    })
}

/// Everything that root may ask for.
fn denies_root(statement: &Statement, root: &str) -> bool {
    statement.covers_all_actions()
        && statement.covers_all_resources()
        && statement.conditions.iter().all(|condition| holds_for_root(condition, root))
}

/// Conditions may exempt roles by their names, as for the team that looks after accounts: others cannot take such a name
/// if they may not make roles of it, and that is the organization's affair.
fn denies_leaving(statement: &Statement) -> bool {
    statement.acts_on(LEAVE) && statement.covers_all_resources() && statement.conditions.iter().all(exempts_roles_only)
}

/// Whether a condition holds for whatever root asks. In its requests `aws:PrincipalArn` is the ARN that ends in `:root`;
/// `aws:AssumedRoot` is only there in sessions that the management account has opened to do a task of root.
///
/// Source: IAM User Guide, "AWS global condition context keys".
fn holds_for_root(condition: &Condition, root: &str) -> bool {
    if condition.operator.quantifier == Some(Quantifier::ForAnyValue) {
        return false;
    }
    if condition.is_key("aws:AssumedRoot") {
        return condition.operator.holds_without_key()
            || (condition.operator.test == Test::Null && condition.has_value("true"));
    }
    let root = Pattern::resource(root);
    let is_root = || condition.values.iter().any(|value| Pattern::resource(&**value).includes(&root));
    let is_not_root = || condition.values.iter().all(|value| !Pattern::resource(&**value).overlaps(&root));
    condition.is_key("aws:PrincipalArn")
        && match condition.operator.test {
            Test::StringLike | Test::ArnLike | Test::ArnEquals => is_root(),
            Test::StringEquals => condition.values.iter().any(|value| value == root.as_str()),
            Test::StringEqualsIgnoreCase => condition.has_value(root.as_str()),
            Test::StringNotLike | Test::ArnNotLike | Test::ArnNotEquals => is_not_root(),
            Test::StringNotEquals | Test::StringNotEqualsIgnoreCase => !condition.has_value(root.as_str()),
            _ => false,
        }
}

fn exempts_roles_only(condition: &Condition) -> bool {
    // A pattern that fits any role names none.
    let is_name = |name: &str| name.contains(|c: char| !matches!(c, '*' | '?' | '/'));
    let name = |value: &'_ String| value.split(':').nth(5)?.strip_prefix("role/").map(is_name);
    let is_role = |value: &String| name(value) == Some(true);
    let is_exemption = matches!(
        condition.operator.test,
        Test::StringNotLike | Test::StringNotEquals | Test::ArnNotLike | Test::ArnNotEquals
    );
    condition.is_key("aws:PrincipalArn")
        && condition.operator.quantifier != Some(Quantifier::ForAnyValue)
        && is_exemption
        && condition.values.iter().all(is_role)
}
