use super::resources::{Analyzer, LIST_ANALYZERS};
use crate::contract::{Answer, GLOBAL, Reason, Region, Unknown, fail, pass};
use crate::organizations::resources::{AnalyzerAdministrators, Membership};

crate::check! {
    /// An external-access analyzer watches every active region
    ///
    /// It reasons about the policies of buckets, roles, keys, queues, functions and more, and reports each that lets
    /// somebody in from outside the account or the organization. Roles and other global things are seen by every one.
    ///
    /// Analyzers of unused or of internal access answer other questions and do not count. An analyzer of the
    /// organization watches its member accounts without showing in them: where the account has no analyzer of its own
    /// and is in an organization, the answer lies in the management account or the one it has put in charge, and is
    /// found there if the scan looks at those, too.
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
    reads: [Analyzer, Membership, AnalyzerAdministrators],
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
        Some(organization) => of_organization(&own, &organization.master_account_id, cloud).await,
    }
}

/// Whether the organization has an analyzer, which is in its management account or in the one that is put in charge.
async fn of_organization(own: &str, manager: &str, cloud: &Cloud) -> Answer {
    let what = format!("{own}; whether the organization that {manager} manages has one shows elsewhere only");
    let Some(first) = cloud.first_account() else {
        return Err(Unknown::new(Reason::OtherAccount, LIST_ANALYZERS.iam_action(), what));
    };
    let mut accounts = vec![manager.to_owned()];
    let mut unseen = None;
    match administrators(first, what.clone(), cloud).await {
        Ok(administrators) => accounts.extend(administrators),
        Err(unknown) => unseen = Some(unknown),
    }
    let region = &cloud.place().region;
    for account in &accounts {
        match analyzer_in(account, region, what.clone(), cloud).await {
            Ok(Some(name)) => {
                let words = format!("the organization's analyzer {name} in account {account} watches it");
                return Ok(pass(words).showing_of::<Membership>("MasterAccountId", manager));
            }
            Ok(None) => {}
            Err(unknown) => unseen = unseen.or(Some(unknown)),
        }
    }
    match unseen {
        Some(unknown) => Err(unknown),
        None => Ok(fail(format!("{own}, and neither does its organization, in account {}", accounts.join(" or ")))
            .showing_of::<Membership>("MasterAccountId", manager)),
    }
}

async fn administrators(first: &str, what: String, cloud: &Cloud) -> Result<Vec<String>, Unknown> {
    let there = cloud.elsewhere::<AnalyzerAdministrators>(first, GLOBAL, what).await?;
    let administrators = there.of::<AnalyzerAdministrators>(&there.account()).await?;
    Ok(administrators.delegated_administrators.iter().map(|administrator| administrator.id.clone()).collect())
}

/// The name of an analyzer in an account that watches the whole organization in a region.
async fn analyzer_in(account: &str, region: &str, what: String, cloud: &Cloud) -> Result<Option<String>, Unknown> {
    let there = cloud.elsewhere::<Analyzer>(account, region, what).await?;
    let analyzers = there.list::<Analyzer>().await?;
    let mut unheard = None;
    for analyzer in analyzers.iter().filter(|analyzer| analyzer.status == "ACTIVE") {
        match analyzer.zone() {
            Ok(Some("organization")) => return Ok(Some(analyzer.name.clone())),
            Ok(_) => {}
            Err(unknown) => unheard = unheard.or(Some(unknown)),
        }
    }
    unheard.map_or(Ok(None), Err)
}
