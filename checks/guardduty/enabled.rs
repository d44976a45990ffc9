use super::resources::{Detector, DetectorStatus};
use crate::contract::{Answer, Region, fail, pass};

crate::check! {
    /// GuardDuty runs in every active region
    ///
    /// It watches API calls, network flows and name look-ups for what intruders do, with nothing to install. A region
    /// where nobody works is where an intruder is least likely to be noticed.
    ///
    /// # Fix
    /// `aws guardduty create-detector --enable --region REGION`; for a suspended one,
    /// `aws guardduty update-detector --detector-id ID --enable --region REGION`
    ///
    /// In an organization, let its GuardDuty administrator enable all accounts, new ones included.
    ///
    /// # Source
    /// Amazon GuardDuty User Guide, "Getting started with GuardDuty", which recommends all supported regions; AWS
    /// Security Hub control GuardDuty.1
    over: Region,
    reads: [Detector, DetectorStatus],
    duty: SecurityMonitoring,
    severity: High,
}

async fn judge(_region: &Region, cloud: &Cloud) -> Answer {
    let detectors = cloud.list::<Detector>().await?;
    // A region has one detector at most.
    let Some(detector) = detectors.iter().next() else {
        return Ok(fail("has no detector"));
    };
    let (id, status) = (&detector.detector_id, cloud.of::<DetectorStatus>(detector).await?);
    let verdict = if status.is_enabled()? {
        pass(format!("its detector {id} is enabled"))
    } else {
        fail(format!("its detector {id} is suspended"))
    };
    Ok(verdict.showing_of::<DetectorStatus>("Status", &*status.status))
}
