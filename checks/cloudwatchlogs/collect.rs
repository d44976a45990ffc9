//! Reads CloudWatch Logs through its SDK.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types;

use super::resources::{DESCRIBE_METRIC_FILTERS, MetricFilter, MetricTransformation, TrailMetricFilters};
use crate::cloudtrail::resources::Trail;
use crate::contract::Unknown;
use crate::live::{Absent, Live, missing, told};

crate::collectors! {
    detail TrailMetricFilters = trail_metric_filters,
}

/// In the region of the log group, which is the trail's home region or another.
async fn trail_metric_filters(live: &Live, trail: &Trail) -> Result<TrailMetricFilters, Unknown> {
    let lacks = |field| missing(DESCRIBE_METRIC_FILTERS, field);
    let group = trail.log_group().ok_or_else(|| lacks("a log group to ask about"))?;
    let client = live.client_in(group.region, |config, _| Client::new(config));
    let mut pages = client.describe_metric_filters().log_group_name(group.name).into_paginator().send();
    let mut metric_filters = Vec::new();
    while let Some(page) = pages.next().await {
        // The group may have been deleted; the trail goes on naming it.
        let page =
            live.heard_from(group.region, DESCRIBE_METRIC_FILTERS, page).absent(&["ResourceNotFoundException"])?;
        let Some(page) = page else { return Ok(TrailMetricFilters { metric_filters: None }) };
        for filter in page.metric_filters.ok_or_else(|| lacks("metricFilters"))? {
            metric_filters.push(metric_filter(filter)?);
        }
    }
    Ok(TrailMetricFilters { metric_filters: Some(metric_filters) })
}

fn metric_filter(filter: types::MetricFilter) -> Result<MetricFilter, Unknown> {
    let lacks = |field| missing(DESCRIBE_METRIC_FILTERS, field);
    // Account and region of the event, published as dimensions like any other.
    let system: Vec<String> = filter.emit_system_field_dimensions.into_iter().flatten().collect();
    let transformations = filter.metric_transformations.ok_or_else(|| lacks("metricTransformations"))?;
    let transformation = |given: types::MetricTransformation| {
        let mut dimensions: Vec<String> = given.dimensions.into_iter().flatten().map(|(name, _)| name).collect();
        dimensions.sort_unstable();
        dimensions.extend(system.iter().cloned());
        Ok(MetricTransformation {
            metric_name: told(DESCRIBE_METRIC_FILTERS, "metricTransformations.metricName", given.metric_name)?,
            metric_namespace: told(
                DESCRIBE_METRIC_FILTERS,
                "metricTransformations.metricNamespace",
                given.metric_namespace,
            )?,
            metric_value: told(DESCRIBE_METRIC_FILTERS, "metricTransformations.metricValue", given.metric_value)?,
            default_value: given.default_value,
            dimensions,
        })
    };
    Ok(MetricFilter {
        filter_name: filter.filter_name.ok_or_else(|| lacks("filterName"))?,
        filter_pattern: filter.filter_pattern.ok_or_else(|| lacks("filterPattern"))?,
        metric_transformations: transformations.into_iter().map(transformation).collect::<Result<_, Unknown>>()?,
        field_selection_criteria: filter.field_selection_criteria.filter(|criteria| !criteria.is_empty()),
        apply_on_transformed_logs: filter.apply_on_transformed_logs,
    })
}
