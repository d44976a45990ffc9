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

/// Tells which accounts do an AWS service's work for all others; the management account and they may ask.
pub const LIST_DELEGATED_ADMINISTRATORS: Call = api("organizations", "ListDelegatedAdministrators");

/// The accounts that IAM Access Analyzer is managed from for the whole organization, beside its management account.
/// Source: Organizations API Reference, `ListDelegatedAdministrators`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AnalyzerAdministrators {
    /// The accounts; there is one at most.
    pub delegated_administrators: Vec<DelegatedAdministrator>,
}

/// An account that does a service's work for all others. Source: Organizations API Reference,
/// `DelegatedAdministrator`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DelegatedAdministrator {
    /// The account's id.
    pub id: String,
}

detail!(AnalyzerAdministrators, "organizations/AnalyzerAdministrators", of Account, [LIST_DELEGATED_ADMINISTRATORS]);
