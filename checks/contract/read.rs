//! What can be read: resources, their details, and the API calls that tell them.

use std::any::Any;
use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{GLOBAL, Place};

/// An AWS API operation and the IAM action that permits it.
///
/// The two differ more often than one would like: `s3:ListBuckets` is permitted by `s3:ListAllMyBuckets`.
/// Source: Service Authorization Reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Call {
    /// The service's prefix as IAM has it (`s3`).
    pub service: &'static str,
    /// The operation as the API has it (`ListBuckets`).
    pub operation: &'static str,
    /// The IAM action, prefix included (`s3:ListAllMyBuckets`); `None` when it is the operation's own name.
    permitted_by: Option<&'static str>,
}

/// An operation whose IAM action has the same name.
pub const fn api(service: &'static str, operation: &'static str) -> Call {
    Call { service, operation, permitted_by: None }
}

/// An operation whose IAM action has another name.
pub const fn api_as(service: &'static str, operation: &'static str, iam_action: &'static str) -> Call {
    Call { service, operation, permitted_by: Some(iam_action) }
}

impl Call {
    /// `service:Operation`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    /// The IAM action that permits the call.
    pub fn iam_action(&self) -> String {
        self.permitted_by.map_or_else(|| self.name(), str::to_owned)
    }
}

/// A call that was made and answered, as evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CallMade {
    /// `service:Operation`.
    pub action: String,
    /// The region that was asked.
    pub region: String,
    /// What AWS calls this request in its own logs; of the last page where there were several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// When the (last) answer arrived.
    pub at: jiff::Timestamp,
    /// How many requests: pages of a list.
    pub requests: u32,
}

/// Whether a kind lives in regions or once per account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Read once per account.
    Global,
    /// Read in each region.
    Regional,
}

/// A resource's tags.
pub type Tags = BTreeMap<String, String>;

/// Who a resource is, for findings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Identity {
    /// Its ARN; for things that have none, the ARN of what holds them.
    pub arn: String,
    /// Its name or id, unique among its kind in one place.
    pub id: String,
    /// Its tags, where the read that lists it tells them.
    pub tags: Tags,
    /// The region it is in, for kinds that are also listed elsewhere: an S3 bucket, listed once for the account; a
    /// multi-region trail, listed in every region.
    pub region: Option<String>,
}

impl Identity {
    /// Something with an ARN and an id, without tags.
    pub fn new(arn: impl Into<String>, id: impl Into<String>) -> Self {
        Self { arn: arn.into(), id: id.into(), ..Self::default() }
    }

    /// With tags.
    #[must_use]
    pub fn tagged(mut self, tags: &Tags) -> Self {
        self.tags.clone_from(tags);
        self
    }

    /// With a region of its own.
    #[must_use]
    pub fn within(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }
}

/// What is common to resources and details: a name, and the calls that tell it.
pub trait Record: Serialize + DeserializeOwned + Clone + Send + Sync + Sized + 'static {
    /// `service/Kind`, as recordings name it.
    const NAME: &'static str;
    /// Whether it is read per account or per region.
    const SCOPE: Scope;
    /// The API operations a read may take, the deciding one last.
    const CALLS: &'static [Call];
    /// How it is read.
    const READ: &'static Read;
}

/// A typed record of one thing in the account, read as a list of all of its kind.
pub trait Resource: Record {
    /// The CloudFormation type name, or `AWS::::Account`.
    const TYPE: &'static str;

    /// Who it is.
    fn identity(&self, place: &Place) -> Identity;
}

/// Something about one resource that takes a further call.
pub trait Detail: Record {
    /// The resource it is about.
    type Of: Resource;
}

/// A type that says which reads a check may make; made by `check!`.
///
/// A check that asks for what it has not declared does not compile, so the permissions computed from the
/// declarations are complete.
pub trait Asks<R: Record>: Send + Sync + 'static {}

type Erased = Box<dyn Any + Send + Sync>;

/// One kind of read, with its types erased so that sources, caches and recordings can treat all alike.
pub struct Read {
    /// `service/Kind`.
    pub name: &'static str,
    /// Per account or per region.
    pub scope: Scope,
    /// The API operations it may take.
    pub calls: &'static [Call],
    /// For a list, the CloudFormation type of its records; for a detail, `None`.
    pub resource_type: Option<&'static str>,
    /// For a detail, the kind it is about.
    pub of: Option<&'static Read>,
    decode: fn(&str) -> Result<Erased, serde_json::Error>,
    encode: fn(&(dyn Any + Send + Sync)) -> Result<serde_json::Value, serde_json::Error>,
    identity: fn(&(dyn Any + Send + Sync), &Place) -> Identity,
}

impl Read {
    /// The read that lists a kind of resource.
    pub const fn list<R: Resource>() -> Self {
        Self {
            name: R::NAME,
            scope: R::SCOPE,
            calls: R::CALLS,
            resource_type: Some(R::TYPE),
            of: None,
            decode: decode::<R>,
            encode: encode::<R>,
            identity: |record, place| expect_record::<R>(record).identity(place),
        }
    }

    /// The read that tells a detail of one resource.
    pub const fn detail<D: Detail>() -> Self {
        Self {
            name: D::NAME,
            scope: D::SCOPE,
            calls: D::CALLS,
            resource_type: None,
            of: Some(<D::Of as Record>::READ),
            decode: decode::<D>,
            encode: encode::<D>,
            identity: |_, _| Identity::default(),
        }
    }

    /// The service's part of the name.
    pub fn service(&self) -> &'static str {
        self.name.split_once('/').map_or(self.name, |(service, _)| service)
    }

    /// The kind's part of the name.
    pub fn kind(&self) -> &'static str {
        self.name.split_once('/').map_or(self.name, |(_, kind)| kind)
    }

    /// Whether the read makes any call at all; the account itself and its regions are known beforehand.
    pub fn is_call(&self) -> bool {
        !self.calls.is_empty()
    }

    /// The IAM action to name when the whole read is in question.
    pub fn action(&self) -> String {
        Self::deciding_action(self.calls)
    }

    pub(crate) fn deciding_action(calls: &[Call]) -> String {
        calls.last().map(Call::iam_action).unwrap_or_else(|| "none".to_owned())
    }

    /// Where it is read, seen from `place`.
    pub fn place(&self, place: &Place) -> Place {
        match self.scope {
            Scope::Global => place.at(GLOBAL),
            Scope::Regional => place.clone(),
        }
    }

    /// Where a detail of a resource is read: the resource's own region if it names one, otherwise where it was listed.
    pub fn place_of(&self, identity: &Identity, listed_at: &Place) -> Place {
        match &identity.region {
            Some(region) => listed_at.at(region),
            None => self.place(listed_at),
        }
    }

    /// One record from its JSON.
    pub fn decode(&self, json: &str) -> Result<Erased, serde_json::Error> {
        (self.decode)(json)
    }

    /// One record as JSON.
    pub fn encode(&self, record: &(dyn Any + Send + Sync)) -> Result<serde_json::Value, serde_json::Error> {
        (self.encode)(record)
    }

    /// Who a record of this kind is.
    pub fn identity(&self, record: &(dyn Any + Send + Sync), place: &Place) -> Identity {
        (self.identity)(record, place)
    }
}

impl PartialEq for Read {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Read {}

impl std::hash::Hash for Read {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl std::fmt::Debug for Read {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

fn decode<R: Record>(json: &str) -> Result<Erased, serde_json::Error> {
    serde_json::from_str::<R>(json).map(|record| Box::new(record) as Erased)
}

fn encode<R: Record>(record: &(dyn Any + Send + Sync)) -> Result<serde_json::Value, serde_json::Error> {
    serde_json::to_value(expect_record::<R>(record))
}

/// The record behind an erased one. Reads are keyed by name and each name has one type, so a mismatch is a defect
/// of this program; the scan contains it as one [`Reason::Internal`](super::Reason::Internal) read.
pub fn expect_record<R: Record>(record: &(dyn Any + Send + Sync)) -> &R {
    record.downcast_ref::<R>().expect("a read yields records of its own type")
}

/// Declares a record to be a resource: its type, scope and calls, and who it is.
#[macro_export]
macro_rules! resource {
    ($record:ident, $name:literal, $type:literal, $scope:ident, [$($call:expr),* $(,)?], |$this:ident, $place:ident| $identity:expr) => {
        impl $crate::contract::Record for $record {
            const NAME: &'static str = $name;
            const SCOPE: $crate::contract::Scope = $crate::contract::Scope::$scope;
            const CALLS: &'static [$crate::contract::Call] = &[$($call),*];
            const READ: &'static $crate::contract::Read = &$crate::contract::Read::list::<Self>();
        }
        impl $crate::contract::Resource for $record {
            const TYPE: &'static str = $type;
            fn identity(&self, $place: &$crate::contract::Place) -> $crate::contract::Identity {
                let $this = self;
                $identity
            }
        }
    };
}

/// Declares a record to be a detail of a resource, and the calls that tell it.
#[macro_export]
macro_rules! detail {
    ($record:ident, $name:literal, of $of:ty, [$($call:expr),* $(,)?]) => {
        impl $crate::contract::Record for $record {
            const NAME: &'static str = $name;
            const SCOPE: $crate::contract::Scope = <$of as $crate::contract::Record>::SCOPE;
            const CALLS: &'static [$crate::contract::Call] = &[$($call),*];
            const READ: &'static $crate::contract::Read = &$crate::contract::Read::detail::<Self>();
        }
        impl $crate::contract::Detail for $record {
            type Of = $of;
        }
    };
}

/// The account itself. Known without a call; account-wide settings are its details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Account {
    /// The twelve-digit account id.
    pub id: String,
}

crate::resource!(Account, "account/Account", "AWS::::Account", Global, [], |this, place| Identity::new(
    place.account_arn(),
    this.id.clone()
));

/// The account in one region. Known without a call; settings per account and region are its details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Region {
    /// The region's code (`eu-west-1`).
    pub name: String,
}

crate::resource!(Region, "account/Region", "AWS::::Account", Regional, [], |this, place| Identity::new(
    place.account_arn(),
    format!("{} {}", place.account, this.name)
));
