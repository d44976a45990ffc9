//! Reads CloudTrail through its SDK.

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::primitives::DateTime;

use super::resources::{
    AdvancedEventSelector, AdvancedFieldSelector, DESCRIBE_TRAILS, DataResource, EventSelector, EventSelectors,
    GET_EVENT_SELECTORS, GET_TRAIL_STATUS, Trail, TrailStatus,
};
use crate::contract::Unknown;
use crate::live::{Live, missing, timestamp, told};

crate::collectors! {
    list Trail = trails,
    detail TrailStatus = trail_status,
    detail EventSelectors = event_selectors,
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
            kms_key_id: trail.kms_key_id.filter(|key| !key.is_empty()),
            cloud_watch_logs_log_group_arn: trail.cloud_watch_logs_log_group_arn.filter(|arn| !arn.is_empty()),
        });
    }
    Ok(())
}

/// By ARN, in the home region: a shadow trail has no answer under its name, nor does an organization's trail in a
/// member account.
async fn trail_status(live: &Live, trail: &Trail) -> Result<TrailStatus, Unknown> {
    let home = &*trail.home_region;
    let client = live.client_in(home, |config, _| Client::new(config));
    let answer = client.get_trail_status().name(&trail.trail_arn).send().await;
    let status = live.heard_from(home, GET_TRAIL_STATUS, answer)?;
    let time = |time: Option<DateTime>| time.map(|time| timestamp(GET_TRAIL_STATUS, &time)).transpose();
    // Errors are empty where the last delivery went well.
    let error = |error: Option<String>| error.filter(|error| !error.is_empty());
    Ok(TrailStatus {
        is_logging: status.is_logging.ok_or_else(|| missing(GET_TRAIL_STATUS, "IsLogging"))?,
        latest_delivery_error: error(status.latest_delivery_error),
        latest_delivery_time: time(status.latest_delivery_time)?,
        latest_cloud_watch_logs_delivery_error: error(status.latest_cloud_watch_logs_delivery_error),
        latest_cloud_watch_logs_delivery_time: time(status.latest_cloud_watch_logs_delivery_time)?,
    })
}

async fn event_selectors(live: &Live, trail: &Trail) -> Result<EventSelectors, Unknown> {
    let home = &*trail.home_region;
    let client = live.client_in(home, |config, _| Client::new(config));
    let answer = client.get_event_selectors().trail_name(&trail.trail_arn).send().await;
    let answer = live.heard_from(home, GET_EVENT_SELECTORS, answer)?;
    let lacks = |field| missing(GET_EVENT_SELECTORS, field);
    let mut selectors = EventSelectors { event_selectors: Vec::new(), advanced_event_selectors: Vec::new() };
    for selector in answer.event_selectors.into_iter().flatten() {
        let data_resources = selector.data_resources.into_iter().flatten().map(|resources| {
            Ok(DataResource {
                r#type: resources.r#type.ok_or_else(|| lacks("Type"))?,
                values: resources.values.into_iter().flatten().collect(),
            })
        });
        selectors.event_selectors.push(EventSelector {
            read_write_type: selector.read_write_type.ok_or_else(|| lacks("ReadWriteType"))?.as_str().to_owned(),
            include_management_events: selector
                .include_management_events
                .ok_or_else(|| lacks("IncludeManagementEvents"))?,
            exclude_management_event_sources: selector.exclude_management_event_sources.into_iter().flatten().collect(),
            data_resources: data_resources.collect::<Result<_, Unknown>>()?,
        });
    }
    for selector in answer.advanced_event_selectors.into_iter().flatten() {
        let conditions = selector.field_selectors.into_iter().map(|condition| {
            Ok(AdvancedFieldSelector {
                field: told(GET_EVENT_SELECTORS, "AdvancedEventSelectors.FieldSelectors.Field", condition.field)?,
                equals: condition.equals.into_iter().flatten().collect(),
                starts_with: condition.starts_with.into_iter().flatten().collect(),
                ends_with: condition.ends_with.into_iter().flatten().collect(),
                not_equals: condition.not_equals.into_iter().flatten().collect(),
                not_starts_with: condition.not_starts_with.into_iter().flatten().collect(),
                not_ends_with: condition.not_ends_with.into_iter().flatten().collect(),
            })
        });
        let field_selectors = conditions.collect::<Result<_, Unknown>>()?;
        selectors.advanced_event_selectors.push(AdvancedEventSelector { field_selectors });
    }
    // A trail always has selectors: AWS makes one that wants all management events where nobody has chosen.
    if selectors.event_selectors.is_empty() && selectors.advanced_event_selectors.is_empty() {
        return Err(lacks("EventSelectors and AdvancedEventSelectors"));
    }
    Ok(selectors)
}
