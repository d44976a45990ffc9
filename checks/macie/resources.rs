//! Records of Macie.

use serde::{Deserialize, Serialize};

use crate::contract::{Call, Region, api};
use crate::detail;

/// Tells whether Macie is at work in a region.
pub const GET_MACIE_SESSION: Call = api("macie2", "GetMacieSession");

/// Macie in a region of the account. Source: Macie API Reference, `GetMacieSession`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Session {
    /// `ENABLED`, or `PAUSED` when it is suspended; absent if Macie was never turned on, or was turned off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

detail!(Session, "macie/Session", of Region, [GET_MACIE_SESSION]);
