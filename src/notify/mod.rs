//! Telling people what is new: Slack, Teams, webhooks and SNS, after a scan, with what failed to reach them told at its
//! end. Nothing here changes what a scan has found.

mod destination;
mod digest;
mod http;
mod slack;
mod teams;
mod webhook;
mod words;

pub use destination::{AT_LEAST, Address, Destination, Kind, Named, Spec, To, Topic, Url, is_name, is_variable};
pub use digest::{Digest, News};
pub use http::{Again, Refusal};
pub use webhook::SCHEMA;

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use plimsoll_checks::contract::Severity;
use serde_json::json;

use crate::scan::grouped;
use crate::terminal;

/// Tries for one destination, the first included.
const TRIES: u32 = 5;
/// The wait before the second try; each further one is twice as long, and a part of each is left to chance.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait that another side may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// All tries for all destinations, which are told side by side.
const DEADLINE: Duration = Duration::from_secs(90);

/// A message for a topic.
#[derive(Debug)]
pub struct Message {
    /// The subject of mails.
    pub subject: String,
    /// A JSON object that holds a text for each protocol.
    pub body: String,
    /// The worst severity in it.
    pub severity: Severity,
    /// What it is known by.
    pub id: String,
}

/// Whoever may publish in the session that the scan began in.
pub trait Publisher: Send + Sync {
    /// Publishes a message to a topic.
    fn publish<'a>(&'a self, topic: &'a Topic, message: &'a Message) -> BoxFuture<'a, Result<(), Refusal>>;
}

/// What has become of telling one destination.
#[derive(Debug)]
pub struct Told {
    label: String,
    kind: Kind,
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    Sent { new: usize, hidden: usize, tries: u32 },
    Nothing(Severity),
    Failed { why: String, tries: u32 },
}

impl Told {
    /// Tells it on stderr. That somebody was not told is told even where only errors are.
    pub fn tell(&self) {
        let (label, kind) = (&*self.label, self.kind.as_str());
        let who = if label.starts_with(kind) { label.to_owned() } else { format!("{label} ({kind})") };
        match &self.outcome {
            Outcome::Sent { new, hidden, tries } => {
                let hidden_told =
                    if *hidden > 0 { format!(", {} out of sight", grouped(*hidden)) } else { String::new() };
                let facts =
                    json!({"notify": label, "sent": true, "new": new, "no_longer_visible": hidden, "tries": tries});
                terminal::say_with(&format!("told {who}: {} new{hidden_told}", grouped(*new)), &facts);
            }
            Outcome::Nothing(least) => {
                let facts = json!({"notify": label, "sent": false, "new": 0});
                terminal::say_with(&format!("nothing new at {least} or above for {who}: nothing was sent"), &facts);
            }
            Outcome::Failed { why, tries } => {
                let facts = json!({"notify": label, "sent": false, "because": why, "tries": tries});
                let tried = match tries {
                    0 => String::new(),
                    1 => " (tried once)".to_owned(),
                    tries => format!(" (tried {tries} times)"),
                };
                let told = format!("{who} was not told what is new: {why}{tried}; the result of the scan stands");
                terminal::error_with(&told, &facts);
            }
        }
    }
}

/// All destinations of a scan.
pub struct Notifier {
    destinations: Vec<Destination>,
    publisher: Option<Arc<dyn Publisher>>,
}

impl Notifier {
    /// What `--notify` asks for, in its words; an error is without secrets.
    pub fn open(asked: &[String], named: &[Named], at_least: Option<Severity>) -> Result<Option<Self>, String> {
        let destinations = asked.iter().map(|asked| Destination::open(asked, named, at_least));
        let destinations = destinations.collect::<Result<Vec<_>, _>>()?;
        Ok((!destinations.is_empty()).then_some(Self { destinations, publisher: None }))
    }

    /// The same with whoever may publish to topics.
    #[must_use]
    pub fn through(mut self, publisher: Option<Arc<dyn Publisher>>) -> Self {
        self.publisher = publisher;
        self
    }

    /// The first destination that takes AWS credentials to reach.
    pub fn topic(&self) -> Option<&str> {
        self.destinations.iter().find(|it| it.kind() == Kind::Sns).map(|it| &*it.label)
    }

    /// The least severity that any of them is told of.
    pub fn least(&self) -> Severity {
        self.destinations.iter().map(|it| it.at_least).min().unwrap_or(AT_LEAST)
    }

    /// Tells all of them, side by side, and says what has become of it.
    pub async fn send(&self, digest: &Digest) -> Vec<Told> {
        join_all(self.destinations.iter().map(|destination| self.tell(destination, digest))).await
    }

    /// Nobody is told, for what is new is not known.
    pub fn give_up(&self, why: &str) -> Vec<Told> {
        let failed = |it: &Destination| Told {
            label: it.label.clone(),
            kind: it.kind(),
            outcome: Outcome::Failed { why: why.to_owned(), tries: 0 },
        };
        self.destinations.iter().map(failed).collect()
    }

    async fn tell(&self, destination: &Destination, digest: &Digest) -> Told {
        let news = digest.from(destination.at_least);
        let outcome = if news.is_empty() {
            Outcome::Nothing(destination.at_least)
        } else {
            let (new, hidden) = (news.fresh(), news.hidden());
            let mut tries = 0;
            let trying = tokio::time::timeout(DEADLINE, self.deliver(destination, &news, &mut tries)).await;
            match trying.unwrap_or_else(|_| Err(format!("not within {} s", DEADLINE.as_secs()))) {
                Ok(()) => Outcome::Sent { new, hidden, tries },
                Err(why) => Outcome::Failed { why, tries },
            }
        };
        Told { label: destination.label.clone(), kind: destination.kind(), outcome }
    }

    /// Tries until it is taken, or would not be.
    async fn deliver(&self, destination: &Destination, news: &News<'_>, tries: &mut u32) -> Result<(), String> {
        let parcel = Parcel::of(destination, news);
        loop {
            *tries += 1;
            let Err(Refusal { why, again }) = self.try_once(destination, &parcel).await else { return Ok(()) };
            let wait = match again {
                Again::Soon => backoff(*tries),
                Again::After(asked) if asked <= LONGEST_WAIT => asked.max(backoff(*tries)),
                Again::After(asked) => return Err(format!("{why}, and asks to wait for {} s", asked.as_secs())),
                Again::Never => return Err(why),
            };
            if *tries >= TRIES {
                return Err(why);
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn try_once(&self, destination: &Destination, parcel: &Parcel) -> Result<(), Refusal> {
        match (&destination.to, parcel) {
            (To::Webhook(address, key), Parcel::Json { id, body }) => {
                // Each try is signed anew: a receiver refuses what was signed long ago.
                let at = jiff::Timestamp::now().as_second();
                let headers = [
                    ("webhook-id", id.clone()),
                    ("webhook-timestamp", at.to_string()),
                    ("webhook-signature", webhook::signature(key, id, at, body)),
                ];
                http::post(address, &headers, body.clone()).await
            }
            (To::Slack(address) | To::Teams(address), Parcel::Json { body, .. }) => {
                http::post(address, &[], body.clone()).await
            }
            (To::Sns(topic), Parcel::Message(message)) => match &self.publisher {
                Some(publisher) => publisher.publish(topic, message).await,
                None => Err(Refusal { why: "no session to publish in".to_owned(), again: Again::Never }),
            },
            _ => unreachable!("each kind of destination has its parcel"),
        }
    }
}

/// What is sent, the same in every try.
enum Parcel {
    Json { id: String, body: String },
    Message(Message),
}

impl Parcel {
    fn of(destination: &Destination, news: &News<'_>) -> Self {
        let document = || webhook::document(news);
        match &destination.to {
            To::Slack(_) => Self::Json { id: String::new(), body: slack::message(news).to_string() },
            To::Teams(_) => Self::Json { id: String::new(), body: teams::message(news).to_string() },
            To::Webhook(..) => {
                let body = document();
                Self::Json { id: webhook::id(&destination.label, &body), body }
            }
            To::Sns(topic) => {
                let default = document();
                let id = webhook::id(&topic.arn, &default);
                let body = json!({"default": default, "email": words::text(news), "sms": words::subject(news)});
                let (subject, severity) = (words::subject(news), news.worst());
                Self::Message(Message { subject, body: body.to_string(), severity, id })
            }
        }
    }
}

/// The wait after so many tries: twice as long each time, of which up to a half is left out by chance, so that scans that
/// failed together do not come back together.
fn backoff(tries: u32) -> Duration {
    (FIRST_WAIT * 2_u32.pow(tries - 1)).mul_f64(1.0 - fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests;
