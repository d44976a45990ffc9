use super::resources::TrailAlarms;
use super::watch::Watch;
use crate::cloudtrail::resources::{EventSelectors, Trail, TrailStatus};
use crate::cloudwatchlogs::resources::TrailMetricFilters;
use crate::contract::{Account, Answer};
use crate::sns::resources::TopicSubscriptions;

crate::check! {
    /// An alarm fires when root is used
    ///
    /// Root may do everything, and nothing keeps it back. It is needed for a handful of tasks a year, so its every use
    /// is either one that somebody expects or one that somebody must stop.
    ///
    /// What AWS services do in root's name does not count.
    ///
    /// # Fix
    /// Count the events where a multi-region trail delivers them, and let somebody hear of the count:
    /// `aws logs put-metric-filter --log-group-name GROUP --filter-name RootUsage --metric-transformations metricName=RootUsage,metricNamespace=Security,metricValue=1 --filter-pattern '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'`
    /// `aws cloudwatch put-metric-alarm --alarm-name RootUsage --metric-name RootUsage --namespace Security --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold --alarm-actions TOPIC-ARN`
    /// `aws sns subscribe --topic-arn TOPIC-ARN --protocol email --notification-endpoint ADDRESS`, and confirm the message that comes
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark 7.0, 5.3; AWS Security Hub control CloudWatch.1
    over: Account,
    reads: [Trail, TrailStatus, EventSelectors, TrailMetricFilters, TrailAlarms, TopicSubscriptions],
    duty: MetricsAlerting,
    severity: Medium,
}

const WATCH: Watch = Watch::each(
    r"{ $.userIdentity.type = Root && $.userIdentity.invokedBy NOT EXISTS && $.eventType != AwsServiceEvent }",
);

async fn judge(_account: &Account, cloud: &Cloud) -> Answer {
    WATCH.judge(cloud).await
}
