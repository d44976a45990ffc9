//! Reads Organizations through its SDK.

use aws_sdk_organizations::Client;

use super::resources::{DESCRIBE_ORGANIZATION, Membership, Organization};
use crate::contract::{Account, Unknown};
use crate::live::{Absent, Live, missing};

crate::collectors! {
    detail Membership = membership,
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
