//! Reads Organizations through its SDK.

use aws_sdk_organizations::Client;

use super::resources::{DESCRIBE_ORGANIZATION, Organization};
use crate::contract::{Account, Unknown};
use crate::live::{Absent, Live, missing};

crate::collectors! {
    detail Organization = organization,
}

async fn organization(live: &Live, _account: &Account) -> Result<Organization, Unknown> {
    let lacks = |field| missing(DESCRIBE_ORGANIZATION, field);
    let answer = live.client(Client::new).describe_organization().send().await;
    let answer = live.heard(DESCRIBE_ORGANIZATION, answer).absent(&["AWSOrganizationsNotInUseException"])?;
    let Some(answer) = answer else { return Ok(Organization { id: None, master_account_id: None }) };
    let organization = answer.organization.ok_or_else(|| lacks("Organization"))?;
    Ok(Organization {
        id: Some(organization.id.ok_or_else(|| lacks("Id"))?),
        master_account_id: Some(organization.master_account_id.ok_or_else(|| lacks("MasterAccountId"))?),
    })
}
