//! An account's agreements with AWS, as the check over them has seen them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::Offset;
use plimsoll_checks::artifact::resources::CustomerAgreement;
use serde_json::Value;

use super::{Matrix, because};
use crate::report::harmless;
use crate::scan::{Finding, grouped};

/// What a scan has seen of an account's agreements with AWS.
#[derive(Debug)]
pub struct Agreements {
    /// The account.
    pub account: String,
    /// Those that AWS Artifact lists for it, or why they are not known.
    pub seen: Result<Vec<CustomerAgreement>, String>,
}

impl Agreements {
    /// The check that reads them, and shows them as its evidence whatever it says.
    pub const CHECK: &str = "artifact-required-agreements-active";
    /// The field of its evidence.
    const FIELD: &str = "CustomerAgreements";

    /// What a finding of the check shows.
    pub(super) fn of(finding: &Finding) -> Self {
        let shown = || finding.evidence.iter().find_map(|evidence| evidence.fields.get(Self::FIELD));
        let understood = |shown: &Value| serde_json::from_value(shown.clone()).map_err(|error| error.to_string());
        let seen = match &finding.answer {
            Err(unknown) => Err(because(unknown.reason, &unknown.action, &finding.place.region)),
            Ok(_) => shown().map_or_else(|| Err("the evidence does not show them".to_owned()), understood),
        };
        Self { account: finding.place.account.to_string(), seen }
    }

    fn told(&self) -> String {
        match &self.seen {
            Err(why) => format!("unknown ({})", harmless(why, 300)),
            Ok(agreements) if agreements.is_empty() => "AWS Artifact lists none".to_owned(),
            Ok(agreements) => agreements.iter().map(agreement_told).collect::<Vec<_>>().join("; "),
        }
    }
}

fn agreement_told(agreement: &CustomerAgreement) -> String {
    let day = |time: &Timestamp| Offset::UTC.to_datetime(*time).date();
    let since = |time: &Option<Timestamp>| time.as_ref().map_or_else(String::new, |at| format!(" since {}", day(at)));
    let state = match &*agreement.state {
        "ACTIVE" => format!("active{}", since(&agreement.effective_start)),
        "CUSTOMER_TERMINATED" => format!("ended by the customer{}", since(&agreement.effective_end)),
        "AWS_TERMINATED" => format!("ended by AWS{}", since(&agreement.effective_end)),
        other => format!("in a state that this version does not know, {other}"),
    };
    let whose = if agreement.organization_arn.is_some() { ", for the organization" } else { "" };
    harmless(&format!("{}: {state}{whose}", agreement.name), 400)
}

/// How many accounts are named where several say the same.
const NAMED: usize = 3;

impl Matrix<'_> {
    /// Which agreements with AWS are active, in sentences: accounts that say the same stand together.
    pub fn agreements_told(&self) -> Vec<String> {
        let mut same: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for agreements in self.agreements {
            same.entry(agreements.told()).or_default().push(&agreements.account);
        }
        if same.is_empty() {
            return vec![format!("Agreements with AWS: not looked at, {} has judged nothing.", Agreements::CHECK)];
        }
        let is_one = self.opening.scope.account().is_some();
        let sentence = |(told, accounts): (String, Vec<&str>)| {
            let named = accounts.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
            match accounts.len() {
                _ if is_one => format!("Agreements with AWS: {told}."),
                count if count > NAMED => format!("Agreements of {} accounts ({named} …): {told}.", grouped(count)),
                _ => format!("Agreements of {named}: {told}."),
            }
        };
        same.into_iter().map(sentence).collect()
    }
}
