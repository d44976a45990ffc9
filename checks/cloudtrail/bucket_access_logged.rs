use super::resources::Trail;
use crate::contract::{Answer, fail, pass};
use crate::s3::resources::{Bucket, BucketLogging};

crate::check! {
    /// The bucket that stores trail logs has server access logging on
    ///
    /// Who read or removed the record of everything else is then itself on record, in another place.
    ///
    /// What CloudTrail records of the bucket's objects is no substitute here: the benchmark wants access logs, and
    /// those events would end up in the very bucket they tell about.
    ///
    /// # Fix
    /// `aws s3api put-bucket-logging --bucket BUCKET --bucket-logging-status '{"LoggingEnabled": {"TargetBucket": "LOG-BUCKET", "TargetPrefix": "trail/"}}'`
    ///
    /// The log bucket must be of the same account and region, with a policy that lets `logging.s3.amazonaws.com` put
    /// objects. It should be another bucket: one that logs to itself passes, and logs its own log files without end.
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark, "Ensure that server access logging is enabled on the CloudTrail S3 bucket"; AWS
    /// Security Hub control CloudTrail.7; Amazon S3 User Guide, "Enabling Amazon S3 server access logging"
    over: Trail,
    reads: [Bucket, BucketLogging],
    duty: AuditLogging,
    severity: Low,
}

async fn judge(trail: &Trail, cloud: &Cloud) -> Answer {
    let name = &trail.s3_bucket_name;
    let (bucket, there) = match trail.bucket(cloud).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let logging = there.of::<BucketLogging>(&bucket).await?;
    let verdict = match logging.target_bucket.as_deref() {
        Some(target) => pass(format!("delivers to bucket {name}, which logs accesses to bucket {target}")),
        None => fail(format!("delivers to bucket {name}, which logs no accesses")),
    };
    Ok(verdict
        .showing("S3BucketName", &**name)
        .showing_of::<BucketLogging>("TargetBucket", logging.target_bucket.as_deref()))
}
