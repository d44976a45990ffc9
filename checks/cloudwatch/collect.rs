//! Reads CloudWatch through its SDK.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{self, AlarmType};

use super::resources::{CompositeAlarm, DESCRIBE_ALARMS, Dimension, MetricAlarm, MetricDataQuery, TrailAlarms};
use crate::cloudtrail::resources::Trail;
use crate::contract::Unknown;
use crate::live::{Live, missing};

crate::collectors! {
    detail TrailAlarms = trail_alarms,
}

/// In the region of the log group. Without the types named, the answer has metric alarms only.
async fn trail_alarms(live: &Live, trail: &Trail) -> Result<TrailAlarms, Unknown> {
    let lacks = |field| missing(DESCRIBE_ALARMS, field);
    let region = trail.log_group().ok_or_else(|| lacks("a log group to ask about"))?.region;
    let client = live.client_in(region, |config, _| Client::new(config));
    let request = client.describe_alarms().alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm);
    let mut pages = request.into_paginator().send();
    let mut alarms = TrailAlarms { metric_alarms: Vec::new(), composite_alarms: Vec::new() };
    while let Some(page) = pages.next().await {
        let page = live.heard_from(region, DESCRIBE_ALARMS, page)?;
        for alarm in page.metric_alarms.into_iter().flatten() {
            alarms.metric_alarms.push(metric_alarm(alarm)?);
        }
        for alarm in page.composite_alarms.into_iter().flatten() {
            alarms.composite_alarms.push(CompositeAlarm {
                alarm_name: alarm.alarm_name.ok_or_else(|| lacks("AlarmName"))?,
                actions_enabled: alarm.actions_enabled.ok_or_else(|| lacks("ActionsEnabled"))?,
                alarm_actions: alarm.alarm_actions.into_iter().flatten().collect(),
                alarm_rule: alarm.alarm_rule.ok_or_else(|| lacks("AlarmRule"))?,
                actions_suppressor: alarm.actions_suppressor.filter(|suppressor| !suppressor.is_empty()),
            });
        }
    }
    Ok(alarms)
}

fn metric_alarm(alarm: types::MetricAlarm) -> Result<MetricAlarm, Unknown> {
    let lacks = |field| missing(DESCRIBE_ALARMS, field);
    let dimension = |dimension: types::Dimension| {
        let name = dimension.name.ok_or_else(|| lacks("Dimensions.Name"))?;
        let value = dimension.value.ok_or_else(|| lacks("Dimensions.Value"))?;
        Ok(Dimension { name, value })
    };
    let query = |query: types::MetricDataQuery| {
        let metric = query.metric_stat.and_then(|stat| stat.metric);
        let (namespace, metric_name) = metric.map(|metric| (metric.namespace, metric.metric_name)).unzip();
        MetricDataQuery {
            expression: query.expression,
            namespace: namespace.flatten(),
            metric_name: metric_name.flatten(),
        }
    };
    Ok(MetricAlarm {
        alarm_name: alarm.alarm_name.ok_or_else(|| lacks("AlarmName"))?,
        alarm_arn: alarm.alarm_arn.ok_or_else(|| lacks("AlarmArn"))?,
        actions_enabled: alarm.actions_enabled.ok_or_else(|| lacks("ActionsEnabled"))?,
        alarm_actions: alarm.alarm_actions.into_iter().flatten().collect(),
        namespace: alarm.namespace,
        metric_name: alarm.metric_name,
        dimensions: alarm.dimensions.into_iter().flatten().map(dimension).collect::<Result<_, Unknown>>()?,
        statistic: alarm.statistic.map(|statistic| statistic.as_str().to_owned()),
        period: alarm.period,
        evaluation_periods: alarm.evaluation_periods,
        datapoints_to_alarm: alarm.datapoints_to_alarm,
        threshold: alarm.threshold,
        comparison_operator: alarm.comparison_operator.map(|operator| operator.as_str().to_owned()),
        treat_missing_data: alarm.treat_missing_data,
        metrics: alarm.metrics.into_iter().flatten().map(query).collect(),
    })
}
