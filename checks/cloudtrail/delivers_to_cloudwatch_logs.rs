use super::resources::{Trail, TrailStatus};
use crate::contract::{Answer, Unknown, fail, not_applicable, pass};

crate::check! {
    /// Trail events arrive in CloudWatch Logs within the last day
    ///
    /// Files in a bucket are read after the fact. In a log group, metric filters and alarms see the same events within
    /// minutes, while there is still something to be stopped.
    ///
    /// That a log group is named is not enough: one that was deleted, or a role that lost its permissions, leaves the
    /// setting as it is and nothing arrives. Where events arrive neither in the log group nor in the bucket and no
    /// error says why, as for a trail that was started a moment ago, nothing is decided.
    ///
    /// # Fix
    /// `aws cloudtrail update-trail --name ARN --cloud-watch-logs-log-group-arn LOG-GROUP-ARN --cloud-watch-logs-role-arn ROLE-ARN --region HOME-REGION`
    ///
    /// The role must be one that CloudTrail may assume, and that may create log streams and put log events into the
    /// group. For a trail that is stopped: `aws cloudtrail start-logging --name ARN --region HOME-REGION`
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark, "Ensure CloudTrail trails are integrated with CloudWatch Logs", which wants a
    /// delivery within a day; AWS Security Hub control CloudTrail.5
    over: Trail,
    reads: [TrailStatus],
    duty: LogAnalysis,
    severity: Medium,
}

async fn judge(trail: &Trail, cloud: &Cloud) -> Answer {
    if let Some(owner) = trail.owned_elsewhere(cloud.place()) {
        return Ok(not_applicable(format!("is the organization's, for account {owner} to set")));
    }
    let Some(group) = trail.log_group().map(|group| group.name) else {
        return Ok(fail("sends its events to no log group").showing("CloudWatchLogsLogGroupArn", None::<&str>));
    };
    let status = cloud.of::<TrailStatus>(trail).await?;
    let (now, error) = (cloud.now(), status.latest_cloud_watch_logs_delivery_error.as_deref());
    let verdict = match (status.latest_cloud_watch_logs_delivery_time, error) {
        _ if !status.is_logging => fail(format!("is stopped, so it sends nothing to log group {group}")),
        (Some(time), None) if TrailStatus::is_recent(time, now) => {
            pass(format!("sent events to log group {group} last at {time}"))
        }
        (Some(time), Some(error)) if TrailStatus::is_recent(time, now) => {
            pass(format!("sent events to log group {group} last at {time} (its last delivery failed: {error})"))
        }
        (_, Some(error)) => fail(format!("has sent nothing to log group {group} for a day ({error})")),
        _ if status.latest_delivery_time.is_some_and(|time| TrailStatus::is_recent(time, now)) => {
            fail(format!("has sent nothing to log group {group} for a day, though its log files arrive in the bucket"))
        }
        _ => {
            let detail = "neither events nor log files have arrived for a day, and no error says why";
            return Err(Unknown::undecided::<TrailStatus>(detail));
        }
    };
    let time = status.latest_cloud_watch_logs_delivery_time.map(|time| time.to_string());
    Ok(verdict
        .showing("CloudWatchLogsLogGroupArn", trail.cloud_watch_logs_log_group_arn.as_deref())
        .showing_of::<TrailStatus>("IsLogging", status.is_logging)
        .showing_of::<TrailStatus>("LatestCloudWatchLogsDeliveryTime", time)
        .showing_of::<TrailStatus>("LatestCloudWatchLogsDeliveryError", error))
}
