//! Reads CloudTrail through its SDK.

use aws_sdk_cloudtrail::Client;

use super::resources::{DESCRIBE_TRAILS, Trail};
use crate::contract::Unknown;
use crate::live::{Live, missing};

crate::collectors! {
    list Trail = trails,
}

/// With shadow trails: only so does a region show the trails of other regions, and of the organization, that record it.
async fn trails(live: &Live, seen: &mut Vec<Trail>) -> Result<(), Unknown> {
    let lacks = |field| missing(DESCRIBE_TRAILS, field);
    let answer = live.client(Client::new).describe_trails().include_shadow_trails(true).send().await;
    for trail in live.heard(DESCRIBE_TRAILS, answer)?.trail_list.ok_or_else(|| lacks("TrailList"))? {
        seen.push(Trail {
            name: trail.name.ok_or_else(|| lacks("Name"))?,
            trail_arn: trail.trail_arn.ok_or_else(|| lacks("TrailARN"))?,
            home_region: trail.home_region.ok_or_else(|| lacks("HomeRegion"))?,
            s3_bucket_name: trail.s3_bucket_name.ok_or_else(|| lacks("S3BucketName"))?,
            is_multi_region_trail: trail.is_multi_region_trail.ok_or_else(|| lacks("IsMultiRegionTrail"))?,
            log_file_validation_enabled: trail
                .log_file_validation_enabled
                .ok_or_else(|| lacks("LogFileValidationEnabled"))?,
            kms_key_id: trail.kms_key_id,
        });
    }
    Ok(())
}
