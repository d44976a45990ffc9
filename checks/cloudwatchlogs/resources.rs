//! Records of CloudWatch Logs.

use serde::{Deserialize, Serialize};

use crate::cloudtrail::resources::Trail;
use crate::contract::{Call, api};
use crate::detail;
use crate::logs::{Pattern, PatternError};

/// Tells the metric filters of a log group.
pub const DESCRIBE_METRIC_FILTERS: Call = api("logs", "DescribeMetricFilters");

/// The metric filters of the log group that a trail delivers to, read where the group is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TrailMetricFilters {
    /// The filters; left out if there is no such group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_filters: Option<Vec<MetricFilter>>,
}

detail!(TrailMetricFilters, "cloudwatchlogs/TrailMetricFilters", of Trail, [DESCRIBE_METRIC_FILTERS]);

/// What turns log events into a metric. Source: CloudWatch Logs API Reference, `MetricFilter`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MetricFilter {
    /// The filter's name, unique in the log group.
    pub filter_name: String,
    /// Which events it counts, as it is written.
    pub filter_pattern: String,
    /// The metrics it counts in; AWS allows one.
    pub metric_transformations: Vec<MetricTransformation>,
    /// Which accounts' and regions' events it looks at, of a group that collects several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_selection_criteria: Option<String>,
    /// Whether it looks at events as the group's transformer has changed them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apply_on_transformed_logs: bool,
}

/// What is added to which metric for each event. Source: CloudWatch Logs API Reference, `MetricTransformation`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MetricTransformation {
    /// The metric's name.
    pub metric_name: String,
    /// The metric's namespace.
    pub metric_namespace: String,
    /// What is added: a number, or the field whose value it is.
    pub metric_value: String,
    /// What is said for a minute that had events but none that matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_value: Option<f64>,
    /// The names of the dimensions that split the metric in several, one for each value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<String>,
}

impl MetricFilter {
    /// Which events it counts.
    pub fn pattern(&self) -> Result<Pattern, PatternError> {
        Pattern::parse(&self.filter_pattern)
    }

    /// Why it cannot be told from its pattern which events it counts, if something else decides, too.
    pub fn decided_elsewhere(&self) -> Option<&'static str> {
        match (self.apply_on_transformed_logs, &self.field_selection_criteria) {
            (true, _) => Some("it looks at events that the log group's transformer has changed"),
            (false, Some(_)) => Some("it looks at the events of some accounts or regions only"),
            (false, None) => None,
        }
    }
}
