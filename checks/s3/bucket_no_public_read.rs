use super::exposure::{Access, Exposure};
use super::resources::{
    AccountPublicAccessBlock, Bucket, BucketAcl, BucketOwnershipControls, BucketPolicy, BucketPublicAccessBlock,
};
use crate::contract::{Answer, pass};

crate::check! {
    /// The public cannot read or list a bucket through its policy or ACL
    ///
    /// A bucket that anyone can read is found and emptied within days: names are guessed by machines, all the time.
    /// A list of the objects alone tells what there is to look for.
    ///
    /// The public is everyone, or every AWS account; accounts that are named are not. Objects that are public by an ACL
    /// of their own are not looked at one by one, nor are the policies of access points; that every bucket is covered
    /// by Block Public Access rules both out. A policy that leaves it all to access points decides nothing.
    ///
    /// # Fix
    /// Block public access to the bucket:
    /// `aws s3api put-public-access-block --bucket BUCKET --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true`
    ///
    /// Serve what is meant for everyone through CloudFront with origin access control.
    ///
    /// # Source
    /// Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", which says what public means;
    /// Security Hub S3.2
    over: Bucket,
    reads: [AccountPublicAccessBlock, BucketPublicAccessBlock, BucketPolicy, BucketAcl, BucketOwnershipControls],
    duty: Authorization,
    severity: Critical,
}

async fn judge(bucket: &Bucket, cloud: &Cloud) -> Answer {
    Ok(match Exposure::of(bucket, Access::Read, cloud).await? {
        None => pass("is opened to public reading neither by its policy nor by its ACL"),
        Some(exposure) => exposure.verdict("its"),
    })
}
