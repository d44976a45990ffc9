//! Records of AWS Key Management Service.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contract::{Call, Identity, Unknown, api};
use crate::policy::{Document, Policy};
use crate::{detail, resource};

/// Lists the keys of a region.
pub const LIST_KEYS: Call = api("kms", "ListKeys");
/// Tells a key's metadata.
pub const DESCRIBE_KEY: Call = api("kms", "DescribeKey");
/// Tells a key's policy.
pub const GET_KEY_POLICY: Call = api("kms", "GetKeyPolicy");
/// Tells whether a key rotates.
pub const GET_KEY_ROTATION_STATUS: Call = api("kms", "GetKeyRotationStatus");

/// A KMS key of the account, whoever manages it. Source: KMS API Reference, `KeyListEntry`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Key {
    /// The key's id.
    pub key_id: String,
    /// The key's ARN.
    pub key_arn: String,
}

resource!(Key, "kms/Key", "AWS::KMS::Key", Regional, [LIST_KEYS], |this, _place| {
    Identity::new(&this.key_arn, &this.key_id)
});

/// What a key is, and how it stands. Source: KMS API Reference, `KeyMetadata`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct KeyMetadata {
    /// `AWS` or `CUSTOMER`.
    pub key_manager: String,
    /// `Enabled`, `Disabled`, `PendingDeletion`, `PendingReplicaDeletion`, `PendingImport`, `Unavailable` …
    pub key_state: String,
    /// `SYMMETRIC_DEFAULT`, `RSA_2048` …
    pub key_spec: String,
    /// Where the key material comes from: `AWS_KMS`, `EXTERNAL`, `AWS_CLOUDHSM`, `EXTERNAL_KEY_STORE`.
    pub origin: String,
    /// `PRIMARY` or `REPLICA` for multi-Region keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_region_key_type: Option<String>,
    /// When the key will be gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_date: Option<Timestamp>,
}

detail!(KeyMetadata, "kms/KeyMetadata", of Key, [DESCRIBE_KEY]);

impl KeyMetadata {
    /// Whether the key is the customer's to configure; the policy and rotation of other keys are AWS's own affair.
    pub fn is_customer_managed(&self) -> bool {
        self.key_manager == "CUSTOMER"
    }
}

/// Who may use and manage a key. Source: KMS API Reference, `GetKeyPolicy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct KeyPolicy {
    /// The key policy; every key has just one, named `default`.
    pub policy: Document,
}

impl KeyPolicy {
    /// The policy, understood.
    pub fn parsed(&self) -> Result<Policy, Unknown> {
        self.policy.policy(GET_KEY_POLICY)
    }
}

detail!(KeyPolicy, "kms/KeyPolicy", of Key, [GET_KEY_POLICY]);

/// Whether AWS renews the key material by itself. Source: KMS API Reference, `GetKeyRotationStatus`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct KeyRotationStatus {
    /// Whether automatic rotation is on.
    pub key_rotation_enabled: bool,
    /// Days between rotations, where AWS tells them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation_period_in_days: Option<i32>,
}

detail!(KeyRotationStatus, "kms/KeyRotationStatus", of Key, [GET_KEY_ROTATION_STATUS]);
