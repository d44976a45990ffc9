use super::plain_http::PlainHttp;
use super::resources::{Bucket, BucketPolicy};
use crate::contract::{Answer, fail, pass};

crate::check! {
    /// Bucket policies refuse requests made without TLS
    ///
    /// S3 answers over plain HTTP as well. Whoever sits on the way can then read and change what is sent, and can
    /// repeat a presigned link.
    ///
    /// # Fix
    /// Add a statement that denies all actions, on the bucket and on its objects, to everyone who comes without TLS,
    /// and put the policy back with `aws s3api put-bucket-policy --bucket BUCKET --policy file://policy.json`:
    /// `{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::BUCKET",
    /// "arn:aws:s3:::BUCKET/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}`
    ///
    /// Allowing only requests with TLS is not the same: identity policies allow without that condition. A website
    /// endpoint of S3 speaks plain HTTP only; put CloudFront in front of the bucket instead. A resource control policy
    /// of the organization may refuse plain HTTP for all buckets; it is not read here.
    ///
    /// # Source
    /// Amazon S3 User Guide, "Security best practices for Amazon S3" (encryption of data in transit); Security Hub
    /// S3.5; CIS AWS Foundations Benchmark 3.0, 2.1.1
    over: Bucket,
    reads: [BucketPolicy],
    duty: EncryptionInTransit,
    severity: Medium,
}

async fn judge(bucket: &Bucket, cloud: &Cloud) -> Answer {
    let policy = cloud.of::<BucketPolicy>(bucket).await?;
    let Some(policy) = policy.understood()? else {
        return Ok(fail("has no policy to refuse requests without TLS"));
    };
    Ok(match PlainHttp::under(&policy, &bucket.arn(cloud.place()))? {
        PlainHttp::Refused => pass("refuses requests without TLS"),
        PlainHttp::RefusedForObjects => {
            fail("refuses requests without TLS for its objects, but not for the bucket itself")
        }
        PlainHttp::RefusedForBucket => {
            fail("refuses requests without TLS for the bucket itself, but not for all objects")
        }
        PlainHttp::RefusedInPart => fail("refuses only some of the requests without TLS"),
        PlainHttp::Accepted => fail("has a policy that does not refuse requests without TLS"),
    })
}
