//! Who in the customer's organization a resource belongs to, and how that is known.

use plimsoll_checks::contract::Place;
use serde::{Deserialize, Serialize};

/// How it is known whom a resource belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnerSource {
    /// A file that the user has written says so.
    File,
    /// A tag of the resource says so.
    Tag,
    /// It was made as part of a CloudFormation stack.
    Stack,
    /// Nothing says more than which account it is in.
    Account,
}

impl OwnerSource {
    /// The word used in every report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Tag => "tag",
            Self::Stack => "stack",
            Self::Account => "account",
        }
    }
}

/// Whom a resource belongs to. Every resource belongs to somebody: to whoever has the account, if nothing says more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceOwner {
    /// The name, as the file or the account has it: text of strangers, unless a file says so.
    pub name: String,
    /// How that is known.
    pub from: OwnerSource,
    /// The file and its line, or the key of the tag; `None` for the account.
    pub place: Option<String>,
}

impl ResourceOwner {
    /// Of what is in an account of which no more is known.
    pub fn of(place: &Place) -> Self {
        Self::account(&place.account)
    }

    /// Whoever has an account, by its name or its id.
    pub fn account(name: &str) -> Self {
        Self { name: format!("account {name}"), from: OwnerSource::Account, place: None }
    }
}
