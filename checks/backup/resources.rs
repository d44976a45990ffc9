//! Records of AWS Backup.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contract::{Call, Identity, api};
use crate::resource;

/// Lists what AWS Backup has backed up in a region.
pub const LIST_PROTECTED_RESOURCES: Call = api("backup", "ListProtectedResources");

/// Something AWS Backup has made a recovery point of, by a plan or on demand. Being listed proves that there was a
/// backup, not that there will be another. Source: AWS Backup API Reference, `ProtectedResource`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ProtectedResource {
    /// The ARN of what was backed up.
    pub resource_arn: String,
    /// When it was last backed up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_backup_time: Option<Timestamp>,
}

resource!(
    ProtectedResource,
    "backup/ProtectedResource",
    "AWS::Backup::ProtectedResource",
    Regional,
    [LIST_PROTECTED_RESOURCES],
    |this, _place| Identity::new(&this.resource_arn, &this.resource_arn)
);
