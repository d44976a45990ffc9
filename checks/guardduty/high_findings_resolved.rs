use super::resources::{Detector, DetectorStatus, OpenHighFindings};
use crate::contract::{Answer, fail, not_applicable, pass};

crate::check! {
    /// No high or critical GuardDuty finding stays open
    ///
    /// A finding of severity 7 or more says that something in the account is most likely in an intruder's hands
    /// already. Open means that nobody has looked at it, or that nobody has written down having done so.
    ///
    /// Only the ids of findings are read, to count them, not what is in them; and only findings about this account,
    /// also where it is the GuardDuty administrator of others.
    ///
    /// # Fix
    /// Look into each, starting with
    /// `aws guardduty get-findings --detector-id ID --finding-ids FINDING`, and once its cause is gone
    /// `aws guardduty archive-findings --detector-id ID --finding-ids FINDING`, which for a member account only the
    /// GuardDuty administrator may do.
    ///
    /// # Source
    /// Amazon GuardDuty User Guide, "Severity levels of GuardDuty findings"; NIST SP 800-53 Rev. 5, IR-4
    over: Detector,
    reads: [DetectorStatus, OpenHighFindings],
    duty: SecurityMonitoring,
    severity: High,
}

async fn judge(detector: &Detector, cloud: &Cloud) -> Answer {
    let status = cloud.of::<DetectorStatus>(detector).await?;
    let open = cloud.of::<OpenHighFindings>(detector).await?;
    let verdict = match (open.count, open.more) {
        (0, _) if !status.is_enabled()? => not_applicable("is suspended, so it finds nothing"),
        (0, _) => pass("has no open finding of high or critical severity"),
        (1, false) => fail("has 1 open finding of high or critical severity"),
        (count, false) => fail(format!("has {count} open findings of high or critical severity")),
        (count, true) => fail(format!("has at least {count} open findings of high or critical severity")),
    };
    Ok(verdict
        .showing_of::<DetectorStatus>("Status", &*status.status)
        .showing_of::<OpenHighFindings>("Count", open.count))
}
