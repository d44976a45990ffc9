//! Records of CloudTrail.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::contract::{Asks, Call, Cloud, GLOBAL, Identity, Place, Reason, Unknown, Verdict, api, not_applicable};
use crate::s3::resources::{Bucket, LIST_BUCKETS};
use crate::{detail, resource};

/// Tells the trails of a region, and those that record it from elsewhere.
pub const DESCRIBE_TRAILS: Call = api("cloudtrail", "DescribeTrails");
/// Tells whether a trail runs, and how its deliveries go.
pub const GET_TRAIL_STATUS: Call = api("cloudtrail", "GetTrailStatus");
/// Tells which events a trail records.
pub const GET_EVENT_SELECTORS: Call = api("cloudtrail", "GetEventSelectors");

/// A trail as a region sees it: its own ones, the multi-region trails of other regions, and the organization's.
/// Source: CloudTrail API Reference, `Trail`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Trail {
    /// The trail's name, unique among the account's trails of one home region.
    pub name: String,
    /// The trail's ARN; the account in it is the trail's owner.
    #[serde(rename = "TrailARN")]
    pub trail_arn: String,
    /// The region the trail was made in, the only one where it can be looked into and changed.
    pub home_region: String,
    /// The bucket that log files are delivered to; it may belong to another account.
    pub s3_bucket_name: String,
    /// Whether it records all regions.
    pub is_multi_region_trail: bool,
    /// Whether log files come with signed digests.
    pub log_file_validation_enabled: bool,
    /// The ARN of the KMS key that log files are encrypted with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// The ARN of the CloudWatch Logs log group that events are also sent to, in the home region; it ends in `:*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_watch_logs_log_group_arn: Option<String>,
}

resource!(Trail, "cloudtrail/Trail", "AWS::CloudTrail::Trail", Regional, [DESCRIBE_TRAILS], |this, _place| {
    Identity::new(&this.trail_arn, &this.trail_arn).within(&this.home_region)
});

impl Trail {
    /// The account the trail belongs to, if that is not the one being looked at. Only the organization's own trails
    /// show in accounts that cannot change them.
    pub fn owned_elsewhere(&self, place: &Place) -> Option<&str> {
        self.trail_arn.split(':').nth(4).filter(|owner| **owner != *place.account)
    }

    /// The log group that events are also delivered to, if there is one.
    pub fn log_group(&self) -> Option<LogGroup<'_>> {
        let arn = self.cloud_watch_logs_log_group_arn.as_deref()?;
        let mut parts = arn.splitn(7, ':');
        let (region, account) = (parts.nth(3)?, parts.next()?);
        let name = parts.nth(1)?;
        Some(LogGroup { region, account, name: name.strip_suffix(":*").unwrap_or(name) })
    }

    /// The bucket that log files are delivered to, and the view from the account that it belongs to.
    ///
    /// An organization's trail is judged where it belongs: the verdict says so. The bucket of an own trail may be
    /// another account's, which nothing but its list of buckets proves: it is looked for in the accounts whose ids are
    /// in the bucket's name, as in those that Control Tower makes, and in the account that the scan began in. Found
    /// nowhere, it is out of sight.
    pub async fn bucket<C: Asks<Bucket>>(
        &self,
        cloud: &Cloud<C>,
    ) -> Result<Result<(Bucket, Cloud<C>), Verdict>, Unknown> {
        let name = &self.s3_bucket_name;
        let among = async |cloud: &Cloud<C>| {
            let buckets = cloud.list::<Bucket>().await?;
            Ok::<_, Unknown>(buckets.iter().find(|bucket| bucket.name == *name).cloned())
        };
        if let Some(bucket) = among(cloud).await? {
            return Ok(Ok((bucket, cloud.clone())));
        }
        if let Some(owner) = self.owned_elsewhere(cloud.place()) {
            return Ok(Err(not_applicable(format!("is the organization's, for account {owner} to keep"))));
        }
        let what = format!("delivers to bucket {name}, which is not among this account's");
        let own = &*cloud.place().account;
        let mut accounts: Vec<&str> = name.split(|c: char| !c.is_ascii_digit()).filter(|id| id.len() == 12).collect();
        accounts.extend(cloud.first_account());
        accounts.retain(|account| *account != own);
        let mut unseen = None;
        for account in accounts {
            let there = cloud.elsewhere::<Bucket>(account, GLOBAL, what.clone()).await;
            let found = match &there {
                Ok(there) => among(there).await,
                Err(unknown) => Err(unknown.clone()),
            };
            match (there, found) {
                (Ok(there), Ok(Some(bucket))) => return Ok(Ok((bucket, there))),
                (_, Ok(None)) => {}
                (_, Err(unknown)) | (Err(unknown), _) => unseen = unseen.or(Some(unknown)),
            }
        }
        Err(unseen.unwrap_or_else(|| Unknown::new(Reason::OtherAccount, LIST_BUCKETS.iam_action(), what)))
    }
}

/// A log group of CloudWatch Logs, by the parts of its ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogGroup<'a> {
    /// The region it is in.
    pub region: &'a str,
    /// The account it belongs to.
    pub account: &'a str,
    /// Its name, unique in account and region.
    pub name: &'a str,
}

/// Whether a trail runs, and how its deliveries go. Source: CloudTrail API Reference, `GetTrailStatus`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TrailStatus {
    /// Whether the trail records now.
    pub is_logging: bool,
    /// What S3 answered when the last delivery failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_delivery_error: Option<String>,
    /// When log files last arrived in the bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_delivery_time: Option<Timestamp>,
    /// What CloudWatch Logs answered when the last delivery to it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_cloud_watch_logs_delivery_error: Option<String>,
    /// When events last arrived in the log group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_cloud_watch_logs_delivery_time: Option<Timestamp>,
}

detail!(TrailStatus, "cloudtrail/TrailStatus", of Trail, [GET_TRAIL_STATUS]);

impl TrailStatus {
    /// The error that has kept all log files from the bucket for the last day. CloudTrail delivers every few minutes,
    /// so one failure among deliveries is a hiccup, and a day without any is a trail that records for nobody.
    pub fn nothing_arrives(&self, now: Timestamp) -> Option<&str> {
        let recent = |time| Self::is_recent(time, now);
        self.latest_delivery_error.as_deref().filter(|_| !self.latest_delivery_time.is_some_and(recent))
    }

    /// Whether a delivery lies less than a day back.
    pub fn is_recent(time: Timestamp, now: Timestamp) -> bool {
        now.duration_since(time) < SignedDuration::from_hours(24)
    }

    /// The error that has kept all events from the log group for the last day.
    pub fn nothing_reaches_the_log_group(&self, now: Timestamp) -> Option<&str> {
        let error = self.latest_cloud_watch_logs_delivery_error.as_deref();
        let recent = |time| Self::is_recent(time, now);
        error.filter(|_| !self.latest_cloud_watch_logs_delivery_time.is_some_and(recent))
    }
}

/// Which events a trail records; AWS fills one list or the other. Source: CloudTrail API Reference,
/// `GetEventSelectors`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct EventSelectors {
    /// The basic selectors; an event that any of them wants is recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_selectors: Vec<EventSelector>,
    /// The advanced selectors; an event that any of them wants is recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advanced_event_selectors: Vec<AdvancedEventSelector>,
}

detail!(EventSelectors, "cloudtrail/EventSelectors", of Trail, [GET_EVENT_SELECTORS]);

/// A basic selector. Source: CloudTrail API Reference, `EventSelector`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct EventSelector {
    /// `All`, `ReadOnly` or `WriteOnly`.
    pub read_write_type: String,
    /// Whether it wants management events at all.
    pub include_management_events: bool,
    /// The services whose management events it leaves out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_management_event_sources: Vec<String>,
    /// The resources whose data events it wants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_resources: Vec<DataResource>,
}

/// Resources of one type whose data events are wanted. Source: CloudTrail API Reference, `DataResource`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DataResource {
    /// `AWS::S3::Object`, `AWS::Lambda::Function`, `AWS::DynamoDB::Table`.
    pub r#type: String,
    /// Beginnings of their ARNs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// An advanced selector: it wants the events that all its field selectors admit. Source: CloudTrail API Reference,
/// `AdvancedEventSelector`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AdvancedEventSelector {
    /// The conditions, one per field of the event.
    pub field_selectors: Vec<AdvancedFieldSelector>,
}

/// A condition on one field of an event. Source: CloudTrail API Reference, `AdvancedFieldSelector`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AdvancedFieldSelector {
    /// `eventCategory`, `readOnly`, `eventSource` …
    pub field: String,
    /// Values that are wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equals: Vec<String>,
    /// Beginnings that are wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts_with: Vec<String>,
    /// Ends that are wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends_with: Vec<String>,
    /// Values that are not wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_equals: Vec<String>,
    /// Beginnings that are not wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_starts_with: Vec<String>,
    /// Ends that are not wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_ends_with: Vec<String>,
}

/// The services whose management events AWS lets a basic selector leave out, for they are many.
const MAY_BE_LEFT_OUT: [&str; 2] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

impl EventSelectors {
    /// The management events the trail records.
    pub fn management_events(&self) -> Recorded {
        let basic = self.event_selectors.iter().map(EventSelector::management_events);
        let advanced = self.advanced_event_selectors.iter().map(AdvancedEventSelector::management_events);
        basic.chain(advanced).fold(Recorded::default(), Recorded::and)
    }
}

impl EventSelector {
    fn management_events(&self) -> Recorded {
        if !self.include_management_events {
            return Recorded::default();
        }
        let left_out = self.exclude_management_event_sources.iter().map(String::as_str);
        let kind = &*self.read_write_type;
        Recorded::without(left_out, matches!(kind, "All" | "ReadOnly"), matches!(kind, "All" | "WriteOnly"))
    }
}

impl AdvancedEventSelector {
    fn management_events(&self) -> Recorded {
        let on = |field: &'static str| self.field_selectors.iter().filter(move |selector| selector.field == field);
        if on("eventCategory").next().is_none() || !on("eventCategory").all(|selector| selector.admits("Management")) {
            return Recorded::default();
        }
        let (category, read_only, source) = ("eventCategory", "readOnly", "eventSource");
        let narrowed = self.field_selectors.iter().any(|selector| match &*selector.field {
            field if field == category || field == read_only => false,
            field => field != source || !selector.only_leaves_out(),
        });
        if narrowed {
            return Recorded { some: true, ..Recorded::default() };
        }
        let left_out = on(source).flat_map(|selector| &selector.not_equals).map(String::as_str);
        let wants = |value| on(read_only).all(|selector| selector.admits(value));
        Recorded::without(left_out, wants("true"), wants("false"))
    }
}

impl AdvancedFieldSelector {
    /// Whether the value is wanted: by any of the positive operators, if there are some, and against none of the
    /// negative ones. Source: CloudTrail User Guide, "How CloudTrail evaluates multiple conditions for a field".
    pub(super) fn admits(&self, value: &str) -> bool {
        let among = |equal: &[String], start: &[String], end: &[String]| {
            equal.iter().any(|wanted| wanted == value)
                || start.iter().any(|wanted| value.starts_with(&**wanted))
                || end.iter().any(|wanted| value.ends_with(&**wanted))
        };
        let wanted = among(&self.equals, &self.starts_with, &self.ends_with);
        let anything = self.equals.is_empty() && self.starts_with.is_empty() && self.ends_with.is_empty();
        (wanted || anything) && !among(&self.not_equals, &self.not_starts_with, &self.not_ends_with)
    }

    /// Whether it does nothing but name values that are not wanted.
    fn only_leaves_out(&self) -> bool {
        [&self.equals, &self.starts_with, &self.ends_with, &self.not_starts_with, &self.not_ends_with]
            .iter()
            .all(|values| values.is_empty())
    }
}

/// Which management events are recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// If reads are: the services that are left out.
    reads: Option<BTreeSet<String>>,
    /// If writes are: the services that are left out.
    writes: Option<BTreeSet<String>>,
    /// Whether at least some events are, though neither all reads nor all writes.
    some: bool,
}

impl Recorded {
    fn without<'a>(left_out: impl Iterator<Item = &'a str>, reads: bool, writes: bool) -> Self {
        let left_out: BTreeSet<String> = left_out.map(str::to_owned).collect();
        if left_out.iter().any(|source| !MAY_BE_LEFT_OUT.contains(&&**source)) {
            return Self { some: reads || writes, ..Self::default() };
        }
        Self { reads: reads.then(|| left_out.clone()), writes: writes.then_some(left_out), some: false }
    }

    /// What is recorded by one or the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let either = |one: Option<BTreeSet<String>>, other: Option<BTreeSet<String>>| match (one, other) {
            (Some(one), Some(other)) => Some(&one & &other),
            (one, other) => one.or(other),
        };
        Self {
            reads: either(self.reads, other.reads),
            writes: either(self.writes, other.writes),
            some: self.some || other.some,
        }
    }

    /// Whether all reads and all writes are recorded.
    pub fn is_complete(&self) -> bool {
        [&self.reads, &self.writes].iter().all(|left_out| left_out.as_ref().is_some_and(BTreeSet::is_empty))
    }

    /// The services that are left out though both reads and writes are recorded; `None` if one of the two is not.
    pub fn left_out(&self) -> Option<BTreeSet<&str>> {
        let (reads, writes) = (self.reads.as_ref()?, self.writes.as_ref()?);
        Some(reads.iter().chain(writes).map(String::as_str).collect())
    }

    /// Whether reads or writes are recorded.
    pub fn is_half(&self) -> bool {
        self.reads.is_some() || self.writes.is_some()
    }

    /// What is recorded, as the words that follow a trail's name.
    pub fn words(&self) -> String {
        let what = match (&self.reads, &self.writes) {
            (Some(_), Some(_)) => "records read and write management events",
            (Some(_), None) => "records read management events only",
            (None, Some(_)) => "records write management events only",
            (None, None) if self.some => "records only some management events",
            (None, None) => "records no management events",
        };
        let left_out: BTreeSet<&str> = self.reads.iter().chain(&self.writes).flatten().map(String::as_str).collect();
        if left_out.is_empty() {
            return what.to_owned();
        }
        format!("{what}, but none of {}", left_out.into_iter().collect::<Vec<_>>().join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Partition;

    fn trail(arn: &str) -> Trail {
        Trail {
            name: "trail".into(),
            trail_arn: arn.into(),
            home_region: "eu-west-1".into(),
            s3_bucket_name: "logs".into(),
            is_multi_region_trail: true,
            log_file_validation_enabled: true,
            kms_key_id: None,
            cloud_watch_logs_log_group_arn: None,
        }
    }

    #[test]
    fn a_log_group_is_told_by_its_arn() {
        let mut trail = trail("arn:aws:cloudtrail:eu-west-1:111122223333:trail/trail");
        assert_eq!(trail.log_group(), None);
        let group = LogGroup { region: "eu-west-1", account: "111122223333", name: "/aws/trail" };
        for arn in [
            "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/trail:*",
            "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/trail",
        ] {
            trail.cloud_watch_logs_log_group_arn = Some(arn.to_owned());
            assert_eq!(trail.log_group(), Some(group));
        }
    }

    #[test]
    fn a_trail_belongs_to_the_account_in_its_arn() {
        let place = Place::global(Partition::GovCloud, "111122223333").at("us-gov-west-1");
        let own = trail("arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/trail");
        let organization = trail("arn:aws-us-gov:cloudtrail:us-gov-west-1:444455556666:trail/trail");
        assert_eq!(own.owned_elsewhere(&place), None);
        assert_eq!(organization.owned_elsewhere(&place), Some("444455556666"));
    }

    fn words(selectors: &str) -> String {
        serde_json::from_str::<EventSelectors>(selectors).unwrap().management_events().words()
    }

    #[test]
    fn basic_selectors_add_up() {
        let read = r#"{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": true}"#;
        let write = r#"{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true,
                        "ExcludeManagementEventSources": ["kms.amazonaws.com"]}"#;
        let data = r#"{"ReadWriteType": "All", "IncludeManagementEvents": false}"#;
        let of = |list: &[&str]| words(&format!(r#"{{"EventSelectors": [{}]}}"#, list.join(",")));
        assert_eq!(of(&[]), "records no management events");
        assert_eq!(of(&[data]), "records no management events");
        assert_eq!(of(&[data, read]), "records read management events only");
        assert_eq!(of(&[write]), "records write management events only, but none of kms.amazonaws.com");
        assert_eq!(of(&[read, write]), "records read and write management events, but none of kms.amazonaws.com");
    }

    #[test]
    fn what_one_selector_leaves_out_another_may_record() {
        let without = |source: &str| {
            Recorded::without([source].into_iter(), true, true).and(Recorded::without([].into_iter(), true, false))
        };
        assert_eq!(
            without("kms.amazonaws.com").words(),
            "records read and write management events, but none of kms.amazonaws.com",
            "its writes are still left out"
        );
        let both = without("kms.amazonaws.com").and(without("rdsdata.amazonaws.com"));
        assert_eq!(both.words(), "records read and write management events");
        assert!(both.is_complete() && !without("kms.amazonaws.com").is_complete());
    }

    #[test]
    fn advanced_selectors_record_what_all_their_fields_admit() {
        let of = |fields: &[&str]| {
            let selectors: Vec<String> =
                fields.iter().map(|fields| format!(r#"{{"FieldSelectors": [{fields}]}}"#)).collect();
            words(&format!(r#"{{"AdvancedEventSelectors": [{}]}}"#, selectors.join(",")))
        };
        let management = r#"{"Field": "eventCategory", "Equals": ["Management"]}"#;
        let with = |more: &str| format!("{management},{more}");
        let reads = with(r#"{"Field": "readOnly", "Equals": ["true"]}"#);
        let writes = with(r#"{"Field": "readOnly", "NotEquals": ["true"]}"#);
        let all = "records read and write management events";

        assert_eq!(of(&[management]), all);
        assert_eq!(of(&[&with(r#"{"Field": "readOnly", "Equals": ["true", "false"]}"#)]), all);
        assert_eq!(of(&[&reads]), "records read management events only");
        assert_eq!(of(&[&writes]), "records write management events only");
        assert_eq!(of(&[&reads, &writes]), all);
        assert_eq!(of(&[r#"{"Field": "eventCategory", "Equals": ["Data"]}"#]), "records no management events");
        assert_eq!(of(&[r#"{"Field": "readOnly", "Equals": ["true"]}"#]), "records no management events");

        let without = r#"{"Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]}"#;
        let but = "but none of kms.amazonaws.com and rdsdata.amazonaws.com";
        assert_eq!(of(&[&with(without)]), format!("{all}, {but}"));
        for narrow in [
            r#"{"Field": "eventSource", "NotEquals": ["iam.amazonaws.com"]}"#,
            r#"{"Field": "eventSource", "Equals": ["iam.amazonaws.com"]}"#,
            r#"{"Field": "eventSource", "NotStartsWith": ["k"]}"#,
            r#"{"Field": "userIdentity.arn", "NotEquals": ["arn:aws:iam::111122223333:role/quiet"]}"#,
        ] {
            assert_eq!(of(&[&with(narrow)]), "records only some management events", "{narrow}");
        }
    }

    #[test]
    fn conditions_on_one_field_are_wanted_or_not() {
        let admits =
            |selector: &str, value| serde_json::from_str::<AdvancedFieldSelector>(selector).unwrap().admits(value);
        assert!(admits(r#"{"Field": "f"}"#, "anything"));
        assert!(admits(r#"{"Field": "f", "Equals": ["no"], "StartsWith": ["Man"]}"#, "Management"));
        assert!(admits(r#"{"Field": "f", "EndsWith": ["ment"]}"#, "Management"));
        assert!(!admits(r#"{"Field": "f", "StartsWith": ["Man"], "NotEndsWith": ["ment"]}"#, "Management"));
        assert!(!admits(r#"{"Field": "f", "NotStartsWith": ["Man"]}"#, "Management"));
    }

    #[test]
    fn nothing_arrives_when_deliveries_have_failed_for_a_day() {
        let now: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        let status = |error: Option<&str>, time: Option<&str>| TrailStatus {
            is_logging: true,
            latest_delivery_error: error.map(str::to_owned),
            latest_delivery_time: time.map(|time| time.parse().unwrap()),
            latest_cloud_watch_logs_delivery_error: None,
            latest_cloud_watch_logs_delivery_time: None,
        };
        let (denied, today, earlier) =
            (Some("AccessDenied"), Some("2026-11-23T00:00:01Z"), Some("2026-11-23T00:00:00Z"));
        assert_eq!(status(denied, None).nothing_arrives(now), denied);
        assert_eq!(status(denied, earlier).nothing_arrives(now), denied);
        assert_eq!(status(denied, today).nothing_arrives(now), None);
        assert_eq!(status(None, None).nothing_arrives(now), None, "started a moment ago");
        assert_eq!(status(None, earlier).nothing_arrives(now), None, "nothing has happened in the account");
    }
}
