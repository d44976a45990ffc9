use super::resources::{CredentialReportRow, User};
use crate::contract::{Answer, fail, not_applicable, pass};

/// How long setting up a user may take: a key that is made later was made for a reason.
const HOUR: i64 = 3600;

crate::check! {
    /// No console user carries an access key that was created at set-up and never used
    ///
    /// People who sign in to the console are often given a key along with the password, because the form offered it.
    /// Nobody asked for it, so nobody keeps it safe.
    ///
    /// A key counts as created at set-up if that was within an hour of the user. The report tells the time of a key's
    /// last change as well as of its making; a key that was made later and never used is found idle by
    /// `iam-user-unused-credentials-disabled`.
    ///
    /// # Fix
    /// `aws iam delete-access-key --user-name NAME --access-key-id ID`; whoever needs a key can have one made then
    ///
    /// # Source
    /// IAM User Guide, "Manage access keys for IAM users" and "Generate credential reports for your AWS account"; CIS
    /// AWS Foundations Benchmark 6.0, 2.10
    over: User,
    reads: [CredentialReportRow],
    duty: AccessReviews,
    severity: Medium,
}

async fn judge(user: &User, cloud: &Cloud) -> Answer {
    let report = cloud.list::<CredentialReportRow>().await?;
    let row = user.row(&report)?;
    if !row.password_enabled.told("password_enabled")? {
        return Ok(
            not_applicable("has no console password").showing_of::<CredentialReportRow>("password_enabled", false)
        );
    }
    let keys = row.active_keys()?;
    let is_of_set_up = |made: jiff::Timestamp| (made.as_second() - user.create_date.as_second()).abs() <= HOUR;
    let initial: Vec<_> = keys.iter().filter(|key| key.last_used.is_none() && is_of_set_up(key.made)).collect();
    let verdict = if initial.is_empty() {
        row.has_no_more_keys()?;
        pass("has no active access key that was created with the user and never used")
    } else {
        let names: Vec<&str> = initial.iter().map(|key| &*key.name).collect();
        fail(format!("signs in with a password and never used {}, created with the user", names.join(" and ")))
    };
    Ok(initial.iter().fold(verdict.showing("CreateDate", user.create_date.to_string()), |verdict, key| {
        verdict.showing_of::<CredentialReportRow>(&*key.made_column, key.made.to_string())
    }))
}
