use super::resources::{Bucket, BucketVersioning};
use crate::contract::{Answer, fail, pass};

crate::check! {
    /// Permanent deletion in important buckets needs MFA
    ///
    /// With versioning, what is deleted or overwritten can be had back, until someone deletes the versions as well.
    /// MFA delete asks for root's second factor before that, and before versioning is suspended, so that stolen keys
    /// alone destroy nothing for good.
    ///
    /// Which buckets are important cannot be seen from outside: accept the finding for those that are not. A lifecycle
    /// configuration and MFA delete exclude each other, and Object Lock in compliance mode protects at least as well,
    /// but is another setting; write down such a choice as an exception too.
    ///
    /// # Fix
    /// Root alone can do it, with its MFA device at hand, through the API or the command line:
    /// `aws s3api put-bucket-versioning --bucket BUCKET --versioning-configuration Status=Enabled,MFADelete=Enabled --mfa "DEVICE CODE"`
    ///
    /// # Source
    /// Amazon S3 User Guide, "Configuring MFA delete"; CIS Amazon Web Services Foundations Benchmark, "Ensure MFA Delete
    /// is enabled on S3 buckets"; Security Hub S3.20
    over: Bucket,
    reads: [BucketVersioning],
    duty: DataLifecycle,
    severity: Low,
}

async fn judge(bucket: &Bucket, cloud: &Cloud) -> Answer {
    let versioning = cloud.of::<BucketVersioning>(bucket).await?;
    let verdict = match (versioning.status.as_deref(), versioning.mfa_delete.as_deref()) {
        (Some("Enabled"), Some("Enabled")) => pass("asks for MFA before a version is deleted"),
        (Some("Enabled"), _) => fail("keeps versions, and lets them be deleted without MFA"),
        (Some(_), _) => fail("has stopped keeping versions, so what is new can be deleted without MFA"),
        (None, _) => fail("keeps no versions, so everything can be deleted without MFA"),
    };
    Ok(verdict
        .showing_of::<BucketVersioning>("Status", versioning.status.clone())
        .showing_of::<BucketVersioning>("MFADelete", versioning.mfa_delete.clone()))
}
