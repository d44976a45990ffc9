use super::object_events::ObjectEvents;
use super::resources::{EventSelectors, Trail, TrailStatus};
use crate::contract::{Account, Answer};
use crate::s3::resources::Bucket;

crate::check! {
    /// Object-level writes in S3 are recorded for all buckets, future ones too
    ///
    /// Who replaced, encrypted or deleted an object is the first question after a loss, and only these events answer
    /// it: trails record no access to objects unless told to.
    ///
    /// Multi-region trails count, together, if they run and their log files arrive. Selectors that name buckets record
    /// nothing of the next bucket, so the trails must want all buckets and may leave some out. What they may leave out
    /// is a bucket that a multi-region trail delivers to, since AWS advises against recording there what CloudTrail
    /// writes itself, and buckets of other accounts. Event data stores of CloudTrail Lake are not looked at.
    ///
    /// # Fix
    /// `aws cloudtrail put-event-selectors --trail-name ARN --region HOME-REGION --advanced-event-selectors '[{"Name": "management", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}, {"Name": "writes", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}, {"Field": "readOnly", "Equals": ["false"]}, {"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::LOG-BUCKET/"]}]}]'`
    ///
    /// This replaces all selectors the trail has; without the condition on `readOnly` it records reads as well. Data
    /// events are charged by their number.
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark, "Ensure that object-level logging for write events is enabled for S3 buckets";
    /// AWS Security Hub control S3.22; AWS CloudTrail User Guide, "Logging data events"
    over: Account,
    reads: [Bucket, Trail, TrailStatus, EventSelectors],
    duty: AuditLogging,
    severity: Low,
}

async fn judge(_account: &Account, cloud: &Cloud) -> Answer {
    ObjectEvents::Writes.judge(cloud).await
}
