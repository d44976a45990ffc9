use super::resources::Session;
use crate::contract::{Answer, Region, Unknown, fail, not_applicable, pass};
use crate::s3::resources::Bucket;

crate::check! {
    /// Macie is on where S3 holds data
    ///
    /// It tells which buckets hold personal data, secrets or payment data, and which of them are open or shared. What
    /// nobody knows to be sensitive, nobody protects as such.
    ///
    /// A region without a bucket has nothing to look at. Macie that is suspended looks at nothing. Where AWS does not
    /// offer Macie, what its buckets hold stays unknown.
    ///
    /// # Fix
    /// `aws macie2 enable-macie --region REGION`; for one that is suspended,
    /// `aws macie2 update-macie-session --status ENABLED --region REGION`
    ///
    /// In an organization, let its Macie administrator enable all accounts, new ones included.
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark, "Ensure all data in Amazon S3 has been discovered, classified, and secured when
    /// necessary"; AWS Security Hub control Macie.1
    over: Region,
    reads: [Bucket, Session],
    duty: DataClassification,
    severity: Medium,
}

async fn judge(region: &Region, cloud: &Cloud) -> Answer {
    let buckets = cloud.list::<Bucket>().await?;
    let holds = match buckets.iter().filter(|bucket| bucket.bucket_region == region.name).count() {
        0 => return Ok(not_applicable("holds no bucket")),
        1 => "holds 1 bucket".to_owned(),
        count => format!("holds {count} buckets"),
    };
    let session = cloud.of::<Session>(region).await?;
    let verdict = match session.status.as_deref() {
        Some("ENABLED") => pass(format!("{holds}, and Macie is on")),
        Some("PAUSED") => fail(format!("{holds}, and Macie is suspended")),
        None => fail(format!("{holds}, and Macie is off")),
        Some(status) => {
            let detail = format!("what the status {status} means is not known");
            return Err(Unknown::undecided::<Session>(detail));
        }
    };
    Ok(verdict.showing_of::<Session>("Status", session.status.as_deref()))
}
