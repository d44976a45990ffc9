//! Where news goes: what `[[notify]]` and `--notify` say, understood before anything is read.

use std::env::{self, VarError};
use std::fmt;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Uri;
use plimsoll_checks::contract::{Severity, nearest};

use crate::scan::{is_account, is_region};
use crate::secret::Secret;

/// What is told of unless something else is asked for.
pub const AT_LEAST: Severity = Severity::High;

/// What kind of destination it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A channel of Slack, by an incoming webhook.
    Slack,
    /// A channel or chat of Microsoft Teams, by a workflow that a webhook starts.
    Teams,
    /// A program of anybody's, which checks a signature.
    Webhook,
    /// A topic of Amazon SNS.
    Sns,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Slack, Self::Teams, Self::Webhook, Self::Sns];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::Webhook => "webhook",
            Self::Sns => "sns",
        }
    }
}

/// A destination as it is written down: secrets stand in the environment, and here the names of its variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    /// The variable that holds the URL.
    Slack(String),
    /// The variable that holds the URL.
    Teams(String),
    /// Where the URL is, and the variable that holds the key to sign with.
    Webhook(Url, String),
    /// The topic.
    Sns(Topic),
}

/// Where the URL of a webhook is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Url {
    /// In a variable of the environment.
    Env(String),
    /// Here: it is no secret, for the signature is what a receiver trusts.
    Here(String),
}

/// An entry of `[[notify]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// What `--notify` calls it.
    pub name: String,
    /// The least severity that it is told of.
    pub at_least: Option<Severity>,
    /// What it is.
    pub spec: Spec,
}

/// A destination, ready to be sent to.
#[derive(Debug)]
pub struct Destination {
    /// What it is called in messages. No secret.
    pub label: String,
    /// The least severity that it is told of.
    pub at_least: Severity,
    /// What it is.
    pub to: To,
}

/// What a destination is.
#[derive(Debug)]
pub enum To {
    /// A channel of Slack.
    Slack(Address),
    /// A channel or chat of Teams.
    Teams(Address),
    /// A program, and the key that it checks by.
    Webhook(Address, Key),
    /// A topic of SNS.
    Sns(Topic),
}

impl Destination {
    /// What `--notify` asks for: an entry of `[[notify]]` by its name, or a destination by itself.
    pub fn open(asked: &str, named: &[Named], at_least: Option<Severity>) -> Result<Self, String> {
        let entry = named.iter().find(|entry| entry.name == asked);
        let (spec, its) = match entry {
            Some(entry) => (entry.spec.clone(), entry.at_least),
            None => (one_off(asked, named)?, None),
        };
        let to = match spec {
            Spec::Slack(variable) => To::Slack(address_in(&variable)?),
            Spec::Teams(variable) => To::Teams(address_in(&variable)?),
            Spec::Webhook(url, key) => {
                let address = match url {
                    Url::Env(variable) => address_in(&variable)?,
                    Url::Here(url) => Address::parse(&url).map_err(|wrong| format!("{url}: {wrong}"))?,
                };
                To::Webhook(address, Key::in_environment(&key)?)
            }
            Spec::Sns(topic) => To::Sns(topic),
        };
        Ok(Self { label: asked.to_owned(), at_least: at_least.or(its).unwrap_or(AT_LEAST), to })
    }

    /// What kind it is.
    pub fn kind(&self) -> Kind {
        match self.to {
            To::Slack(_) => Kind::Slack,
            To::Teams(_) => Kind::Teams,
            To::Webhook(..) => Kind::Webhook,
            To::Sns(_) => Kind::Sns,
        }
    }
}

/// How a destination is written on the command line.
const FORMS: &str = "slack:VARIABLE, teams:VARIABLE, webhook:VARIABLE,VARIABLE-OF-KEY or sns:ARN";

/// A destination of the command line. What is wrong is not repeated: it may be a secret.
fn one_off(asked: &str, named: &[Named]) -> Result<Spec, String> {
    let Some((kind, rest)) = asked.split_once(':').filter(|(kind, _)| Kind::ALL.iter().any(|it| it.as_str() == *kind))
    else {
        if !is_name(asked) {
            return Err(format!("it takes the name of a [[notify]] in plimsoll.toml, or {FORMS}"));
        }
        let near = nearest(asked, named.iter().map(|entry| &*entry.name));
        let hint = near.map_or_else(|| format!("; without one, {FORMS}"), |near| format!("; did you mean {near}?"));
        return Err(format!("{asked}: plimsoll.toml has no [[notify]] of that name{hint}"));
    };
    let variable = |name: &str| {
        let wrong = || {
            format!(
                "{kind}: it takes the name of an environment variable that holds the URL, such as {kind}:ALERTS_URL"
            )
        };
        if is_variable(name) { Ok(name.to_owned()) } else { Err(wrong()) }
    };
    match kind {
        "slack" => Ok(Spec::Slack(variable(rest)?)),
        "teams" => Ok(Spec::Teams(variable(rest)?)),
        "sns" => Topic::parse(rest).map(Spec::Sns),
        _ => {
            let (url, key) = rest.split_once(',').ok_or(
                "webhook: it takes two environment variables, of the URL and of the key, such as \
                 webhook:ALERTS_URL,ALERTS_KEY",
            )?;
            Ok(Spec::Webhook(Url::Env(variable(url)?), variable(key)?))
        }
    }
}

/// Whether a text can be the name of a destination.
pub fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}

/// Whether a text can be the name of an environment variable. Source: POSIX.1-2017, 8.1.
pub fn is_variable(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(fits)
}

fn address_in(variable: &str) -> Result<Address, String> {
    let url = secret_in(variable, "the URL of the webhook")?;
    Address::parse(url.reveal().trim()).map_err(|wrong| format!("the URL in {variable} {wrong}"))
}

fn secret_in(variable: &str, what: &str) -> Result<Secret, String> {
    match env::var(variable) {
        Ok(text) if !text.trim().is_empty() => Ok(Secret::from(text.trim())),
        Ok(_) | Err(VarError::NotPresent) => {
            Err(format!("the environment variable {variable} is not set: it is to hold {what}"))
        }
        Err(VarError::NotUnicode(_)) => Err(format!("the environment variable {variable} is no text")),
    }
}

/// Where a webhook is. Whoever knows it can write to the channel, so it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    uri: Uri,
    is_here: bool,
}

impl Address {
    /// Understands a URL. What is wrong with it is said without it.
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        let uri: Uri = url.parse().map_err(|_| "is no URL")?;
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err("is no URL: it begins with https:// and a host");
        };
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err("has a user or a password in it, which is not sent");
        }
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let is_here = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
        match scheme {
            "https" => Ok(Self { uri, is_here }),
            "http" if is_here => Ok(Self { uri, is_here }),
            _ => Err("does not begin with https://: what is sent would be seen on the way"),
        }
    }

    /// The address itself, for whoever sends there.
    pub fn reveal(&self) -> &Uri {
        &self.uri
    }

    /// Whether it is on this machine, where no proxy leads.
    pub fn is_here(&self) -> bool {
        self.is_here
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// The key that a webhook is signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Vec<u8>);

impl Key {
    fn in_environment(variable: &str) -> Result<Self, String> {
        let text = secret_in(variable, "the key to sign with")?;
        Self::parse(text.reveal()).map_err(|wrong| format!("the key in {variable} {wrong}"))
    }

    /// Understands a key as it is handed about. Source: Standard Webhooks, "Signature scheme": 24 to 64 bytes in base64,
    /// after `whsec_`.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let bytes = STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).ok();
        let bytes = bytes.filter(|bytes| (24..=64).contains(&bytes.len()));
        bytes.map(Self).ok_or("is not whsec_ and 24 to 64 bytes in base64; make one with: openssl rand -base64 32")
    }

    /// The key itself, for whoever signs.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// A topic of SNS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its ARN.
    pub arn: String,
    /// The region it is in.
    pub region: String,
}

impl Topic {
    /// Understands a topic's ARN.
    pub fn parse(arn: &str) -> Result<Self, String> {
        let parts: Vec<&str> = arn.split(':').collect();
        let fits = |name: &str| {
            let name = name.strip_suffix(".fifo").unwrap_or(name);
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            (1..=256).contains(&name.len()) && name.bytes().all(fits)
        };
        match parts[..] {
            ["arn", partition, "sns", region, account, name]
                if partition.starts_with("aws") && is_region(region) && is_account(account) && fits(name) =>
            {
                Ok(Self { arn: arn.to_owned(), region: region.to_owned() })
            }
            _ => {
                Err("sns: it takes the ARN of a topic, such as sns:arn:aws:sns:eu-west-1:111122223333:alerts"
                    .to_owned())
            }
        }
    }

    /// Whether it keeps messages in order, and asks of each which order it belongs to.
    pub fn is_fifo(&self) -> bool {
        // Names are told apart by their case, and SNS knows this ending only.
        self.arn.strip_suffix(".fifo").is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_secure_or_on_this_machine_and_never_shown() {
        for url in
            ["https://hooks.example.com/T0/B0/x?y=z", "http://127.0.0.1:8080/x", "http://[::1]/x", "http://localhost/"]
        {
            let address = Address::parse(url).unwrap_or_else(|wrong| panic!("{url} {wrong}"));
            assert_eq!(format!("{address:?}"), "…");
        }
        assert!(!Address::parse("https://localhost.example.com/").expect("a URL").is_here());
        for url in [
            "http://hooks.example.com/secret",
            "ftp://x/secret",
            "hooks.example.com",
            "secret",
            "",
            "https://",
            "https://user:secret@example.com/",
            "http://127.0.0.1.example.com/secret",
        ] {
            let wrong = Address::parse(url).expect_err(url);
            assert!(!wrong.contains("secret"), "{wrong}");
        }
    }

    #[test]
    fn keys_are_long_enough_and_never_shown() {
        let key = Key::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
        assert_eq!((format!("{key:?}"), key.reveal().len()), ("…".to_owned(), 24));
        for text in ["", "whsec_", "hunter2", "whsec_AAAA", &"A".repeat(100)] {
            assert!(Key::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn topics_tell_their_region() {
        let topic = Topic::parse("arn:aws-cn:sns:cn-north-1:111122223333:alerts.fifo").expect("a topic");
        assert_eq!((&*topic.region, topic.is_fifo()), ("cn-north-1", true));
        for arn in [
            "arn:aws:sqs:eu-west-1:111122223333:alerts",
            "arn:aws:sns:eu-west-1:111122223333:",
            "alerts",
            "arn:aws:sns:eu-west-1:111122223333:alerts:2d92b2b6-7f1c-4c6b-8f5e-000000000000",
        ] {
            assert!(Topic::parse(arn).is_err(), "{arn}");
        }
    }

    #[test]
    fn what_is_wrong_on_the_command_line_is_told_without_repeating_what_may_be_a_secret() {
        let named = [Named { name: "security".to_owned(), at_least: None, spec: Spec::Slack("X".to_owned()) }];
        let wrong = |asked: &str| Destination::open(asked, &named, None).expect_err("it is wrong");
        for asked in [
            "https://hooks.slack.com/services/T0/B0/zulu",
            "slack:https://hooks.slack.com/zulu",
            "teams:https://x/zulu",
            "webhook:https://x/zulu",
            "webhook:zulu.zulu,KEY",
            "zulu:zulu",
        ] {
            assert!(!wrong(asked).contains("zulu"), "{}", wrong(asked));
        }
        assert!(wrong("securty").ends_with("did you mean security?"));
        assert!(wrong("slack:PLIMSOLL_NO_SUCH_VARIABLE").contains("PLIMSOLL_NO_SUCH_VARIABLE is not set"));
        assert!(wrong("webhook:ONLY_ONE").contains("two environment variables"));
        assert!(wrong("sns:alerts").contains("ARN of a topic"));
    }
}
