//! Which findings an entry is about: by account, region, resource and tags, less what is taken out.

use globset::GlobMatcher;
use plimsoll_checks::contract::Tags;

use crate::scan::{Finding, Subject};

/// The kinds of resource whose list tells their tags. Of others it is not known which they have.
pub const TAGGED: [&str; 20] = [
    "accessanalyzer/Analyzer",
    "ec2/FlowLog",
    "ec2/Image",
    "ec2/Instance",
    "ec2/NetworkAcl",
    "ec2/PrefixList",
    "ec2/RouteTable",
    "ec2/SecurityGroup",
    "ec2/Snapshot",
    "ec2/Subnet",
    "ec2/Volume",
    "ec2/Vpc",
    "ec2/VpcPeeringConnection",
    "efs/FileSystem",
    "iam/Role",
    "iam/User",
    "rds/DBCluster",
    "rds/DBClusterSnapshot",
    "rds/DBInstance",
    "rds/DBSnapshot",
];

/// Patterns of which one must fit; without any, everything fits.
#[derive(Debug, Clone, Default)]
pub struct Patterns(Vec<GlobMatcher>);

impl Patterns {
    pub(super) fn new(patterns: Vec<GlobMatcher>) -> Self {
        Self(patterns)
    }

    /// Whether a text fits.
    pub fn fits(&self, text: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| pattern.is_match(text))
    }

    /// Whether a resource fits: by its ARN if the pattern begins as one, and always by its id. That `*logs*` would fit
    /// every ARN of CloudWatch Logs is meant by nobody.
    fn names(&self, finding: &Finding) -> bool {
        let of_arn = |pattern: &GlobMatcher| pattern.glob().glob().starts_with("arn:");
        self.fits(finding.resource_id()) || {
            let arn = finding.arn();
            self.0.iter().any(|pattern| of_arn(pattern) && pattern.is_match(&*arn))
        }
    }

    /// As they are written.
    pub fn written(&self) -> Vec<&str> {
        self.0.iter().map(|pattern| pattern.glob().glob()).collect()
    }
}

/// A tag that a resource must have.
#[derive(Debug, Clone)]
pub enum TagPattern {
    /// The tag with this key, with a value that fits.
    Keyed(String, GlobMatcher),
    /// Any tag that fits when it is written as `key=value`.
    Written(GlobMatcher),
}

impl TagPattern {
    fn fits(&self, tags: &Tags) -> bool {
        match self {
            Self::Keyed(key, value) => tags.get(key).is_some_and(|given| value.is_match(given)),
            Self::Written(pattern) => tags.iter().any(|(key, value)| pattern.is_match(format!("{key}={value}"))),
        }
    }
}

/// Which findings of its checks an entry is about. All that is given must fit.
#[derive(Debug, Clone, Default)]
pub struct Selector {
    /// Account ids.
    pub accounts: Patterns,
    /// Region codes.
    pub regions: Patterns,
    /// Resources, by id or ARN.
    pub resources: Patterns,
    /// Tags that a resource must have.
    pub tags: Vec<TagPattern>,
    /// What it is not about although it fits.
    pub except: Vec<Selector>,
}

impl Selector {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.accounts.0.is_empty() && self.regions.0.is_empty() && !self.narrows_resources() && self.except.is_empty()
    }

    fn narrows_resources(&self) -> bool {
        !self.resources.0.is_empty() || !self.tags.is_empty()
    }

    /// Whether something at the finding's place could fit, whatever resource it is.
    pub fn fits_place(&self, finding: &Finding) -> bool {
        let is_taken_out = |except: &Self| !except.narrows_resources() && except.fits_place(finding);
        self.accounts.fits(&finding.place.account)
            && self.regions.fits(&finding.place.region)
            && !self.except.iter().any(is_taken_out)
    }

    /// Whether the finding is one of those that are meant.
    pub fn fits(&self, finding: &Finding) -> bool {
        static NONE: Tags = Tags::new();
        let tags = match &finding.subject {
            Subject::Resource(identity) => &identity.tags,
            Subject::Unlisted => &NONE,
        };
        self.fits_place(finding)
            && self.resources.names(finding)
            && self.tags.iter().all(|tag| tag.fits(tags))
            && !self.except.iter().any(|except| except.fits(finding))
    }
}
