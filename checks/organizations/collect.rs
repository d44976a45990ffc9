//! Reads Organizations through its SDK.

use aws_sdk_organizations::Client;

use super::resources::{
    AnalyzerAdministrators, DESCRIBE_ORGANIZATION, DelegatedAdministrator, LIST_DELEGATED_ADMINISTRATORS, Membership,
    Organization,
};
use crate::contract::{Account, Reason, Unknown};
use crate::live::{Absent, Live, missing};

crate::collectors! {
    detail Membership = membership,
    detail AnalyzerAdministrators = analyzer_administrators,
}

async fn membership(live: &Live, _: &Account) -> Result<Membership, Unknown> {
    let answer = live.client(Client::new).describe_organization().send().await;
    let answer = live.heard(DESCRIBE_ORGANIZATION, answer).absent(&["AWSOrganizationsNotInUseException"])?;
    let Some(answer) = answer else {
        return Ok(Membership { organization: None });
    };
    let lacks = |field: &str| missing(DESCRIBE_ORGANIZATION, field);
    let organization = answer.organization.ok_or_else(|| lacks("Organization"))?;
    Ok(Membership {
        organization: Some(Organization {
            master_account_id: organization.master_account_id.ok_or_else(|| lacks("Organization.MasterAccountId"))?,
        }),
    })
}

/// What AWS says to accounts that it does not tell, whatever their policies allow; a want of permission is told in other
/// words. Source: Organizations API Reference, `ListDelegatedAdministrators`, which only the management account and
/// delegated administrators can call.
const NOT_TOLD: &str = "You don't have permissions to access this resource";

/// The name that IAM Access Analyzer goes by in Organizations. Source: Organizations User Guide, "IAM Access Analyzer and
/// AWS Organizations".
const ANALYZER: &str = "access-analyzer.amazonaws.com";

async fn analyzer_administrators(live: &Live, _: &Account) -> Result<AnalyzerAdministrators, Unknown> {
    let client = live.client(Client::new);
    let lacks = |field: &str| missing(LIST_DELEGATED_ADMINISTRATORS, field);
    let mut delegated_administrators = Vec::new();
    let mut token = None;
    loop {
        let page =
            client.list_delegated_administrators().service_principal(ANALYZER).set_next_token(token).send().await;
        let page = live.heard(LIST_DELEGATED_ADMINISTRATORS, page).map_err(|failure| {
            if failure.says("AccessDeniedException", NOT_TOLD) {
                let what = "only the management account and delegated administrators are told";
                Unknown::new(Reason::OtherAccount, LIST_DELEGATED_ADMINISTRATORS.iam_action(), what)
            } else {
                failure.into()
            }
        })?;
        for account in page.delegated_administrators.ok_or_else(|| lacks("DelegatedAdministrators"))? {
            delegated_administrators.push(DelegatedAdministrator { id: account.id.ok_or_else(|| lacks("Id"))? });
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(AnalyzerAdministrators { delegated_administrators });
        }
    }
}
