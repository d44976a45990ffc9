//! Records of Security Hub.

use serde::{Deserialize, Serialize};

use crate::contract::{Call, Region, api};
use crate::detail;

/// Tells whether the account has a hub in a region.
pub const DESCRIBE_HUB: Call = api("securityhub", "DescribeHub");

/// Security Hub CSPM in a region of the account. Source: Security Hub API Reference, `DescribeHub`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Hub {
    /// The hub's ARN; absent if the account has not turned Security Hub on in the region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub_arn: Option<String>,
}

detail!(Hub, "securityhub/Hub", of Region, [DESCRIBE_HUB]);
