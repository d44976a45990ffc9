//! News for programs: a document, and the signature that shows whose it is and that nobody has changed it.
//!
//! Source: Standard Webhooks, version 1.0.0: <https://github.com/standard-webhooks/standard-webhooks>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::destination::Key;
use super::digest::{BySeverity, Group, Item, News, Room, fit, total};
use crate::report::json::Tool;

/// The name and version of the form; see `schema/plimsoll.notification.1.json`.
pub const SCHEMA: &str = "plimsoll.notification/1";

/// What a document has room for. Receivers of webhooks often take no more than 64 KB or so, SNS 256 KB.
const ROOM: Room = Room { size: 48_000, owners: 100, findings: 20 };

/// The document.
#[derive(Serialize)]
struct Document<'a> {
    r#type: &'static str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    schema: &'static str,
    tool: Tool,
    scan: Scan<'a>,
    since: Option<&'a str>,
    at_least: &'static str,
    new: Value,
    no_longer_visible: Value,
    owners: Vec<Owner<'a>>,
    findings_left_out: usize,
}

#[derive(Serialize)]
struct Scan<'a> {
    of: &'a str,
    started: String,
    partial: bool,
}

#[derive(Serialize)]
struct Owner<'a> {
    name: &'a str,
    from: &'static str,
    new: Value,
    findings: &'a [Item],
    findings_left_out: usize,
}

/// The document as it is sent and signed.
pub fn document(news: &News<'_>) -> String {
    let size = |item: &Item| serde_json::to_string(item).map_or(ROOM.size, |text| text.len() + 1);
    let fitted = fit(news, ROOM, |group| group.owner.len() * 2 + 160, size);
    let owners = fitted.shown.iter().map(|(group, items)| owner(group, items)).collect();
    let document = Document {
        r#type: "plimsoll.findings.new",
        timestamp: news.started.to_string(),
        data: Data {
            schema: SCHEMA,
            tool: Tool::this(),
            scan: Scan { of: news.series, started: news.started.to_string(), partial: news.partial },
            since: news.since,
            at_least: news.least.as_str(),
            new: counts(&news.counts),
            no_longer_visible: counts(&news.hidden),
            owners,
            findings_left_out: fitted.left,
        },
    };
    serde_json::to_string(&document).expect("texts and numbers have a JSON form")
}

fn owner<'a>(group: &'a Group, findings: &'a [Item]) -> Owner<'a> {
    Owner {
        name: &group.owner,
        from: group.from.as_str(),
        new: counts(&group.counts),
        findings,
        findings_left_out: total(&group.counts) - findings.len(),
    }
}

fn counts(counts: &BySeverity) -> Value {
    counts.iter().map(|(severity, count)| (severity.as_str().to_owned(), json!(count))).collect()
}

/// What a message is known by: the same for the same news to the same destination, however often it is sent, so that a
/// receiver takes it once.
pub fn id(destination: &str, document: &str) -> String {
    let hash = Sha256::new().chain_update(destination).chain_update([0]).chain_update(document).finalize();
    hash.iter().take(16).fold("msg_".to_owned(), |id, byte| format!("{id}{byte:02x}"))
}

/// The signature of a message that is sent at a time, in seconds since 1970.
pub fn signature(key: &Key, id: &str, at: i64, document: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.reveal()).expect("a key of any length will do");
    mac.update(format!("{id}.{at}.{document}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_standards_own_libraries() {
        // Made by the reference library for Python.
        let key = Key::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
        let signed = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_message_has_an_id_of_its_own_for_each_destination() {
        assert_eq!(id("a", "{}"), id("a", "{}"));
        assert_ne!(id("a", "{}"), id("b", "{}"));
        assert_ne!(id("a", "{}"), id("a", "{ }"));
        assert_eq!(id("a", "{}").len(), 4 + 32);
    }
}
