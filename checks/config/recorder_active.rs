use super::resources::{
    Breadth, ConfigurationRecorder, ConfigurationRecorderStatus, DeliveryChannel, DeliveryChannelStatus,
};
use crate::contract::{Answer, Region, Unknown, fail, pass};

crate::check! {
    /// AWS Config records and delivers all resource types with its own role in every region
    ///
    /// The history of every resource answers what was changed, when, and what depended on it. A type that is not
    /// recorded has no history, and every rule about it is silent. AWS keeps the permissions of the role in step with the
    /// types there are; a role of one's own falls behind without a word.
    ///
    /// The types of IAM exist once for the account, and one region that records them is enough. Other regions may
    /// leave them out; where the region that IAM itself answers from leaves them out, some other region may record
    /// them, and this check, which sees one region at a time, says that it cannot tell.
    ///
    /// # Fix
    /// `aws iam create-service-linked-role --aws-service-name config.amazonaws.com`, then, with that role's ARN and in
    /// each region:
    /// `aws configservice put-configuration-recorder --configuration-recorder name=default,roleARN=ARN`
    /// `aws configservice put-delivery-channel --delivery-channel name=default,s3BucketName=BUCKET`
    /// `aws configservice start-configuration-recorder --configuration-recorder-name default`
    ///
    /// For IAM's types, add `--recording-group allSupported=true,includeGlobalResourceTypes=true` to the first of these
    /// in one region.
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark, "Ensure AWS Config is enabled in all regions"; AWS Security Hub control Config.1;
    /// AWS Config API Reference, `RecordingGroup`
    over: Region,
    reads: [ConfigurationRecorder, ConfigurationRecorderStatus, DeliveryChannel, DeliveryChannelStatus],
    duty: AuditLogging,
    severity: High,
}

async fn judge(region: &Region, cloud: &Cloud) -> Answer {
    let recorders = cloud.list::<ConfigurationRecorder>().await?;
    let Some(recorder) = recorders.iter().find(|recorder| recorder.is_customer_managed()) else {
        return Ok(fail("has no configuration recorder"));
    };
    let (name, breadth) = (&recorder.name, recorder.recording_group.breadth()?);
    if let Breadth::Some(types) = &breadth {
        return Ok(fail(format!("its recorder {name} records {types}")));
    }
    if !recorder.has_role_of_config() {
        return Ok(fail(format!("its recorder {name} works as {}, not as AWSServiceRoleForConfig", recorder.role_arn)));
    }
    let status = cloud.of::<ConfigurationRecorderStatus>(recorder).await?;
    if !status.recording {
        return Ok(fail(format!("its recorder {name} is stopped")));
    }
    if let Some(error) = status.failure() {
        return Ok(fail(format!("its recorder {name} failed to record last time ({error})")));
    }
    let channels = cloud.list::<DeliveryChannel>().await?;
    let Some(channel) = channels.iter().next() else {
        return Ok(fail(format!("its recorder {name} has no delivery channel")));
    };
    let bucket = &channel.s3_bucket_name;
    let deliveries = cloud.of::<DeliveryChannelStatus>(channel).await?;
    if let Some((sort, error)) = deliveries.failure() {
        return Ok(fail(format!("its last {sort} delivery, by the channel to {bucket}, failed ({error})")));
    }
    let types = match breadth {
        Breadth::AllButIam if *region.name == *cloud.place().partition.global_region() => {
            return Err(Unknown::undecided::<ConfigurationRecorder>(format!(
                "its recorder {name} leaves IAM's types to another region, and whether one records them was not compared"
            )));
        }
        Breadth::AllButIam => "all resource types of the region",
        Breadth::All | Breadth::Some(_) => "all resource types",
    };
    let delivers = if deliveries.has_delivered() { "delivers to" } else { "has yet to deliver to" };
    Ok(pass(format!("its recorder {name} records {types} and {delivers} {bucket}")))
}
