//! Reads GuardDuty through its SDK.

use aws_sdk_guardduty::Client;
use aws_sdk_guardduty::types::{Condition, FindingCriteria};

use super::resources::{Detector, DetectorStatus, GET_DETECTOR, LIST_DETECTORS, LIST_FINDINGS, OpenHighFindings};
use crate::contract::Unknown;
use crate::live::{Live, missing};

crate::collectors! {
    list Detector = detectors,
    detail DetectorStatus = detector_status,
    detail OpenHighFindings = open_high_findings,
}

async fn detectors(live: &Live, seen: &mut Vec<Detector>) -> Result<(), Unknown> {
    let mut pages = live.client(Client::new).list_detectors().into_paginator().send();
    while let Some(page) = pages.next().await {
        let ids = live.heard(LIST_DETECTORS, page)?.detector_ids;
        let ids = ids.ok_or_else(|| missing(LIST_DETECTORS, "DetectorIds"))?;
        seen.extend(ids.into_iter().map(|detector_id| Detector { detector_id }));
    }
    Ok(())
}

async fn detector_status(live: &Live, detector: &Detector) -> Result<DetectorStatus, Unknown> {
    let answer = live.client(Client::new).get_detector().detector_id(&detector.detector_id).send().await;
    let status = live.heard(GET_DETECTOR, answer)?.status.ok_or_else(|| missing(GET_DETECTOR, "Status"))?;
    Ok(DetectorStatus { status: status.as_str().to_owned() })
}

/// Reads no further than the first page that lists any: there are findings, and the rest are only more of them.
async fn open_high_findings(live: &Live, detector: &Detector) -> Result<OpenHighFindings, Unknown> {
    let criteria = FindingCriteria::builder()
        .criterion("service.archived", Condition::builder().equals("false").build())
        .criterion("severity", Condition::builder().greater_than_or_equal(7).build())
        .criterion("accountId", Condition::builder().equals(&*live.place().account).build())
        .build();
    let request = live.client(Client::new).list_findings().detector_id(&detector.detector_id);
    let mut pages = request.finding_criteria(criteria).max_results(50).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = live.heard(LIST_FINDINGS, page)?;
        let count = page.finding_ids.ok_or_else(|| missing(LIST_FINDINGS, "FindingIds"))?.len();
        let more = page.next_token.is_some_and(|token| !token.is_empty());
        if count > 0 || !more {
            return Ok(OpenHighFindings { count, more });
        }
    }
    Err(missing(LIST_FINDINGS, "its last page"))
}
