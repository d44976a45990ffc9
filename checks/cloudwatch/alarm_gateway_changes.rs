use super::resources::TrailAlarms;
use super::watch::Watch;
use crate::cloudtrail::resources::{EventSelectors, Trail, TrailStatus};
use crate::cloudwatchlogs::resources::TrailMetricFilters;
use crate::contract::{Account, Answer};
use crate::sns::resources::TopicSubscriptions;

crate::check! {
    /// An alarm fires when internet or customer gateways change
    ///
    /// A gateway is a way into a network and out of it. A new one may carry data past everything that looks at traffic.
    ///
    /// # Fix
    /// Count the events where a multi-region trail delivers them, and let somebody hear of the count:
    /// `aws logs put-metric-filter --log-group-name GROUP --filter-name GatewayChanges --metric-transformations metricName=GatewayChanges,metricNamespace=Security,metricValue=1 --filter-pattern '{ ($.eventSource = ec2.amazonaws.com) && (($.eventName = CreateCustomerGateway) || ($.eventName = DeleteCustomerGateway) || ($.eventName = AttachInternetGateway) || ($.eventName = CreateInternetGateway) || ($.eventName = DeleteInternetGateway) || ($.eventName = DetachInternetGateway)) }'`
    /// `aws cloudwatch put-metric-alarm --alarm-name GatewayChanges --metric-name GatewayChanges --namespace Security --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold --alarm-actions TOPIC-ARN`
    /// `aws sns subscribe --topic-arn TOPIC-ARN --protocol email --notification-endpoint ADDRESS`, and confirm the message that comes
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark 7.0, 5.12; AWS Security Hub control CloudWatch.12
    over: Account,
    reads: [Trail, TrailStatus, EventSelectors, TrailMetricFilters, TrailAlarms, TopicSubscriptions],
    duty: MetricsAlerting,
    severity: Medium,
}

const WATCH: Watch = Watch::each(
    r"{ $.eventSource = ec2.amazonaws.com && ($.eventName = CreateCustomerGateway
    || $.eventName = DeleteCustomerGateway || $.eventName = AttachInternetGateway
    || $.eventName = CreateInternetGateway || $.eventName = DeleteInternetGateway
    || $.eventName = DetachInternetGateway) }",
);

async fn judge(_account: &Account, cloud: &Cloud) -> Answer {
    WATCH.judge(cloud).await
}
