//! Records of Organizations.

use serde::{Deserialize, Serialize};

use crate::contract::{Account, Call, api};
use crate::detail;
use crate::policy::Document;

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

/// Tells the policies of one type that there are; the management account and delegated administrators may ask.
pub const LIST_POLICIES: Call = api("organizations", "ListPolicies");
/// Tells what a policy says.
pub const DESCRIBE_POLICY: Call = api("organizations", "DescribePolicy");
/// Tells what a policy is attached to.
pub const LIST_TARGETS_FOR_POLICY: Call = api("organizations", "ListTargetsForPolicy");

/// The organization's service control policies, as its management account sees them.
///
/// Source: Organizations API Reference, `ListPolicies`, `DescribePolicy` and `ListTargetsForPolicy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ServiceControlPolicies {
    /// The policies, those that AWS provides included.
    pub policies: Vec<ServiceControlPolicy>,
}

/// One service control policy, and where it is attached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ServiceControlPolicy {
    /// The policy's id.
    pub id: String,
    /// The policy's name.
    pub name: String,
    /// What it says.
    pub content: Document,
    /// The ids of the root, organizational units and accounts that it is attached to.
    pub targets: Vec<String>,
}

detail!(
    ServiceControlPolicies,
    "organizations/ServiceControlPolicies",
    of Account,
    [LIST_POLICIES, DESCRIBE_POLICY, LIST_TARGETS_FOR_POLICY]
);

/// Tells the root of the organization, and which types of policies are in force there.
pub const LIST_ROOTS: Call = api("organizations", "ListRoots");
/// Tells the organizational units in the root or in another unit.
pub const LIST_UNITS_FOR_PARENT: Call = api("organizations", "ListOrganizationalUnitsForParent");
/// Tells the accounts in the root or in a unit.
pub const LIST_ACCOUNTS_FOR_PARENT: Call = api("organizations", "ListAccountsForParent");

/// How the organization is laid out, as its management account sees it.
///
/// Source: Organizations API Reference, `ListRoots`, `ListOrganizationalUnitsForParent` and `ListAccountsForParent`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Hierarchy {
    /// The id of the root.
    pub root: String,
    /// The types of policies that are in force, `SERVICE_CONTROL_POLICY` among them unless the organization has switched
    /// them off or has consolidated billing only.
    pub policy_types: Vec<String>,
    /// All organizational units.
    pub organizational_units: Vec<Child>,
    /// All accounts but those that are suspended or being closed.
    pub accounts: Vec<Child>,
}

/// An organizational unit or an account, and what it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Child {
    /// Its id.
    pub id: String,
    /// The id of the root or unit that it is in.
    pub parent_id: String,
}

detail!(
    Hierarchy,
    "organizations/Hierarchy",
    of Account,
    [LIST_ROOTS, LIST_UNITS_FOR_PARENT, LIST_ACCOUNTS_FOR_PARENT]
);

impl Hierarchy {
    /// The account and what it is in, up to the root; `None` if it is not among the accounts, or the way does not end.
    pub fn path(&self, account: &str) -> Option<Vec<&str>> {
        let mut at = self.accounts.iter().find(|child| child.id == account)?;
        let mut path = vec![&*at.id];
        while at.parent_id != self.root {
            at = self.organizational_units.iter().find(|unit| unit.id == at.parent_id)?;
            if path.contains(&&*at.id) {
                return None;
            }
            path.push(&at.id);
        }
        path.push(&self.root);
        Some(path)
    }
}
