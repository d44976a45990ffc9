//! `[[notify]]`: whom a scan may tell what is new. Secrets stand in the environment; here are the names of its variables.

use std::ops::Range;

use plimsoll_checks::contract::{Severity, nearest};
use serde_json::{Value, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::notify::{AT_LEAST, Kind, Named, Spec, Topic, Url, is_name, is_variable};

/// The name of the list.
pub const NOTIFY: &str = "notify";

/// Every key of an entry, the kinds that have it, and what it is.
const KEYS: [(&str, &[Kind], &str); 7] = [
    ("name", &Kind::ALL, "What --notify calls it."),
    ("kind", &Kind::ALL, "What it is."),
    ("at-least", &Kind::ALL, "The least severity that it is told of."),
    (
        "url-env",
        &[Kind::Slack, Kind::Teams, Kind::Webhook],
        "The environment variable that holds the URL of the webhook.",
    ),
    ("url", &[Kind::Webhook], "The URL of the webhook, where it is no secret."),
    ("secret-env", &[Kind::Webhook], "The environment variable that holds the key to sign with: whsec_ and base64."),
    ("topic", &[Kind::Sns], "The ARN of the topic."),
];

type Wrong = Vec<(Range<usize>, String)>;
type Written<'i> = Spanned<DeValue<'i>>;

impl Named {
    /// Each key with its value, as the file has it.
    pub fn written(&self) -> Vec<(&'static str, &str)> {
        let mut written = vec![("name", &*self.name)];
        match &self.spec {
            Spec::Slack(url) => written.extend([("kind", "slack"), ("url-env", url)]),
            Spec::Teams(url) => written.extend([("kind", "teams"), ("url-env", url)]),
            Spec::Webhook(Url::Env(url), key) => {
                written.extend([("kind", "webhook"), ("url-env", url), ("secret-env", key)]);
            }
            Spec::Webhook(Url::Here(url), key) => {
                written.extend([("kind", "webhook"), ("url", url), ("secret-env", key)]);
            }
            Spec::Sns(topic) => written.extend([("kind", "sns"), ("topic", &*topic.arn)]),
        }
        written.extend(self.at_least.map(|severity| ("at-least", severity.as_str())));
        written
    }
}

/// The entries, and everything that is wrong with them.
pub fn entries(value: &Written<'_>) -> (Vec<Named>, Wrong) {
    let Some(tables) = value.get_ref().as_array() else {
        return (Vec::new(), vec![(value.span(), "notify is a list: write [[notify]] and its keys below".to_owned())]);
    };
    let (mut named, mut wrong): (Vec<Named>, Wrong) = (Vec::new(), Vec::new());
    for table in tables {
        let Some(keys) = table.get_ref().as_table() else {
            wrong.push((table.span(), "an entry is a table: write [[notify]]".to_owned()));
            continue;
        };
        let mut entry = Entry { at: table.span(), keys, wrong: &mut wrong };
        let Some(understood) = entry.understood() else { continue };
        if named.iter().any(|earlier| earlier.name == understood.name) {
            wrong.push((table.span(), format!("there are two [[notify]] of the name {:?}", understood.name)));
        }
        named.push(understood);
    }
    (named, wrong)
}

/// What is wrong with a value is noted.
struct Mistaken;

struct Entry<'a, 'i> {
    at: Range<usize>,
    keys: &'a DeTable<'i>,
    wrong: &'a mut Wrong,
}

impl Entry<'_, '_> {
    fn understood(&mut self) -> Option<Named> {
        let kind = self.needed("kind", "one of slack, teams, webhook, sns", |text| {
            Kind::ALL.into_iter().find(|kind| kind.as_str() == text)
        });
        self.know(kind);
        let name = self.needed("name", "letters, digits, - and _: it is what --notify calls it", |text| {
            is_name(text).then(|| text.to_owned())
        });
        let at_least = self.given("at-least", "one of low, medium, high, critical", Severity::from_name);
        let spec = self.spec(kind?);
        Some(Named { name: name?, at_least: at_least.ok()?, spec: spec? })
    }

    fn spec(&mut self, kind: Kind) -> Option<Spec> {
        const URL: &str = "the name of the environment variable that holds the URL";
        let variable = |text: &str| is_variable(text).then(|| text.to_owned());
        match kind {
            Kind::Slack => self.needed("url-env", URL, variable).map(Spec::Slack),
            Kind::Teams => self.needed("url-env", URL, variable).map(Spec::Teams),
            Kind::Webhook => {
                let here = self.given("url", "a URL that begins with https://", |url| {
                    crate::notify::Address::parse(url).ok().map(|_| url.to_owned())
                });
                let url = match here {
                    Ok(Some(here)) => Some(Url::Here(here)),
                    Ok(None) => self.needed("url-env", URL, variable).map(Url::Env),
                    Err(Mistaken) => None,
                };
                let key = "the name of the environment variable that holds the key to sign with";
                let key = self.needed("secret-env", key, variable);
                Some(Spec::Webhook(url?, key?))
            }
            Kind::Sns => {
                let topic = "the ARN of a topic, such as arn:aws:sns:eu-west-1:111122223333:alerts";
                self.needed("topic", topic, |text| Topic::parse(text).ok()).map(Spec::Sns)
            }
        }
    }

    /// Refuses keys that there are not, or not for this kind. What they hold may be a secret, and is not repeated.
    fn know(&mut self, kind: Option<Kind>) {
        for (key, _) in self.keys {
            let given: &str = key.get_ref();
            let known = KEYS.iter().find(|(name, ..)| *name == given);
            let message = match (known, kind, given) {
                (Some((_, kinds, _)), Some(kind), _) if kinds.contains(&kind) => continue,
                (Some(_), None, _) => continue,
                (_, Some(Kind::Slack | Kind::Teams), "url") => {
                    "whoever knows this URL can write to the channel: keep it in an environment variable, and name that \
                     with url-env"
                        .to_owned()
                }
                (_, _, "secret") => {
                    "a key does not belong in a file: keep it in an environment variable, and name that with secret-env"
                        .to_owned()
                }
                (_, kind, _) => {
                    let has = |kinds: &[Kind]| kind.is_none_or(|kind| kinds.contains(&kind));
                    let names: Vec<&str> =
                        KEYS.iter().filter(|(_, kinds, _)| has(kinds)).map(|(name, ..)| *name).collect();
                    let hint = match nearest(given, names.iter().copied()) {
                        Some(near) => format!("did you mean {near}?"),
                        None => format!("there are {}", names.join(", ")),
                    };
                    let what = kind.map_or("an entry", Kind::as_str);
                    format!("{what} has no {given:?}; {hint}")
                }
            };
            self.wrong.push((key.span(), message));
        }
    }

    /// A key that may be left out.
    fn given<T>(
        &mut self,
        key: &str,
        wanted: &str,
        understand: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Mistaken> {
        let Some(value) = self.keys.get(key) else { return Ok(None) };
        let understood = value.get_ref().as_str().and_then(understand);
        if understood.is_none() {
            self.wrong.push((value.span(), format!("{key} takes {wanted}")));
        }
        understood.map(Some).ok_or(Mistaken)
    }

    fn needed<T>(&mut self, key: &str, wanted: &str, understand: impl Fn(&str) -> Option<T>) -> Option<T> {
        let given = self.given(key, wanted, understand);
        if let Ok(None) = given {
            self.wrong.push((self.at.clone(), format!("{key} is missing: {wanted}")));
        }
        given.ok().flatten()
    }
}

/// The JSON Schema of the list.
pub fn schema() -> Value {
    let mut properties = serde_json::Map::new();
    for (key, _, about) in KEYS {
        let mut schema = match key {
            "kind" => json!({ "enum": Kind::ALL.map(Kind::as_str) }),
            "at-least" => json!({ "enum": Severity::ALL.map(Severity::as_str), "default": AT_LEAST.as_str() }),
            "url-env" | "secret-env" => json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" }),
            "name" => json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" }),
            _ => json!({ "type": "string" }),
        };
        schema["description"] = about.into();
        properties.insert(key.to_owned(), schema);
    }
    let entry = json!({
        "type": "object",
        "properties": properties,
        "required": ["name", "kind"],
        "additionalProperties": false,
    });
    json!({ "type": "array", "description": "Whom a scan may tell what is new, each by --notify NAME.", "items": entry })
}
