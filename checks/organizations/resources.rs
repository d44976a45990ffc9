//! Records of Organizations.

use serde::{Deserialize, Serialize};

use crate::contract::{Account, Call, api};
use crate::detail;

/// Tells which organization the account is in.
pub const DESCRIBE_ORGANIZATION: Call = api("organizations", "DescribeOrganization");

/// The organization the account is in; without fields if it is in none. Source: Organizations API Reference,
/// `Organization`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Organization {
    /// The organization's id (`o-…`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The id of its management account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master_account_id: Option<String>,
}

detail!(Organization, "organizations/Organization", of Account, [DESCRIBE_ORGANIZATION]);
