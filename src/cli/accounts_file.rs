//! The file that `--accounts-file` names: accounts to scan, without asking Organizations.
//!
//! ```toml
//! [[account]]
//! id = "111122223333"
//! name = "production"                                       # optional
//! role = "arn:aws:iam::111122223333:role/security/Reader"   # optional: otherwise --org-role
//! ```

use plimsoll_checks::contract::line_and_column;
use serde::Deserialize;

use crate::scan::is_account;

/// Accounts, by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// They.
    pub accounts: Vec<ListedAccount>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedAccount {
    /// Its id.
    pub id: String,
    /// What to call it.
    pub name: Option<String>,
    /// The ARN of the role to take on there.
    pub role: Option<String>,
}

/// The file is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {problem}")]
pub struct ListedError {
    at: String,
    problem: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    account: Vec<toml::Spanned<ListedAccount>>,
}

impl Listed {
    /// Reads the text of the file at `path`.
    pub fn parse(path: &str, text: &str) -> Result<Self, ListedError> {
        let at = |offset: usize| {
            let (line, column) = line_and_column(text, offset);
            format!("{path}:{line}:{column}")
        };
        let document: Document = toml::from_str(text).map_err(|error| ListedError {
            at: error.span().map_or_else(|| path.to_owned(), |span| at(span.start)),
            problem: error.message().to_owned(),
        })?;
        let mut accounts: Vec<ListedAccount> = Vec::new();
        for entry in document.account {
            let place = at(entry.span().start);
            let account = entry.into_inner();
            let problem = if !is_account(&account.id) {
                Some(format!("id is {:?}, and an account's id has twelve digits", account.id))
            } else if accounts.iter().any(|known| known.id == account.id) {
                Some(format!("account {} is there twice", account.id))
            } else {
                account.wrong_role()
            };
            if let Some(problem) = problem {
                return Err(ListedError { at: place, problem });
            }
            accounts.push(account);
        }
        if accounts.is_empty() {
            let problem = "there is no [[account]] in it; each needs at least id = \"111122223333\"".to_owned();
            return Err(ListedError { at: path.to_owned(), problem });
        }
        accounts.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(Self { accounts })
    }
}

impl ListedAccount {
    /// What is wrong with its role, if anything is: one of another account would scan that account.
    fn wrong_role(&self) -> Option<String> {
        let role = self.role.as_ref()?;
        let fields: Vec<&str> = role.splitn(6, ':').collect();
        match fields[..] {
            ["arn", _, "iam", "", account, name] if name.starts_with("role/") && account == self.id => None,
            ["arn", _, "iam", "", account, name] if name.starts_with("role/") => {
                Some(format!("the role {role} is one of account {account}, not of {}", self.id))
            }
            _ => {
                Some(format!("role is {role:?}, and must be a role's ARN, such as arn:aws:iam::{}:role/NAME", self.id))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        Listed::parse("a.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn accounts_come_in_order_with_what_is_said_of_them() {
        let text = "[[account]]\nid = \"222222222222\"\n[[account]]\nid = \"111111111111\"\nname = \"one\"\n\
                    role = \"arn:aws:iam::111111111111:role/a/b\"\n";
        let accounts = Listed::parse("a.toml", text).unwrap().accounts;
        assert_eq!(accounts.iter().map(|account| &*account.id).collect::<Vec<_>>(), ["111111111111", "222222222222"]);
        assert_eq!(accounts[0].name.as_deref(), Some("one"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let one = "[[account]]\nid = \"111111111111\"\n";
        assert_eq!(problem(""), "a.toml: there is no [[account]] in it; each needs at least id = \"111122223333\"");
        assert_eq!(
            problem("\n[[account]]\nid = \"12\"\n"),
            "a.toml:2:1: id is \"12\", and an account's id has twelve digits"
        );
        assert_eq!(problem(&format!("{one}{one}")), "a.toml:3:1: account 111111111111 is there twice");
        assert!(problem(&format!("{one}rol = \"x\"\n")).starts_with("a.toml:3:1: unknown field `rol`"));
        assert!(problem(&format!("{one}role = \"Reader\"\n")).contains("must be a role's ARN"));
        let foreign = format!("{one}role = \"arn:aws:iam::222222222222:role/R\"\n");
        assert!(problem(&foreign).contains("is one of account 222222222222, not of 111111111111"));
    }
}
