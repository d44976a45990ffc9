//! Records of Account Management.

use serde::{Deserialize, Serialize};

use crate::contract::{Account, Call, api};
use crate::detail;

/// Tells an alternate contact of the account.
pub const GET_ALTERNATE_CONTACT: Call = api("account", "GetAlternateContact");
/// Tells the account's primary contact.
pub const GET_CONTACT_INFORMATION: Call = api("account", "GetContactInformation");

/// Whether the account has a security contact. Who that is, and how to reach them, is not kept.
/// Source: Account Management API Reference, `AlternateContact`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SecurityContact {
    /// `SECURITY`, if there is such a contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternate_contact_type: Option<String>,
}

detail!(SecurityContact, "account/SecurityContact", of Account, [GET_ALTERNATE_CONTACT]);

/// Which contacts the account has, and which of them are the same.
///
/// Who they are is compared while AWS's answers are at hand and is not kept: names, mailboxes and numbers are personal
/// data, and a digest of a telephone number is soon guessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ContactDetails {
    /// The contacts there are: `PRIMARY`, and `BILLING`, `OPERATIONS` and `SECURITY` as the API names them.
    pub contact_types: Vec<String>,
    /// Pairs of contacts that lead to the same person or mailbox.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same: Vec<[String; 2]>,
}

detail!(ContactDetails, "account/ContactDetails", of Account, [GET_CONTACT_INFORMATION, GET_ALTERNATE_CONTACT]);

/// The contact that every account is opened with.
pub const PRIMARY: &str = "PRIMARY";
/// The contacts that can be added.
pub const ALTERNATES: [&str; 3] = ["BILLING", "OPERATIONS", "SECURITY"];

/// How AWS reaches a contact; for the time of a comparison.
pub struct Contact {
    /// `PRIMARY`, or the type of an alternate contact.
    pub contact_type: &'static str,
    /// The name.
    pub name: String,
    /// The mailbox; AWS writes to the primary contact at root's.
    pub email_address: Option<String>,
    /// The telephone number.
    pub phone_number: String,
}

impl Contact {
    /// Whether both lead to the same mailbox, or to the same name at the same number. A number alone may be a
    /// switchboard's.
    fn is_same(&self, other: &Self) -> bool {
        let plain = |text: &str| text.trim().to_lowercase();
        let mailbox = |contact: &Self| contact.email_address.as_deref().map(plain);
        let same_mailbox = mailbox(self).is_some_and(|own| mailbox(other) == Some(own));
        let same_person =
            plain(&self.name) == plain(&other.name) && is_same_number(&self.phone_number, &other.phone_number);
        same_mailbox || same_person
    }
}

/// Whether both are one telephone number, however it is spaced, and be it with the country's code or without.
fn is_same_number(one: &str, other: &str) -> bool {
    /// What is left of a number within a country has at least so many digits.
    const LOCAL: usize = 6;
    let digits = |text: &str| {
        let digits: String = text.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
        digits.trim_start_matches('0').to_owned()
    };
    let (one, other) = (digits(one), digits(other));
    one == other || (one.len().min(other.len()) >= LOCAL && (one.ends_with(&other) || other.ends_with(&one)))
}

impl ContactDetails {
    /// What is kept of the contacts there are.
    pub fn of(contacts: &[Contact]) -> Self {
        let named = |contact: &Contact| contact.contact_type.to_owned();
        let mut same = Vec::new();
        for (index, contact) in contacts.iter().enumerate() {
            let others = contacts[index + 1..].iter().filter(|other| contact.is_same(other));
            same.extend(others.map(|other| [named(contact), named(other)]));
        }
        Self { contact_types: contacts.iter().map(named).collect(), same }
    }

    /// The contacts there should be and are not, in lower case.
    pub fn missing(&self) -> Vec<String> {
        let wanted = [PRIMARY].into_iter().chain(ALTERNATES);
        wanted.filter(|wanted| !self.contact_types.iter().any(|own| own == wanted)).map(str::to_lowercase).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(contact_type: &'static str, name: &str, mail: Option<&str>, phone: &str) -> Contact {
        let email_address = mail.map(str::to_owned);
        Contact { contact_type, name: name.to_owned(), email_address, phone_number: phone.to_owned() }
    }

    #[test]
    fn contacts_are_the_same_by_their_mailbox_or_by_name_and_number() {
        let details = ContactDetails::of(&[
            contact(PRIMARY, "Ann Ash", None, "+49 30 123-1"),
            contact("BILLING", "ann ash ", Some("billing@example.com"), "+49301231"),
            contact("OPERATIONS", "Bea", Some("Team@example.com"), "+49301231"),
            contact("SECURITY", "Cas", Some("team@example.com"), "+49309999"),
        ]);
        let pair = |one: &str, other: &str| [one.to_owned(), other.to_owned()];
        assert_eq!(details.same, [pair(PRIMARY, "BILLING"), pair("OPERATIONS", "SECURITY")]);
        assert!(details.missing().is_empty());
    }

    #[test]
    fn a_number_is_the_same_with_the_code_of_the_country_and_without() {
        for other in ["+49 30 12345-6", "0049 (30) 123456", "030/123456", "+49 (0)30 123456"] {
            assert!(is_same_number("+4930123456", other), "{other}");
        }
        for other in ["+49 30 123457", "3456", "+43 1 123456"] {
            assert!(!is_same_number("+4930123456", other), "{other}");
        }
    }

    #[test]
    fn two_contacts_without_a_mailbox_do_not_share_one() {
        let details = ContactDetails::of(&[contact(PRIMARY, "Ann", None, "1"), contact("BILLING", "Bea", None, "1")]);
        assert!(details.same.is_empty());
        assert_eq!(details.missing(), ["operations", "security"]);
    }

    #[test]
    fn nothing_personal_is_kept() {
        let details = ContactDetails::of(&[contact("BILLING", "Ann", Some("ann@example.com"), "+4930")]);
        assert_eq!(serde_json::to_string(&details).expect("JSON"), r#"{"ContactTypes":["BILLING"]}"#);
    }
}
