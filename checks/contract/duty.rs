//! The shared-responsibility model as data: who answers for what.
//!
//! The data is `duties.toml`; this module gives it types and finds its way around in it.

use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;

use super::Partition;

macro_rules! duties {
    ($($variant:ident = $id:literal),* $(,)?) => {
        /// One duty of the customer, by the name checks use. [`Model`] holds what it means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum DutyId { $(#[doc = $id] $variant),* }

        impl DutyId {
            /// Every duty, in the model's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The id as reports and the command line have it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $id),* }
            }
        }
    };
}

duties! {
    UserAuthentication = "user-authentication",
    Authorization = "authorization",
    ServiceIdentities = "service-identities",
    AccessReviews = "access-reviews",
    DataClassification = "data-classification",
    EncryptionAtRest = "encryption-at-rest",
    EncryptionInTransit = "encryption-in-transit",
    DataLifecycle = "data-lifecycle",
    SecureCoding = "secure-coding",
    DependencyManagement = "dependency-management",
    ApiSecurity = "api-security",
    RuntimeProtection = "runtime-protection",
    VpcConfiguration = "vpc-configuration",
    SecurityGroups = "security-groups",
    NetworkSegmentation = "network-segmentation",
    Connectivity = "connectivity",
    AuditLogging = "audit-logging",
    SecurityMonitoring = "security-monitoring",
    LogAnalysis = "log-analysis",
    MetricsAlerting = "metrics-alerting",
    PolicyImplementation = "policy-implementation",
    ComplianceFrameworks = "compliance-frameworks",
    RiskManagement = "risk-management",
    Documentation = "documentation",
    ServiceMeshConfiguration = "service-mesh-configuration",
    ContainerRegistrySecurity = "container-registry-security",
    SecretsManagement = "secrets-management",
    BackupVerification = "backup-verification",
    CostAllocation = "cost-allocation",
}

impl fmt::Display for DutyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl DutyId {
    /// What the model says of this duty.
    pub fn facts(self) -> &'static Duty {
        // `ALL` and the model have the same order, which a test proves.
        &Model::get().duties[self as usize]
    }
}

/// Who answers for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The cloud provider.
    Provider,
    /// Whoever uses the account.
    Customer,
    /// Both, each for a part.
    Shared,
}

impl Owner {
    /// The word used in every report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Customer => "customer",
            Self::Shared => "shared",
        }
    }
}

/// How far up the stack the provider's part reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum ServiceModel {
    /// Infrastructure: the customer has everything from the operating system up.
    IaaS,
    /// Platform: the customer has data, code and access.
    PaaS,
    /// Software: the customer has users and their data.
    SaaS,
    /// Services that govern the use of the others; they have no service model of their own.
    #[serde(rename = "account")]
    Account,
}

impl ServiceModel {
    /// All models, the one that leaves most to the customer first; what governs the others comes last.
    pub const ALL: [Self; 4] = [Self::IaaS, Self::PaaS, Self::SaaS, Self::Account];

    /// The word used in every report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IaaS => "IaaS",
            Self::PaaS => "PaaS",
            Self::SaaS => "SaaS",
            Self::Account => "account",
        }
    }
}

/// The whole model.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The version of the file's shape.
    pub schema: u32,
    /// What the model says in general.
    pub model: Principle,
    /// What the provider answers for.
    #[serde(rename = "provider_duty")]
    pub provider_duties: Vec<ProviderDuty>,
    /// Where the provider shows that it keeps them.
    pub artifact: Artifact,
    /// What is found there.
    #[serde(rename = "artifact_report")]
    pub artifact_reports: Vec<ArtifactReport>,
    /// The seven groups of the customer's duties.
    #[serde(rename = "group")]
    pub groups: Vec<Group>,
    /// What the customer answers for.
    #[serde(rename = "duty")]
    pub duties: Vec<Duty>,
    /// Fields of work, each with its primary owner and the part that is shared.
    #[serde(rename = "domain")]
    pub domains: Vec<Domain>,
    /// The decision tree: the first question answered with yes decides.
    #[serde(rename = "decision_step")]
    pub steps: Vec<Step>,
    /// How the line moves with the kind of service.
    #[serde(rename = "service_type")]
    pub service_types: Vec<ServiceType>,
    /// What is often believed of a service, and what is true.
    #[serde(rename = "misunderstanding")]
    pub misunderstandings: Vec<Misunderstanding>,
}

/// What the model says in general.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principle {
    /// The provider's side in one phrase.
    pub provider_scope: String,
    /// The customer's side in one phrase.
    pub customer_scope: String,
    /// The whole in one sentence.
    pub principle: String,
    /// The assumption the model corrects.
    pub false_assumption: FalseAssumption,
    /// What seeing it right leads to.
    pub right_view: RightView,
}

/// The assumption the model corrects, and the harm it does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FalseAssumption {
    /// What is assumed.
    pub claim: String,
    /// What comes of it.
    pub leads_to: Vec<String>,
    /// The duties that are then neglected.
    pub duties_at_risk: Vec<String>,
}

/// What seeing the model right leads to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RightView {
    /// The benefits.
    pub leads_to: Vec<String>,
}

/// One duty of the provider: inherited by every customer, never scanned.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderDuty {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it contains.
    pub holds: Vec<String>,
    /// The step of the decision tree that leaves it with the provider.
    pub decision_step: u32,
    /// The reports that an auditor can be pointed at, by id.
    reports: Vec<String>,
}

impl ProviderDuty {
    /// The reports of AWS Artifact that cover it.
    pub fn reports(&self) -> impl Iterator<Item = &'static ArtifactReport> {
        self.reports.iter().filter_map(|id| Model::get().artifact_report(id))
    }
}

/// AWS Artifact: where the provider's auditors can be read. Source: AWS Artifact User Guide; AWS Artifact API Reference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// The address of its console.
    pub console: String,
    /// The command that lists the reports with their ids.
    pub list: String,
    /// The command that gives the terms of one, and the token that stands for having them.
    pub term: String,
    /// The command that fetches one.
    pub get: String,
    partitions: Vec<String>,
}

impl Artifact {
    /// Whether AWS documents it for a partition.
    pub fn is_offered_in(&self, partition: Partition) -> bool {
        self.partitions.iter().any(|name| name == partition.name())
    }

    /// The names of the partitions that AWS documents it for.
    pub fn partitions(&self) -> &[String] {
        &self.partitions
    }
}

/// A report of AWS Artifact, or a series of them that is renewed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArtifactReport {
    /// Its id, in this model only.
    pub id: String,
    /// Its name, without version and period.
    pub name: String,
    /// What finds it in AWS Artifact.
    pub search: String,
    /// What it is, and by whom.
    pub by: String,
}

/// A group of the customer's duties.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What its duties have in common.
    pub theme: String,
}

/// One duty of the customer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    /// Its id.
    pub id: String,
    /// The group it belongs to.
    pub group: String,
    /// Its name.
    pub name: String,
    /// What it contains.
    pub holds: Vec<String>,
    /// What checks look at under this duty.
    pub scope: String,
    /// Who answers for it.
    pub owner: Owner,
    /// Whether it is often overlooked.
    pub overlooked: bool,
    /// The domain it falls into.
    pub domain: String,
    /// The step of the decision tree that hands it to its owner.
    pub decision_step: u32,
    /// How much of it an API can show: `full`, `partial` or `none`.
    pub api_assessable: String,
    answers: Answers,
    /// Who does which part of it, in services of the models where it is shared.
    pub shared_part: Option<String>,
    /// The only services it is about, by the name of their SDK; `None` if it may be about any.
    pub arises_in: Option<Vec<String>>,
}

/// Who answers for a duty in services of each model.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    #[serde(rename = "IaaS")]
    iaas: Owner,
    #[serde(rename = "PaaS")]
    paas: Owner,
    #[serde(rename = "SaaS")]
    saas: Owner,
}

impl Duty {
    /// Who answers for it in services of a model. What is done with a service that governs the others is its owner's.
    pub fn answers_in(&self, model: ServiceModel) -> Owner {
        match model {
            ServiceModel::IaaS => self.answers.iaas,
            ServiceModel::PaaS => self.answers.paas,
            ServiceModel::SaaS => self.answers.saas,
            ServiceModel::Account => self.owner,
        }
    }

    /// Who answers for it in one service, by the name of its SDK; `None` if it does not arise there.
    pub fn answers_for(&self, service: &str, model: ServiceModel) -> Option<Owner> {
        let arises = self.arises_in.as_ref().is_none_or(|only| only.iter().any(|id| id == service));
        arises.then(|| self.answers_in(model))
    }
}

/// A field of work with a primary owner and a shared part.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who answers for most of it.
    pub primary_owner: Owner,
    /// The part that both answer for.
    pub shared_part: String,
}

/// One question of the decision tree.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its number, from 1.
    pub step: u32,
    /// The question.
    pub question: String,
    /// Who answers for it when the answer is yes.
    pub yes: Owner,
}

/// How the line runs for one kind of service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceType {
    /// Which kind.
    pub id: ServiceModel,
    /// Well-known services of the kind.
    pub examples: Vec<String>,
    /// What the provider secures.
    pub provider_part: Vec<String>,
    /// What the customer secures.
    pub customer_part: Vec<String>,
    /// The duties that matter most.
    pub lead_duties: Vec<String>,
    /// The AWS services of the kind, by the name of their SDK.
    pub services: Vec<String>,
}

/// What is often believed of a kind of service, and what is true.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Misunderstanding {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub scenario: String,
    /// What is believed.
    pub belief: String,
    /// What is true.
    pub reality: String,
    /// The AWS products it is held about.
    pub aws_services: Vec<String>,
    /// The same, by the name of their SDK.
    pub services: Vec<String>,
    /// The duties that are then neglected.
    pub duties: Vec<String>,
}

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    toml::from_str(include_str!("../duties.toml")).expect("duties.toml is part of the program and tested with it")
});

impl Model {
    /// The model.
    pub fn get() -> &'static Self {
        &MODEL
    }

    /// The duty with an id.
    pub fn duty(&self, id: &str) -> Option<&Duty> {
        self.duties.iter().find(|duty| duty.id == id)
    }

    /// The provider's duty with an id.
    pub fn provider_duty(&self, id: &str) -> Option<&ProviderDuty> {
        self.provider_duties.iter().find(|duty| duty.id == id)
    }

    /// The report of AWS Artifact with an id.
    pub fn artifact_report(&self, id: &str) -> Option<&ArtifactReport> {
        self.artifact_reports.iter().find(|report| report.id == id)
    }

    /// The group with an id.
    pub fn group(&self, id: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    /// The domain with an id.
    pub fn domain(&self, id: &str) -> Option<&Domain> {
        self.domains.iter().find(|domain| domain.id == id)
    }

    /// The service model of an AWS service, by the name of its SDK.
    pub fn service_type(&self, service: &str) -> Option<&ServiceType> {
        self.service_types.iter().find(|kind| kind.services.iter().any(|s| s == service))
    }

    /// What is misunderstood about an AWS service.
    pub fn misunderstandings_of<'a>(&'a self, service: &'a str) -> impl Iterator<Item = &'a Misunderstanding> {
        self.misunderstandings.iter().filter(move |m| m.services.iter().any(|s| s == service))
    }
}
