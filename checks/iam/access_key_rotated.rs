use super::resources::{Credential, CredentialReportRow, User, days_since};
use crate::contract::{Answer, fail, not_applicable, pass};

crate::check! {
    /// Active access keys are younger than 90 days
    ///
    /// Keys end up in code, in build logs and on lost laptops. The older a key, the more copies there are, and the
    /// longer a copy that nobody knows of has worked.
    ///
    /// # Fix
    /// Better than a new key is none: a role, or IAM Identity Center. Otherwise make a second key, move everything to
    /// it, and retire the first:
    /// `aws iam create-access-key --user-name NAME`, then
    /// `aws iam update-access-key --user-name NAME --access-key-id OLD --status Inactive`, and in the end
    /// `aws iam delete-access-key --user-name NAME --access-key-id OLD`
    ///
    /// # Source
    /// IAM User Guide, "Update access keys"; AWS Security Hub control IAM.3; CIS AWS Foundations Benchmark 6.0, 2.13.
    /// Root's keys should not exist at all, which `iam-root-access-key-absent` says
    over: User,
    reads: [CredentialReportRow],
    duty: ServiceIdentities,
    severity: Medium,
}

async fn judge(user: &User, cloud: &Cloud) -> Answer {
    let report = cloud.list::<CredentialReportRow>().await?;
    let row = user.row(&report)?;
    let keys = row.active_keys()?;
    let ages: Vec<_> = keys.iter().map(|key| (key, days_since(key.made, cloud.now()))).collect();
    let told = |(key, days): &(&Credential, i64)| format!("{} is {days} days old", key.name);
    let limit = cloud.settings().days.access_key_age;
    let old: Vec<String> = ages.iter().filter(|(_, days)| *days >= i64::from(limit)).map(told).collect();
    let verdict = if !old.is_empty() {
        fail(format!("{} (limit {limit} days)", old.join(", ")))
    } else if keys.is_empty() {
        row.has_no_more_keys()?;
        not_applicable("has no active access key")
    } else {
        row.has_no_more_keys()?;
        pass(ages.iter().map(told).collect::<Vec<_>>().join(", "))
    };
    Ok(keys.iter().fold(verdict, |verdict, key| {
        verdict.showing_of::<CredentialReportRow>(&*key.made_column, key.made.to_string())
    }))
}
