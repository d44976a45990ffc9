use super::resources::TrailAlarms;
use super::watch::Watch;
use crate::cloudtrail::resources::{EventSelectors, Trail, TrailStatus};
use crate::cloudwatchlogs::resources::TrailMetricFilters;
use crate::contract::{Account, Answer, Status, not_applicable};
use crate::organizations::resources::Membership;
use crate::sns::resources::TopicSubscriptions;

crate::check! {
    /// An alarm fires on changes to the organization
    ///
    /// An account that leaves the organization, or a service control policy that is detached, is free of what the
    /// organization has laid down.
    ///
    /// # Fix
    /// Count the events where a multi-region trail delivers them, and let somebody hear of the count:
    /// `aws logs put-metric-filter --log-group-name GROUP --filter-name OrganizationChanges --metric-transformations metricName=OrganizationChanges,metricNamespace=Security,metricValue=1 --filter-pattern '{ ($.eventSource = organizations.amazonaws.com) && (($.eventName = AcceptHandshake) || ($.eventName = AttachPolicy) || ($.eventName = CreateAccount) || ($.eventName = CreateOrganizationalUnit) || ($.eventName = CreatePolicy) || ($.eventName = DeclineHandshake) || ($.eventName = DeleteOrganization) || ($.eventName = DeleteOrganizationalUnit) || ($.eventName = DeletePolicy) || ($.eventName = DetachPolicy) || ($.eventName = DisablePolicyType) || ($.eventName = EnablePolicyType) || ($.eventName = InviteAccountToOrganization) || ($.eventName = LeaveOrganization) || ($.eventName = MoveAccount) || ($.eventName = RemoveAccountFromOrganization) || ($.eventName = UpdatePolicy) || ($.eventName = UpdateOrganizationalUnit)) }'`
    /// `aws cloudwatch put-metric-alarm --alarm-name OrganizationChanges --metric-name OrganizationChanges --namespace Security --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold --alarm-actions TOPIC-ARN`
    /// `aws sns subscribe --topic-arn TOPIC-ARN --protocol email --notification-endpoint ADDRESS`, and confirm the message that comes
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark 7.0, 5.15; CIS AWS Foundations Benchmark 3.0, 4.15
    over: Account,
    reads: [Trail, TrailStatus, EventSelectors, TrailMetricFilters, TrailAlarms, TopicSubscriptions, Membership],
    duty: MetricsAlerting,
    severity: Medium,
}

const WATCH: Watch = Watch::each(
    r"{ $.eventSource = organizations.amazonaws.com && ($.eventName = AcceptHandshake
    || $.eventName = AttachPolicy || $.eventName = CreateAccount
    || $.eventName = CreateOrganizationalUnit || $.eventName = CreatePolicy
    || $.eventName = DeclineHandshake || $.eventName = DeleteOrganization
    || $.eventName = DeleteOrganizationalUnit || $.eventName = DeletePolicy || $.eventName = DetachPolicy
    || $.eventName = DisablePolicyType || $.eventName = EnablePolicyType
    || $.eventName = InviteAccountToOrganization || $.eventName = LeaveOrganization
    || $.eventName = MoveAccount || $.eventName = RemoveAccountFromOrganization
    || $.eventName = UpdatePolicy || $.eventName = UpdateOrganizationalUnit) }",
);

async fn judge(account: &Account, cloud: &Cloud) -> Answer {
    let verdict = WATCH.judge(cloud).await?;
    if verdict.status() == Status::Fail && cloud.of::<Membership>(account).await?.organization.is_none() {
        return Ok(not_applicable("is in no organization"));
    }
    Ok(verdict)
}
