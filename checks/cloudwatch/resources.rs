//! Records of CloudWatch.

use serde::{Deserialize, Serialize};

use crate::cloudtrail::resources::Trail;
use crate::contract::{Call, api};
use crate::detail;

/// Tells the alarms of a region.
pub const DESCRIBE_ALARMS: Call = api("cloudwatch", "DescribeAlarms");

/// The alarms of the region where a trail's log group is: what its metric filters count can be watched only there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TrailAlarms {
    /// Alarms on metrics.
    pub metric_alarms: Vec<MetricAlarm>,
    /// Alarms on other alarms.
    pub composite_alarms: Vec<CompositeAlarm>,
}

detail!(TrailAlarms, "cloudwatch/TrailAlarms", of Trail, [DESCRIBE_ALARMS]);

/// An alarm on a metric. Source: CloudWatch API Reference, `MetricAlarm`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MetricAlarm {
    /// The alarm's name, unique in the region.
    pub alarm_name: String,
    /// The alarm's ARN.
    pub alarm_arn: String,
    /// Whether it does anything when its state changes.
    pub actions_enabled: bool,
    /// The ARNs of what it calls when it goes off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarm_actions: Vec<String>,
    /// The namespace of the metric; alarms on expressions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The name of the metric; alarms on expressions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_name: Option<String>,
    /// Which of the metrics of that name it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<Dimension>,
    /// How the values of a period become one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistic: Option<String>,
    /// The length of a period in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<i32>,
    /// How many periods are looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation_periods: Option<i32>,
    /// How many of them must breach; without it, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datapoints_to_alarm: Option<i32>,
    /// What a period's value is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// How it is compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison_operator: Option<String>,
    /// What a period without values counts as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treat_missing_data: Option<String>,
    /// The metrics and expressions of an alarm on more than one metric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricDataQuery>,
}

/// A name and value that tell metrics of one name apart. Source: CloudWatch API Reference, `Dimension`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Dimension {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A metric, or an expression about others. Source: CloudWatch API Reference, `MetricDataQuery`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MetricDataQuery {
    /// The expression, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// The namespace of the metric, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The name of the metric, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_name: Option<String>,
}

/// An alarm on other alarms. Source: CloudWatch API Reference, `CompositeAlarm`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CompositeAlarm {
    /// The alarm's name, unique in the region.
    pub alarm_name: String,
    /// Whether it does anything when its state changes.
    pub actions_enabled: bool,
    /// The ARNs of what it calls when it goes off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarm_actions: Vec<String>,
    /// When it goes off: `ALARM("a") OR ALARM("b")`.
    pub alarm_rule: String,
    /// The alarm that keeps it silent while that one goes off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions_suppressor: Option<String>,
}

/// Whether an alarm goes off, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GoesOff {
    /// It does.
    Yes,
    /// It does not; the words follow the alarm's name.
    No(String),
    /// That could not be told; the words follow the alarm's name.
    Unclear(String),
}

/// A metric as a filter feeds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counted {
    /// What is added for one event.
    pub value: f64,
    /// What is said for a minute with events of which none matched.
    pub default: Option<f64>,
}

impl MetricAlarm {
    /// Whether it watches a metric without dimensions, by itself.
    pub fn watches(&self, namespace: &str, name: &str) -> bool {
        self.dimensions.is_empty()
            && self.namespace.as_deref() == Some(namespace)
            && self.metric_name.as_deref() == Some(name)
    }

    /// Whether an expression it watches has to do with a metric, or may have.
    pub fn computes_with(&self, namespace: &str, name: &str) -> bool {
        self.metrics.iter().any(|query| {
            let same = query.namespace.as_deref() == Some(namespace) && query.metric_name.as_deref() == Some(name);
            same || query.expression.as_deref().is_some_and(|expression| expression.contains(name))
        })
    }

    /// Whether it goes off when events are counted: at the first one, or also at a later one only.
    ///
    /// Metric filters report each minute, so an average over longer periods mixes an event with the default value.
    pub fn goes_off(&self, counted: Counted, at_the_first: bool) -> GoesOff {
        let Some(threshold) = self.threshold else {
            return GoesOff::Unclear("compares with a threshold that moves".to_owned());
        };
        let exceeds = |value: f64| match self.comparison_operator.as_deref() {
            Some("GreaterThanOrEqualToThreshold") => Some(value >= threshold),
            Some("GreaterThanThreshold") => Some(value > threshold),
            Some("LessThanThreshold" | "LessThanOrEqualToThreshold") => Some(false),
            _ => None,
        };
        let Some(at_one) = exceeds(counted.value) else {
            return GoesOff::Unclear("compares in a way that is not understood".to_owned());
        };
        let statistic = self.statistic.as_deref();
        let adds_up = matches!(statistic, Some("Sum")) && exceeds(f64::INFINITY) == Some(true);
        if !at_one && (at_the_first || !adds_up) {
            let operator = self.comparison_operator.as_deref().unwrap_or("nothing");
            return GoesOff::No(format!("does not go off at one event ({operator} {threshold})"));
        }
        let needed = self.datapoints_to_alarm.or(self.evaluation_periods);
        if at_the_first && needed != Some(1) {
            let needed = needed.map(|needed| needed.to_string());
            return GoesOff::No(format!("waits for {} periods with events", needed.as_deref().unwrap_or("more")));
        }
        if counted.default.and_then(exceeds) == Some(true) {
            return GoesOff::No("goes off when there are no events, too".to_owned());
        }
        match statistic {
            Some("Sum" | "Maximum") => {}
            Some("Average" | "Minimum")
                if counted.default.is_none() || self.period.is_some_and(|period| period <= 60) => {}
            Some(statistic) => {
                return GoesOff::Unclear(format!("compares the {statistic} of the period's values"));
            }
            None => return GoesOff::Unclear("compares a percentile".to_owned()),
        }
        match self.treat_missing_data.as_deref() {
            Some("breaching") if counted.default.is_none() => {
                GoesOff::Unclear("takes silence for a breach, and may be in alarm already".to_owned())
            }
            _ => GoesOff::Yes,
        }
    }
}

impl CompositeAlarm {
    /// Whether it goes off whenever an alarm does; `None` if it has nothing to do with that one.
    ///
    /// Source: CloudWatch API Reference, `PutCompositeAlarm`, `AlarmRule`.
    pub fn follows(&self, alarm: &MetricAlarm) -> Option<bool> {
        let rule = &self.alarm_rule;
        let names = [&*alarm.alarm_name, &*alarm.alarm_arn];
        if !names.iter().any(|name| rule.contains(name)) {
            return None;
        }
        let alone = |term: &str| {
            let term = term.trim().trim_matches(['(', ')']).trim();
            let name = term.strip_prefix("ALARM")?.trim_start().strip_prefix('(')?.trim();
            let name = name.trim_matches(['"', '\'']);
            (!name.contains(['"', '(', ')'])).then_some(name.to_owned())
        };
        let terms: Vec<Option<String>> = rule.split(" OR ").map(alone).collect();
        let plain = terms.iter().all(Option::is_some) && self.actions_suppressor.is_none();
        if plain && !terms.iter().flatten().any(|term| names.contains(&&**term)) {
            return None;
        }
        Some(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm(changes: &str) -> MetricAlarm {
        let mut alarm = serde_json::json!({
            "AlarmName": "a", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a", "ActionsEnabled": true,
            "Namespace": "CIS", "MetricName": "m", "Statistic": "Sum", "Period": 300, "EvaluationPeriods": 1,
            "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        });
        let changes: serde_json::Value = serde_json::from_str(changes).unwrap();
        alarm.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value(alarm).unwrap()
    }

    fn goes_off(changes: &str, default: Option<f64>, at_the_first: bool) -> String {
        match alarm(changes).goes_off(Counted { value: 1.0, default }, at_the_first) {
            GoesOff::Yes => "yes".to_owned(),
            GoesOff::No(why) | GoesOff::Unclear(why) => why,
        }
    }

    #[test]
    fn an_alarm_goes_off_at_the_first_event_or_not() {
        for (changes, default, expected) in [
            ("{}", None, "yes"),
            ("{}", Some(0.0), "yes"),
            (r#"{"Threshold": 0, "ComparisonOperator": "GreaterThanThreshold"}"#, Some(0.0), "yes"),
            (r#"{"Threshold": 0}"#, Some(0.0), "goes off when there are no events, too"),
            (r#"{"Threshold": 2}"#, None, "does not go off at one event (GreaterThanOrEqualToThreshold 2)"),
            (
                r#"{"ComparisonOperator": "GreaterThanThreshold"}"#,
                None,
                "does not go off at one event (GreaterThanThreshold 1)",
            ),
            (
                r#"{"ComparisonOperator": "LessThanThreshold"}"#,
                None,
                "does not go off at one event (LessThanThreshold 1)",
            ),
            (r#"{"EvaluationPeriods": 3}"#, None, "waits for 3 periods with events"),
            (r#"{"EvaluationPeriods": 3, "DatapointsToAlarm": 1}"#, None, "yes"),
            (r#"{"Statistic": "Average"}"#, None, "yes"),
            (r#"{"Statistic": "Average"}"#, Some(0.0), "compares the Average of the period's values"),
            (r#"{"Statistic": "Average", "Period": 60}"#, Some(0.0), "yes"),
            (r#"{"Statistic": null}"#, None, "compares a percentile"),
            (r#"{"Threshold": null}"#, None, "compares with a threshold that moves"),
            (r#"{"TreatMissingData": "notBreaching"}"#, None, "yes"),
            (r#"{"TreatMissingData": "breaching"}"#, None, "takes silence for a breach, and may be in alarm already"),
        ] {
            assert_eq!(goes_off(changes, default, true), expected, "{changes} {default:?}");
        }
    }

    #[test]
    fn what_is_to_be_repeated_may_have_a_higher_threshold() {
        assert_eq!(goes_off(r#"{"Threshold": 5, "EvaluationPeriods": 3}"#, None, false), "yes");
        assert_eq!(
            goes_off(r#"{"Threshold": 5, "Statistic": "Maximum"}"#, None, false),
            "does not go off at one event (GreaterThanOrEqualToThreshold 5)"
        );
        assert_ne!(goes_off(r#"{"ComparisonOperator": "LessThanThreshold"}"#, None, false), "yes");
    }

    #[test]
    fn a_composite_alarm_follows_an_alarm_or_not() {
        let follows = |rule: &str, suppressor: Option<&str>| {
            let composite = CompositeAlarm {
                alarm_name: "c".to_owned(),
                actions_enabled: true,
                alarm_actions: Vec::new(),
                alarm_rule: rule.to_owned(),
                actions_suppressor: suppressor.map(str::to_owned),
            };
            composite.follows(&alarm("{}"))
        };
        for rule in [
            "ALARM(a)",
            "ALARM(\"a\")",
            "(ALARM(b) OR ALARM(\"a\"))",
            "ALARM(\"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a\")",
        ] {
            assert_eq!(follows(rule, None), Some(true), "{rule}");
        }
        for rule in ["ALARM(a) AND ALARM(b)", "NOT ALARM(a)", "OK(a)", "ALARM(b) OR (ALARM(a) AND OK(b))"] {
            assert_eq!(follows(rule, None), Some(false), "{rule}");
        }
        assert_eq!(follows("ALARM(a)", Some("maintenance")), Some(false));
        assert_eq!(follows("ALARM(b)", None), None);
        assert_eq!(follows("ALARM(another)", None), None);
    }
}
