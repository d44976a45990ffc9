//! What a user may set: the numbers that benchmarks leave to the organization, and whom it trusts.

use serde::{Deserialize, Serialize};

/// Thresholds and trust, as checks see them. Each field's default is what the benchmark asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// What must be agreed with AWS.
    pub agreements: Agreements,
    /// Ages and periods.
    pub days: Days,
    /// Which ports are of what kind.
    pub ports: Ports,
    /// Where the organization works.
    pub regions: Regions,
    /// Who else belongs to the organization.
    pub trust: Trust,
}

/// What must be agreed with AWS.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Agreements {
    /// The agreements that must be active, by the names that AWS Artifact gives them; `None` (left out) if that is
    /// nowhere laid down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<Vec<String>>,
}

/// Ages and periods, in days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Days {
    /// The age at which an access key is to have been replaced. Source: CIS AWS Foundations Benchmark, 90.
    pub access_key_age: u32,
    /// How long a password or access key may lie idle before it is to be disabled. Source: CIS AWS Foundations
    /// Benchmark, 45.
    pub unused_credentials: u32,
    /// How long root is not to have been used. CIS leaves the number open; 90 is a quarter.
    pub root_unused: u32,
    /// How long automated backups are to be kept at least. Source: AWS Security Hub control RDS.11, 7.
    pub backup_retention: u32,
}

impl Default for Days {
    fn default() -> Self {
        Self { access_key_age: 90, unused_credentials: 45, root_unused: 90, backup_retention: 7 }
    }
}

/// Which ports are of what kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Ports {
    /// TCP ports that servers are administered through; network ACLs are to keep the internet away from them. Source:
    /// CIS AWS Foundations Benchmark, 22 (SSH) and 3389 (Remote Desktop).
    pub administrative: Vec<u16>,
}

impl Default for Ports {
    fn default() -> Self {
        Self { administrative: vec![22, 3389] }
    }
}

/// Where the organization works.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Regions {
    /// The regions resources may live in; `None` (left out) if that is nowhere laid down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<String>>,
}

/// Who else belongs to the organization. `None` (left out) where that is nowhere laid down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Trust {
    /// Ids of accounts beside the scanned one that access and connections may lead to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Vec<String>>,
    /// Ids of organizations whose accounts are trusted (`o-abcdef1234`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizations: Option<Vec<String>>,
}
