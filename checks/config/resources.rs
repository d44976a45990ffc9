//! Records of Config.

use serde::{Deserialize, Serialize};

use crate::contract::{Call, Identity, Unknown, api};
use crate::{detail, resource};

/// Tells the recorder of a region.
pub const DESCRIBE_CONFIGURATION_RECORDERS: Call = api("config", "DescribeConfigurationRecorders");
/// Tells whether a recorder runs.
pub const DESCRIBE_CONFIGURATION_RECORDER_STATUS: Call = api("config", "DescribeConfigurationRecorderStatus");
/// Tells where a region's records are delivered to.
pub const DESCRIBE_DELIVERY_CHANNELS: Call = api("config", "DescribeDeliveryChannels");
/// Tells how deliveries go.
pub const DESCRIBE_DELIVERY_CHANNEL_STATUS: Call = api("config", "DescribeDeliveryChannelStatus");

/// What records the configuration of a region's resources. Source: AWS Config API Reference, `ConfigurationRecorder`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ConfigurationRecorder {
    /// The recorder's name.
    pub name: String,
    /// The recorder's ARN, where the answer tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The role it reads the account with.
    #[serde(rename = "RoleARN")]
    pub role_arn: String,
    /// What it records.
    pub recording_group: RecordingGroup,
    /// The AWS service a service-linked recorder works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_principal: Option<String>,
    /// `PAID`, or `INTERNAL` for what only an AWS service gets to see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording_scope: Option<String>,
}

resource!(
    ConfigurationRecorder,
    "config/ConfigurationRecorder",
    "AWS::Config::ConfigurationRecorder",
    Regional,
    [DESCRIBE_CONFIGURATION_RECORDERS],
    |this, place| Identity::new(this.arn.clone().unwrap_or_else(|| place.account_arn()), &this.name)
);

impl ConfigurationRecorder {
    /// Whether the customer made it; the others are the private recorders of AWS services.
    pub fn is_customer_managed(&self) -> bool {
        self.service_principal.is_none() && self.recording_scope.as_deref() != Some("INTERNAL")
    }

    /// Whether it works as AWS Config's service-linked role, which AWS keeps able to read every new resource type.
    pub fn has_role_of_config(&self) -> bool {
        self.role_arn.ends_with(":role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig")
    }
}

/// What a recorder records. Source: AWS Config API Reference, `RecordingGroup`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RecordingGroup {
    /// Whether every type of the region is recorded, new ones as they come.
    pub all_supported: bool,
    /// Whether IAM's types are recorded too; means something only beside `AllSupported`.
    pub include_global_resource_types: bool,
    /// The types recorded when not all are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource_types: Vec<String>,
    /// The types left out when all others are recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusion_by_resource_types: Vec<String>,
    /// `ALL_SUPPORTED_RESOURCE_TYPES`, `EXCLUSION_BY_RESOURCE_TYPES` or `INCLUSION_BY_RESOURCE_TYPES`, where the answer
    /// tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording_strategy: Option<String>,
}

/// The global resource types that a recorder records in any region, or in none, as it is told. One region is enough.
const OF_IAM: [&str; 4] = ["AWS::IAM::Group", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::User"];

/// How much of a region a recorder records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breadth {
    /// All types.
    All,
    /// All types but those of IAM, which exist once for the account.
    AllButIam,
    /// Not all; in words that follow "records".
    Some(String),
}

impl RecordingGroup {
    /// How much is recorded. Unknown if that cannot be told, as with a strategy this program has not heard of.
    pub fn breadth(&self) -> Result<Breadth, Unknown> {
        match self.recording_strategy.as_deref() {
            Some("EXCLUSION_BY_RESOURCE_TYPES") => Ok(self.breadth_of_exclusion()),
            _ if self.all_supported && self.include_global_resource_types => Ok(Breadth::All),
            _ if self.all_supported => Ok(Breadth::AllButIam),
            None | Some("INCLUSION_BY_RESOURCE_TYPES") => match &*self.resource_types {
                // AWS takes no such group; more likely the answer lacks something.
                [] => Err(Unknown::undecided::<ConfigurationRecorder>(
                    "records neither all resource types nor listed ones",
                )),
                [only] => Ok(Breadth::Some(format!("{only} only"))),
                types => Ok(Breadth::Some(format!("only {} resource types", types.len()))),
            },
            Some(strategy) => Err(Unknown::undecided::<ConfigurationRecorder>(format!(
                "what the recording strategy {strategy} records is not known to this version"
            ))),
        }
    }

    fn breadth_of_exclusion(&self) -> Breadth {
        let excluded = &self.exclusion_by_resource_types;
        let regional: Vec<&str> =
            excluded.iter().map(String::as_str).filter(|excluded| !OF_IAM.contains(excluded)).collect();
        match *regional {
            [] if excluded.is_empty() => Breadth::All,
            [] => Breadth::AllButIam,
            [only] => Breadth::Some(format!("all resource types but {only}")),
            [first, second] => Breadth::Some(format!("all resource types but {first} and {second}")),
            [first, .., _] => Breadth::Some(format!("all resource types but {first} and {} more", regional.len() - 1)),
        }
    }
}

/// Whether a recorder runs. Source: AWS Config API Reference, `ConfigurationRecorderStatus`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ConfigurationRecorderStatus {
    /// Whether it records now.
    pub recording: bool,
    /// How its last recording went: `Pending`, `Success`, `Failure`, `NotApplicable`, in capitals or not; nothing
    /// before the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_status: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error_code: Option<String>,
}

detail!(
    ConfigurationRecorderStatus,
    "config/ConfigurationRecorderStatus",
    of ConfigurationRecorder,
    [DESCRIBE_CONFIGURATION_RECORDER_STATUS]
);

impl ConfigurationRecorderStatus {
    /// Why the last recording failed, if it did.
    pub fn failure(&self) -> Option<&str> {
        failure(self.last_status.as_deref(), self.last_error_code.as_deref())
    }
}

/// Where a region's records are delivered to. Source: AWS Config API Reference, `DeliveryChannel`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeliveryChannel {
    /// The channel's name.
    pub name: String,
    /// The bucket.
    pub s3_bucket_name: String,
}

resource!(
    DeliveryChannel,
    "config/DeliveryChannel",
    "AWS::Config::DeliveryChannel",
    Regional,
    [DESCRIBE_DELIVERY_CHANNELS],
    |this, place| Identity::new(place.account_arn(), &this.name)
);

/// How deliveries go. Source: AWS Config API Reference, `DeliveryChannelStatus`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeliveryChannelStatus {
    /// Of the history of changes, to the bucket, every six hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_history_delivery_info: Option<DeliveryInfo>,
    /// Of whole snapshots, to the bucket, when they are asked for or scheduled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_snapshot_delivery_info: Option<DeliveryInfo>,
    /// Of notifications, to the topic if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_stream_delivery_info: Option<DeliveryInfo>,
}

detail!(
    DeliveryChannelStatus,
    "config/DeliveryChannelStatus",
    of DeliveryChannel,
    [DESCRIBE_DELIVERY_CHANNEL_STATUS]
);

/// How the last delivery of one sort went. Source: AWS Config API Reference, `ConfigExportDeliveryInfo` and
/// `ConfigStreamDeliveryInfo`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DeliveryInfo {
    /// `Success`, `Failure` or `Not_Applicable`, in capitals or not; nothing before the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_status: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error_code: Option<String>,
}

impl DeliveryChannelStatus {
    /// Which of the last deliveries failed, and why.
    pub fn failure(&self) -> Option<(&'static str, &str)> {
        let sorts = [
            ("history", &self.config_history_delivery_info),
            ("snapshot", &self.config_snapshot_delivery_info),
            ("notification", &self.config_stream_delivery_info),
        ];
        sorts.into_iter().find_map(|(sort, info)| {
            let info = info.as_ref()?;
            Some((sort, failure(info.last_status.as_deref(), info.last_error_code.as_deref())?))
        })
    }

    /// Whether anything has reached the bucket.
    pub fn has_delivered(&self) -> bool {
        [&self.config_history_delivery_info, &self.config_snapshot_delivery_info]
            .into_iter()
            .flatten()
            .any(|info| info.last_status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("Success")))
    }
}

/// AWS Config writes its states in capitals, and its reference in mixed case.
fn failure<'a>(status: Option<&'a str>, code: Option<&'a str>) -> Option<&'a str> {
    status.filter(|status| status.eq_ignore_ascii_case("Failure")).map(|status| code.unwrap_or(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(all: bool, global: bool, strategy: Option<&str>) -> RecordingGroup {
        RecordingGroup {
            all_supported: all,
            include_global_resource_types: global,
            resource_types: Vec::new(),
            exclusion_by_resource_types: Vec::new(),
            recording_strategy: strategy.map(str::to_owned),
        }
    }

    fn some(words: &str) -> Breadth {
        Breadth::Some(words.to_owned())
    }

    #[test]
    fn all_supported_types_are_all_with_or_without_those_of_iam() {
        for strategy in [None, Some("ALL_SUPPORTED_RESOURCE_TYPES")] {
            assert_eq!(group(true, true, strategy).breadth().unwrap(), Breadth::All);
            assert_eq!(group(true, false, strategy).breadth().unwrap(), Breadth::AllButIam);
        }
    }

    #[test]
    fn listed_types_are_not_all() {
        for strategy in [None, Some("INCLUSION_BY_RESOURCE_TYPES")] {
            let listing = |types: &[&str]| RecordingGroup {
                resource_types: types.iter().map(|kind| (*kind).to_owned()).collect(),
                ..group(false, false, strategy)
            };
            assert!(listing(&[]).breadth().is_err());
            assert_eq!(listing(&["AWS::S3::Bucket"]).breadth().unwrap(), some("AWS::S3::Bucket only"));
            assert_eq!(
                listing(&["AWS::S3::Bucket", "AWS::IAM::User"]).breadth().unwrap(),
                some("only 2 resource types")
            );
        }
    }

    #[test]
    fn an_exclusion_counts_unless_it_is_of_iam() {
        let excluding = |types: &[&str]| {
            let exclusion_by_resource_types = types.iter().map(|kind| (*kind).to_owned()).collect();
            // The flag for IAM's types means nothing here.
            let group = group(false, false, Some("EXCLUSION_BY_RESOURCE_TYPES"));
            RecordingGroup { exclusion_by_resource_types, ..group }.breadth().unwrap()
        };
        assert_eq!(excluding(&[]), Breadth::All);
        assert_eq!(excluding(&["AWS::IAM::User", "AWS::IAM::Role"]), Breadth::AllButIam);
        assert_eq!(excluding(&["AWS::IAM::User", "A::B::C"]), some("all resource types but A::B::C"));
        assert_eq!(excluding(&["A", "B"]), some("all resource types but A and B"));
        assert_eq!(excluding(&["A", "B", "C"]), some("all resource types but A and 2 more"));
    }

    #[test]
    fn a_strategy_of_the_future_is_not_guessed() {
        assert!(group(false, false, Some("SOMETHING_NEW")).breadth().is_err());
    }

    #[test]
    fn only_the_service_linked_role_of_config_will_do() {
        let recorder = |role: &str| ConfigurationRecorder {
            name: "default".into(),
            arn: None,
            role_arn: role.into(),
            recording_group: group(true, true, None),
            service_principal: None,
            recording_scope: None,
        };
        let role = "role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig";
        assert!(recorder(&format!("arn:aws:iam::111122223333:{role}")).has_role_of_config());
        assert!(recorder(&format!("arn:aws-cn:iam::111122223333:{role}")).has_role_of_config());
        assert!(!recorder("arn:aws:iam::111122223333:role/AWSServiceRoleForConfig").has_role_of_config());
        assert!(!recorder("arn:aws:iam::111122223333:role/config").has_role_of_config());
    }

    #[test]
    fn failures_are_heard_in_either_case() {
        let info = |status: &str, code: Option<&str>| {
            Some(DeliveryInfo { last_status: Some(status.into()), last_error_code: code.map(str::to_owned) })
        };
        let status = |history, snapshot, stream| DeliveryChannelStatus {
            config_history_delivery_info: history,
            config_snapshot_delivery_info: snapshot,
            config_stream_delivery_info: stream,
        };
        let fine = status(info("SUCCESS", None), None, info("Not_Applicable", None));
        assert_eq!((fine.failure(), fine.has_delivered()), (None, true));
        let denied = status(info("FAILURE", Some("AccessDenied")), info("Success", None), None);
        assert_eq!((denied.failure(), denied.has_delivered()), (Some(("history", "AccessDenied")), true));
        let untold = status(None, None, info("Failure", None));
        assert_eq!((untold.failure(), untold.has_delivered()), (Some(("notification", "Failure")), false));
    }
}
