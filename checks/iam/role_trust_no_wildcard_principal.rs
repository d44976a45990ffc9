use super::resources::{AnyApp, Role, strange_organizations};
use crate::contract::{Answer, fail, pass};
use crate::policy::{Statement, Wanted};

crate::check! {
    /// No role trust policy accepts any principal
    ///
    /// Anyone with an AWS account can then become the role and use whatever it may do. It comes to the same to trust
    /// Amazon Cognito, Google, Facebook or Amazon as places to sign in without saying for which app: anyone can have
    /// an app, or an identity pool, of their own. Where the trusted organizations are laid down, a role that is open to
    /// everyone in another organization fails, too.
    ///
    /// # Fix
    /// Name the accounts, roles or services that may assume the role, or confine `"Principal": "*"` with a condition on
    /// `aws:PrincipalOrgID` or the like. An external id is no such condition: it is no secret. For users of an app,
    /// require its id, such as `"cognito-identity.amazonaws.com:aud": "IDENTITY POOL"`.
    /// `aws iam update-assume-role-policy --role-name NAME --policy-document file://trust.json`
    ///
    /// # Source
    /// IAM User Guide, "AWS JSON policy elements: Principal"; "Access to AWS accounts owned by third parties";
    /// "Available keys for AWS OIDC federation"; Amazon Cognito Developer Guide, "Role trust and permissions"
    over: Role,
    duty: ServiceIdentities,
    severity: Critical,
}

async fn judge(role: &Role, cloud: &Cloud) -> Answer {
    let policy = role.trust_policy()?;
    let strange = match &cloud.settings().trust.organizations {
        Some(trusted) => strange_organizations(&policy, &cloud.place().account, trusted),
        None => Vec::new(),
    };
    let any_app = AnyApp::trusted_by(&policy);
    let opened = policy.opened_to_everyone(&[Wanted { actions: "sts:AssumeRole*", on: &["*"] }]);
    let verdict = match (opened.first().map(|(statement, _)| statement), any_app) {
        (Some(statement), _) if statement.conditions.is_empty() => fail("lets any principal assume it"),
        (Some(statement), _) => {
            let keys: Vec<&str> = statement.conditions.iter().map(|condition| &*condition.key).collect();
            fail(format!("lets any principal assume it that meets the condition on {}", keys.join(" and ")))
        }
        (None, Some(any)) => fail(format!("trusts the users of any {}: no condition fixes {}", any.anyones, any.key)),
        (None, None) if !strange.is_empty() => {
            fail(format!("lets anyone in the organization {} assume it, which is not trusted", strange.join(" or ")))
        }
        (None, None) if policy.allowing().any(Statement::is_for_everyone) => {
            pass("lets principals assume it only within fixed conditions")
        }
        (None, None) => pass("names who may assume it"),
    };
    Ok(verdict)
}
