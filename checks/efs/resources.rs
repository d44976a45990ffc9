//! Records of Elastic File System.

use serde::{Deserialize, Serialize};

use crate::contract::{Call, Identity, Tags, api};
use crate::resource;

/// Describes the file systems of a region.
pub const DESCRIBE_FILE_SYSTEMS: Call = api("elasticfilesystem", "DescribeFileSystems");

/// A file system of the account. Source: EFS API Reference, `FileSystemDescription`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct FileSystem {
    /// Its id.
    pub file_system_id: String,
    /// Its ARN.
    pub file_system_arn: String,
    /// `creating`, `available`, `updating`, `deleting`, `deleted` or `error`.
    pub life_cycle_state: String,
    /// Whether it is encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
    /// The ARN of the key it is encrypted under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

resource!(FileSystem, "efs/FileSystem", "AWS::EFS::FileSystem", Regional, [DESCRIBE_FILE_SYSTEMS], |this, _place| {
    Identity::new(&this.file_system_arn, &this.file_system_id).tagged(&this.tags)
});

impl FileSystem {
    /// Whether it is on its way out, or out.
    pub fn is_being_deleted(&self) -> bool {
        matches!(&*self.life_cycle_state, "deleting" | "deleted")
    }
}
