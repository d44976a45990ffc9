use super::resources::TrailAlarms;
use super::watch::Watch;
use crate::cloudtrail::resources::{EventSelectors, Trail, TrailStatus};
use crate::cloudwatchlogs::resources::TrailMetricFilters;
use crate::contract::{Account, Answer};
use crate::sns::resources::TopicSubscriptions;

crate::check! {
    /// An alarm fires when trail settings change
    ///
    /// Whoever wants to work unseen stops the trail first. The alarm comes from the last events that the trail records.
    ///
    /// # Fix
    /// Count the events where a multi-region trail delivers them, and let somebody hear of the count:
    /// `aws logs put-metric-filter --log-group-name GROUP --filter-name TrailChanges --metric-transformations metricName=TrailChanges,metricNamespace=Security,metricValue=1 --filter-pattern '{ ($.eventSource = cloudtrail.amazonaws.com) && (($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging)) }'`
    /// `aws cloudwatch put-metric-alarm --alarm-name TrailChanges --metric-name TrailChanges --namespace Security --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold --alarm-actions TOPIC-ARN`
    /// `aws sns subscribe --topic-arn TOPIC-ARN --protocol email --notification-endpoint ADDRESS`, and confirm the message that comes
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark 7.0, 5.5; AWS Security Hub control CloudWatch.5
    over: Account,
    reads: [Trail, TrailStatus, EventSelectors, TrailMetricFilters, TrailAlarms, TopicSubscriptions],
    duty: MetricsAlerting,
    severity: Medium,
}

const WATCH: Watch = Watch::each(
    r"{ $.eventSource = cloudtrail.amazonaws.com && ($.eventName = CreateTrail || $.eventName = UpdateTrail
    || $.eventName = DeleteTrail || $.eventName = StartLogging || $.eventName = StopLogging) }",
);

async fn judge(_account: &Account, cloud: &Cloud) -> Answer {
    WATCH.judge(cloud).await
}
