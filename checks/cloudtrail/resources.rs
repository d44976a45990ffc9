//! Records of CloudTrail.

use serde::{Deserialize, Serialize};

use crate::contract::{Call, Identity, Place, api};
use crate::resource;

/// Tells the trails of a region, and those that record it from elsewhere.
pub const DESCRIBE_TRAILS: Call = api("cloudtrail", "DescribeTrails");

/// A trail as a region sees it: its own ones, the multi-region trails of other regions, and the organization's.
/// Source: CloudTrail API Reference, `Trail`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Trail {
    /// The trail's name, unique among the account's trails of one home region.
    pub name: String,
    /// The trail's ARN; the account in it is the trail's owner.
    #[serde(rename = "TrailARN")]
    pub trail_arn: String,
    /// The region the trail was made in, the only one where it can be looked into and changed.
    pub home_region: String,
    /// The bucket that log files are delivered to; it may belong to another account.
    pub s3_bucket_name: String,
    /// Whether it records all regions.
    pub is_multi_region_trail: bool,
    /// Whether log files come with signed digests.
    pub log_file_validation_enabled: bool,
    /// The ARN of the KMS key that log files are encrypted with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
}

resource!(Trail, "cloudtrail/Trail", "AWS::CloudTrail::Trail", Regional, [DESCRIBE_TRAILS], |this, _place| {
    Identity::new(&this.trail_arn, &this.trail_arn).within(&this.home_region)
});

impl Trail {
    /// The account the trail belongs to, if that is not the one being looked at. Only the organization's own trails
    /// show in accounts that cannot change them.
    pub fn owned_elsewhere(&self, place: &Place) -> Option<&str> {
        self.trail_arn.split(':').nth(4).filter(|owner| **owner != *place.account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Partition;

    fn trail(arn: &str) -> Trail {
        Trail {
            name: "trail".into(),
            trail_arn: arn.into(),
            home_region: "eu-west-1".into(),
            s3_bucket_name: "logs".into(),
            is_multi_region_trail: true,
            log_file_validation_enabled: true,
            kms_key_id: None,
        }
    }

    #[test]
    fn a_trail_belongs_to_the_account_in_its_arn() {
        let place = Place::global(Partition::GovCloud, "111122223333").at("us-gov-west-1");
        let own = trail("arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/trail");
        let organization = trail("arn:aws-us-gov:cloudtrail:us-gov-west-1:444455556666:trail/trail");
        assert_eq!(own.owned_elsewhere(&place), None);
        assert_eq!(organization.owned_elsewhere(&place), Some("444455556666"));
    }
}
