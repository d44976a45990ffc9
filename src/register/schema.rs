//! What an entry may say, and the JSON Schemas of the two files.

use plimsoll_checks::contract::{Attestation, DutyId};
use serde_json::{Map, Value, json};

use crate::scan::AcceptanceKind;

/// What an entry may be about; one of them.
pub const TOPICS: [&str; 3] = ["check", "duty", "control"];
/// What narrows it down.
pub const NARROWING: [&str; 5] = ["account", "region", "resource", "tags", "except"];
/// By what something can be taken out of it again.
pub const TAKING_OUT: [&str; 4] = ["account", "region", "resource", "tags"];
/// What is said of it.
const TOLD: [&str; 9] = ["statement", "reason", "owner", "approver", "ticket", "evidence", "sha256", "date", "expires"];

/// Every key of an entry of a kind.
pub fn keys(kind: AcceptanceKind) -> impl Iterator<Item = &'static str> {
    let told = TOLD.into_iter().filter(move |key| *key != "statement" || kind == AcceptanceKind::Attestation);
    TOPICS.into_iter().chain(NARROWING).chain(told)
}

/// The JSON Schema of a file, for editors.
pub fn json_schema(kind: AcceptanceKind) -> Value {
    let properties: Map<String, Value> = keys(kind).map(|key| (key.to_owned(), property(key))).collect();
    let mut entry = json!({
        "type": "object",
        "properties": properties,
        "required": ["owner", "expires"],
        "additionalProperties": false,
    });
    match kind {
        AcceptanceKind::Exception => {
            entry["required"] = json!(["owner", "expires", "reason"]);
            entry["oneOf"] = TOPICS.iter().map(|topic| json!({ "required": [topic] })).collect();
        }
        AcceptanceKind::Attestation => entry["required"] = json!(["owner", "expires", "statement"]),
    }
    let name = kind.as_str();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:plimsoll:{name}s:1"),
        "title": kind.file(),
        "type": "object",
        "properties": { name: { "type": "array", "items": entry } },
        "additionalProperties": false,
    })
}

fn property(key: &str) -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let texts = json!({ "anyOf": [text, { "type": "array", "items": text, "minItems": 1 }] });
    let (mut schema, about) = match key {
        "check" => (texts, "The checks, by id or by patterns such as s3-*."),
        "duty" => (json!({ "enum": DutyId::ALL.iter().map(|it| it.as_str()).collect::<Vec<_>>() }), "The duty."),
        "control" => (json!({ "type": "string", "pattern": "^[^/]+/.+$" }), "The control, such as cis_7_0/2.1."),
        "account" => (texts, "Account ids, or patterns; without it, every account."),
        "region" => (texts, "Region codes, or patterns; global for what has no region."),
        "resource" => (texts, "Resources, by id, or by ARN where a pattern begins with arn:."),
        "tags" => (
            json!({ "anyOf": [
                { "type": "object", "additionalProperties": { "type": "string" } },
                { "type": "array", "items": text, "minItems": 1 },
            ] }),
            "Tags that a resource must have: keys, each with a pattern for its value, or patterns of key=value.",
        ),
        "except" => {
            let properties: Map<String, Value> =
                TAKING_OUT.into_iter().map(|key| (key.to_owned(), property(key))).collect();
            let one = json!({
                "type": "object",
                "properties": properties,
                "minProperties": 1,
                "additionalProperties": false,
            });
            (
                json!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] }),
                "What it is not about although it fits: all that is given must fit.",
            )
        }
        "statement" => {
            let ids: Vec<&str> = Attestation::all().iter().map(|it| &*it.id).collect();
            (
                json!({ "type": "string", "minLength": 1, "examples": ids }),
                "What is stated: an id, or words of your own.",
            )
        }
        "reason" => (text, "Why."),
        "owner" => (text, "Who answers for it."),
        "approver" => (text, "Who has agreed."),
        "ticket" => (text, "Where it is dealt with."),
        "evidence" => (text, "A file beside this one, or an address, which is never fetched."),
        "sha256" => (json!({ "type": "string", "pattern": "^[0-9a-fA-F]{64}$" }), "The SHA-256 of the evidence."),
        "date" => (json!({ "type": "string", "format": "date" }), "The day on which it is signed."),
        _ => (json!({ "type": "string", "format": "date" }), "The last day on which it holds, in UTC."),
    };
    schema["description"] = about.into();
    schema
}
