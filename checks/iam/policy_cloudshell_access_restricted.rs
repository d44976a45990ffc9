use super::resources::{AttachedPolicy, Group, Role, User};
use crate::contract::{Answer, Verdict, fail, pass};

/// The AWS-managed policy in question.
const FULL_ACCESS: &str = "AWSCloudShellFullAccess";

crate::check! {
    /// No user, group or role has full CloudShell access attached
    ///
    /// AWS CloudShell is a computer on the internet that holds the credentials of whoever opens it, with a way to take
    /// files out that no network rule sees. The full access policy allows that way. The benchmark wants it attached to
    /// nobody, so each user, group and role is asked.
    ///
    /// # Fix
    /// Give those who need a shell a policy of your own without `cloudshell:GetFileDownloadUrls` and
    /// `cloudshell:GetFileUploadUrls`, then
    /// `aws iam detach-role-policy --role-name NAME --policy-arn arn:aws:iam::aws:policy/AWSCloudShellFullAccess`
    /// (`detach-user-policy`, `detach-group-policy`; for a permission set, `aws sso-admin detach-managed-policy-from-permission-set`)
    ///
    /// # Source
    /// AWS CloudShell User Guide, "Managing AWS CloudShell access and usage with IAM policies"; AWS Security Hub control
    /// IAM.27; CIS AWS Foundations Benchmark 6.0, 2.21
    over: [User => judge_user, Group => judge_group, Role => judge_role],
    duty: Authorization,
    severity: Medium,
}

async fn judge_user(user: &User, _: &Cloud) -> Answer {
    Ok(judge_attached(&user.attached_managed_policies, ""))
}

async fn judge_group(group: &Group, _: &Cloud) -> Answer {
    Ok(judge_attached(&group.attached_managed_policies, ""))
}

async fn judge_role(role: &Role, _: &Cloud) -> Answer {
    let by = if role.is_of_identity_center() { " by a permission set of IAM Identity Center" } else { "" };
    Ok(judge_attached(&role.attached_managed_policies, by))
}

fn judge_attached(policies: &[AttachedPolicy], by: &str) -> Verdict {
    match policies.iter().find(|policy| policy.is_of_aws(FULL_ACCESS)) {
        Some(policy) => fail(format!("has AWSCloudShellFullAccess attached{by}"))
            .showing("AttachedManagedPolicies.PolicyArn", &*policy.policy_arn),
        None => pass("does not have AWSCloudShellFullAccess attached"),
    }
}
