//! Findings on their way into Security Hub. This file is the only one that writes there, and writes nothing but what
//! `--security-hub` imports and archives.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_sdk_securityhub::Client;
use aws_sdk_securityhub::types::{
    AwsSecurityFinding, AwsSecurityFindingFilters, Compliance, ComplianceStatus, FindingProviderFields,
    FindingProviderSeverity, Partition, Recommendation, RecordState, Remediation, Resource, Severity, SeverityLabel,
    StatusReason, StringFilter, StringFilterComparison,
};
use futures::future::{BoxFuture, FutureExt};
use plimsoll_checks::contract::{Call, Place, Unknown, api};
use plimsoll_checks::live::{Clients, Failure, Live, missing};

use super::session::Caller;
use crate::delivery::{Answer, Hub, Hubs, Page, Refusal};
use crate::report::asff::{self, AwsFinding};

const GET_FINDINGS: Call = api("securityhub", "GetFindings");
const BATCH_IMPORT_FINDINGS: Call = api("securityhub", "BatchImportFindings");

/// Findings in one page, the most that Security Hub gives.
const PAGE: i32 = 100;

/// Security Hub, as the account of a caller sees it.
pub struct SecurityHub {
    clients: Arc<Clients>,
    global: Place,
}

impl SecurityHub {
    /// For somebody who has signed in to the account, or taken on a role in it.
    pub fn new(caller: &Caller) -> Self {
        Self { clients: caller.clients.clone(), global: caller.global() }
    }

    fn live(&self, region: &str) -> Live {
        Live::new(self.clients.clone(), self.global.at(region))
    }

    async fn page(&self, region: &str, token: Option<String>) -> Result<Page, Refusal> {
        let live = self.live(region);
        let is = |value: &str, comparison| StringFilter::builder().value(value).comparison(comparison).build();
        let filters = AwsSecurityFindingFilters::builder()
            .product_arn(is(&asff::product_arn(live.place()), StringFilterComparison::Equals))
            .aws_account_id(is(&self.global.account, StringFilterComparison::Equals))
            .generator_id(is(asff::OURS, StringFilterComparison::Prefix))
            .record_state(is("ACTIVE", StringFilterComparison::Equals));
        let request = live.client(Client::new).get_findings().filters(filters.build()).max_results(PAGE);
        let answer = request.set_next_token(token).send().await;
        let answer = live.heard(GET_FINDINGS, answer).map_err(refusal)?;
        let findings = answer.findings.ok_or_else(|| Refusal::Unknown(missing(GET_FINDINGS, "Findings")))?;
        // A token that is empty asks for the first page again.
        let next = answer.next_token.filter(|token| !token.is_empty());
        Ok(Page { findings: findings.into_iter().filter_map(told).collect(), next })
    }

    async fn send(&self, region: &str, findings: Vec<AwsFinding>) -> Result<Answer, Refusal> {
        let live = self.live(region);
        let findings: Vec<AwsSecurityFinding> = findings.into_iter().map(typed).collect();
        let answer = live.client(Client::new).batch_import_findings().set_findings(Some(findings)).send().await;
        let answer = live.heard(BATCH_IMPORT_FINDINGS, answer).map_err(refusal)?;
        let lacks = |field| Refusal::Unknown(missing(BATCH_IMPORT_FINDINGS, field));
        let imported = answer.success_count.ok_or_else(|| lacks("SuccessCount"))?;
        let imported = usize::try_from(imported).map_err(|_| lacks("a SuccessCount that counts"))?;
        let failed = answer.failed_findings.into_iter().flatten();
        let unsaid = |text: Option<String>| text.unwrap_or_else(|| "no reason".to_owned());
        let rejected = failed.map(|failed| (unsaid(failed.error_code), unsaid(failed.error_message))).collect();
        Ok(Answer { imported, rejected })
    }
}

impl Hub for SecurityHub {
    fn active<'a>(&'a self, region: &'a str, page: Option<String>) -> BoxFuture<'a, Result<Page, Refusal>> {
        self.page(region, page).boxed()
    }

    fn import<'a>(&'a self, region: &'a str, findings: Vec<AwsFinding>) -> BoxFuture<'a, Result<Answer, Refusal>> {
        self.send(region, findings).boxed()
    }
}

impl Hubs for Caller {
    fn of<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Box<dyn Hub>, Unknown>> {
        // One account is scanned, and this is who scans it.
        async { Ok(Box::new(SecurityHub::new(self)) as Box<dyn Hub>) }.boxed()
    }
}

/// An account without a hub is told so with a code that has other meanings, too; so the words count.
fn refusal(failure: Failure) -> Refusal {
    if failure.says("InvalidAccessException", "is not subscribed to") {
        return Refusal::Off;
    }
    Refusal::Unknown(failure.into())
}

fn typed(finding: AwsFinding) -> AwsSecurityFinding {
    let label = SeverityLabel::from(&*finding.severity.label);
    let own = FindingProviderSeverity::builder().label(label.clone()).original(&*finding.severity.original).build();
    let types: Vec<String> = finding.types.iter().map(ToString::to_string).collect();
    let text = Recommendation::builder().text(finding.remediation.recommendation.text).build();
    let resources = finding.resources.into_iter().map(|resource| {
        Resource::builder()
            .r#type(resource.kind)
            .id(resource.id)
            .partition(Partition::from(&*resource.partition))
            .region(resource.region)
            .set_tags(Some(resource.tags.into_iter().collect()).filter(|tags: &HashMap<_, _>| !tags.is_empty()))
            .build()
    });
    let reasons =
        finding.compliance.status_reasons.into_iter().map(|reason| {
            StatusReason::builder().reason_code(reason.reason_code).description(reason.description).build()
        });
    let filled = |list: Vec<StatusReason>| Some(list).filter(|list| !list.is_empty());
    let compliance = Compliance::builder()
        .status(ComplianceStatus::from(&*finding.compliance.status))
        .set_related_requirements(Some(finding.compliance.related_requirements).filter(|list| !list.is_empty()))
        .set_status_reasons(filled(reasons.collect()));
    AwsSecurityFinding::builder()
        .schema_version(finding.schema_version)
        .id(finding.id)
        .product_arn(finding.product_arn)
        .product_name(finding.product_name)
        .company_name(finding.company_name)
        .generator_id(finding.generator_id)
        .aws_account_id(finding.aws_account_id)
        .region(finding.region)
        .set_types(Some(types.clone()))
        .first_observed_at(finding.first_observed_at)
        .last_observed_at(finding.last_observed_at)
        .created_at(finding.created_at)
        .updated_at(finding.updated_at)
        .severity(Severity::builder().label(label).original(&*finding.severity.original).build())
        .finding_provider_fields(FindingProviderFields::builder().severity(own).set_types(Some(types)).build())
        .title(finding.title)
        .description(finding.description)
        .remediation(Remediation::builder().recommendation(text).build())
        .set_product_fields(Some(finding.product_fields.into_iter().collect()))
        .set_resources(Some(resources.collect()))
        .compliance(compliance.build())
        .record_state(RecordState::from(&*finding.record_state))
        .build()
}

/// What we have once sent, from what Security Hub tells; `None` if something of it is missing, and it was not us.
fn told(finding: AwsSecurityFinding) -> Option<AwsFinding> {
    let compliance = finding.compliance?;
    let severity = finding.severity?;
    let [resource] = <[Resource; 1]>::try_from(finding.resources?).ok()?;
    let reason = |reason: StatusReason| {
        Some(asff::StatusReason { reason_code: reason.reason_code?, description: reason.description? })
    };
    Some(AwsFinding {
        schema_version: Cow::Owned(finding.schema_version?),
        id: finding.id?,
        product_arn: finding.product_arn?,
        product_name: Cow::Owned(finding.product_name?),
        company_name: Cow::Owned(finding.company_name?),
        generator_id: finding.generator_id?,
        aws_account_id: finding.aws_account_id?,
        region: finding.region?,
        types: finding.types?.into_iter().map(Cow::Owned).collect(),
        first_observed_at: finding.first_observed_at?,
        last_observed_at: finding.last_observed_at?,
        created_at: finding.created_at?,
        updated_at: finding.updated_at?,
        severity: asff::Weight {
            label: Cow::Owned(severity.label?.as_str().to_owned()),
            original: Cow::Owned(severity.original?),
        },
        title: finding.title?,
        description: finding.description?,
        remediation: asff::Remediation {
            recommendation: asff::Recommendation { text: finding.remediation?.recommendation?.text? },
        },
        // Security Hub adds some of its own, under a name that nobody else may write.
        product_fields: own_fields(finding.product_fields?),
        resources: vec![asff::Resource {
            kind: Cow::Owned(resource.r#type?),
            id: resource.id?,
            partition: Cow::Owned(resource.partition?.as_str().to_owned()),
            region: resource.region?,
            tags: resource.tags.into_iter().flatten().collect(),
        }],
        compliance: asff::Compliance {
            status: Cow::Owned(compliance.status?.as_str().to_owned()),
            related_requirements: compliance.related_requirements.into_iter().flatten().collect(),
            status_reasons: compliance.status_reasons.into_iter().flatten().map(reason).collect::<Option<_>>()?,
        },
        workflow: None,
        record_state: Cow::Owned(finding.record_state?.as_str().to_owned()),
    })
}

fn own_fields(fields: HashMap<String, String>) -> BTreeMap<String, String> {
    fields.into_iter().filter(|(name, _)| name.starts_with(asff::FIELDS)).collect()
}
