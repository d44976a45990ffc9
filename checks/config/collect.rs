//! Reads Config through its SDK.

use aws_sdk_config::Client;
use aws_sdk_config::types::{RecordingGroup as SdkRecordingGroup, ResourceType};

use super::resources::{
    ConfigurationRecorder, ConfigurationRecorderStatus, DESCRIBE_CONFIGURATION_RECORDER_STATUS,
    DESCRIBE_CONFIGURATION_RECORDERS, DESCRIBE_DELIVERY_CHANNEL_STATUS, DESCRIBE_DELIVERY_CHANNELS, DeliveryChannel,
    DeliveryChannelStatus, DeliveryInfo, RecordingGroup,
};
use crate::contract::Unknown;
use crate::live::{Live, missing};

crate::collectors! {
    list ConfigurationRecorder = configuration_recorders,
    detail ConfigurationRecorderStatus = configuration_recorder_status,
    list DeliveryChannel = delivery_channels,
    detail DeliveryChannelStatus = delivery_channel_status,
}

async fn configuration_recorders(live: &Live, seen: &mut Vec<ConfigurationRecorder>) -> Result<(), Unknown> {
    let lacks = |field| missing(DESCRIBE_CONFIGURATION_RECORDERS, field);
    let answer = live.client(Client::new).describe_configuration_recorders().send().await;
    let answer = live.heard(DESCRIBE_CONFIGURATION_RECORDERS, answer)?;
    for recorder in answer.configuration_recorders.ok_or_else(|| lacks("ConfigurationRecorders"))? {
        seen.push(ConfigurationRecorder {
            name: recorder.name.ok_or_else(|| lacks("name"))?,
            arn: recorder.arn,
            role_arn: recorder.role_arn.ok_or_else(|| lacks("roleARN"))?,
            recording_group: recording_group(recorder.recording_group.ok_or_else(|| lacks("recordingGroup"))?),
            service_principal: recorder.service_principal,
            recording_scope: recorder.recording_scope.map(|scope| scope.as_str().to_owned()),
        });
    }
    Ok(())
}

fn recording_group(group: SdkRecordingGroup) -> RecordingGroup {
    let names = |types: Option<Vec<ResourceType>>| -> Vec<String> {
        types.into_iter().flatten().map(|kind| kind.as_str().to_owned()).collect()
    };
    RecordingGroup {
        all_supported: group.all_supported,
        include_global_resource_types: group.include_global_resource_types,
        resource_types: names(group.resource_types),
        exclusion_by_resource_types: names(group.exclusion_by_resource_types.and_then(|list| list.resource_types)),
        recording_strategy: group
            .recording_strategy
            .and_then(|strategy| strategy.use_only)
            .map(|strategy| strategy.as_str().to_owned()),
    }
}

async fn configuration_recorder_status(
    live: &Live,
    recorder: &ConfigurationRecorder,
) -> Result<ConfigurationRecorderStatus, Unknown> {
    let lacks = || missing(DESCRIBE_CONFIGURATION_RECORDER_STATUS, "ConfigurationRecordersStatus");
    let request = live.client(Client::new).describe_configuration_recorder_status();
    let answer = request.configuration_recorder_names(&recorder.name).send().await;
    let answer = live.heard(DESCRIBE_CONFIGURATION_RECORDER_STATUS, answer)?;
    let mut statuses = answer.configuration_recorders_status.ok_or_else(lacks)?.into_iter();
    let status = statuses.find(|status| status.name.as_deref() == Some(&*recorder.name)).ok_or_else(lacks)?;
    Ok(ConfigurationRecorderStatus {
        recording: status.recording,
        last_status: status.last_status.map(|status| status.as_str().to_owned()),
        last_error_code: status.last_error_code,
    })
}

async fn delivery_channels(live: &Live, seen: &mut Vec<DeliveryChannel>) -> Result<(), Unknown> {
    let lacks = |field| missing(DESCRIBE_DELIVERY_CHANNELS, field);
    let answer = live.client(Client::new).describe_delivery_channels().send().await;
    let answer = live.heard(DESCRIBE_DELIVERY_CHANNELS, answer)?;
    for channel in answer.delivery_channels.ok_or_else(|| lacks("DeliveryChannels"))? {
        seen.push(DeliveryChannel {
            name: channel.name.ok_or_else(|| lacks("name"))?,
            s3_bucket_name: channel.s3_bucket_name.ok_or_else(|| lacks("s3BucketName"))?,
        });
    }
    Ok(())
}

async fn delivery_channel_status(live: &Live, channel: &DeliveryChannel) -> Result<DeliveryChannelStatus, Unknown> {
    let lacks = || missing(DESCRIBE_DELIVERY_CHANNEL_STATUS, "DeliveryChannelsStatus");
    let request = live.client(Client::new).describe_delivery_channel_status();
    let answer = request.delivery_channel_names(&channel.name).send().await;
    let answer = live.heard(DESCRIBE_DELIVERY_CHANNEL_STATUS, answer)?;
    let mut statuses = answer.delivery_channels_status.ok_or_else(lacks)?.into_iter();
    let status = statuses.find(|status| status.name.as_deref() == Some(&*channel.name)).ok_or_else(lacks)?;
    let history = status.config_history_delivery_info.map(|info| (info.last_status, info.last_error_code));
    let snapshot = status.config_snapshot_delivery_info.map(|info| (info.last_status, info.last_error_code));
    let stream = status.config_stream_delivery_info.map(|info| (info.last_status, info.last_error_code));
    let [history, snapshot, stream] = [history, snapshot, stream].map(|info| {
        info.map(|(last_status, last_error_code)| DeliveryInfo {
            last_status: last_status.map(|status| status.as_str().to_owned()),
            last_error_code,
        })
    });
    Ok(DeliveryChannelStatus {
        config_history_delivery_info: history,
        config_snapshot_delivery_info: snapshot,
        config_stream_delivery_info: stream,
    })
}
