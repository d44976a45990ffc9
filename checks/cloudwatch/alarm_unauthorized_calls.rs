use super::resources::TrailAlarms;
use super::watch::Watch;
use crate::cloudtrail::resources::{EventSelectors, Trail, TrailStatus};
use crate::cloudwatchlogs::resources::TrailMetricFilters;
use crate::contract::{Account, Answer};
use crate::sns::resources::TopicSubscriptions;

crate::check! {
    /// An alarm fires on denied API calls
    ///
    /// Somebody with stolen keys tries what they open, and is refused most of the time; so is software that has lost a
    /// permission it needs. Both want to be looked at, the first one soon.
    ///
    /// How many denials are worth an alarm is left to the account: any threshold will do. Denials of log delivery and
    /// of `HeadBucket`, of which there are many, may be left out.
    ///
    /// # Fix
    /// Count the events where a multi-region trail delivers them, and let somebody hear of the count:
    /// `aws logs put-metric-filter --log-group-name GROUP --filter-name DeniedCalls --metric-transformations metricName=DeniedCalls,metricNamespace=Security,metricValue=1 --filter-pattern '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }'`
    /// `aws cloudwatch put-metric-alarm --alarm-name DeniedCalls --metric-name DeniedCalls --namespace Security --statistic Sum --period 300 --evaluation-periods 1 --threshold 5 --comparison-operator GreaterThanOrEqualToThreshold --alarm-actions TOPIC-ARN`
    /// `aws sns subscribe --topic-arn TOPIC-ARN --protocol email --notification-endpoint ADDRESS`, and confirm the message that comes
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark 7.0, 5.1; AWS Security Hub control CloudWatch.2
    over: Account,
    reads: [Trail, TrailStatus, EventSelectors, TrailMetricFilters, TrailAlarms, TopicSubscriptions],
    duty: MetricsAlerting,
    severity: Medium,
}

const WATCH: Watch = Watch::repeated(
    r#"{ ($.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*")
    && $.sourceIPAddress != "delivery.logs.amazonaws.com" && $.eventName != "HeadBucket" }"#,
);

async fn judge(_account: &Account, cloud: &Cloud) -> Answer {
    WATCH.judge(cloud).await
}
