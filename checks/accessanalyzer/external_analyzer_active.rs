use super::resources::{Analyzer, LIST_ANALYZERS};
use crate::contract::{Answer, Reason, Region, Unknown, fail, pass};
use crate::organizations::resources::Membership;

crate::check! {
    /// An external-access analyzer watches every active region
    ///
    /// It reasons about the policies of buckets, roles, keys, queues, functions and more, and reports each that lets
    /// somebody in from outside the account or the organization. Roles and other global things are seen by every one.
    ///
    /// Analyzers of unused or of internal access answer other questions and do not count. An analyzer of the
    /// organization watches its member accounts without showing in them: where the account has no analyzer of its own
    /// and is in an organization, the answer lies in the management account or the one it has put in charge.
    ///
    /// # Fix
    /// `aws accessanalyzer create-analyzer --analyzer-name NAME --type ACCOUNT --region REGION`
    ///
    /// For a whole organization, in its management account or that of the delegated administrator:
    /// `aws accessanalyzer create-analyzer --analyzer-name NAME --type ORGANIZATION --region REGION`
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark, "Ensure that IAM Access Analyzer is enabled for all regions"; AWS Security Hub
    /// control IAM.28; IAM User Guide, "Getting started with AWS Identity and Access Management Access Analyzer"
    over: Region,
    reads: [Analyzer, Membership],
    duty: AccessReviews,
    severity: High,
}

async fn judge(_region: &Region, cloud: &Cloud) -> Answer {
    let analyzers = cloud.list::<Analyzer>().await?;
    let (mut idle, mut unheard) = (Vec::new(), None);
    for analyzer in analyzers.iter() {
        match analyzer.zone() {
            Ok(Some(zone)) if analyzer.status == "ACTIVE" => {
                let words = format!("its analyzer {} watches for access from outside the {zone}", analyzer.name);
                return Ok(pass(words).showing_of::<Analyzer>("Arn", &*analyzer.arn));
            }
            Ok(Some(_)) => idle.push(analyzer.standing()),
            Ok(None) => {}
            Err(unknown) => unheard = unheard.or(Some(unknown)),
        }
    }
    if let Some(unknown) = unheard {
        return Err(unknown);
    }
    let own = if idle.is_empty() { "has no external-access analyzer".to_owned() } else { idle.join("; ") };
    let membership = cloud.of::<Membership>(&cloud.account()).await?;
    match &membership.organization {
        None => Ok(fail(own).showing_of::<Membership>("Organization", None::<&str>)),
        Some(organization) => {
            let manager = &organization.master_account_id;
            let detail = format!("{own}; whether the organization that {manager} manages has one shows elsewhere only");
            Err(Unknown::new(Reason::OtherAccount, LIST_ANALYZERS.iam_action(), detail))
        }
    }
}
