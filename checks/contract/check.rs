//! What a check is, how one is written, and how they are found.

use std::any::Any;
use std::fmt;

use futures::future::BoxFuture;

use serde::{Deserialize, Serialize};

use super::duty::DutyId;
use super::{Answer, Cloud, Read, ServiceModel};

/// How much harm it does when the statement is false.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good practice; little harm by itself.
    Low,
    /// Weakens a defence.
    Medium,
    /// Opens a way that an attacker needs one more step to use.
    High,
    /// Open to anyone, or total loss.
    Critical,
}

impl Severity {
    /// All, mildest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word used in every report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity with a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == name)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Judges one record, its type erased.
pub type Judge = for<'a> fn(&'a (dyn Any + Send + Sync), &'a Cloud<()>) -> BoxFuture<'a, Answer>;

/// A kind that a check judges, and how.
#[derive(Clone, Copy)]
pub struct Over {
    /// The kind.
    pub read: &'static Read,
    /// Judges one of it.
    pub judge: Judge,
}

/// A statement that should be true of every resource of a kind, as `check!` declares it.
pub struct Check {
    /// The path of the module it is written in; the id is made from it.
    pub module: &'static str,
    /// Its doc comment, line by line.
    pub docs: &'static [&'static str],
    /// The kinds it judges; mostly one.
    pub over: &'static [Over],
    /// What else it may read.
    pub reads: &'static [&'static Read],
    /// The duty it verifies.
    pub duty: DutyId,
    /// How much harm it does when the statement is false.
    pub severity: Severity,
}

/// One AWS service with its checks.
pub struct Service {
    /// Its folder, with which the ids of its checks begin (`iam`): in general the name of its SDK.
    pub id: &'static str,
    /// What AWS calls it.
    pub name: &'static str,
    /// Its checks.
    pub checks: &'static [&'static Check],
}

/// A check with everything that follows from its place in the source.
pub struct Registered {
    /// Its id, for ever (`iam-user-console-mfa-enabled`).
    pub id: String,
    /// The service it belongs to.
    pub service: &'static Service,
    /// How far up the stack the provider's part reaches for the service.
    pub service_model: ServiceModel,
    /// The good condition in one sentence, without a full stop.
    pub title: String,
    /// Why it matters.
    pub why: String,
    /// How to make it true.
    pub fix: String,
    /// The AWS documentation or benchmark that states it.
    pub source: String,
    /// The check itself.
    pub check: &'static Check,
}

impl Registered {
    /// Finds a check's id and documentation.
    pub fn new(service: &'static Service, check: &'static Check) -> Self {
        let (_, path) = check.module.split_once("::").unwrap_or(("", check.module));
        let id = path.replace("::", "-").replace('_', "-");
        let mut sections = vec![(String::new(), Vec::new())];
        for line in check.docs.iter().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()) {
            match line.strip_prefix("# ") {
                Some(heading) => sections.push((heading.to_owned(), Vec::new())),
                None => sections.last_mut().expect("there is a first section").1.push(line),
            }
        }
        let section = |heading: &str| {
            let lines = sections.iter().find(|(h, _)| h == heading).map(|(_, lines)| lines.as_slice());
            lines.map(|lines| lines.join("\n").trim().to_owned()).unwrap_or_else(String::new)
        };
        let preamble = section("");
        let (title, why) = preamble.split_once("\n\n").unwrap_or((&preamble, ""));
        let service_model = super::Model::get().service_type(service.id).map_or(ServiceModel::Account, |kind| kind.id);
        Self {
            id,
            service,
            service_model,
            title: title.replace('\n', " ").trim_end_matches('.').to_owned(),
            why: why.trim().to_owned(),
            fix: section("Fix"),
            source: section("Source"),
            check,
        }
    }

    /// All reads it may make: the kinds it judges, then what it asks for.
    pub fn reads(&self) -> impl Iterator<Item = &'static Read> {
        self.check.over.iter().map(|over| over.read).chain(self.check.reads.iter().copied())
    }
}

/// Declares the check of this module; see CONTRIBUTING.md.
///
/// ```text
/// check! {
///     /// The good condition in one sentence.
///     ///
///     /// Why it matters.
///     ///
///     /// # Fix
///     /// How to make it true.
///     ///
///     /// # Source
///     /// Where AWS says so.
///     over: Bucket,                     // or: over: [DBInstance => judge_instance, DBCluster => judge_cluster]
///     reads: [BucketPolicy],            // what `cloud` may be asked for
///     duty: EncryptionInTransit,
///     severity: Medium,
/// }
///
/// async fn judge(bucket: &Bucket, cloud: &Cloud) -> Answer { … }
/// ```
#[macro_export]
macro_rules! check {
    ($(#[doc = $doc:literal])* over: $over:ident, $($rest:tt)*) => {
        $crate::check! { $(#[doc = $doc])* over: [$over => judge], $($rest)* }
    };
    (
        $(#[doc = $doc:literal])*
        over: [$($over:ident => $judge:ident),+ $(,)?],
        $(reads: [$($read:ident),* $(,)?],)?
        duty: $duty:ident,
        severity: $severity:ident $(,)?
    ) => {
        /// What this check has declared to read.
        #[derive(Debug)]
        pub struct Declared;
        $($(impl $crate::contract::Asks<$read> for Declared {})*)?

        /// The account as this check may see it.
        type Cloud = $crate::contract::Cloud<Declared>;

        $(#[doc = $doc])*
        pub static CHECK: $crate::contract::Check = $crate::contract::Check {
            module: module_path!(),
            docs: &[$($doc),*],
            over: &[$($crate::contract::Over {
                read: <$over as $crate::contract::Record>::READ,
                judge: |record, cloud| {
                    Box::pin(async move {
                        let record = $crate::contract::expect_record::<$over>(record);
                        let cloud: Cloud = cloud.declared_as();
                        $judge(record, &cloud).await
                    })
                },
            }),+],
            reads: &[$($(<$read as $crate::contract::Record>::READ),*)?],
            duty: $crate::contract::DutyId::$duty,
            severity: $crate::contract::Severity::$severity,
        };
    };
}

/// Lists the checks of a service, in its `mod.rs`.
#[macro_export]
macro_rules! checks {
    ($($check:ident),* $(,)?) => {
        /// The checks of this service.
        pub static CHECKS: &[&$crate::contract::Check] = &[$(&$check::CHECK),*];
    };
}
