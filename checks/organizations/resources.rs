//! Records of Organizations.

use serde::{Deserialize, Serialize};

use crate::contract::{Account, Call, api};
use crate::detail;

/// Tells the organization that the account belongs to, to any of its members.
pub const DESCRIBE_ORGANIZATION: Call = api("organizations", "DescribeOrganization");

/// Whether the account belongs to an organization. Source: Organizations API Reference, `DescribeOrganization`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Membership {
    /// The organization, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization>,
}

/// An organization. Source: Organizations API Reference, `Organization`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Organization {
    /// The account that manages it; AWS's newer word for it is management account.
    pub master_account_id: String,
}

detail!(Membership, "organizations/Membership", of Account, [DESCRIBE_ORGANIZATION]);
