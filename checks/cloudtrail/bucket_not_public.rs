use super::resources::Trail;
use crate::contract::{Answer, pass};
use crate::s3::exposure::{Access, Exposure};
use crate::s3::resources::{
    AccountPublicAccessBlock, Bucket, BucketAcl, BucketOwnershipControls, BucketPolicy, BucketPublicAccessBlock,
};

crate::check! {
    /// The bucket that stores trail logs is closed to the public
    ///
    /// The logs tell who works with what, from where, and which mistakes they make: a plan for an attack. Whoever can
    /// write to the bucket can also remove the traces of one.
    ///
    /// # Fix
    /// `aws s3api put-public-access-block --bucket BUCKET --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true`
    ///
    /// CloudTrail, being an AWS service, still delivers.
    ///
    /// # Source
    /// Security Hub CloudTrail.6; Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", which says
    /// what public means
    over: Trail,
    reads: [
        Bucket,
        AccountPublicAccessBlock,
        BucketPublicAccessBlock,
        BucketPolicy,
        BucketAcl,
        BucketOwnershipControls,
    ],
    duty: Authorization,
    severity: Critical,
}

async fn judge(trail: &Trail, cloud: &Cloud) -> Answer {
    let name = &trail.s3_bucket_name;
    let (bucket, there) = match trail.bucket(cloud).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    for access in [Access::Read, Access::Write] {
        if let Some(exposure) = Exposure::of(&bucket, access, &there).await? {
            return Ok(exposure.verdict(&format!("delivers to bucket {name}, whose")).showing("S3BucketName", &**name));
        }
    }
    Ok(pass(format!("delivers to bucket {name}, which neither policy nor ACL opens to the public"))
        .showing("S3BucketName", &**name))
}
