//! What is remembered of a finding.

use std::fmt::Write;

use plimsoll_checks::contract::{Severity, Status};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::scan;

/// Which finding, and of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The finding's id: 32 hexadecimal digits.
    pub id: String,
    /// The check.
    pub check: String,
    /// The duty it verifies.
    pub duty: String,
    /// The account.
    pub account: String,
    /// Where the resource lives.
    pub region: String,
    /// The kind, `service/Kind`; `None` for one that this version does not know.
    pub kind: Option<String>,
    /// The CloudFormation type of the resource.
    pub resource_type: String,
    /// The resource's ARN.
    pub arn: String,
    /// The resource's id; `*` for those that could not be listed.
    pub resource: String,
}

impl Place {
    /// Whether it stands for the resources of a kind that could not be listed.
    pub fn is_unlisted(&self) -> bool {
        self.resource == "*"
    }
}

/// How a finding stood in a scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// How it stood.
    pub status: Status,
    /// How much harm it does if it fails.
    pub severity: Severity,
    /// What is true of the resource, or why that could not be seen.
    pub message: String,
    /// For what is unknown, the reason and the action.
    pub cause: Option<String>,
    /// The values that decided, as JSON: a list of call, region and fields. Long values stand as their SHA-256.
    pub evidence: String,
}

impl Seen {
    /// The message without the age in it, which is another one every day.
    pub fn ageless(&self) -> String {
        let words: Vec<&str> = self.message.split(' ').collect();
        let is_age = |at: usize| {
            let unit = words.get(at + 1).is_some_and(|next| next.starts_with("day"));
            let is_counted = words.get(at + 2).is_some_and(|next| next.starts_with("old") || next.starts_with("ago"));
            unit && is_counted && words[at].bytes().all(|byte| byte.is_ascii_digit())
        };
        let kept: Vec<&str> = words.iter().enumerate().map(|(at, word)| if is_age(at) { "N" } else { word }).collect();
        kept.join(" ")
    }

    /// Whether nothing but time has passed.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.status == other.status
            && self.severity == other.severity
            && self.cause == other.cause
            && self.evidence == other.evidence
            && self.ageless() == other.ageless()
    }
}

/// A finding as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Which.
    pub place: Place,
    /// How it stood.
    pub seen: Seen,
}

/// The longest value that is kept as it is. What is longer is a document, and to tell that it has changed a hash does.
const LONGEST_VALUE: usize = 256;
/// The longest message that is kept whole.
const LONGEST_MESSAGE: usize = 2000;

impl Row {
    /// What is remembered of a finding.
    pub fn of(finding: &scan::Finding) -> Self {
        let evidence = finding.evidence.iter().map(|evidence| (&*evidence.action, &*evidence.region, &evidence.fields));
        let cause = finding.answer.as_ref().err().map(|unknown| format!("{} {}", unknown.reason, unknown.action));
        let check = finding.check.registered;
        Self {
            place: Place {
                id: finding.id(),
                check: check.id.clone(),
                duty: check.check.duty.as_str().to_owned(),
                account: finding.place.account.to_string(),
                region: finding.place.region.to_string(),
                kind: Some(finding.kind.to_owned()),
                resource_type: finding.resource_type.to_owned(),
                arn: finding.arn(),
                resource: finding.resource_id().to_owned(),
            },
            seen: Seen {
                status: finding.status(),
                severity: finding.severity(),
                message: message(&finding.message()),
                cause,
                evidence: values(evidence),
            },
        }
    }
}

/// A message as it is kept.
pub(super) fn message(text: &str) -> String {
    if text.len() <= LONGEST_MESSAGE {
        return text.to_owned();
    }
    let cut = (0..=LONGEST_MESSAGE).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}… {}", &text[..cut], hash(text))
}

/// Evidence as it is kept: call, region, and its fields. Request ids and times are left out, for they are others in each
/// scan.
pub(super) fn values<'a>(
    evidence: impl Iterator<Item = (&'a str, &'a str, &'a serde_json::Map<String, Value>)>,
) -> String {
    let short = |value: &Value| {
        let text = value.to_string();
        if text.len() <= LONGEST_VALUE { value.clone() } else { Value::String(hash(&text)) }
    };
    // A call that has shown no value has decided nothing.
    let telling = evidence.filter(|(.., fields)| !fields.is_empty());
    let calls = telling.map(|(action, region, fields)| {
        let fields: serde_json::Map<String, Value> =
            fields.iter().map(|(field, value)| (field.clone(), short(value))).collect();
        json!([action, region, fields])
    });
    Value::Array(calls.collect()).to_string()
}

/// SHA-256, in a form that tells what it is.
pub(super) fn hash(text: &str) -> String {
    format!("sha256:{}", hex(&Sha256::digest(text.as_bytes())))
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes everything");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(message: &str) -> Seen {
        Seen {
            status: Status::Fail,
            severity: Severity::Low,
            message: message.to_owned(),
            cause: None,
            evidence: "[]".to_owned(),
        }
    }

    #[test]
    fn that_a_day_has_passed_is_no_change_and_all_else_is() {
        let yesterday = seen("key 1 is 91 days old (limit 90 days)");
        assert!(yesterday.is_same_as(&seen("key 1 is 92 days old (limit 90 days)")));
        assert!(!yesterday.is_same_as(&seen("key 2 is 91 days old (limit 90 days)")));
        assert!(!yesterday.is_same_as(&seen("key 1 is 91 days old (limit 60 days)")));
        assert!(seen("root last signed in 1 day ago").is_same_as(&seen("root last signed in 1 day ago")));
        assert!(!seen("keeps backups for 7 days").is_same_as(&seen("keeps backups for 3 days")));
        let severe = Seen { severity: Severity::High, ..yesterday.clone() };
        assert!(!yesterday.is_same_as(&severe));
    }

    #[test]
    fn long_values_are_kept_as_their_hash_and_still_differ() {
        let of = |value: &str| {
            let fields = serde_json::Map::from_iter([("Policy".to_owned(), Value::from(value))]);
            values([("s3:GetBucketPolicy", "global", &fields)].into_iter())
        };
        let (one, other) = (of(&"a".repeat(1_000_000)), of(&format!("{}b", "a".repeat(999_999))));
        assert!(one.len() < 200 && one != other, "{one}");
        assert_eq!(of("short"), r#"[["s3:GetBucketPolicy","global",{"Policy":"short"}]]"#);
        assert!(message(&"ä".repeat(10_000)).len() < LONGEST_MESSAGE + 100);
    }
}
