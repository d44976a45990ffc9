//! Where a thing lives: partition, account, region.

use std::fmt;
use std::sync::Arc;

/// What a global service reports as its region.
pub const GLOBAL: &str = "global";

/// An AWS partition: a closed set of regions with its own accounts, ARNs and endpoints.
///
/// Source: AWS General Reference, "Amazon Resource Names (ARNs)".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Partition {
    /// The commercial regions, `aws`.
    Aws,
    /// The regions in mainland China, `aws-cn`.
    China,
    /// AWS GovCloud (US), `aws-us-gov`.
    GovCloud,
    /// The European Sovereign Cloud, `aws-eusc`.
    EuropeanSovereign,
    /// The isolated US regions, `aws-iso`.
    Iso,
    /// The isolated US secret regions, `aws-iso-b`.
    IsoB,
}

impl Partition {
    /// The partition named by an ARN's second field.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "aws" => Self::Aws,
            "aws-cn" => Self::China,
            "aws-us-gov" => Self::GovCloud,
            "aws-eusc" => Self::EuropeanSovereign,
            "aws-iso" => Self::Iso,
            "aws-iso-b" => Self::IsoB,
            _ => return None,
        })
    }

    /// The partition a region belongs to, told from the region's name.
    pub fn of_region(region: &str) -> Self {
        match region {
            r if r.starts_with("cn-") => Self::China,
            r if r.starts_with("us-gov-") => Self::GovCloud,
            r if r.starts_with("eusc-") => Self::EuropeanSovereign,
            r if r.starts_with("us-isob-") => Self::IsoB,
            r if r.starts_with("us-iso-") => Self::Iso,
            _ => Self::Aws,
        }
    }

    /// The name as ARNs have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::China => "aws-cn",
            Self::GovCloud => "aws-us-gov",
            Self::EuropeanSovereign => "aws-eusc",
            Self::Iso => "aws-iso",
            Self::IsoB => "aws-iso-b",
        }
    }

    /// The region where the partition's global services (IAM, account management, the list of buckets) answer.
    pub fn global_region(self) -> &'static str {
        match self {
            Self::Aws => "us-east-1",
            Self::China => "cn-north-1",
            Self::GovCloud => "us-gov-west-1",
            Self::EuropeanSovereign => "eusc-de-east-1",
            Self::Iso => "us-iso-east-1",
            Self::IsoB => "us-isob-east-1",
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The account and region (or [`GLOBAL`]) a read or a resource belongs to. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The partition of the account.
    pub partition: Partition,
    /// The twelve-digit account id.
    pub account: Arc<str>,
    /// The region's code, or [`GLOBAL`].
    pub region: Arc<str>,
}

impl Place {
    /// The place of the account's global services.
    pub fn global(partition: Partition, account: &str) -> Self {
        Self { partition, account: account.into(), region: GLOBAL.into() }
    }

    /// The same account, in `region`.
    pub fn at(&self, region: &str) -> Self {
        if &*self.region == region {
            return self.clone();
        }
        Self { region: region.into(), ..self.clone() }
    }

    /// Whether this is the place of global services.
    pub fn is_global(&self) -> bool {
        &*self.region == GLOBAL
    }

    /// The region to send a request to: the region itself, or the one where global services answer.
    pub fn endpoint_region(&self) -> &str {
        if self.is_global() { self.partition.global_region() } else { &self.region }
    }

    /// An ARN of this place: `service`, then everything after the account id. Global places leave the region out.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        let region = if self.is_global() { "" } else { &*self.region };
        format!("arn:{}:{service}:{region}:{}:{resource}", self.partition, self.account)
    }

    /// The ARN that stands for the account itself.
    pub fn account_arn(&self) -> String {
        format!("arn:{}:iam::{}:root", self.partition, self.account)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}
