//! Records of GuardDuty.

use serde::{Deserialize, Serialize};

use crate::contract::{Call, Identity, Unknown, api};
use crate::{detail, resource};

/// Lists the detectors of a region: one, or none.
pub const LIST_DETECTORS: Call = api("guardduty", "ListDetectors");
/// Tells whether a detector is at work.
pub const GET_DETECTOR: Call = api("guardduty", "GetDetector");
/// Lists the ids of a detector's findings, and nothing of what is in them.
pub const LIST_FINDINGS: Call = api("guardduty", "ListFindings");

/// GuardDuty in a region of the account. Source: GuardDuty API Reference, `ListDetectors`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Detector {
    /// The detector's id.
    pub detector_id: String,
}

resource!(Detector, "guardduty/Detector", "AWS::GuardDuty::Detector", Regional, [LIST_DETECTORS], |this, place| {
    Identity::new(place.arn("guardduty", &format!("detector/{}", this.detector_id)), &this.detector_id)
});

/// Whether a detector is at work. Source: GuardDuty API Reference, `GetDetector`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DetectorStatus {
    /// `ENABLED`, or `DISABLED` when it is suspended.
    pub status: String,
}

detail!(DetectorStatus, "guardduty/DetectorStatus", of Detector, [GET_DETECTOR]);

impl DetectorStatus {
    /// Whether the detector looks at what happens. Unknown for a status this program has not heard of.
    pub fn is_enabled(&self) -> Result<bool, Unknown> {
        match &*self.status {
            "ENABLED" => Ok(true),
            "DISABLED" => Ok(false),
            status => Err(Unknown::undecided::<Self>(format!("what the status {status} means is not known"))),
        }
    }
}

/// How many findings about this account are not archived and of high or critical severity, 7 and above. Findings
/// about member accounts, which an administrator account sees too, are those accounts' own. Source: GuardDuty API
/// Reference, `ListFindings`; GuardDuty User Guide, "Severity levels of GuardDuty findings".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct OpenHighFindings {
    /// How many were counted.
    pub count: usize,
    /// Whether there were more, which nobody counted.
    pub more: bool,
}

detail!(OpenHighFindings, "guardduty/OpenHighFindings", of Detector, [LIST_FINDINGS]);
