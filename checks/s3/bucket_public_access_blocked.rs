use super::public_access_block::{PublicAccessBlock, Setting, listed};
use super::resources::{AccountPublicAccessBlock, Bucket, BucketPublicAccessBlock};
use crate::contract::{Answer, fail, pass};

crate::check! {
    /// Every bucket is covered by Block Public Access, its own or the account's
    ///
    /// Covered in all four ways, a bucket cannot be opened to the public by mistake: neither by an access list, on
    /// the bucket or on one of its objects, nor by a policy, now or later.
    ///
    /// # Fix
    /// `aws s3api put-public-access-block --bucket BUCKET --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true`,
    /// or the same for the whole account with `aws s3control put-public-access-block --account-id ACCOUNT`
    ///
    /// # Source
    /// Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage": of the account's and the bucket's
    /// setting the stricter applies, each for itself; Security Hub S3.8; CIS AWS Foundations Benchmark 3.0, 2.1.4
    over: Bucket,
    reads: [AccountPublicAccessBlock, BucketPublicAccessBlock],
    duty: Authorization,
    severity: High,
}

async fn judge(bucket: &Bucket, cloud: &Cloud) -> Answer {
    let block = PublicAccessBlock::of(bucket, &Setting::ALL, cloud).await;
    let mut off = Vec::new();
    for setting in Setting::ALL {
        if !block.has(setting)? {
            off.push(setting);
        }
    }
    Ok(match off.as_slice() {
        [] => pass("blocks public access in all four ways"),
        off if off.len() == Setting::ALL.len() => fail("does not block public access, and neither does the account"),
        off => fail(format!("blocks public access only in part: {} off here and for the account", listed(off))),
    })
}
