//! ASFF: the AWS Security Finding Format, as a JSON array that `aws securityhub batch-import-findings --findings` takes.
//!
//! AWS refuses a finding of which any part is too long, so what is too long is cut, and the cut shows as `…`. Source:
//! Security Hub API Reference, "`AwsSecurityFinding`"; Security Hub User Guide, "Required top-level ASFF attributes".

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use plimsoll_checks::contract::{Framework, Place, Severity, Status, Tags, controls_of};
use serde::{Deserialize, Serialize};

use super::ocsf::seen_at;
use super::{Ending, Opening, Report};
use crate::scan::{Finding, Scope, Subject};

/// What AWS takes at most: characters of a text, or members of a list.
mod limit {
    pub const ID: usize = 512;
    pub const TITLE: usize = 256;
    pub const DESCRIPTION: usize = 1024;
    pub const RECOMMENDATION: usize = 512;
    pub const FIELDS: usize = 50;
    pub const FIELD_KEY: usize = 128;
    pub const FIELD: usize = 2048;
    pub const REQUIREMENTS: usize = 32;
    pub const REQUIREMENT: usize = 64;
    pub const TAGS: usize = 50;
    pub const TAG_KEY: usize = 128;
    pub const TAG: usize = 256;
    /// Bytes of a whole finding: 240 KB.
    pub const FINDING: usize = 240_000;
}

/// How the keys of our own fields begin, as AWS asks for.
pub const FIELDS: &str = "Plimsoll/";
/// How the ids of our findings begin, and of what made them.
pub const OURS: &str = "plimsoll/";

/// A text that is mostly always the same, and one's own where it was read back.
type Text = Cow<'static, str>;

/// The state of a finding that is not archived.
const ACTIVE: &str = "ACTIVE";

/// What has become of a finding that is resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// It passes, or does not apply; with the message that says so.
    Judged(Status, String),
    /// The resource is gone.
    Gone,
}

/// A finding as AWS takes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AwsFinding {
    pub(crate) schema_version: Text,
    pub(crate) id: String,
    pub(crate) product_arn: String,
    pub(crate) product_name: Text,
    pub(crate) company_name: Text,
    pub(crate) generator_id: String,
    pub(crate) aws_account_id: String,
    pub(crate) region: String,
    pub(crate) types: Vec<Text>,
    pub(crate) first_observed_at: String,
    pub(crate) last_observed_at: String,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) severity: Weight,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) remediation: Remediation,
    pub(crate) product_fields: BTreeMap<String, String>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) compliance: Compliance,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workflow: Option<Workflow>,
    pub(crate) record_state: Text,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Weight {
    pub(crate) label: Text,
    pub(crate) original: Text,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Remediation {
    pub(crate) recommendation: Recommendation,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Recommendation {
    pub(crate) text: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Resource {
    #[serde(rename = "Type")]
    pub(crate) kind: Text,
    pub(crate) id: String,
    pub(crate) partition: Text,
    pub(crate) region: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Compliance {
    pub(crate) status: Text,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) related_requirements: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) status_reasons: Vec<StatusReason>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StatusReason {
    pub(crate) reason_code: String,
    pub(crate) description: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Workflow {
    pub(crate) status: Text,
}

/// How a check came out. AWS has one word for what could not be judged and for what does not apply; the reason beside it
/// tells them apart.
fn verdict(status: Status) -> &'static str {
    match status {
        Status::Pass => "PASSED",
        // Somebody accepts it; it fails all the same.
        Status::Fail | Status::Excepted => "FAILED",
        Status::NotApplicable | Status::Attested | Status::Unknown => "NOT_AVAILABLE",
    }
}

/// Whether somebody has to do something.
fn workflow(status: Status) -> &'static str {
    match status {
        Status::Fail | Status::Unknown => "NEW",
        Status::Excepted | Status::Attested => "SUPPRESSED",
        // As Security Hub sets it for its own controls when they pass.
        Status::Pass | Status::NotApplicable => "RESOLVED",
    }
}

fn label(finding: &Finding) -> &'static str {
    match finding.status() {
        // As Security Hub does with its own controls: what passes is worth knowing, and no more.
        Status::Pass | Status::NotApplicable => "INFORMATIONAL",
        Status::Fail | Status::Excepted | Status::Attested | Status::Unknown => match finding.severity() {
            Severity::Low => "LOW",
            Severity::Medium => "MEDIUM",
            Severity::High => "HIGH",
            Severity::Critical => "CRITICAL",
        },
    }
}

/// Why there is neither `PASSED` nor `FAILED`.
fn reason(finding: &Finding) -> Option<StatusReason> {
    let why = || finding.answer.as_ref().err().map_or_else(|| finding.message(), ToString::to_string);
    let code = match (finding.status(), &finding.answer) {
        (Status::Attested, _) => "PLIMSOLL_ATTESTED".to_owned(),
        (Status::NotApplicable, _) => "PLIMSOLL_NOT_APPLICABLE".to_owned(),
        (_, Err(unknown)) => format!("PLIMSOLL_UNKNOWN_{}", spelled(unknown.reason.as_str())),
        (Status::Pass | Status::Fail | Status::Excepted | Status::Unknown, Ok(_)) => return None,
    };
    Some(StatusReason { reason_code: code, description: cut(&why(), limit::DESCRIPTION) })
}

fn spelled(word: &str) -> String {
    word.replace('-', "_").to_ascii_uppercase()
}

/// The type that ASFF has for a CloudFormation type, or `Other`.
///
/// Source: Security Hub User Guide, "Resources" in ASFF, the values of `Type`.
fn resource_type(cloudformation: &str) -> &'static str {
    match cloudformation {
        "AWS::::Account" => "AwsAccount",
        "AWS::CloudTrail::Trail" => "AwsCloudTrailTrail",
        "AWS::DynamoDB::Table" => "AwsDynamoDbTable",
        "AWS::EC2::Instance" => "AwsEc2Instance",
        "AWS::EC2::NetworkAcl" => "AwsEc2NetworkAcl",
        "AWS::EC2::RouteTable" => "AwsEc2RouteTable",
        "AWS::EC2::SecurityGroup" => "AwsEc2SecurityGroup",
        "AWS::EC2::Subnet" => "AwsEc2Subnet",
        "AWS::EC2::VPC" => "AwsEc2Vpc",
        "AWS::EC2::VPCPeeringConnection" => "AwsEc2VpcPeeringConnection",
        "AWS::EC2::Volume" => "AwsEc2Volume",
        "AWS::GuardDuty::Detector" => "AwsGuardDutyDetector",
        "AWS::IAM::Group" => "AwsIamGroup",
        "AWS::IAM::ManagedPolicy" | "AWS::IAM::Policy" => "AwsIamPolicy",
        "AWS::IAM::Role" => "AwsIamRole",
        "AWS::IAM::User" => "AwsIamUser",
        "AWS::KMS::Key" => "AwsKmsKey",
        "AWS::Lambda::Function" => "AwsLambdaFunction",
        "AWS::RDS::DBCluster" => "AwsRdsDbCluster",
        "AWS::RDS::DBClusterSnapshot" => "AwsRdsDbClusterSnapshot",
        "AWS::RDS::DBInstance" => "AwsRdsDbInstance",
        "AWS::RDS::DBSnapshot" => "AwsRdsDbSnapshot",
        "AWS::S3::Bucket" => "AwsS3Bucket",
        "AWS::S3::Object" => "AwsS3Object",
        "AWS::SNS::Topic" => "AwsSnsTopic",
        // What ASFF has no word for.
        _ => "Other",
    }
}

impl AwsFinding {
    /// A finding in this format.
    pub fn of(finding: &Finding, scope: &Scope) -> Self {
        let check = finding.check.registered;
        let status = finding.status();
        let seen = seen_at(finding, scope).to_string();
        let (message, arn) = (finding.message(), finding.arn());
        Self {
            schema_version: "2018-10-08".into(),
            id: id(finding),
            product_arn: product_arn(&finding.place),
            product_name: "Plimsoll".into(),
            company_name: "Plimsoll".into(),
            generator_id: format!("{OURS}{}", check.id),
            aws_account_id: finding.place.account.to_string(),
            region: finding.place.endpoint_region().to_owned(),
            types: vec!["Software and Configuration Checks/AWS Security Best Practices".into()],
            first_observed_at: seen.clone(),
            last_observed_at: seen.clone(),
            created_at: seen.clone(),
            updated_at: seen,
            severity: Weight { label: label(finding).into(), original: finding.severity().as_str().into() },
            title: cut(&check.title, limit::TITLE),
            description: cut(&format!("{}: {message}", cut(finding.resource_id(), limit::TITLE)), limit::DESCRIPTION),
            remediation: Remediation {
                recommendation: Recommendation { text: cut(&check.fix, limit::RECOMMENDATION) },
            },
            product_fields: fields(finding, &arn),
            resources: vec![Resource {
                kind: resource_type(finding.resource_type).into(),
                id: cut(&arn, limit::ID),
                partition: finding.place.partition.name().into(),
                region: finding.place.endpoint_region().to_owned(),
                tags: tags(finding),
            }],
            compliance: Compliance {
                status: verdict(status).into(),
                related_requirements: requirements(&check.id),
                status_reasons: reason(finding).into_iter().collect(),
            },
            workflow: Some(Workflow { status: workflow(status).into() }),
            record_state: ACTIVE.into(),
        }
    }

    /// Its JSON, without the evidence if it would be too large with it.
    fn fitted_json(&mut self) -> serde_json::Result<String> {
        let json = serde_json::to_string(self)?;
        if json.len() <= limit::FINDING {
            return Ok(json);
        }
        self.product_fields.retain(|key, _| !key.starts_with(&format!("{FIELDS}Evidence/")));
        self.product_fields
            .insert(format!("{FIELDS}Evidence"), "left out: the finding would be over 240 KB".to_owned());
        serde_json::to_string(self)
    }

    /// As it is imported, and its JSON. The workflow is left to whoever works in Security Hub: an import could suppress a
    /// finding, and no later one could take that back.
    ///
    /// Source: Security Hub User Guide, "`BatchImportFindings` for finding providers".
    pub fn into_import(mut self) -> serde_json::Result<(Self, String)> {
        self.workflow = None;
        let json = self.fitted_json()?;
        Ok((self, json))
    }

    /// The same finding, archived for what has become of it.
    pub fn archived(mut self, resolution: &Resolution, now: jiff::Timestamp) -> Self {
        let (status, message) = match resolution {
            Resolution::Judged(status, message) => (status.as_str(), &**message),
            Resolution::Gone => ("gone", "the list that would show the resource was read whole, and does not show it"),
        };
        let reason_code = match resolution {
            Resolution::Judged(Status::Pass, _) => None,
            Resolution::Judged(..) => Some("PLIMSOLL_NOT_APPLICABLE"),
            Resolution::Gone => Some("PLIMSOLL_GONE"),
        };
        let reason =
            |code: &str| StatusReason { reason_code: code.to_owned(), description: cut(message, limit::DESCRIPTION) };
        self.compliance.status = if reason_code.is_none() { "PASSED" } else { "NOT_AVAILABLE" }.into();
        self.compliance.status_reasons = reason_code.map(reason).into_iter().collect();
        let resource = self.own_field("ResourceId").unwrap_or("-");
        self.description = cut(&format!("{}: {message}", cut(resource, limit::TITLE)), limit::DESCRIPTION);
        self.severity.label = "INFORMATIONAL".into();
        // The answers are those of another day, and nobody accepts what is resolved.
        let lasts = |key: &str| !key.starts_with(&format!("{FIELDS}Evidence")) && key != format!("{FIELDS}Accepted");
        self.product_fields.retain(|key, _| lasts(key));
        self.product_fields.insert(format!("{FIELDS}Status"), status.to_owned());
        self.record_state = "ARCHIVED".into();
        self.updated_at = now.to_string();
        self
    }

    /// Whether it is not archived.
    pub fn is_active(&self) -> bool {
        self.record_state == ACTIVE
    }

    /// The id of the finding that it was made of, if it is one of ours.
    pub fn own_id(&self) -> Option<&str> {
        let id = self.id.strip_prefix(OURS)?;
        (id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
    }

    /// One of our own fields.
    pub fn own_field(&self, name: &str) -> Option<&str> {
        self.product_fields.get(&format!("{FIELDS}{name}")).map(String::as_str)
    }

    /// The ARN of the resource.
    pub fn resource_arn(&self) -> &str {
        self.resources.first().map_or("", |resource| &resource.id)
    }
}

/// What Security Hub knows a finding by.
pub fn id(finding: &Finding) -> String {
    format!("{OURS}{}", finding.id())
}

/// The product that everybody may import findings for, of the account and region that the finding is about.
///
/// Source: Security Hub User Guide, "Using `BatchImportFindings` to create and update findings".
pub fn product_arn(place: &Place) -> String {
    let Place { partition, account, .. } = place;
    format!("arn:{partition}:securityhub:{}:{account}:product/{account}/default", place.endpoint_region())
}

/// What only we tell. Security Hub shows it beside the finding.
fn fields(finding: &Finding, arn: &str) -> BTreeMap<String, String> {
    let check = finding.check.registered;
    let mut fields = BTreeMap::new();
    let mut add = |key: &str, value: &str| {
        // AWS takes no empty value.
        if !value.is_empty() {
            fields.insert(cut(&format!("{FIELDS}{key}"), limit::FIELD_KEY), cut(value, limit::FIELD));
        }
    };
    add("Status", finding.status().as_str());
    if let Some(acceptance) = finding.acceptance() {
        add("Accepted", &acceptance.told());
    }
    add("Duty", check.check.duty.as_str());
    add("Check", &check.id);
    add("Kind", finding.kind);
    add("ResourceId", finding.resource_id());
    add("ResourceOwner", &finding.owner.name);
    add("ResourceType", finding.resource_type);
    add("Region", &finding.place.region);
    add("Why", &check.why);
    add("Source", &check.source);
    add("Version", env!("CARGO_PKG_VERSION"));
    // An ARN too long for `Resources` stands here, further than there.
    if arn.chars().count() > limit::ID {
        add("ResourceArn", arn);
    }
    // Twelve fields are taken, and one is for what is left out.
    let room = limit::FIELDS - 13;
    for (index, evidence) in finding.evidence.iter().enumerate().take(room) {
        let request = evidence.request_id.as_deref().unwrap_or("-");
        let values = serde_json::to_string(&evidence.fields).expect("a map of JSON has a JSON form");
        add(
            &format!("Evidence/{:02}", index + 1),
            &format!("{} {} {} {request} {values}", evidence.at, evidence.action, evidence.region),
        );
    }
    if finding.evidence.len() > room {
        add("Evidence", &format!("{} more answers of AWS are left out", finding.evidence.len() - room));
    }
    fields
}

fn requirements(check: &str) -> Vec<String> {
    let named = controls_of(check).iter().flat_map(|(id, controls)| {
        let framework = Framework::get(id).expect("controls are of frameworks that there are");
        controls.iter().map(|control| cut(&format!("{} {control}", framework.name), limit::REQUIREMENT))
    });
    let mut all: Vec<String> = named.collect();
    all.dedup();
    if all.len() > limit::REQUIREMENTS {
        all.truncate(limit::REQUIREMENTS - 1);
        all.push("…".to_owned());
    }
    all
}

fn tags(finding: &Finding) -> BTreeMap<String, String> {
    static NONE: Tags = Tags::new();
    let tags = match &finding.subject {
        Subject::Resource(identity) => &identity.tags,
        Subject::Unlisted => &NONE,
    };
    // A tag may be empty, but AWS takes no empty string in a finding.
    let shown = tags.iter().filter(|(key, value)| !key.is_empty() && !value.is_empty());
    let mut cut: BTreeMap<String, String> =
        shown.map(|(key, value)| (cut(key, limit::TAG_KEY), cut(value, limit::TAG))).take(limit::TAGS + 1).collect();
    if cut.len() > limit::TAGS {
        while cut.len() >= limit::TAGS {
            cut.pop_last();
        }
        cut.insert("…".to_owned(), "there are more tags".to_owned());
    }
    cut
}

/// `text` in at most `most` characters, and never empty; one that is cut ends in `…`.
fn cut(text: &str, most: usize) -> String {
    if text.is_empty() {
        return "-".to_owned();
    }
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

/// Findings in one array, written as they are reached.
pub struct Findings<W> {
    out: W,
    any: bool,
    scope: Scope,
}

impl<W: Write> Findings<W> {
    /// An array on `out`.
    pub fn new(out: W, opening: &Opening) -> Self {
        Self { out, any: false, scope: opening.scope.clone() }
    }
}

impl<W: Write> Report for Findings<W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        self.out.write_all(if self.any { b",\n" } else { b"[\n" })?;
        self.any = true;
        self.out.write_all(AwsFinding::of(finding, &self.scope).fitted_json()?.as_bytes())
    }

    fn end(mut self: Box<Self>, _: &Ending<'_>) -> io::Result<()> {
        self.out.write_all(if self.any { b"\n]\n" } else { b"[]\n" })?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_between_characters_and_the_cut_shows() {
        assert_eq!(cut("größe", 5), "größe");
        assert_eq!(cut("größer", 5), "größ…");
        assert_eq!(cut(&"日".repeat(3000), limit::FIELD).chars().count(), limit::FIELD);
        assert_eq!(cut("", 5), "-", "AWS takes no empty string");
    }

    #[test]
    fn what_is_accepted_or_unknown_never_passes() {
        for other in [Status::Fail, Status::NotApplicable, Status::Excepted, Status::Attested, Status::Unknown] {
            assert_ne!(verdict(other), "PASSED", "{other}");
        }
        assert_eq!((verdict(Status::Excepted), workflow(Status::Excepted)), ("FAILED", "SUPPRESSED"));
        assert_eq!((verdict(Status::Attested), workflow(Status::Attested)), ("NOT_AVAILABLE", "SUPPRESSED"));
        assert_eq!((verdict(Status::Unknown), workflow(Status::Unknown)), ("NOT_AVAILABLE", "NEW"));
    }

    #[test]
    fn no_check_serves_more_requirements_than_aws_takes() {
        for check in plimsoll_checks::checks() {
            let requirements = requirements(&check.id);
            assert!(requirements.len() <= limit::REQUIREMENTS, "{}", check.id);
            assert!(requirements.iter().all(|it| it.chars().count() <= limit::REQUIREMENT), "{}", check.id);
        }
    }

    #[test]
    fn evidence_is_left_out_with_a_word_before_a_finding_grows_too_large() {
        let mut finding = plain();
        for index in 0..39 {
            // Six bytes each in JSON.
            finding.product_fields.insert(format!("{FIELDS}Evidence/{index:02}"), "\u{1}".repeat(limit::FIELD));
        }
        let json = finding.fitted_json().unwrap();
        assert!(json.len() <= limit::FINDING, "{}", json.len());
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let fields = json["ProductFields"].as_object().unwrap();
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["Plimsoll/Evidence"]);
    }

    fn plain() -> AwsFinding {
        let text = || "x".to_owned();
        AwsFinding {
            schema_version: "2018-10-08".into(),
            id: text(),
            product_arn: text(),
            product_name: "Plimsoll".into(),
            company_name: "Plimsoll".into(),
            generator_id: text(),
            aws_account_id: text(),
            region: text(),
            types: vec!["x".into()],
            first_observed_at: text(),
            last_observed_at: text(),
            created_at: text(),
            updated_at: text(),
            severity: Weight { label: "LOW".into(), original: "low".into() },
            title: text(),
            description: text(),
            remediation: Remediation { recommendation: Recommendation { text: text() } },
            product_fields: BTreeMap::new(),
            resources: vec![Resource {
                kind: "Other".into(),
                id: text(),
                partition: "aws".into(),
                region: text(),
                tags: BTreeMap::new(),
            }],
            compliance: Compliance {
                status: "PASSED".into(),
                related_requirements: Vec::new(),
                status_reasons: Vec::new(),
            },
            workflow: Some(Workflow { status: "NEW".into() }),
            record_state: ACTIVE.into(),
        }
    }
}
