use super::resources::{Group, InlinePolicy, ManagedPolicy, Reach, Role, User};
use crate::contract::{Answer, Verdict, fail, not_applicable, pass};

crate::check! {
    /// No customer-managed or inline policy grants every action on every resource
    ///
    /// Whoever holds such a policy is an administrator, often without anybody having meant it: one leaked key of theirs
    /// is the whole account. A condition on the caller, such as MFA, makes it no smaller.
    ///
    /// # Fix
    /// Grant the actions that are used. IAM Access Analyzer writes such a policy from CloudTrail's records:
    /// `aws accessanalyzer start-policy-generation --policy-generation-details principalArn=ARN`
    ///
    /// # Source
    /// IAM User Guide, "Security best practices in IAM" (least privilege); AWS Security Hub control IAM.1; CIS AWS
    /// Foundations Benchmark 6.0, 2.15
    over: [ManagedPolicy => judge_managed, User => judge_user, Group => judge_group, Role => judge_role],
    duty: Authorization,
    severity: Critical,
}

async fn judge_managed(policy: &ManagedPolicy, _: &Cloud) -> Answer {
    let verdict = match Reach::of(&policy.policy()?) {
        Reach::Everything(grant) => fail(grant.to_string()),
        Reach::Confined { by } => pass(format!("grants every action only as far as {} allows", by.join(" and "))),
        Reach::Less => pass("does not grant every action on every resource"),
    };
    Ok(verdict
        .showing("DefaultVersionId", &*policy.default_version_id)
        .showing("AttachmentCount", policy.attachment_count))
}

async fn judge_user(user: &User, _: &Cloud) -> Answer {
    judge_inline(&user.user_policy_list)
}

async fn judge_group(group: &Group, _: &Cloud) -> Answer {
    judge_inline(&group.group_policy_list)
}

async fn judge_role(role: &Role, _: &Cloud) -> Answer {
    judge_inline(&role.role_policy_list)
}

/// One policy that grants everything decides, even if another cannot be understood.
fn judge_inline(policies: &[InlinePolicy]) -> Answer {
    let (mut full, mut not_understood) = (None, None);
    for inline in policies {
        match inline.policy().map(|policy| Reach::of(&policy)) {
            Ok(Reach::Everything(grant)) => full = full.or(Some((inline, grant))),
            Ok(Reach::Confined { .. } | Reach::Less) => {}
            Err(unknown) => not_understood = not_understood.or(Some(unknown)),
        }
    }
    match (full, not_understood) {
        (Some((inline, grant)), _) => {
            Ok(showing(fail(format!("inline policy {} {grant}", inline.policy_name)), policies))
        }
        (None, Some(unknown)) => Err(unknown),
        (None, None) if policies.is_empty() => Ok(not_applicable("has no inline policy")),
        (None, None) => Ok(showing(pass("has no inline policy that grants every action on every resource"), policies)),
    }
}

fn showing(verdict: Verdict, policies: &[InlinePolicy]) -> Verdict {
    let names: Vec<&str> = policies.iter().map(|inline| &*inline.policy_name).collect();
    verdict.showing("PolicyName", names)
}
