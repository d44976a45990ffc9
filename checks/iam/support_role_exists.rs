use super::resources::{AttachedPolicy, ManagedPolicy, Role, leaves_support_cases, manages_support_cases};
use crate::contract::{Account, Answer, Unknown, fail, pass};

/// AWS's own policies for the purpose. Source: AWS Managed Policy Reference; both allow all of `support`.
const BY_AWS: [&str; 2] = ["AWSSupportAccess", "job-function/SupportUser"];

crate::check! {
    /// Somebody holds a role that can open and manage AWS Support cases
    ///
    /// When AWS blocks a key that leaked, or an attack runs from the account, the case with AWS Support is the way to
    /// act together. The night it happens is no time to find out that nobody may open one, or only an administrator.
    ///
    /// A role counts if people can assume it, and if it has AWS's policy `AWSSupportAccess` or `SupportUser`, or one of
    /// the account's own that allows to create, read, answer and resolve cases. Roles that may do everything do not
    /// count, nor do users and groups.
    ///
    /// # Fix
    /// `aws iam create-role --role-name support --assume-role-policy-document file://trust.json` and
    /// `aws iam attach-role-policy --role-name support --policy-arn arn:aws:iam::aws:policy/AWSSupportAccess`
    ///
    /// # Source
    /// AWS Support User Guide, "Manage access to AWS Support Center"; AWS Security Hub control IAM.18; CIS AWS
    /// Foundations Benchmark 6.0, 2.16
    over: Account,
    reads: [Role, ManagedPolicy],
    duty: RiskManagement,
    severity: Low,
}

async fn judge(_: &Account, cloud: &Cloud) -> Answer {
    let (roles, managed) = (cloud.list::<Role>().await?, cloud.list::<ManagedPolicy>().await?);
    let serves = |role: &Role| -> Result<bool, Unknown> {
        let is_for_support = |policy: &AttachedPolicy| BY_AWS.iter().any(|by_aws| policy.is_of_aws(by_aws));
        let by_aws = role.attached_managed_policies.iter().any(is_for_support);
        let policies = role.own_policies(&managed)?;
        if !manages_support_cases(&policies, by_aws) || !role.lets_people_in()? {
            return Ok(false);
        }
        Ok(role.boundary(&managed)?.is_none_or(|boundary| leaves_support_cases(&boundary)))
    };
    let mut not_understood = None;
    for role in roles.iter() {
        match serves(role) {
            Ok(true) => {
                let message = format!("the role {} may open and manage support cases", role.role_name);
                return Ok(pass(message).showing_of::<Role>("RoleName", &*role.role_name));
            }
            Ok(false) => {}
            Err(unknown) => not_understood = Some(unknown),
        }
    }
    match not_understood {
        Some(unknown) => Err(unknown),
        None => Ok(fail("no role that people can assume is there to open and manage support cases")),
    }
}
