use super::resources::{AccountSummary, NO_ROOT_IN_CHINA, OrganizationsFeatures};
use crate::contract::{Account, Answer, GLOBAL, Partition, Status, Unknown, Verdict, fail, not_applicable, pass};
use crate::organizations::resources::Membership;

/// What the organization can take over: doing away with roots' credentials, and doing what only root can do.
const FEATURES: [&str; 2] = ["RootCredentialsManagement", "RootSessions"];

crate::check! {
    /// Member-account root credentials are removed and governed from the organization
    ///
    /// Every account of an organization comes with a root that no policy of the account holds back, and whose password
    /// can be reset through a mailbox. The organization can do without: it deletes these credentials, keeps them from
    /// being recovered, and does the few tasks of root in sessions that are short and logged.
    ///
    /// The management account shows what the organization has switched on, a member account what its own root still
    /// has. A member whose root has nothing left is judged by both: only its management account shows whether root's
    /// credentials are still managed there, so that a scan which does not see that account leaves it unknown.
    ///
    /// # Fix
    /// In the management account, once: `aws organizations enable-aws-service-access --service-principal iam.amazonaws.com`,
    /// `aws iam enable-organizations-root-credentials-management` and `aws iam enable-organizations-root-sessions`.
    /// Then, for each member account,
    /// `aws sts assume-root --target-principal ACCOUNT --task-policy-arn arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials`
    /// and, with the credentials that gives, `aws iam delete-login-profile`, and for each that `aws iam list-access-keys`
    /// and `aws iam list-signing-certificates` show, `aws iam delete-access-key --access-key-id ID` and
    /// `aws iam delete-signing-certificate --certificate-id ID`
    ///
    /// # Source
    /// IAM User Guide, "Centrally manage root access for member accounts"; IAM API Reference, `GetAccountSummary` and
    /// `ListOrganizationsFeatures`; CIS AWS Foundations Benchmark 7.0, 2.1.1
    over: Account,
    reads: [Membership, OrganizationsFeatures, AccountSummary],
    duty: UserAuthentication,
    severity: High,
}

async fn judge(account: &Account, cloud: &Cloud) -> Answer {
    if cloud.place().partition == Partition::China {
        return Ok(not_applicable(NO_ROOT_IN_CHINA));
    }
    let membership = cloud.of::<Membership>(account).await?;
    let Some(organization) = &membership.organization else {
        return Ok(not_applicable("belongs to no organization that could manage root for it"));
    };
    let manager = &*organization.master_account_id;
    let verdict = if manager == account.id {
        judge_manager(&cloud.of::<OrganizationsFeatures>(account).await?.enabled_features)
    } else {
        let own = judge_member(&*cloud.of::<AccountSummary>(account).await?)?;
        if own.status() == Status::Fail { own } else { governed(own, manager, cloud).await? }
    };
    Ok(verdict.showing_of::<Membership>("MasterAccountId", manager))
}

fn judge_manager(enabled: &[String]) -> Verdict {
    let lacking: Vec<&str> = FEATURES.into_iter().filter(|feature| !enabled.iter().any(|on| on == feature)).collect();
    let verdict = if lacking.is_empty() {
        pass("manages root for its member accounts: credentials and privileged sessions")
    } else {
        fail(format!("does not manage root for its member accounts: {} not enabled", lacking.join(" and ")))
    };
    verdict.showing_of::<OrganizationsFeatures>("EnabledFeatures", enabled)
}

/// A member account whose root has nothing left, as the organization sees to it.
async fn governed(own: Verdict, manager: &str, cloud: &Cloud) -> Answer {
    let what = format!("root has no credentials left; whether they are managed shows in account {manager} only");
    let there = cloud.elsewhere::<OrganizationsFeatures>(manager, GLOBAL, what).await?;
    let features = there.of::<OrganizationsFeatures>(&there.account()).await?;
    let verdict = if features.enabled_features.iter().any(|on| on == FEATURES[0]) {
        own
    } else {
        fail("is a member account whose root has no credentials left, but its organization does not manage them")
    };
    Ok(verdict.showing_of::<OrganizationsFeatures>("EnabledFeatures", features.enabled_features.clone()))
}

fn judge_member(summary: &AccountSummary) -> Answer {
    let told = [
        ("a password", "AccountPasswordPresent", summary.account_password_present),
        ("access keys", "AccountAccessKeysPresent", Some(summary.account_access_keys_present)),
        ("signing certificates", "AccountSigningCertificatesPresent", summary.account_signing_certificates_present),
    ];
    let has = told.iter().filter(|(_, _, present)| present.is_some_and(|present| present != 0));
    let has: Vec<&str> = has.map(|(what, _, _)| *what).collect();
    let verdict = if !has.is_empty() {
        fail(format!("is a member account whose root still has {}", has.join(" and ")))
    } else if let Some((what, _, _)) = told.iter().find(|(_, _, present)| present.is_none()) {
        return Err(Unknown::undecided::<AccountSummary>(format!("AWS does not tell whether root has {what}")));
    } else {
        pass("is a member account whose root has no credentials left")
    };
    let shown = told.iter().filter_map(|(_, field, present)| present.map(|present| (*field, present)));
    Ok(shown.fold(verdict, |verdict, (field, present)| verdict.showing_of::<AccountSummary>(field, present)))
}
