use super::resources::{AccountSummary, NO_ROOT_IN_CHINA};
use crate::contract::{Account, Answer, Partition, fail, not_applicable, pass};

crate::check! {
    /// Root holds no programmatic access keys
    ///
    /// Root's keys do everything, for ever, from anywhere, and no policy of the account can hold them back. Whatever
    /// they are used for, a role can do with less.
    ///
    /// # Fix
    /// Give what still uses the key a role, then sign in as root and delete the key on the page "My security
    /// credentials". For a member account, the organization's management account can do it:
    /// `aws sts assume-root --target-principal ACCOUNT --task-policy-arn arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials`
    /// and, with the credentials that gives, `aws iam list-access-keys` and
    /// `aws iam delete-access-key --access-key-id ID`. In AWS GovCloud (US), where root cannot sign in, those two
    /// commands take the key itself.
    ///
    /// # Source
    /// IAM User Guide, "Root user best practices for your AWS account"; AWS Security Hub control IAM.4; CIS AWS
    /// Foundations Benchmark 6.0, 2.3
    over: Account,
    reads: [AccountSummary],
    duty: UserAuthentication,
    severity: Critical,
}

async fn judge(account: &Account, cloud: &Cloud) -> Answer {
    if cloud.place().partition == Partition::China {
        return Ok(not_applicable(NO_ROOT_IN_CHINA));
    }
    let summary = cloud.of::<AccountSummary>(account).await?;
    let verdict = match summary.account_access_keys_present {
        0 => pass("root has no access key"),
        _ => fail("root has an access key"),
    };
    Ok(verdict.showing_of::<AccountSummary>("AccountAccessKeysPresent", summary.account_access_keys_present))
}
