//! Reads Account Management through its SDK.

use aws_sdk_account::Client;
use aws_sdk_account::types::AlternateContactType;

use super::resources::{GET_ALTERNATE_CONTACT, SecurityContact};
use crate::contract::{Account, Unknown};
use crate::live::{Absent, Live, missing};

crate::collectors! {
    detail SecurityContact = security_contact,
}

/// Without `AccountId` the call is about the caller's own account; naming that account is an error.
async fn security_contact(live: &Live, _: &Account) -> Result<SecurityContact, Unknown> {
    let kind = AlternateContactType::Security;
    let answer = live.client(Client::new).get_alternate_contact().alternate_contact_type(kind).send().await;
    let answer = live.heard(GET_ALTERNATE_CONTACT, answer).absent(&["ResourceNotFoundException"])?;
    let Some(answer) = answer else {
        return Ok(SecurityContact { alternate_contact_type: None });
    };
    let contact = answer.alternate_contact.ok_or_else(|| missing(GET_ALTERNATE_CONTACT, "AlternateContact"))?;
    let kind = contact
        .alternate_contact_type
        .ok_or_else(|| missing(GET_ALTERNATE_CONTACT, "AlternateContact.AlternateContactType"))?;
    Ok(SecurityContact { alternate_contact_type: Some(kind.as_str().to_owned()) })
}
