use super::resources::{CredentialReportRow, NO_ROOT_IN_CHINA, days_since};
use crate::contract::{Account, Answer, Partition, Unknown, fail, not_applicable, pass};

crate::check! {
    /// Root has not been used for day-to-day work in the review window
    ///
    /// No policy bounds root and no name stands behind it in the logs. Its use should be a rare event that somebody can
    /// explain: the few tasks that only root can do.
    ///
    /// # Fix
    /// Find out what root was used for, and give that work a role. CloudTrail tells, in us-east-1:
    /// `aws cloudtrail lookup-events --lookup-attributes AttributeKey=Username,AttributeValue=root`
    ///
    /// # Source
    /// IAM User Guide, "Root user best practices for your AWS account" and "Generate credential reports for your AWS
    /// account"; CIS AWS Foundations Benchmark 6.0, 2.6
    over: Account,
    reads: [CredentialReportRow],
    duty: AccessReviews,
    severity: High,
}

async fn judge(_: &Account, cloud: &Cloud) -> Answer {
    if cloud.place().partition == Partition::China {
        return Ok(not_applicable(NO_ROOT_IN_CHINA));
    }
    let report = cloud.list::<CredentialReportRow>().await?;
    let Some(root) = report.iter().find(|row| row.is_root()) else {
        return Err(Unknown::undecided::<CredentialReportRow>("the credential report has no row for root"));
    };
    let mut columns = vec![
        ("access_key_1_last_used_date", root.access_key_1_last_used_date, "used its first access key"),
        ("access_key_2_last_used_date", root.access_key_2_last_used_date, "used its second access key"),
    ];
    // Nobody can sign in as root there, so that the report does not tell about it either.
    if cloud.place().partition != Partition::GovCloud {
        columns.push(("password_last_used", root.password_last_used, "signed in"));
    }
    let mut uses = Vec::new();
    for (column, time, what) in columns {
        uses.extend(time.use_told(column)?.map(|time| (time, column, what)));
    }
    let Some((time, column, what)) = uses.into_iter().max() else {
        return Ok(pass("root has not been used as far back as AWS tells"));
    };
    let days = days_since(time, cloud.now());
    let window = cloud.settings().days.root_unused;
    let message = format!("root last {what} {days} days ago (window {window} days)");
    let verdict = if days < i64::from(window) { fail(message) } else { pass(message) };
    Ok(verdict.showing_of::<CredentialReportRow>(column, time.to_string()))
}
