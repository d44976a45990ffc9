//! The exceptions as a file, with what was left out at its head.

use jiff::civil::Date;
use serde::Serialize;

use super::convert::{Converted, Patterns, Remark};
use crate::report::harmless;

/// The widest line of a comment.
const WIDTH: usize = 400;

/// Who answers for the exceptions, and for how long: what a mutelist does not say.
#[derive(Debug, Clone)]
pub struct Signing {
    /// Who answers for them.
    pub owner: String,
    /// Who has agreed.
    pub approver: Option<String>,
    /// Where it is dealt with.
    pub ticket: Option<String>,
    /// The day on which they are signed.
    pub date: Date,
    /// The last day on which they hold.
    pub expires: Date,
}

#[derive(Serialize)]
struct Document<'a> {
    exception: [Entry<'a>; 1],
}

#[derive(Serialize)]
struct Entry<'a> {
    check: &'a [&'static str],
    #[serde(flatten)]
    about: &'a Patterns,
    owner: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    approver: Option<&'a str>,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<&'a str>,
    date: String,
    expires: String,
    #[serde(skip_serializing_if = "<[Patterns]>::is_empty")]
    except: &'a [Patterns],
}

/// The text of `exceptions.toml`.
pub fn write(
    entries: &[Converted],
    remarks: &[Remark],
    signing: &Signing,
    file: &str,
) -> Result<String, toml::ser::Error> {
    let mut text = format!("# Taken over from Prowler's mutelist {}.\n", harmless(file, WIDTH));
    if !remarks.is_empty() {
        text += "# What is to be known of it, by line:\n";
    }
    for Remark { line, text: remark, .. } in remarks {
        text.extend(["#   ", &line.to_string(), ": ", &harmless(remark, WIDTH), "\n"]);
    }
    for entry in entries {
        text.extend(["\n# ", &harmless(file, WIDTH), ":", &entry.line.to_string(), "\n"]);
        text += &one(entry, signing, file)?;
    }
    Ok(text)
}

fn one(entry: &Converted, signing: &Signing, file: &str) -> Result<String, toml::ser::Error> {
    let without = format!("Muted in Prowler, without a description: {}:{}", harmless(file, WIDTH), entry.line);
    toml::to_string_pretty(&Document {
        exception: [Entry {
            check: &entry.checks,
            about: &entry.about,
            owner: &signing.owner,
            approver: signing.approver.as_deref(),
            reason: entry.description.as_deref().unwrap_or(&without),
            ticket: signing.ticket.as_deref(),
            date: signing.date.to_string(),
            expires: signing.expires.to_string(),
            except: &entry.except,
        }],
    })
}
