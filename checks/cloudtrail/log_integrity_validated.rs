use super::resources::Trail;
use crate::contract::{Answer, fail, not_applicable, pass};

crate::check! {
    /// Trails sign their log files so tampering shows
    ///
    /// Every hour CloudTrail then delivers a signed digest of the files it wrote. Without digests, nobody can tell
    /// whether a log file was changed or removed after the fact.
    ///
    /// # Fix
    /// `aws cloudtrail update-trail --name ARN --enable-log-file-validation --region HOME-REGION`; files delivered
    /// before stay without a digest.
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark, "Ensure CloudTrail log file validation is enabled"; AWS CloudTrail User Guide,
    /// "Validating CloudTrail log file integrity"
    over: Trail,
    duty: AuditLogging,
    severity: Medium,
}

async fn judge(trail: &Trail, cloud: &Cloud) -> Answer {
    if let Some(owner) = trail.owned_elsewhere(cloud.place()) {
        return Ok(not_applicable(format!("is the organization's, for account {owner} to set")));
    }
    let verdict = if trail.log_file_validation_enabled {
        pass("delivers signed digests of its log files")
    } else {
        fail("delivers no digests of its log files")
    };
    Ok(verdict.showing("LogFileValidationEnabled", trail.log_file_validation_enabled))
}
