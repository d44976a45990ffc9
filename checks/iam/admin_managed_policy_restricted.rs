use super::resources::{AttachedPolicy, Group, Role, User};
use crate::contract::{Answer, Verdict, fail, not_applicable, pass};

crate::check! {
    /// AWS-managed administrator policies are attached only to approved principals
    ///
    /// `AdministratorAccess` is the account. It belongs to few, known by name, and best to roles that people take on for
    /// a while. Roles that only AWS can make are taken as approved: those of IAM Identity Center, whose assignments are
    /// reviewed there, and service-linked ones. A name proves nothing, so `OrganizationAccountAccessRole` and
    /// `AWSControlTowerExecution` need an exception with an owner like any other role.
    ///
    /// # Fix
    /// Attach a policy for the job at hand, then
    /// `aws iam detach-role-policy --role-name NAME --policy-arn arn:aws:iam::aws:policy/AdministratorAccess`
    /// (`detach-user-policy`, `detach-group-policy`)
    ///
    /// # Source
    /// AWS Managed Policy Reference, "AdministratorAccess"; IAM User Guide, "Security best practices in IAM"; CIS AWS
    /// Foundations Benchmark 6.0, 2.15
    over: [User => judge_user, Group => judge_group, Role => judge_role],
    duty: Authorization,
    severity: High,
}

async fn judge_user(user: &User, _: &Cloud) -> Answer {
    Ok(judge_attached(&user.attached_managed_policies))
}

async fn judge_group(group: &Group, _: &Cloud) -> Answer {
    Ok(judge_attached(&group.attached_managed_policies))
}

async fn judge_role(role: &Role, _: &Cloud) -> Answer {
    let is_administrator = role.attached_managed_policies.iter().any(AttachedPolicy::is_administrator_access);
    if is_administrator && role.is_of_identity_center() {
        return Ok(not_applicable("has AdministratorAccess by a permission set of IAM Identity Center"));
    }
    if is_administrator && role.is_service_linked() {
        return Ok(not_applicable("has AdministratorAccess as the role of an AWS service"));
    }
    Ok(judge_attached(&role.attached_managed_policies))
}

fn judge_attached(policies: &[AttachedPolicy]) -> Verdict {
    match policies.iter().find(|policy| policy.is_administrator_access()) {
        Some(policy) => {
            fail("has AdministratorAccess attached").showing("AttachedManagedPolicies.PolicyArn", &*policy.policy_arn)
        }
        None => pass("has no AWS-managed administrator policy attached"),
    }
}
