use super::resources::User;
use crate::contract::{Answer, fail, pass};

crate::check! {
    /// IAM users get permissions from groups, not from policies on the user
    ///
    /// Rights given to one person are the ones that stay behind when the person's work changes, and that no review
    /// looks for. A permissions boundary grants nothing and does not count.
    ///
    /// # Fix
    /// Attach the policies to a group, add the user to it, and take them off the user:
    /// `aws iam add-user-to-group --group-name GROUP --user-name NAME`, then
    /// `aws iam detach-user-policy --user-name NAME --policy-arn ARN` and
    /// `aws iam delete-user-policy --user-name NAME --policy-name POLICY`
    ///
    /// # Source
    /// IAM User Guide, "Managed policies and inline policies" and "IAM user groups"; AWS Security Hub control IAM.2; CIS
    /// AWS Foundations Benchmark 6.0, 2.14
    over: User,
    duty: Authorization,
    severity: Low,
}

async fn judge(user: &User, _: &Cloud) -> Answer {
    let attached: Vec<String> =
        user.attached_managed_policies.iter().map(|policy| policy.policy_name.clone()).collect();
    let inline: Vec<String> = user.user_policy_list.iter().map(|policy| policy.policy_name.clone()).collect();
    let mut own = Vec::new();
    if !attached.is_empty() {
        own.push(format!("{} attached", attached.join(", ")));
    }
    if !inline.is_empty() {
        own.push(format!("{} inline", inline.join(", ")));
    }
    let verdict = if own.is_empty() {
        pass("has no policies of its own")
    } else {
        fail(format!("has policies of its own: {}", own.join(" and ")))
    };
    Ok(verdict.showing("AttachedManagedPolicies.PolicyName", attached).showing("UserPolicyList.PolicyName", inline))
}
