use serde_json::{Value, json};

use super::resources::CustomerAgreement;
use crate::contract::{Account, Answer, Unknown, fail, not_applicable, pass};

crate::check! {
    /// Agreements with AWS that the organization needs are active
    ///
    /// Some data may only be given to AWS under a contract of its own: health data in the United States under the
    /// Business Associate Addendum. It is accepted in AWS Artifact, for one account or by the management account for
    /// all, and can be terminated there again; nothing in the services changes with it, so nobody notices.
    ///
    /// Which agreements are needed is for the organization to lay down (`agreements.required`), by the names that AWS
    /// Artifact gives them. One that was accepted for the organization has a name of its own there. The list is read in
    /// any case: the responsibility matrix says which agreements are active.
    ///
    /// # Fix
    /// Open the agreement in the console of AWS Artifact, under Agreements, and accept it; there is no command for that.
    /// What is in force: `aws artifact list-customer-agreements`
    ///
    /// # Source
    /// AWS Artifact User Guide, "Managing agreements in AWS Artifact"; 45 CFR 164.504(e), "Business associate contracts"
    over: Account,
    reads: [CustomerAgreement],
    duty: ComplianceFrameworks,
    severity: Medium,
}

async fn judge(_: &Account, cloud: &Cloud) -> Answer {
    let agreements = cloud.list::<CustomerAgreement>().await?;
    let all: Vec<&CustomerAgreement> = agreements.iter().collect();
    let verdict = match &cloud.settings().agreements.required {
        None => not_applicable("no agreements are laid down as required"),
        Some(required) => {
            let missing = required.iter().map(|name| missing(name, &all)).collect::<Result<Vec<_>, _>>()?;
            match missing.into_iter().flatten().collect::<Vec<_>>() {
                missing if missing.is_empty() => pass(format!("has what is required: {}", required.join(", "))),
                missing => fail(missing.join(", ")),
            }
        }
    };
    let values: Vec<Value> = all.iter().map(|agreement| json!(agreement)).collect();
    Ok(verdict.showing_of::<CustomerAgreement>("CustomerAgreements", values))
}

/// What an agreement lacks to be active; nothing if it is.
fn missing(name: &str, all: &[&CustomerAgreement]) -> Result<Option<String>, Unknown> {
    let called: Vec<&&CustomerAgreement> = all.iter().filter(|agreement| agreement.is_called(name)).collect();
    if called.iter().any(|agreement| agreement.is_active()) {
        return Ok(None);
    }
    if let Some(odd) = called.iter().find(|agreement| !agreement.is_terminated()) {
        let detail = format!("what the state {} of the agreement {name} means is not known", odd.state);
        return Err(Unknown::undecided::<CustomerAgreement>(detail));
    }
    Ok(Some(match called.first() {
        Some(agreement) => format!("the agreement {name} is {}", agreement.state),
        None => format!("has not accepted the agreement {name}"),
    }))
}
