use super::resources::TrailAlarms;
use super::watch::Watch;
use crate::cloudtrail::resources::{EventSelectors, Trail, TrailStatus};
use crate::cloudwatchlogs::resources::TrailMetricFilters;
use crate::contract::{Account, Answer};
use crate::sns::resources::TopicSubscriptions;

crate::check! {
    /// An alarm fires on console sign-in without MFA
    ///
    /// A sign-in with a password alone shows a user whom nobody has made to use MFA, or somebody who has got hold of
    /// the password.
    ///
    /// What is asked for are successful sign-ins of IAM users: who comes from an identity provider has shown a second
    /// factor there, and AWS does not know of it.
    ///
    /// # Fix
    /// Count the events where a multi-region trail delivers them, and let somebody hear of the count:
    /// `aws logs put-metric-filter --log-group-name GROUP --filter-name SignInWithoutMFA --metric-transformations metricName=SignInWithoutMFA,metricNamespace=Security,metricValue=1 --filter-pattern '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }'`
    /// `aws cloudwatch put-metric-alarm --alarm-name SignInWithoutMFA --metric-name SignInWithoutMFA --namespace Security --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold --alarm-actions TOPIC-ARN`
    /// `aws sns subscribe --topic-arn TOPIC-ARN --protocol email --notification-endpoint ADDRESS`, and confirm the message that comes
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark 7.0, 5.2; AWS Security Hub control CloudWatch.3; AWS CloudTrail User Guide, "AWS
    /// Management Console sign-in events"
    over: Account,
    reads: [Trail, TrailStatus, EventSelectors, TrailMetricFilters, TrailAlarms, TopicSubscriptions],
    duty: MetricsAlerting,
    severity: Medium,
}

const WATCH: Watch = Watch::each(
    r"{ $.eventSource = signin.amazonaws.com && $.eventName = ConsoleLogin && $.additionalEventData.MFAUsed = No
    && $.userIdentity.type = IAMUser && $.responseElements.ConsoleLogin = Success }",
);

async fn judge(_account: &Account, cloud: &Cloud) -> Answer {
    WATCH.judge(cloud).await
}
