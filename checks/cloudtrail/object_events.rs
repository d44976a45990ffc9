//! Of which objects in S3 trails record the reads or the writes.

use std::collections::BTreeSet;

use super::resources::{
    AdvancedEventSelector, AdvancedFieldSelector, EventSelector, EventSelectors, Trail, TrailStatus,
};
use crate::contract::{Answer, Asks, Cloud, List, Partition, Unknown, fail, not_applicable, pass};
use crate::s3::resources::Bucket;

/// The type of the resources whose data events they are.
const OBJECT: &str = "AWS::S3::Object";

/// A sort of data events in S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectEvents {
    /// Objects are read.
    Reads,
    /// Objects are written or deleted.
    Writes,
}

impl ObjectEvents {
    /// Whether multi-region trails, taken together, record these events for all buckets.
    pub async fn judge<C>(self, cloud: &Cloud<C>) -> Answer
    where
        C: Asks<Bucket> + Asks<Trail> + Asks<TrailStatus> + Asks<EventSelectors>,
    {
        let buckets = cloud.list::<Bucket>().await?;
        if buckets.is_empty() {
            return Ok(not_applicable("has no bucket"));
        }
        let trails = cloud.everywhere::<Trail>().await?;
        let trails: Vec<&Trail> = trails.iter().filter(|trail| trail.is_multi_region_trail).collect();
        let allowed = Allowed { partition: cloud.place().partition, trails: &trails, buckets: &buckets };
        let (mut together, mut parts, mut told, mut unread) = (Recorded::default(), Vec::new(), Vec::new(), None);
        for trail in &trails {
            match self.recorded_by(trail, cloud).await {
                Ok((recorded, words)) if recorded.is_complete(&allowed) => {
                    return Ok(pass(words).showing_of::<Trail>("TrailARN", &*trail.trail_arn));
                }
                Ok((recorded, words)) => {
                    if recorded != Recorded::default() {
                        parts.push(words.clone());
                    }
                    told.push(words);
                    together = together.and(recorded);
                }
                Err(unknown) => unread = unread.or(Some(unknown)),
            }
        }
        match unread {
            _ if together.is_complete(&allowed) => Ok(pass(parts.join("; "))),
            Some(unknown) => Err(unknown),
            None if told.is_empty() => Ok(fail("no multi-region trail records this account")),
            None => Ok(fail(format!("no multi-region trail records all {}: {}", self.words(), told.join("; ")))),
        }
    }

    /// What a trail contributes, and the same in words.
    async fn recorded_by<C>(self, trail: &Trail, cloud: &Cloud<C>) -> Result<(Recorded, String), Unknown>
    where
        C: Asks<TrailStatus> + Asks<EventSelectors>,
    {
        let name = &trail.name;
        let status = cloud.of::<TrailStatus>(trail).await?;
        if !status.is_logging {
            return Ok((Recorded::default(), format!("{name} is stopped")));
        }
        if let Some(error) = status.nothing_arrives(cloud.now()) {
            return Ok((Recorded::default(), format!("{name} has delivered nothing for a day ({error})")));
        }
        let recorded = cloud.of::<EventSelectors>(trail).await?.object_events(self, cloud.place().partition);
        let words = format!("{name} {}", recorded.words(self));
        Ok((recorded, words))
    }

    fn words(self) -> &'static str {
        match self {
            Self::Reads => "reads of objects",
            Self::Writes => "writes of objects",
        }
    }

    fn are_wanted_by(self, read_write_type: &str) -> bool {
        match self {
            Self::Reads => matches!(read_write_type, "All" | "ReadOnly"),
            Self::Writes => matches!(read_write_type, "All" | "WriteOnly"),
        }
    }

    /// The value of the event's field `readOnly`.
    fn read_only(self) -> &'static str {
        match self {
            Self::Reads => "true",
            Self::Writes => "false",
        }
    }
}

impl EventSelectors {
    /// The objects whose events of a sort the trail records.
    pub fn object_events(&self, events: ObjectEvents, partition: Partition) -> Recorded {
        let basic = self.event_selectors.iter().map(|selector| selector.object_events(events, partition));
        let advanced = self.advanced_event_selectors.iter().map(|selector| selector.object_events(events, partition));
        basic.chain(advanced).fold(Recorded::default(), Recorded::and)
    }
}

impl EventSelector {
    fn object_events(&self, events: ObjectEvents, partition: Partition) -> Recorded {
        let wanted = events.are_wanted_by(&self.read_write_type);
        let resources = self.data_resources.iter().filter(|resources| wanted && resources.r#type == OBJECT);
        resources.fold(Recorded::default(), |recorded, resources| {
            recorded.and(Recorded::under(&resources.values, partition))
        })
    }
}

impl AdvancedEventSelector {
    fn object_events(&self, events: ObjectEvents, partition: Partition) -> Recorded {
        let on = |field: &'static str| self.field_selectors.iter().filter(move |selector| selector.field == field);
        let admits = |field, value| on(field).all(|selector| selector.admits(value));
        let wants = |field, value| on(field).next().is_some() && admits(field, value);
        if !wants("eventCategory", "Data") || !wants("resources.type", OBJECT) {
            return Recorded::default();
        }
        if !admits("readOnly", events.read_only()) || !admits("eventSource", "s3.amazonaws.com") {
            return Recorded::default();
        }
        let understood = ["eventCategory", "resources.type", "readOnly", "eventSource", "resources.ARN"];
        let narrowed = self.field_selectors.iter().any(|selector| !understood.contains(&&*selector.field));
        match on("resources.ARN").collect::<Vec<_>>().as_slice() {
            _ if narrowed => Recorded::some(),
            [] => Recorded::all_but([]),
            [arn] => arn.objects(partition),
            _ => Recorded::some(),
        }
    }
}

impl AdvancedFieldSelector {
    /// The objects that a condition on their ARN admits, as far as it goes by beginnings.
    fn objects(&self, partition: Partition) -> Recorded {
        if [&self.equals, &self.ends_with, &self.not_ends_with].iter().any(|values| !values.is_empty()) {
            return Recorded::some();
        }
        let left_out = || self.not_starts_with.iter().chain(&self.not_equals).cloned();
        let within = Recorded::under(&self.starts_with, partition);
        match (self.starts_with.is_empty() || within.all_but.is_some(), left_out().next()) {
            (true, _) => Recorded::all_but(left_out()),
            (false, None) => within,
            (false, Some(_)) => Recorded::some(),
        }
    }
}

/// The objects whose events are recorded, by the beginnings of their ARNs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// If all buckets are wanted: what is left out of them.
    all_but: Option<BTreeSet<String>>,
    /// What is wanted by name.
    named: BTreeSet<String>,
    /// Whether others are wanted, though not all under any name.
    some: bool,
}

impl Recorded {
    fn some() -> Self {
        Self { some: true, ..Self::default() }
    }

    fn all_but(left_out: impl IntoIterator<Item = String>) -> Self {
        Self { all_but: Some(left_out.into_iter().collect()), ..Self::default() }
    }

    /// All objects whose ARNs have any of these beginnings.
    fn under(beginnings: &[String], partition: Partition) -> Self {
        let all = format!("arn:{partition}:s3:::");
        // AWS writes "all buckets" as `arn:aws:s3`.
        if beginnings.iter().any(|beginning| all.starts_with(&**beginning)) {
            return Self::all_but([]);
        }
        Self { named: beginnings.iter().cloned().collect(), ..Self::default() }
    }

    /// What is recorded by one or the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let all_but = match (self.all_but, other.all_but) {
            (Some(one), Some(other)) => Some(&one & &other),
            (one, other) => one.or(other),
        };
        Self { all_but, named: &self.named | &other.named, some: self.some || other.some }
    }

    /// What is left out of all buckets and not recorded under its name either; `None` if not all buckets are wanted.
    fn left_out(&self) -> Option<BTreeSet<&str>> {
        let named = |arn: &str| self.named.iter().any(|beginning| arn.starts_with(&**beginning));
        Some(self.all_but.as_ref()?.iter().map(String::as_str).filter(|arn| !named(arn)).collect())
    }

    fn is_complete(&self, allowed: &Allowed<'_>) -> bool {
        self.left_out().is_some_and(|left_out| left_out.iter().all(|arn| allowed.to_leave_out(arn)))
    }

    /// What is recorded, as the words that follow a trail's name.
    pub fn words(&self, events: ObjectEvents) -> String {
        let what = events.words();
        match self.left_out() {
            Some(left_out) if left_out.is_empty() => format!("records {what} in all buckets"),
            Some(left_out) => {
                format!("records {what} in all buckets, but none of {}", enumerated(left_out.into_iter()))
            }
            None if self.some => format!("records only some {what}"),
            None if self.named.is_empty() => format!("records no {what}"),
            None => format!("records {what} of {} only", enumerated(self.named.iter().map(String::as_str))),
        }
    }
}

/// A few of them, and how many more there are.
fn enumerated<'a>(mut names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let few: Vec<&str> = names.by_ref().take(3).collect();
    match names.len() {
        0 => few.join(" and "),
        more => format!("{} and {more} more", few.join(", ")),
    }
}

/// What a trail may leave out and still record all that matters.
struct Allowed<'a> {
    partition: Partition,
    trails: &'a [&'a Trail],
    buckets: &'a List<Bucket>,
}

impl Allowed<'_> {
    /// Whether nothing begins so but what is in a bucket that trails deliver to, or in one of another account.
    fn to_leave_out(&self, arn: &str) -> bool {
        let Some(path) = arn.strip_prefix(&*format!("arn:{}:s3:::", self.partition)) else { return false };
        let delivered_to = |name: &str| self.trails.iter().any(|trail| trail.s3_bucket_name == name);
        if let Some((name, _)) = path.split_once('/') {
            return delivered_to(name) || !self.buckets.iter().any(|bucket| bucket.name == name);
        }
        // Without a slash it is the beginning of other buckets' names as well.
        let mut others = self.buckets.iter().filter(|bucket| bucket.name != path);
        delivered_to(path) && !others.any(|bucket| bucket.name.starts_with(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(events: ObjectEvents, selectors: &str) -> String {
        serde_json::from_str::<EventSelectors>(selectors).unwrap().object_events(events, Partition::Aws).words(events)
    }

    fn basic(kind: &str, values: &str) -> String {
        format!(
            r#"{{"EventSelectors": [{{"ReadWriteType": "{kind}", "IncludeManagementEvents": true,
                "DataResources": [{{"Type": "AWS::S3::Object", "Values": [{values}]}}]}}]}}"#
        )
    }

    #[test]
    fn basic_selectors_go_by_beginnings() {
        use ObjectEvents::{Reads, Writes};
        let all = "records reads of objects in all buckets";
        assert_eq!(words(Reads, &basic("All", r#""arn:aws:s3""#)), all);
        assert_eq!(words(Reads, &basic("ReadOnly", r#""arn:aws:s3:::""#)), all);
        assert_eq!(words(Writes, &basic("ReadOnly", r#""arn:aws:s3""#)), "records no writes of objects");
        assert_eq!(words(Reads, &basic("WriteOnly", r#""arn:aws:s3""#)), "records no reads of objects");
        assert_eq!(words(Writes, &basic("All", "")), "records no writes of objects");
        assert_eq!(
            words(Writes, &basic("All", r#""arn:aws:s3:::a/", "arn:aws:s3:::b/""#)),
            "records writes of objects of arn:aws:s3:::a/ and arn:aws:s3:::b/ only"
        );
        let many = r#""arn:aws:s3:::a/", "arn:aws:s3:::b/", "arn:aws:s3:::c/", "arn:aws:s3:::d/", "arn:aws:s3:::e/""#;
        assert_eq!(
            words(Writes, &basic("All", many)),
            "records writes of objects of arn:aws:s3:::a/, arn:aws:s3:::b/, arn:aws:s3:::c/ and 2 more only"
        );
        let functions = basic("All", r#""arn:aws:lambda""#).replace("AWS::S3::Object", "AWS::Lambda::Function");
        assert_eq!(words(Reads, &functions), "records no reads of objects");
    }

    #[test]
    fn advanced_selectors_record_what_all_their_fields_admit() {
        let of = |more: &[&str]| {
            let category = r#"{"Field": "eventCategory", "Equals": ["Data"]}"#;
            let kind = r#"{"Field": "resources.type", "Equals": ["AWS::S3::Object"]}"#;
            let fields = [&[category, kind], more].concat().join(",");
            words(ObjectEvents::Reads, &format!(r#"{{"AdvancedEventSelectors": [{{"FieldSelectors": [{fields}]}}]}}"#))
        };
        let (all, none) = ("records reads of objects in all buckets", "records no reads of objects");
        assert_eq!(of(&[]), all);
        assert_eq!(of(&[r#"{"Field": "readOnly", "Equals": ["true"]}"#]), all);
        assert_eq!(of(&[r#"{"Field": "readOnly", "Equals": ["false"]}"#]), none);
        assert_eq!(of(&[r#"{"Field": "eventSource", "Equals": ["s3.amazonaws.com"]}"#]), all);
        assert_eq!(of(&[r#"{"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::"]}"#]), all);
        assert_eq!(
            of(&[r#"{"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::a/"]}"#]),
            "records reads of objects of arn:aws:s3:::a/ only"
        );
        assert_eq!(
            of(&[r#"{"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::a/"]}"#]),
            "records reads of objects in all buckets, but none of arn:aws:s3:::a/"
        );
        for narrow in [
            r#"{"Field": "eventName", "Equals": ["GetObject"]}"#,
            r#"{"Field": "eventName", "NotEquals": ["HeadObject"]}"#,
            r#"{"Field": "userIdentity.arn", "NotEquals": ["arn:aws:iam::111122223333:role/quiet"]}"#,
            r#"{"Field": "resources.ARN", "EndsWith": [".csv"]}"#,
            r#"{"Field": "resources.ARN", "NotEndsWith": [".log"]}"#,
            r#"{"Field": "resources.ARN", "Equals": ["arn:aws:s3:::a/b"]}"#,
            r#"{"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::a/"], "NotStartsWith": ["arn:aws:s3:::a/b"]}"#,
        ] {
            assert_eq!(of(&[narrow]), "records only some reads of objects", "{narrow}");
        }
    }

    #[test]
    fn what_one_leaves_out_another_may_name() {
        let but = |arn: &str| Recorded::all_but([arn.to_owned()]);
        let named = |arn: &str| Recorded::under(&[arn.to_owned()], Partition::Aws);
        let left_out = |recorded: Recorded| recorded.left_out().map(|arns| arns.len());
        assert_eq!(left_out(but("arn:aws:s3:::a/").and(named("arn:aws:s3:::a/"))), Some(0));
        assert_eq!(left_out(but("arn:aws:s3:::a/").and(named("arn:aws:s3:::a/b"))), Some(1));
        assert_eq!(left_out(but("arn:aws:s3:::a/").and(but("arn:aws:s3:::b/"))), Some(0));
        assert_eq!(left_out(but("arn:aws:s3:::a/").and(but("arn:aws:s3:::a/"))), Some(1));
        assert_eq!(left_out(named("arn:aws:s3:::a/").and(named("arn:aws:s3:::b/"))), None);
    }
}
