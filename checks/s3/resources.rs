//! Records of Simple Storage Service.

use serde::{Deserialize, Serialize};

use crate::contract::{Account, Call, Identity, Place, Unknown, api, api_as};
use crate::policy::{Document, Policy};
use crate::{detail, resource};

/// Lists the general purpose buckets of an account, all regions at once.
pub const LIST_BUCKETS: Call = api_as("s3", "ListBuckets", "s3:ListAllMyBuckets");
/// Tells a bucket's region, where the list does not.
pub const GET_BUCKET_LOCATION: Call = api("s3", "GetBucketLocation");
/// Tells a bucket's policy.
pub const GET_BUCKET_POLICY: Call = api("s3", "GetBucketPolicy");
/// Tells a bucket's access control list.
pub const GET_BUCKET_ACL: Call = api("s3", "GetBucketAcl");
/// Tells who owns the objects of a bucket, and with that whether its ACL is in force.
pub const GET_BUCKET_OWNERSHIP_CONTROLS: Call = api("s3", "GetBucketOwnershipControls");
/// Tells whether a bucket keeps the versions of its objects, and what it takes to delete one.
pub const GET_BUCKET_VERSIONING: Call = api("s3", "GetBucketVersioning");
/// Tells a bucket's own Block Public Access setting.
pub const GET_PUBLIC_ACCESS_BLOCK: Call = api_as("s3", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock");
/// Tells the Block Public Access setting of the account.
pub const GET_ACCOUNT_PUBLIC_ACCESS_BLOCK: Call =
    api_as("s3control", "GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock");

/// A general purpose bucket. Directory buckets (S3 Express One Zone) have an API, a policy language and a Block
/// Public Access (always on) of their own, and are not listed here. Source: S3 API Reference, `Bucket`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Bucket {
    /// The bucket's name, unique in the partition.
    pub name: String,
    /// The region it is in.
    pub bucket_region: String,
}

resource!(Bucket, "s3/Bucket", "AWS::S3::Bucket", Global, [GET_BUCKET_LOCATION, LIST_BUCKETS], |this, place| {
    Identity::new(this.arn(place), &this.name).within(&this.bucket_region)
});

impl Bucket {
    /// Its ARN, which tells neither account nor region.
    pub fn arn(&self, place: &Place) -> String {
        format!("arn:{}:s3:::{}", place.partition, self.name)
    }
}

/// The policy of a bucket. Source: S3 API Reference, `GetBucketPolicy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct BucketPolicy {
    /// The policy document; absent if the bucket has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Document>,
}

detail!(BucketPolicy, "s3/BucketPolicy", of Bucket, [GET_BUCKET_POLICY]);

impl BucketPolicy {
    /// The policy, if there is one; unknown if it cannot be understood.
    pub fn understood(&self) -> Result<Option<Policy>, Unknown> {
        self.policy.as_ref().map(|document| document.policy(GET_BUCKET_POLICY)).transpose()
    }
}

/// The access control list of a bucket. Source: S3 API Reference, `GetBucketAcl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct BucketAcl {
    /// Who may do what.
    pub grants: Vec<Grant>,
}

detail!(BucketAcl, "s3/BucketAcl", of Bucket, [GET_BUCKET_ACL]);

/// One entry of an access control list. Source: S3 API Reference, `Grant`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Grant {
    /// Who.
    pub grantee: Grantee,
    /// What: `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`.
    pub permission: String,
}

/// Who is granted something. Source: S3 API Reference, `Grantee`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Grantee {
    /// `CanonicalUser`, `AmazonCustomerByEmail` or `Group`.
    pub r#type: String,
    /// The group, if it is one.
    #[serde(rename = "URI", default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

/// Who owns the objects of a bucket. Source: S3 API Reference, `GetBucketOwnershipControls`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct BucketOwnershipControls {
    /// `BucketOwnerEnforced` (ACLs are not in force), `BucketOwnerPreferred` or `ObjectWriter`; absent if never set,
    /// which means `ObjectWriter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_ownership: Option<String>,
}

detail!(BucketOwnershipControls, "s3/BucketOwnershipControls", of Bucket, [GET_BUCKET_OWNERSHIP_CONTROLS]);

/// Whether a bucket keeps the versions of its objects. Source: S3 API Reference, `GetBucketVersioning`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct BucketVersioning {
    /// `Enabled` or `Suspended`; absent if it was never switched on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `Enabled` or `Disabled`: whether a version is deleted for good only with MFA; absent if it was never set.
    #[serde(rename = "MFADelete", default, skip_serializing_if = "Option::is_none")]
    pub mfa_delete: Option<String>,
}

detail!(BucketVersioning, "s3/BucketVersioning", of Bucket, [GET_BUCKET_VERSIONING]);

/// The four settings of Block Public Access. Source: S3 API Reference, `PublicAccessBlockConfiguration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the settings are independent of each other")]
pub struct PublicAccessBlockConfiguration {
    /// New public ACLs are refused.
    pub block_public_acls: bool,
    /// Public ACLs, old and new, are without effect.
    pub ignore_public_acls: bool,
    /// New public policies are refused.
    pub block_public_policy: bool,
    /// Under a public policy, only AWS services and the bucket's own account have access.
    pub restrict_public_buckets: bool,
}

/// A bucket's own Block Public Access. Source: S3 API Reference, `GetPublicAccessBlock`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct BucketPublicAccessBlock {
    /// The settings; absent if the bucket has none of its own, which leaves it to the account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_access_block_configuration: Option<PublicAccessBlockConfiguration>,
}

detail!(BucketPublicAccessBlock, "s3/BucketPublicAccessBlock", of Bucket, [GET_PUBLIC_ACCESS_BLOCK]);

/// The Block Public Access of a whole account. An S3 policy of the organization replaces the account's own setting
/// and is what AWS then tells here. Source: S3 Control API Reference, `GetPublicAccessBlock`; AWS Organizations User
/// Guide, "Amazon S3 policies".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AccountPublicAccessBlock {
    /// The settings; absent if the account has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_access_block_configuration: Option<PublicAccessBlockConfiguration>,
}

detail!(AccountPublicAccessBlock, "s3/AccountPublicAccessBlock", of Account, [GET_ACCOUNT_PUBLIC_ACCESS_BLOCK]);
