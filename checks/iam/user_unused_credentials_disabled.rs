use super::resources::{CredentialReportRow, User, days_since};
use crate::contract::{Answer, fail, not_applicable, pass};

crate::check! {
    /// Passwords and access keys idle for 45 days are disabled
    ///
    /// Nobody notices when a credential that nobody uses falls into the wrong hands. A credential that was never used
    /// counts as idle since it was made.
    ///
    /// # Fix
    /// Take the password away, or switch the key off: `aws iam delete-login-profile --user-name NAME` and
    /// `aws iam update-access-key --user-name NAME --access-key-id ID --status Inactive`
    ///
    /// # Source
    /// IAM User Guide, "Find unused AWS credentials"; AWS Security Hub controls IAM.8 and IAM.22; CIS AWS Foundations
    /// Benchmark 6.0, 2.11
    over: User,
    reads: [CredentialReportRow],
    duty: AccessReviews,
    severity: Medium,
}

async fn judge(user: &User, cloud: &Cloud) -> Answer {
    let report = cloud.list::<CredentialReportRow>().await?;
    let row = user.row(&report)?;
    let credentials: Vec<_> = row.password()?.into_iter().chain(row.active_keys()?).collect();
    let limit = cloud.settings().days.unused_credentials;
    let mut idle = Vec::new();
    for credential in &credentials {
        let days = days_since(credential.idle_since().0, cloud.now());
        if days >= i64::from(limit) {
            let what = if credential.last_used.is_some() { "last used" } else { "never used since it was made" };
            idle.push(format!("{} was {what} {days} days ago", credential.name));
        }
    }
    let verdict = if !idle.is_empty() {
        fail(format!("{} (limit {limit} days)", idle.join(", ")))
    } else if credentials.is_empty() {
        row.has_no_more_keys()?;
        not_applicable("has neither a password nor an active access key")
    } else {
        row.has_no_more_keys()?;
        pass(format!("has no credential that was idle for {limit} days"))
    };
    Ok(credentials.iter().fold(verdict, |verdict, credential| {
        let (time, column) = credential.idle_since();
        verdict.showing_of::<CredentialReportRow>(column, time.to_string())
    }))
}
