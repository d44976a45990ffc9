//! The accounts of one scan: who they are, and which of them are looked at.

use plimsoll_checks::contract::{Call, api};
use serde::{Deserialize, Serialize};

use super::{AccountState, Accounts, Shut};

/// Takes on the role that a scan reads an account with.
pub const ASSUME_ROLE: Call = api("sts", "AssumeRole");

/// The accounts of a scan.
#[derive(Debug, Clone, PartialEq)]
pub struct Membership {
    /// Where they are, who asks, since when.
    pub accounts: Accounts,
    /// They, by id.
    pub members: Vec<Member>,
    /// The regions that are looked at in each; all that are enabled there, if there are none.
    pub regions: Vec<String>,
}

/// One of the accounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Member {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why nobody is to look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_over: Option<PassedOver>,
    /// What kept it from being read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shut: Option<Shut>,
}

/// An account that is not to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PassedOver {
    /// Suspended or excluded.
    pub state: AccountState,
    /// Why, in words.
    pub because: String,
}

impl Member {
    /// One that is to be looked at.
    pub fn new(id: impl Into<String>, name: Option<String>) -> Self {
        Self { id: id.into(), name, passed_over: None, shut: None }
    }

    /// Notes that nobody is to look at it, unless something else was the reason already.
    pub fn pass_over(&mut self, state: AccountState, because: impl Into<String>) {
        self.passed_over.get_or_insert(PassedOver { state, because: because.into() });
    }
}

/// Which of the accounts there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Which {
    /// Only these; all, if there are none.
    pub accounts: Vec<String>,
    /// All but these.
    pub exclude: Vec<String>,
    /// Only those in these organizational units, and in the units below them; all, if there are none.
    pub units: Vec<String>,
}

/// An account is named that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{flag} {account}: there is no such account among the {count} there are")]
pub struct NoSuchAccount {
    flag: &'static str,
    account: String,
    count: usize,
}

impl Which {
    /// Passes over whoever is not asked for.
    pub fn apply(&self, members: &mut [Member]) -> Result<(), NoSuchAccount> {
        for (flag, named) in [("--account", &self.accounts), ("--exclude-account", &self.exclude)] {
            if let Some(account) = named.iter().find(|id| !members.iter().any(|member| member.id == **id)) {
                return Err(NoSuchAccount { flag, account: account.clone(), count: members.len() });
            }
        }
        for member in members {
            if self.exclude.contains(&member.id) {
                member.pass_over(AccountState::Excluded, "by --exclude-account");
            } else if !self.accounts.is_empty() && !self.accounts.contains(&member.id) {
                member.pass_over(AccountState::Excluded, "--account names others");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members() -> Vec<Member> {
        ["111111111111", "222222222222", "333333333333"].map(|id| Member::new(id, None)).into()
    }

    fn passed_over(which: &Which) -> Vec<String> {
        let mut members = members();
        which.apply(&mut members).expect("they are all there");
        members.into_iter().filter(|member| member.passed_over.is_some()).map(|member| member.id).collect()
    }

    #[test]
    fn accounts_are_passed_over_that_are_excluded_or_not_named() {
        let id = |n: &str| vec![n.repeat(12)];
        assert!(passed_over(&Which::default()).is_empty());
        assert_eq!(passed_over(&Which { exclude: id("2"), ..Which::default() }), id("2"));
        let only = Which { accounts: [id("1"), id("2")].concat(), exclude: id("2"), ..Which::default() };
        assert_eq!(passed_over(&only), [id("2"), id("3")].concat());
    }

    #[test]
    fn an_account_that_is_not_there_is_an_error() {
        let which = Which { exclude: vec!["444444444444".to_owned()], ..Which::default() };
        let error = which.apply(&mut members()).unwrap_err().to_string();
        assert_eq!(error, "--exclude-account 444444444444: there is no such account among the 3 there are");
    }

    #[test]
    fn the_first_reason_to_pass_over_stands() {
        let mut member = Member::new("1", None);
        member.pass_over(AccountState::Suspended, "SUSPENDED");
        member.pass_over(AccountState::Excluded, "by --exclude-account");
        assert_eq!(member.passed_over.map(|it| it.state), Some(AccountState::Suspended));
    }
}
