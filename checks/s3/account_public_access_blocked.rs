use super::public_access_block::{Setting, listed};
use super::resources::AccountPublicAccessBlock;
use crate::contract::{Account, Answer, fail, pass};

crate::check! {
    /// Public access to S3 is blocked for the whole account
    ///
    /// One setting then holds for every bucket, access point and object of the account, those of tomorrow included,
    /// whatever their policies and access lists say. Without it, one careless policy puts data on the internet.
    ///
    /// # Fix
    /// Serve what is meant to be public through CloudFront with origin access control, then
    /// `aws s3control put-public-access-block --account-id ACCOUNT --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true`
    ///
    /// Where an S3 policy of the organization sets this, change it there; the account's own setting has no effect.
    ///
    /// # Source
    /// Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage"; Security Hub S3.1; CIS AWS
    /// Foundations Benchmark 3.0, 2.1.4
    over: Account,
    reads: [AccountPublicAccessBlock],
    duty: Authorization,
    severity: High,
}

async fn judge(account: &Account, cloud: &Cloud) -> Answer {
    let block = cloud.of::<AccountPublicAccessBlock>(account).await?;
    let Some(settings) = &block.public_access_block_configuration else {
        return Ok(fail("does not block public access to S3"));
    };
    let off: Vec<Setting> = Setting::ALL.into_iter().filter(|setting| !setting.is_on(Some(settings))).collect();
    let verdict = match off.as_slice() {
        [] => pass("blocks public access to all its buckets"),
        off => fail(format!("blocks public access only in part: {} off", listed(off))),
    };
    Ok(Setting::ALL.into_iter().fold(verdict, |verdict, setting| {
        verdict.showing_of::<AccountPublicAccessBlock>(setting.name(), setting.is_on(Some(settings)))
    }))
}
