use super::resources::TrailAlarms;
use super::watch::Watch;
use crate::cloudtrail::resources::{EventSelectors, Trail, TrailStatus};
use crate::cloudwatchlogs::resources::TrailMetricFilters;
use crate::contract::{Account, Answer};
use crate::sns::resources::TopicSubscriptions;

crate::check! {
    /// An alarm fires on network ACL changes
    ///
    /// Network ACLs are what is left between subnets when a security group is too wide. A change is rare, and worth a
    /// look.
    ///
    /// # Fix
    /// Count the events where a multi-region trail delivers them, and let somebody hear of the count:
    /// `aws logs put-metric-filter --log-group-name GROUP --filter-name NetworkAclChanges --metric-transformations metricName=NetworkAclChanges,metricNamespace=Security,metricValue=1 --filter-pattern '{ ($.eventSource = ec2.amazonaws.com) && (($.eventName = CreateNetworkAcl) || ($.eventName = CreateNetworkAclEntry) || ($.eventName = DeleteNetworkAcl) || ($.eventName = DeleteNetworkAclEntry) || ($.eventName = ReplaceNetworkAclEntry) || ($.eventName = ReplaceNetworkAclAssociation)) }'`
    /// `aws cloudwatch put-metric-alarm --alarm-name NetworkAclChanges --metric-name NetworkAclChanges --namespace Security --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold --alarm-actions TOPIC-ARN`
    /// `aws sns subscribe --topic-arn TOPIC-ARN --protocol email --notification-endpoint ADDRESS`, and confirm the message that comes
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark 7.0, 5.11; AWS Security Hub control CloudWatch.11
    over: Account,
    reads: [Trail, TrailStatus, EventSelectors, TrailMetricFilters, TrailAlarms, TopicSubscriptions],
    duty: MetricsAlerting,
    severity: Medium,
}

const WATCH: Watch = Watch::each(
    r"{ $.eventSource = ec2.amazonaws.com && ($.eventName = CreateNetworkAcl
    || $.eventName = CreateNetworkAclEntry || $.eventName = DeleteNetworkAcl
    || $.eventName = DeleteNetworkAclEntry || $.eventName = ReplaceNetworkAclEntry
    || $.eventName = ReplaceNetworkAclAssociation) }",
);

async fn judge(_account: &Account, cloud: &Cloud) -> Answer {
    WATCH.judge(cloud).await
}
