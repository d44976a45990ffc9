//! Reads Account Management through its SDK.

use aws_sdk_account::Client;
use aws_sdk_account::types::AlternateContactType;
use futures::future::{join, join_all};

use super::resources::{
    ALTERNATES, Contact, ContactDetails, GET_ALTERNATE_CONTACT, GET_CONTACT_INFORMATION, PRIMARY, SecurityContact,
};
use crate::contract::{Account, Unknown};
use crate::live::{Absent, Live, missing, told};

crate::collectors! {
    detail SecurityContact = security_contact,
    detail ContactDetails = contact_details,
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

async fn contact_details(live: &Live, _: &Account) -> Result<ContactDetails, Unknown> {
    let client = live.client(Client::new);
    let alternates = ALTERNATES.map(|kind| client.get_alternate_contact().alternate_contact_type(kind.into()).send());
    // At once; what has been asked must be heard, so no answer is left aside for another's error.
    let (primary, alternates) = join(client.get_contact_information().send(), join_all(alternates)).await;
    let primary = live.heard(GET_CONTACT_INFORMATION, primary);
    let alternates: Vec<_> = alternates.into_iter().map(|answer| live.heard(GET_ALTERNATE_CONTACT, answer)).collect();
    let mut contacts = Vec::new();
    if let Some(answer) = primary.absent(&["ResourceNotFoundException"])? {
        let primary =
            answer.contact_information.ok_or_else(|| missing(GET_CONTACT_INFORMATION, "ContactInformation"))?;
        contacts.push(Contact {
            contact_type: PRIMARY,
            name: told(GET_CONTACT_INFORMATION, "ContactInformation.FullName", primary.full_name)?,
            email_address: None,
            phone_number: told(GET_CONTACT_INFORMATION, "ContactInformation.PhoneNumber", primary.phone_number)?,
        });
    }
    for (contact_type, answer) in ALTERNATES.into_iter().zip(alternates) {
        let Some(answer) = answer.absent(&["ResourceNotFoundException"])? else { continue };
        let lacks = |field: &str| missing(GET_ALTERNATE_CONTACT, &format!("AlternateContact.{field}"));
        let contact = answer.alternate_contact.ok_or_else(|| missing(GET_ALTERNATE_CONTACT, "AlternateContact"))?;
        contacts.push(Contact {
            contact_type,
            name: contact.name.ok_or_else(|| lacks("Name"))?,
            email_address: Some(contact.email_address.ok_or_else(|| lacks("EmailAddress"))?),
            phone_number: contact.phone_number.ok_or_else(|| lacks("PhoneNumber"))?,
        });
    }
    Ok(ContactDetails::of(&contacts))
}
