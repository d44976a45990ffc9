//! What one scan looks at: an account, or several under one report.

use plimsoll_checks::contract::Partition;

use super::{SessionRead, Target};

/// What a scan looks at.
#[derive(Debug, Clone, PartialEq)]
pub enum Scope {
    /// One account.
    Account(Target),
    /// Several.
    Accounts(Accounts),
}

impl Scope {
    /// When the scan began to read.
    pub fn started(&self) -> jiff::Timestamp {
        match self {
            Self::Account(target) => target.started,
            Self::Accounts(accounts) => accounts.started,
        }
    }

    /// The partition of all that is looked at.
    pub fn partition(&self) -> Partition {
        match self {
            Self::Account(target) => target.partition,
            Self::Accounts(accounts) => accounts.partition,
        }
    }

    /// The ARN of the identity that scans, or that takes on the roles that do.
    pub fn caller(&self) -> &str {
        match self {
            Self::Account(target) => &target.caller,
            Self::Accounts(accounts) => &accounts.caller,
        }
    }

    /// The account, if it is one.
    pub fn account(&self) -> Option<&Target> {
        match self {
            Self::Account(target) => Some(target),
            Self::Accounts(_) => None,
        }
    }

    /// What is looked at, in a few words.
    pub fn name(&self) -> String {
        match self {
            Self::Account(target) => match &target.alias {
                Some(alias) => format!("Account {} ({alias})", target.account),
                None => format!("Account {}", target.account),
            },
            Self::Accounts(Accounts { organization: Some(id), count, .. }) => {
                format!("Organization {id}, {}", told(*count))
            }
            Self::Accounts(Accounts { count, .. }) => told(*count),
        }
    }
}

fn told(count: usize) -> String {
    if count == 1 { "1 account".to_owned() } else { format!("{} accounts", super::grouped(count)) }
}

/// Several accounts, and who takes on the roles in them.
#[derive(Debug, Clone, PartialEq)]
pub struct Accounts {
    /// Their partition.
    pub partition: Partition,
    /// The id of their organization, if they were told by it.
    pub organization: Option<String>,
    /// The account that the scan starts from.
    pub account: String,
    /// The ARN of the identity that takes on the roles.
    pub caller: String,
    /// How many there are, those included that are not looked at.
    pub count: usize,
    /// When the scan began to read.
    pub started: jiff::Timestamp,
    /// The reads that told all this.
    pub session: Vec<SessionRead>,
}
