//! The contract between checks and whoever runs them: what a check may see, and what it must say.
//!
//! Nothing here knows the AWS SDK. A [`Check`] judges one [`Resource`] at a time; it looks at the rest of the
//! account through a [`Cloud`], which answers only the reads the check has declared; and it ends in an
//! [`Answer`]: a [`Verdict`], or [`Unknown`] with the reason.

mod answer;
mod attestation;
mod check;
mod cloud;
mod duty;
mod framework;
mod framework_file;
mod judge;
mod nearest;
mod place;
mod read;
mod settings;

pub use answer::{Answer, Reason, Status, Unknown, Verdict, fail, not_applicable, pass};
pub use attestation::Attestation;
pub use check::{Check, Judge, Over, Registered, Service, Severity};
pub use cloud::{
    Asked, Cloud, Everywhere, Fetched, Held, List, Loaded, Observer, Other, Others, ReadDone, Source, World, WorldFacts,
};
pub use duty::{
    Artifact, ArtifactReport, Domain, Duty, DutyId, Group, Misunderstanding, Model, Owner, Principle, ProviderDuty,
    ServiceModel, ServiceType, Step,
};
pub use framework::{Assessment, Control, Controls, DecidedBy, Framework, Rivals, Section, controls_of, natural};
pub use framework_file::{FrameworkError, line_and_column};
pub use judge::{Evidence, Judgement, evidence_of_list, judge, judged_here};
pub use nearest::nearest;
pub use place::{GLOBAL, Partition, Place};
pub use read::expect_record;
pub use read::{
    Account, Asks, Call, CallMade, Detail, Identity, Read, Record, Region, Resource, Scope, Tags, api, api_as,
};
pub use settings::{Agreements, Days, Ports, Regions, Settings, Trust};
