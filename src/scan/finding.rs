//! A finding: check × resource × verdict or unknown, with evidence.

use std::fmt::Write;
use std::sync::Arc;

use plimsoll_checks::contract::{Answer, Evidence, Identity, Place, Reason, Severity, Status, Unknown, Verdict};
use sha2::{Digest, Sha256};

use super::{Acceptance, AcceptanceKind, Chosen, ResourceOwner};

/// What was judged.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// A resource.
    Resource(Identity),
    /// The resources of a kind that could not be listed, or not to the end.
    Unlisted,
}

/// One line of the result.
pub struct Finding {
    /// The check.
    pub check: Chosen,
    /// Where the resource lives.
    pub place: Place,
    /// The CloudFormation type of the resource.
    pub resource_type: &'static str,
    /// The kind that was judged, `service/Kind`.
    pub kind: &'static str,
    /// What was judged.
    pub subject: Subject,
    /// The verdict, or why there is none.
    pub answer: Answer,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// Whom the resource belongs to.
    pub owner: ResourceOwner,
    /// Who has signed for it. It counts only where it fits: see [`Finding::status`].
    pub accepted: Option<Arc<Acceptance>>,
}

impl Finding {
    /// How it stands. An exception accepts what fails and nothing else, an attestation answers for what could not be seen
    /// and nothing else; neither makes a pass.
    pub fn status(&self) -> Status {
        let judged = self.judged();
        match (judged, self.accepted.as_ref().map(|accepted| accepted.kind)) {
            (Status::Fail, Some(AcceptanceKind::Exception)) => Status::Excepted,
            (Status::Unknown, Some(AcceptanceKind::Attestation)) => Status::Attested,
            _ => judged,
        }
    }

    /// Who has signed for it, where that counts: it is excepted or attested.
    pub fn acceptance(&self) -> Option<&Acceptance> {
        let is_accepted = matches!(self.status(), Status::Excepted | Status::Attested);
        self.accepted.as_deref().filter(|_| is_accepted)
    }

    /// How it would stand if nobody had signed anything.
    pub fn judged(&self) -> Status {
        self.answer.as_ref().map_or(Status::Unknown, Verdict::status)
    }

    /// How much harm it does if it fails.
    pub fn severity(&self) -> Severity {
        self.check.severity
    }

    /// What is true of the resource, or why that could not be seen.
    pub fn message(&self) -> String {
        match &self.answer {
            Ok(verdict) => verdict.message().to_owned(),
            Err(unknown) => match &self.subject {
                Subject::Resource(_) => said(unknown),
                Subject::Unlisted => format!("could not be listed: {}", said(unknown)),
            },
        }
    }

    /// The resource's ARN; of the account, for resources that could not be listed.
    pub fn arn(&self) -> String {
        match &self.subject {
            Subject::Resource(identity) => identity.arn.clone(),
            Subject::Unlisted => self.place.account_arn(),
        }
    }

    /// The resource's id; `*` for resources that could not be listed.
    pub fn resource_id(&self) -> &str {
        match &self.subject {
            Subject::Resource(identity) => &identity.id,
            Subject::Unlisted => "*",
        }
    }

    /// The same for the same check and resource in every scan, and for nothing else: 128 bits of SHA-256 over
    /// partition, account, region, check, ARN, kind and resource id, in hexadecimal.
    pub fn id(&self) -> String {
        let mut text = Vec::new();
        let arn = self.arn();
        let parts = [
            self.place.partition.name(),
            &self.place.account,
            &self.place.region,
            &self.check.id,
            &arn,
            self.kind,
            self.resource_id(),
        ];
        for part in parts {
            // The length goes in too, so that no two lists of parts run together into the same bytes.
            text.extend((part.len() as u64).to_be_bytes());
            text.extend(part.as_bytes());
        }
        Sha256::digest(&text).iter().take(16).fold(String::with_capacity(32), |mut id, byte| {
            write!(id, "{byte:02x}").expect("a string takes everything");
            id
        })
    }
}

/// Why something is unknown, short: the action says all for a call that was refused, the detail for the rest.
fn said(unknown: &Unknown) -> String {
    match unknown.reason {
        Reason::Denied => {
            let by = unknown.denied_by().map(|by| format!(" ({by})"));
            format!("{}: {}{}", unknown.reason, unknown.action, by.as_deref().unwrap_or(""))
        }
        Reason::Throttled
        | Reason::Unreachable
        | Reason::Timeout
        | Reason::Credentials
        | Reason::Expired
        | Reason::RegionDisabled
        | Reason::NotInRegion
        | Reason::NotRecorded => format!("{}: {}", unknown.reason, unknown.action),
        Reason::ServiceError
        | Reason::LeftOut
        | Reason::Malformed
        | Reason::OtherAccount
        | Reason::Undecided
        | Reason::Gone
        | Reason::Interrupted
        | Reason::Internal => format!("{}: {}", unknown.reason, unknown.detail),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use plimsoll_checks::contract::{Partition, fail, not_applicable, pass};

    use super::*;
    use crate::scan::OwnerSource;

    fn signed(kind: AcceptanceKind) -> Arc<Acceptance> {
        Arc::new(Acceptance {
            kind,
            statement: None,
            reason: Some("it is the website".to_owned()),
            owner: "web".to_owned(),
            approver: None,
            ticket: None,
            evidence: None,
            date: None,
            expires: date(2027, 1, 31),
            file: "exceptions.toml".to_owned(),
            line: 1,
        })
    }

    fn finding(answer: Answer, accepted: Option<Arc<Acceptance>>) -> Finding {
        let check = Chosen::from(&plimsoll_checks::checks()[0]);
        let read = check.check.over[0].read;
        let place = Place::global(Partition::Aws, "111122223333");
        Finding {
            check,
            owner: ResourceOwner::of(&place),
            place,
            resource_type: "AWS::S3::Bucket",
            kind: read.name,
            subject: Subject::Resource(Identity::new("arn", "id")),
            answer,
            evidence: Vec::new(),
            accepted,
        }
    }

    #[test]
    fn an_exception_accepts_only_what_fails_and_an_attestation_answers_only_for_what_is_unknown() {
        let unknown = Unknown::new(Reason::Denied, "kms:ListKeys", "so it is");
        let answers = [
            (Ok(pass("is so")), [Status::Pass; 3]),
            (Ok(not_applicable("is none")), [Status::NotApplicable; 3]),
            (Ok(fail("is not")), [Status::Fail, Status::Excepted, Status::Fail]),
            (Err(unknown), [Status::Unknown, Status::Unknown, Status::Attested]),
        ];
        for (answer, expected) in answers {
            let ways = [None, Some(AcceptanceKind::Exception), Some(AcceptanceKind::Attestation)];
            assert_eq!(ways.map(|kind| finding(answer.clone(), kind.map(signed)).status()), expected);
        }
    }

    #[test]
    fn who_has_signed_and_whom_it_belongs_to_outlive_the_wait_on_disk() {
        let check = Chosen::from(&plimsoll_checks::checks()[0]);
        let mut spool = super::super::FindingSpool::new(vec![check]).unwrap();
        let accepted = Some(signed(AcceptanceKind::Exception));
        let owner = ResourceOwner { name: "ann".to_owned(), from: OwnerSource::Tag, place: Some("Owner".to_owned()) };
        let tagged = Finding { owner: owner.clone(), ..finding(Ok(fail("is not")), accepted.clone()) };
        spool.add(&tagged).unwrap();
        let mut read = Vec::new();
        spool
            .each(&Place::global(Partition::Aws, "111122223333"), |finding| {
                read.push((finding.status(), finding.accepted, finding.owner));
                Ok(())
            })
            .unwrap();
        assert_eq!(read, [(Status::Excepted, accepted, owner)]);
    }
}
