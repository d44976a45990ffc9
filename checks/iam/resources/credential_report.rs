//! The credential report: a table that IAM writes for people, and what its cells mean.
//!
//! Source: IAM User Guide, "Generate credential reports for your AWS account".

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::contract::{Reason, Unknown};

/// One user's credentials, or root's, named as the columns of the report are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialReportRow {
    /// The user's name; `<root_account>` for root.
    pub user: String,
    /// The user's ARN.
    pub arn: String,
    /// When the user, or the account, was created.
    pub user_creation_time: ReportedTime,
    /// Whether the user can sign in to the console with a password.
    pub password_enabled: Flag,
    /// When the password was last used to sign in.
    pub password_last_used: ReportedTime,
    /// When the password was last set.
    pub password_last_changed: ReportedTime,
    /// Whether signing in takes a second factor.
    pub mfa_active: Flag,
    /// Whether the first access key can be used.
    pub access_key_1_active: Flag,
    /// When the first access key was created or last changed.
    pub access_key_1_last_rotated: ReportedTime,
    /// When the first access key last signed a request.
    pub access_key_1_last_used_date: ReportedTime,
    /// Whether the second access key can be used.
    pub access_key_2_active: Flag,
    /// When the second access key was created or last changed.
    pub access_key_2_last_rotated: ReportedTime,
    /// When the second access key last signed a request.
    pub access_key_2_last_used_date: ReportedTime,
    /// How many more keys or certificates there are than the report shows. AWS leaves the column out of most reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_credentials_info: Option<String>,
}

/// A yes or no of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flag {
    /// Yes. The user guide writes these words in capitals, the report does not.
    #[serde(rename = "true", alias = "TRUE")]
    True,
    /// No.
    #[serde(rename = "false", alias = "FALSE")]
    False,
    /// AWS does not tell.
    #[serde(rename = "not_supported")]
    NotSupported,
}

impl Flag {
    /// Yes or no, if AWS tells; `column` is the flag's name.
    pub fn told(self, column: &str) -> Result<bool, Unknown> {
        match self {
            Self::True => Ok(true),
            Self::False => Ok(false),
            Self::NotSupported => Err(not_told(column)),
        }
    }
}

/// A time of the report, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ReportedTime {
    /// The time.
    At(Timestamp),
    /// None.
    Not(NoTime),
}

/// Why the report has no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoTime {
    /// There is no such credential, or it was never used.
    #[serde(rename = "N/A")]
    NotApplicable,
    /// It was not used since October 2014, when IAM began to keep note.
    #[serde(rename = "no_information")]
    NoInformation,
    /// AWS does not tell.
    #[serde(rename = "not_supported")]
    NotSupported,
}

impl ReportedTime {
    /// The time, if there is one.
    pub fn time(self) -> Option<Timestamp> {
        match self {
            Self::At(time) => Some(time),
            Self::Not(_) => None,
        }
    }

    /// The time of use, or `None` if there was none. `column` is the time's name.
    pub fn use_told(self, column: &str) -> Result<Option<Timestamp>, Unknown> {
        match self {
            Self::At(time) => Ok(Some(time)),
            Self::Not(NoTime::NotApplicable | NoTime::NoInformation) => Ok(None),
            Self::Not(NoTime::NotSupported) => Err(not_told(column)),
        }
    }
}

/// A password or an access key that can be used. The report does not tell a key's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// `password`, or `access key 1` and `access key 2` as the report counts.
    pub name: String,
    /// When it was made or last changed.
    pub made: Timestamp,
    /// The column that says so.
    pub made_column: String,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
    /// The column that says so.
    pub last_used_column: String,
}

impl Credential {
    /// Since when it has been idle, and the column that says so: never used counts from when it was made.
    pub fn idle_since(&self) -> (Timestamp, &str) {
        match self.last_used {
            Some(time) => (time, &self.last_used_column),
            None => (self.made, &self.made_column),
        }
    }

    fn told(name: String, made: (String, ReportedTime), last_used: (String, ReportedTime)) -> Result<Self, Unknown> {
        let ((made_column, made), (last_used_column, last_used)) = (made, last_used);
        let made = made.time().ok_or_else(|| not_told(&made_column))?;
        let last_used = last_used.use_told(&last_used_column)?;
        Ok(Self { name, made, made_column, last_used, last_used_column })
    }
}

impl CredentialReportRow {
    /// Whether this is root's row.
    pub fn is_root(&self) -> bool {
        self.user == "<root_account>"
    }

    /// The password, if the user has one.
    pub fn password(&self) -> Result<Option<Credential>, Unknown> {
        if !self.password_enabled.told("password_enabled")? {
            return Ok(None);
        }
        let made = ("password_last_changed".to_owned(), self.password_last_changed);
        let last_used = ("password_last_used".to_owned(), self.password_last_used);
        Credential::told("password".to_owned(), made, last_used).map(Some)
    }

    /// The active access keys among the first two.
    pub fn active_keys(&self) -> Result<Vec<Credential>, Unknown> {
        let columns = [
            (1, self.access_key_1_active, self.access_key_1_last_rotated, self.access_key_1_last_used_date),
            (2, self.access_key_2_active, self.access_key_2_last_rotated, self.access_key_2_last_used_date),
        ];
        let mut active = Vec::new();
        for (number, is_active, last_rotated, last_used) in columns {
            if is_active.told(&format!("access_key_{number}_active"))? {
                let made = (format!("access_key_{number}_last_rotated"), last_rotated);
                let last_used = (format!("access_key_{number}_last_used_date"), last_used);
                active.push(Credential::told(format!("access key {number}"), made, last_used)?);
            }
        }
        Ok(active)
    }

    /// Unknown if the user has access keys that the report has no columns for: more than two, which old accounts do.
    pub fn has_no_more_keys(&self) -> Result<(), Unknown> {
        match self.additional_credentials_info.as_deref() {
            None | Some("" | "N/A") => Ok(()),
            Some(info) => {
                Err(Unknown::undecided::<Self>(format!("the credential report does not show all keys: {info}")))
            }
        }
    }
}

fn not_told(column: &str) -> Unknown {
    Unknown::undecided::<CredentialReportRow>(format!("the credential report does not tell {column}"))
}

/// The days from a time until now, counting whole ones.
pub fn days_since(time: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(time).as_hours() / 24
}

/// The columns that a row keeps.
const COLUMNS: &[&str] = &[
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "additional_credentials_info",
];

/// The rows of a report. One that cannot be understood ends the list: whose it is cannot be told.
pub fn rows_of(report: &str, seen: &mut Vec<CredentialReportRow>) -> Result<(), Unknown> {
    let malformed = |what: String| {
        let action = super::GET_CREDENTIAL_REPORT.iam_action();
        Unknown::new(Reason::Malformed, action, format!("the credential report cannot be understood: {what}"))
    };
    let mut lines = report.lines().zip(1..).filter(|(line, _)| !line.is_empty());
    let (header, _) = lines.next().ok_or_else(|| malformed("it is empty".to_owned()))?;
    let header = cells(header);
    for (line, number) in lines {
        let cells = cells(line);
        if cells.len() != header.len() {
            let (cells, columns) = (cells.len(), header.len());
            return Err(malformed(format!("line {number} has {cells} cells for {columns} columns")));
        }
        let named = header.iter().cloned().zip(cells.into_iter().map(Value::String));
        let row: Map<String, Value> = named.filter(|(column, _)| COLUMNS.contains(&column.as_str())).collect();
        let row = serde_json::from_value(Value::Object(row));
        seen.push(row.map_err(|error| malformed(format!("line {number}: {error}")))?);
    }
    Ok(())
}

/// The cells of a line of CSV. User names may contain commas, which RFC 4180 puts between quotes.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let cell = cells.last_mut().expect("there is always a cell");
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            _ => cell.push(character),
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
        password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
        access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
        access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
        cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
    const ROOT: &str = "<root_account>,arn:aws:iam::111122223333:root,2019-01-01T08:00:00Z,not_supported,\
        no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";
    const ANN: &str = "ann,arn:aws:iam::111122223333:user/ann,2020-01-01T08:00:00+00:00,TRUE,\
        2026-11-01T08:00:00+00:00,2026-01-01T08:00:00+00:00,N/A,FALSE,true,2026-06-01T08:00:00+00:00,N/A,N/A,N/A,false,\
        2020-01-01T08:00:00+00:00,N/A,N/A,N/A,false,N/A,false,N/A";

    fn parse(lines: &[&str]) -> Result<Vec<CredentialReportRow>, Unknown> {
        let mut rows = Vec::new();
        rows_of(&lines.join("\n"), &mut rows).map(|()| rows)
    }

    #[test]
    fn a_report_is_read_in_either_spelling_of_its_flags_and_times() {
        let rows = parse(&[HEADER, ROOT, ANN]).expect("a report");
        assert!(rows[0].is_root());
        assert_eq!(rows[0].password_enabled, Flag::NotSupported);
        assert_eq!(rows[0].password_last_used, ReportedTime::Not(NoTime::NoInformation));
        assert!(!rows[1].is_root());
        assert_eq!(rows[1].password_enabled.told("password_enabled"), Ok(true));
        assert_eq!(rows[1].mfa_active, Flag::False);
        let keys = rows[1].active_keys().expect("told");
        assert_eq!(keys.iter().map(|key| &*key.name).collect::<Vec<_>>(), ["access key 1"]);
        assert_eq!(keys[0].idle_since(), (keys[0].made, "access_key_1_last_rotated"));
        let password = rows[1].password().expect("told").expect("a password");
        assert_eq!(password.idle_since(), (password.last_used.expect("used"), "password_last_used"));
    }

    #[test]
    fn a_row_survives_a_round_trip() {
        let rows = parse(&[HEADER, ROOT, ANN]).expect("a report");
        let text = serde_json::to_string(&rows).expect("JSON");
        assert_eq!(serde_json::from_str::<Vec<CredentialReportRow>>(&text).expect("rows"), rows);
    }

    #[test]
    fn a_quoted_comma_belongs_to_the_name() {
        let ann = ANN.replacen("ann,arn:aws:iam::111122223333:user/ann", "\"a,\"\"b\",\"arn:…:user/a,\"\"b\"", 1);
        let rows = parse(&[HEADER, &ann]).expect("a report");
        assert_eq!((&*rows[0].user, &*rows[0].arn), ("a,\"b", "arn:…:user/a,\"b"));
    }

    #[test]
    fn a_report_that_cannot_be_understood_is_malformed() {
        let bare_comma = ANN.replacen("ann", "a,nn", 1);
        let bad_flag = ANN.replacen("TRUE", "maybe", 1);
        for lines in [&[][..], &[HEADER, &bare_comma], &[HEADER, &bad_flag], &["user,arn", "a,b"]] {
            assert_eq!(parse(lines).map_err(|unknown| unknown.reason), Err(Reason::Malformed), "{lines:?}");
        }
    }

    #[test]
    fn what_was_understood_before_a_bad_row_stays_seen() {
        let mut seen = Vec::new();
        let report = [HEADER, ROOT, "ann,too few cells"].join("\n");
        assert!(rows_of(&report, &mut seen).is_err());
        assert_eq!(seen.len(), 1);
    }

    #[test]
    fn keys_without_a_column_leave_the_question_open() {
        let mut row = parse(&[HEADER, ANN]).expect("a report").remove(0);
        assert!(row.has_no_more_keys().is_ok());
        row.additional_credentials_info = Some("1 additional access key".to_owned());
        assert!(row.has_no_more_keys().is_err());
    }

    #[test]
    fn days_are_counted_whole() {
        let time = |text: &str| text.parse::<Timestamp>().expect("a time");
        let now = time("2026-11-24T00:00:00Z");
        assert_eq!(days_since(time("2026-08-26T00:00:00Z"), now), 90);
        assert_eq!(days_since(time("2026-08-26T00:00:01Z"), now), 89);
    }
}
