//! Records of Account Management.

use serde::{Deserialize, Serialize};

use crate::contract::{Account, Call, api};
use crate::detail;

/// Tells an alternate contact of the account.
pub const GET_ALTERNATE_CONTACT: Call = api("account", "GetAlternateContact");

/// Whether the account has a security contact. Who that is, and how to reach them, is not kept.
/// Source: Account Management API Reference, `AlternateContact`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SecurityContact {
    /// `SECURITY`, if there is such a contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternate_contact_type: Option<String>,
}

detail!(SecurityContact, "account/SecurityContact", of Account, [GET_ALTERNATE_CONTACT]);
