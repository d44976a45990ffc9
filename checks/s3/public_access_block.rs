//! Block Public Access as it applies to one bucket: the account's setting and its own, taken together.

use super::resources::{AccountPublicAccessBlock, Bucket, BucketPublicAccessBlock, PublicAccessBlockConfiguration};
use crate::contract::{Asks, Cloud, Unknown};

/// One of the four settings of Block Public Access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// New public ACLs are refused.
    BlockPublicAcls,
    /// Public ACLs are without effect.
    IgnorePublicAcls,
    /// New public policies are refused.
    BlockPublicPolicy,
    /// Public policies let only AWS services and the own account in.
    RestrictPublicBuckets,
}

impl Setting {
    /// All four.
    pub const ALL: [Self; 4] =
        [Self::BlockPublicAcls, Self::IgnorePublicAcls, Self::BlockPublicPolicy, Self::RestrictPublicBuckets];

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::BlockPublicAcls => "BlockPublicAcls",
            Self::IgnorePublicAcls => "IgnorePublicAcls",
            Self::BlockPublicPolicy => "BlockPublicPolicy",
            Self::RestrictPublicBuckets => "RestrictPublicBuckets",
        }
    }

    /// Whether it is on. Where nothing was ever configured, all settings are off.
    pub fn is_on(self, configuration: Option<&PublicAccessBlockConfiguration>) -> bool {
        configuration.is_some_and(|settings| match self {
            Self::BlockPublicAcls => settings.block_public_acls,
            Self::IgnorePublicAcls => settings.ignore_public_acls,
            Self::BlockPublicPolicy => settings.block_public_policy,
            Self::RestrictPublicBuckets => settings.restrict_public_buckets,
        })
    }
}

/// The names of settings, as a sentence has them.
pub fn listed(settings: &[Setting]) -> String {
    let names: Vec<_> = settings.iter().map(|setting| setting.name()).collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [name] => (*name).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

type Configured = Result<Option<PublicAccessBlockConfiguration>, Unknown>;

/// Block Public Access as it applies to one bucket. S3 takes the stricter of the two, setting by setting. Source: S3
/// User Guide, "Blocking public access to your Amazon S3 storage".
pub struct PublicAccessBlock {
    account: Configured,
    bucket: Configured,
}

impl PublicAccessBlock {
    /// Reads what applies to `bucket`; its own setting only if the account's leaves one of the `wanted` off.
    pub async fn of<C>(bucket: &Bucket, wanted: &[Setting], cloud: &Cloud<C>) -> Self
    where
        C: Asks<AccountPublicAccessBlock> + Asks<BucketPublicAccessBlock>,
    {
        let account = cloud.of::<AccountPublicAccessBlock>(&cloud.account()).await;
        let account = account.map(|block| block.public_access_block_configuration);
        if let Ok(configuration) = &account
            && wanted.iter().all(|setting| setting.is_on(configuration.as_ref()))
        {
            return Self { account, bucket: Ok(None) };
        }
        let bucket = cloud.of::<BucketPublicAccessBlock>(bucket).await;
        Self { account, bucket: bucket.map(|block| block.public_access_block_configuration) }
    }

    /// Whether one of the wanted settings is on. One side that has it settles it; that neither has it, both must say.
    pub fn has(&self, setting: Setting) -> Result<bool, Unknown> {
        let [account, bucket] =
            [&self.account, &self.bucket].map(|side| side.as_ref().map(|settings| setting.is_on(settings.as_ref())));
        match (account, bucket) {
            (Ok(true), _) | (_, Ok(true)) => Ok(true),
            (Ok(false), Ok(false)) => Ok(false),
            (Err(unknown), _) | (_, Err(unknown)) => Err(unknown.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Reason;

    const ACLS_ONLY: PublicAccessBlockConfiguration = PublicAccessBlockConfiguration {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: false,
        restrict_public_buckets: false,
    };

    fn unseen() -> Configured {
        Err(Unknown::new(Reason::Denied, "s3:GetAccountPublicAccessBlock", "no"))
    }

    #[test]
    fn a_setting_of_either_side_is_in_force() {
        for (account, bucket) in [(Some(ACLS_ONLY), None), (None, Some(ACLS_ONLY))] {
            let block = PublicAccessBlock { account: Ok(account), bucket: Ok(bucket) };
            assert_eq!(block.has(Setting::IgnorePublicAcls), Ok(true));
            assert_eq!(block.has(Setting::RestrictPublicBuckets), Ok(false));
        }
    }

    #[test]
    fn what_one_side_has_stands_even_if_the_other_was_not_seen() {
        for block in [
            PublicAccessBlock { account: unseen(), bucket: Ok(Some(ACLS_ONLY)) },
            PublicAccessBlock { account: Ok(Some(ACLS_ONLY)), bucket: unseen() },
        ] {
            assert_eq!(block.has(Setting::BlockPublicAcls), Ok(true));
            assert!(block.has(Setting::BlockPublicPolicy).is_err(), "the unseen side may have it");
        }
    }
}
