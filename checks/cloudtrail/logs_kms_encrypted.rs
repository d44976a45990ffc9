use super::resources::Trail;
use crate::contract::{Answer, fail, not_applicable, pass};

crate::check! {
    /// Trail logs are encrypted with a KMS key
    ///
    /// Whoever reads the bucket then still needs the key: its policy is a second lock on the history of the account,
    /// and every opening of that lock is itself recorded.
    ///
    /// # Fix
    /// Let CloudTrail use a customer managed key in its key policy, then
    /// `aws cloudtrail update-trail --name ARN --kms-key-id KEY-ARN --region HOME-REGION`
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark, "Ensure CloudTrail logs are encrypted at rest using KMS CMKs"; AWS CloudTrail User
    /// Guide, "Encrypting CloudTrail log files, digest files, and event data stores with AWS KMS keys"
    over: Trail,
    duty: EncryptionAtRest,
    severity: Medium,
}

async fn judge(trail: &Trail, cloud: &Cloud) -> Answer {
    if let Some(owner) = trail.owned_elsewhere(cloud.place()) {
        return Ok(not_applicable(format!("is the organization's, for account {owner} to set")));
    }
    let verdict = match &trail.kms_key_id {
        Some(key) => pass(format!("encrypts its log files with {key}")),
        None => fail("encrypts its log files with no KMS key"),
    };
    Ok(verdict.showing("KmsKeyId", trail.kms_key_id.as_deref()))
}
