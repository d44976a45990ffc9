use super::resources::{CredentialReportRow, User};
use crate::contract::{Answer, fail, pass};

crate::check! {
    /// No IAM user has two active access keys at once
    ///
    /// A second key is for the hours in which the first is replaced. Left in place it doubles what can leak, and hides
    /// which of the two is in use, so that nobody dares to retire either.
    ///
    /// # Fix
    /// Move what uses the older key to the newer one, then
    /// `aws iam update-access-key --user-name NAME --access-key-id OLD --status Inactive` and, when nothing breaks,
    /// `aws iam delete-access-key --user-name NAME --access-key-id OLD`
    ///
    /// # Source
    /// IAM User Guide, "Manage access keys for IAM users" and "Update access keys"; CIS AWS Foundations Benchmark 6.0,
    /// 2.12
    over: User,
    reads: [CredentialReportRow],
    duty: ServiceIdentities,
    severity: Low,
}

async fn judge(user: &User, cloud: &Cloud) -> Answer {
    let report = cloud.list::<CredentialReportRow>().await?;
    let row = user.row(&report)?;
    let keys = row.active_keys()?;
    let verdict = match &*keys {
        [] => pass("has no active access key"),
        [_] => pass("has one active access key"),
        keys => fail(format!("has {} active access keys", keys.len())),
    };
    if keys.len() < 2 {
        row.has_no_more_keys()?;
    }
    Ok(verdict
        .showing_of::<CredentialReportRow>("access_key_1_active", row.access_key_1_active.told("access_key_1_active")?)
        .showing_of::<CredentialReportRow>("access_key_2_active", row.access_key_2_active.told("access_key_2_active")?))
}
