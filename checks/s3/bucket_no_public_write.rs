use super::exposure::{Access, Exposure};
use super::resources::{
    AccountPublicAccessBlock, Bucket, BucketAcl, BucketOwnershipControls, BucketPolicy, BucketPublicAccessBlock,
};
use crate::contract::{Answer, pass};

crate::check! {
    /// The public cannot write to a bucket through its policy or ACL
    ///
    /// Where anyone can put objects, strangers store their own at the owner's cost, replace what visitors and programs
    /// trust, and delete the rest. Who can change the policy or the ACL can do everything.
    ///
    /// The ACLs of single objects and the policies of access points are not looked at; that every bucket is covered by
    /// Block Public Access rules out that they are public. A policy that leaves it all to access points decides nothing.
    ///
    /// # Fix
    /// Block public access to the bucket:
    /// `aws s3api put-public-access-block --bucket BUCKET --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true`
    ///
    /// Let visitors upload with presigned requests, which a program of yours makes for each of them.
    ///
    /// # Source
    /// Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", which says what public means;
    /// Security Hub S3.3
    over: Bucket,
    reads: [AccountPublicAccessBlock, BucketPublicAccessBlock, BucketPolicy, BucketAcl, BucketOwnershipControls],
    duty: Authorization,
    severity: Critical,
}

async fn judge(bucket: &Bucket, cloud: &Cloud) -> Answer {
    Ok(match Exposure::of(bucket, Access::Write, cloud).await? {
        None => pass("is opened to public writing neither by its policy nor by its ACL"),
        Some(exposure) => exposure.verdict("its"),
    })
}
