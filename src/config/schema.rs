//! Every setting, what may be set, and the JSON Schema of the file.

use plimsoll_checks::checks;
use plimsoll_checks::contract::{Settings, Severity};
use serde_json::{Value, json};

use super::notify;
use crate::owners::TAGS;

/// One setting of the file.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The table it is in.
    pub table: &'static str,
    /// Its key.
    pub key: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it is, in one sentence.
    pub about: &'static str,
}

/// What a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number of days.
    Days,
    /// A list of TCP ports.
    Ports,
    /// A list of region codes.
    Regions,
    /// A list of account ids.
    Accounts,
    /// A list of organization ids.
    Organizations,
    /// A list of names.
    Names,
}

const fn setting(table: &'static str, key: &'static str, kind: Kind, about: &'static str) -> Setting {
    Setting { table, key, kind, about }
}

/// Every setting that checks see, in the order in which they are shown.
pub const SETTINGS: &[Setting] = &[
    setting("agreements", "required", Kind::Names, "The agreements with AWS that must be active in AWS Artifact"),
    setting("days", "access-key-age", Kind::Days, "The age at which an access key is to have been replaced"),
    setting("days", "unused-credentials", Kind::Days, "How long a password or access key may lie idle"),
    setting("days", "root-unused", Kind::Days, "How long root is not to have been used"),
    setting("days", "backup-retention", Kind::Days, "How long automated backups are to be kept at least"),
    setting("ports", "administrative", Kind::Ports, "TCP ports that network ACLs are to keep the internet away from"),
    setting("regions", "allowed", Kind::Regions, "The only regions that resources may live in"),
    setting("trust", "accounts", Kind::Accounts, "Other accounts that connections may lead to"),
    setting("trust", "organizations", Kind::Organizations, "Organizations whose accounts are trusted"),
];

/// The longest period that makes sense, in days: ten years.
pub const MOST_DAYS: u32 = 3650;

/// The tables whose keys are checks.
pub const SEVERITY: &str = "severity";
/// The checks that are off.
pub const OFF: &str = "off";
/// Where it is written whom resources belong to.
pub const OWNERS: &str = "owners";
/// What may be said there: the key, what it takes, and what it is.
pub const OWNERS_KEYS: [(&str, &str, &str); 2] = [
    ("file", "the name of a file beside this one", "A file that says who owns what, in the manner of CODEOWNERS"),
    (
        "tags",
        "a list of keys of tags, such as [\"Owner\", \"Team\"]",
        "The tags that name an owner, in whatever case; the first that a resource has counts",
    ),
];

impl Kind {
    /// What it takes, for an error.
    pub fn wanted(self) -> String {
        match self {
            Self::Days => format!("a whole number of days from 1 to {MOST_DAYS}"),
            Self::Ports => "a list of ports from 1 to 65535, such as [22, 3389]".to_owned(),
            Self::Regions => "a list of at least one region code, such as [\"eu-west-1\"]".to_owned(),
            Self::Accounts => "a list of account ids of twelve digits, in quotes".to_owned(),
            Self::Organizations => "a list of organization ids, such as [\"o-abcdef1234\"]".to_owned(),
            Self::Names => "a list of at least one name, such as [\"AWS Business Associate Addendum\"]".to_owned(),
        }
    }

    fn schema(self) -> Value {
        let list = |items: Value| json!({ "type": "array", "items": items, "uniqueItems": true });
        match self {
            Self::Days => json!({ "type": "integer", "minimum": 1, "maximum": MOST_DAYS }),
            Self::Ports => list(json!({ "type": "integer", "minimum": 1, "maximum": 65535 })),
            Self::Regions => {
                let mut regions = list(json!({ "type": "string", "pattern": "^[a-z0-9-]{1,40}$" }));
                regions["minItems"] = 1.into();
                regions
            }
            Self::Names => {
                let mut names = list(json!({ "type": "string", "pattern": "\\S" }));
                names["minItems"] = 1.into();
                names
            }
            Self::Accounts => list(json!({ "type": "string", "pattern": "^[0-9]{12}$" })),
            Self::Organizations => list(json!({ "type": "string", "pattern": "^o-[a-z0-9]{10,32}$" })),
        }
    }
}

impl Setting {
    /// Its value in `settings`; `None` if it is not laid down.
    pub fn value(&self, settings: &Settings) -> Option<Value> {
        let all = serde_json::to_value(settings).expect("settings have a JSON form");
        all.get(self.table).and_then(|table| table.get(self.key)).cloned()
    }
}

/// The tables of settings, each once.
pub fn tables() -> impl Iterator<Item = &'static str> {
    let first = |(at, setting): (usize, &'static Setting)| {
        SETTINGS[..at].iter().all(|earlier| earlier.table != setting.table).then_some(setting.table)
    };
    SETTINGS.iter().enumerate().filter_map(first)
}

/// The JSON Schema of the file, for editors.
pub fn json_schema() -> Value {
    let defaults = Settings::default();
    let object = |properties: serde_json::Map<String, Value>, about: &str| json!({ "type": "object", "description": about, "properties": properties, "additionalProperties": false });
    let mut properties = serde_json::Map::new();
    for table in tables() {
        let settings = SETTINGS.iter().filter(|setting| setting.table == table).map(|setting| {
            let mut schema = setting.kind.schema();
            schema["description"] = setting.about.into();
            if let Some(default) = setting.value(&defaults) {
                schema["default"] = default;
            }
            (setting.key.to_owned(), schema)
        });
        properties.insert(table.to_owned(), object(settings.collect(), "Settings that checks see."));
    }
    let of_checks = |schema: &Value| checks().iter().map(|check| (check.id.clone(), schema.clone())).collect();
    let severities: Vec<&str> = Severity::ALL.iter().map(|severity| severity.as_str()).collect();
    let severity = of_checks(&json!({ "enum": severities }));
    properties.insert(SEVERITY.to_owned(), object(severity, "Severities other than the checks' own."));
    let off = of_checks(&json!({ "type": "string", "minLength": 1, "description": "Why the check is off." }));
    properties.insert(OFF.to_owned(), object(off, "Checks that are not to be made, each with the reason."));
    let [(file, _, about_file), (tags, _, about_tags)] = OWNERS_KEYS;
    let text = json!({ "type": "string", "minLength": 1 });
    let owners = serde_json::Map::from_iter([
        (file.to_owned(), json!({ "type": "string", "minLength": 1, "description": about_file })),
        (tags.to_owned(), json!({ "type": "array", "items": text, "default": TAGS, "description": about_tags })),
    ]);
    properties.insert(OWNERS.to_owned(), object(owners, "Whom resources belong to."));
    properties.insert(notify::NOTIFY.to_owned(), notify::schema());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:plimsoll:config:1",
        "title": "plimsoll.toml",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}
