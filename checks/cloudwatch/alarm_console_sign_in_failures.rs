use super::resources::TrailAlarms;
use super::watch::Watch;
use crate::cloudtrail::resources::{EventSelectors, Trail, TrailStatus};
use crate::cloudwatchlogs::resources::TrailMetricFilters;
use crate::contract::{Account, Answer};
use crate::sns::resources::TopicSubscriptions;

crate::check! {
    /// An alarm fires on repeated failed console sign-ins
    ///
    /// Many failed sign-ins are somebody guessing passwords. How many are worth an alarm is left to the account: any
    /// threshold will do.
    ///
    /// # Fix
    /// Count the events where a multi-region trail delivers them, and let somebody hear of the count:
    /// `aws logs put-metric-filter --log-group-name GROUP --filter-name SignInFailures --metric-transformations metricName=SignInFailures,metricNamespace=Security,metricValue=1 --filter-pattern '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }'`
    /// `aws cloudwatch put-metric-alarm --alarm-name SignInFailures --metric-name SignInFailures --namespace Security --statistic Sum --period 300 --evaluation-periods 1 --threshold 5 --comparison-operator GreaterThanOrEqualToThreshold --alarm-actions TOPIC-ARN`
    /// `aws sns subscribe --topic-arn TOPIC-ARN --protocol email --notification-endpoint ADDRESS`, and confirm the message that comes
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark 7.0, 5.6; AWS Security Hub control CloudWatch.6; AWS CloudTrail User Guide, "AWS
    /// Management Console sign-in events"
    over: Account,
    reads: [Trail, TrailStatus, EventSelectors, TrailMetricFilters, TrailAlarms, TopicSubscriptions],
    duty: MetricsAlerting,
    severity: Medium,
}

const WATCH: Watch = Watch::repeated(
    r#"{ $.eventSource = signin.amazonaws.com && $.eventName = ConsoleLogin
    && $.errorMessage = "Failed authentication" && $.responseElements.ConsoleLogin = Failure }"#,
);

async fn judge(_account: &Account, cloud: &Cloud) -> Answer {
    WATCH.judge(cloud).await
}
