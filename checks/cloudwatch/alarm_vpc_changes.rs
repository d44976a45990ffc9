use super::resources::TrailAlarms;
use super::watch::Watch;
use crate::cloudtrail::resources::{EventSelectors, Trail, TrailStatus};
use crate::cloudwatchlogs::resources::TrailMetricFilters;
use crate::contract::{Account, Answer};
use crate::sns::resources::TopicSubscriptions;

crate::check! {
    /// An alarm fires when VPCs are created, changed or removed
    ///
    /// A new VPC has none of the safeguards of the old ones, and a peering connection joins two networks that were
    /// apart.
    ///
    /// # Fix
    /// Count the events where a multi-region trail delivers them, and let somebody hear of the count:
    /// `aws logs put-metric-filter --log-group-name GROUP --filter-name VpcChanges --metric-transformations metricName=VpcChanges,metricNamespace=Security,metricValue=1 --filter-pattern '{ ($.eventSource = ec2.amazonaws.com) && (($.eventName = CreateVpc) || ($.eventName = DeleteVpc) || ($.eventName = ModifyVpcAttribute) || ($.eventName = AcceptVpcPeeringConnection) || ($.eventName = CreateVpcPeeringConnection) || ($.eventName = DeleteVpcPeeringConnection) || ($.eventName = RejectVpcPeeringConnection) || ($.eventName = AttachClassicLinkVpc) || ($.eventName = DetachClassicLinkVpc) || ($.eventName = DisableVpcClassicLink) || ($.eventName = EnableVpcClassicLink)) }'`
    /// `aws cloudwatch put-metric-alarm --alarm-name VpcChanges --metric-name VpcChanges --namespace Security --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold --alarm-actions TOPIC-ARN`
    /// `aws sns subscribe --topic-arn TOPIC-ARN --protocol email --notification-endpoint ADDRESS`, and confirm the message that comes
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark 7.0, 5.14; AWS Security Hub control CloudWatch.14
    over: Account,
    reads: [Trail, TrailStatus, EventSelectors, TrailMetricFilters, TrailAlarms, TopicSubscriptions],
    duty: MetricsAlerting,
    severity: Medium,
}

const WATCH: Watch = Watch::each(
    r"{ $.eventSource = ec2.amazonaws.com && ($.eventName = CreateVpc || $.eventName = DeleteVpc
    || $.eventName = ModifyVpcAttribute || $.eventName = AcceptVpcPeeringConnection
    || $.eventName = CreateVpcPeeringConnection || $.eventName = DeleteVpcPeeringConnection
    || $.eventName = RejectVpcPeeringConnection || $.eventName = AttachClassicLinkVpc
    || $.eventName = DetachClassicLinkVpc || $.eventName = DisableVpcClassicLink
    || $.eventName = EnableVpcClassicLink) }",
);

async fn judge(_account: &Account, cloud: &Cloud) -> Answer {
    WATCH.judge(cloud).await
}
