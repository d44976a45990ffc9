use super::resources::{Bucket, BucketPolicy};
use crate::contract::{Answer, Unknown, fail, pass};
use crate::policy::{Outsider, Statement, Wanted};

crate::check! {
    /// Bucket policies give other accounts no power over policy, ACL or encryption
    ///
    /// Who may rewrite the policy of a bucket may give themselves everything else, and may pass it on. Sharing data
    /// with another account never takes that.
    ///
    /// A condition that holds the caller to the own account counts; one that admits the whole organization does not,
    /// its accounts being other ones. AWS services that act for an account are no account.
    ///
    /// # Fix
    /// Name the actions that the other account needs (`s3:GetObject`, `s3:PutObject`, `s3:ListBucket`) instead of
    /// `s3:*` or `s3:Put*`, and put the policy back:
    /// `aws s3api put-bucket-policy --bucket BUCKET --policy file://policy.json`
    ///
    /// To own what others upload, they need no `s3:PutObjectAcl`:
    /// `aws s3api put-bucket-ownership-controls --bucket BUCKET --ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'`
    ///
    /// # Source
    /// Security Hub S3.6, which names the five actions (but takes no notice of conditions)
    over: Bucket,
    reads: [BucketPolicy],
    duty: Authorization,
    severity: High,
}

/// The actions that give power over a bucket itself.
const OVER_BUCKET: [&str; 4] =
    ["s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutEncryptionConfiguration"];

/// The action that gives power over its objects.
const OVER_OBJECTS: &str = "s3:PutObjectAcl";

async fn judge(bucket: &Bucket, cloud: &Cloud) -> Answer {
    let policy = cloud.of::<BucketPolicy>(bucket).await?;
    let Some(policy) = policy.understood()? else {
        return Ok(pass("has no policy to let other accounts in"));
    };
    let (own, arn) = (&*cloud.place().account, bucket.arn(cloud.place()));
    let objects = format!("{arn}/*");
    let (on_bucket, on_objects) = ([&*arn], [&*objects]);
    let through_access_points = [Wanted { actions: OVER_OBJECTS, on: &on_objects }];
    let powers = [&OVER_BUCKET.map(|actions| Wanted { actions, on: &on_bucket })[..], &through_access_points].concat();
    let reaches_others = |statement: &Statement| !statement.reaches_other_accounts(own).is_empty();
    // Through an access point nobody reaches the bucket itself, and its objects only as the access point lets them.
    let reaches_directly = |statement: &Statement| !statement.needs_access_point() && reaches_others(statement);
    let mut unsure = None;
    for statement in policy.allowing() {
        let powers = policy.opened_by(statement, &powers, reaches_directly);
        if powers.is_empty() {
            if !policy.opened_by(statement, &through_access_points, reaches_others).is_empty() {
                unsure =
                    Some(format!("the policy leaves {OVER_OBJECTS} to access points, whose policies are not read"));
            }
            continue;
        }
        let (canonical, others): (Vec<_>, Vec<_>) = statement
            .reaches_other_accounts(own)
            .into_iter()
            .partition(|outsider| matches!(outsider, Outsider::CanonicalUser(_)));
        if others.is_empty() {
            unsure = canonical
                .first()
                .map(|who| format!("the policy gives {who} power over the bucket, who may be this account or another"));
            continue;
        }
        let others: Vec<String> = others.iter().map(ToString::to_string).collect();
        let (others, powers, how) = (others.join(", "), powers.join(", "), statement.under_conditions());
        return Ok(fail(format!("its policy allows {others} {powers}{how}"))
            .showing_of::<BucketPolicy>("Statement", statement.to_json()));
    }
    match unsure {
        None => Ok(pass("gives other accounts no power over its policy, ACL or encryption")),
        Some(detail) => Err(Unknown::undecided::<BucketPolicy>(detail)),
    }
}
