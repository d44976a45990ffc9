use super::resources::{EventSelectors, Recorded, Trail, TrailStatus};
use crate::contract::{Answer, Region, Unknown, fail, pass};

crate::check! {
    /// A multi-region trail records read and write management events and is running
    ///
    /// What nobody recorded, nobody can investigate. A trail of one region is blind to all others, the ones an
    /// intruder picks because nobody works there included; a multi-region trail covers them all, future ones too.
    ///
    /// The statement is about each region. Two multi-region trails, one of reads and one of writes, cover it as well
    /// as one of both. A trail that leaves out the events of AWS KMS or of the RDS Data API, as AWS allows, does not: with
    /// the many uses of keys it leaves out that one was disabled or is to be deleted. A trail counts as running only if its log files arrive: not if
    /// deliveries to the bucket have done nothing but fail for a day.
    ///
    /// # Fix
    /// `aws cloudtrail create-trail --name NAME --s3-bucket-name BUCKET --is-multi-region-trail`
    /// `aws cloudtrail start-logging --name NAME`
    ///
    /// For a trail that exists (the last command replaces the selectors it has):
    /// `aws cloudtrail update-trail --name ARN --is-multi-region-trail --region HOME-REGION`
    /// `aws cloudtrail put-event-selectors --trail-name ARN --region HOME-REGION --event-selectors '[{"ReadWriteType": "All", "IncludeManagementEvents": true}]'`
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark, "Ensure CloudTrail is enabled in all regions"; AWS CloudTrail User Guide, "Logging
    /// management events"; AWS Security Hub control CloudTrail.1, whose AWS Config rule wants no service left out
    over: Region,
    reads: [Trail, TrailStatus, EventSelectors],
    duty: AuditLogging,
    severity: High,
}

async fn judge(_region: &Region, cloud: &Cloud) -> Answer {
    let trails = cloud.list::<Trail>().await?;
    let (mut together, mut halves, mut told, mut unread) = (Recorded::default(), Vec::new(), Vec::new(), None);
    for trail in trails.iter() {
        match recorded_by(trail, cloud).await {
            Ok((recorded, words)) if recorded.is_complete() => {
                return Ok(pass(words).showing_of::<Trail>("TrailARN", &*trail.trail_arn));
            }
            Ok((recorded, words)) => {
                if recorded.is_half() {
                    halves.push(words.clone());
                }
                told.push(words);
                together = together.and(recorded);
            }
            Err(unknown) => unread = unread.or(Some(unknown)),
        }
    }
    match unread {
        _ if together.is_complete() => Ok(pass(halves.join("; "))),
        Some(unknown) => Err(unknown),
        None if told.is_empty() => Ok(fail("no trail records this region")),
        None => Ok(fail(format!("no multi-region trail records all of this region: {}", told.join("; ")))),
    }
}

/// What a trail contributes to the record of every region, and the same in words.
async fn recorded_by(trail: &Trail, cloud: &Cloud) -> Result<(Recorded, String), Unknown> {
    let name = &trail.name;
    if !trail.is_multi_region_trail {
        return Ok((Recorded::default(), format!("{name} is a trail of {} only", trail.home_region)));
    }
    let status = cloud.of::<TrailStatus>(trail).await?;
    if !status.is_logging {
        return Ok((Recorded::default(), format!("{name} is stopped")));
    }
    if let Some(error) = status.nothing_arrives(cloud.now()) {
        return Ok((Recorded::default(), format!("{name} has delivered nothing for a day ({error})")));
    }
    let recorded = cloud.of::<EventSelectors>(trail).await?.management_events();
    let hiccup = status.latest_delivery_error.as_ref().map(|error| format!(" (its last delivery failed: {error})"));
    let words = format!("{name} {}{}", recorded.words(), hiccup.as_deref().unwrap_or(""));
    Ok((recorded, words))
}
