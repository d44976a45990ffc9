//! Answers of the account that `tests/live/seed.py` makes, recorded once and told of any account and region.
//!
//! `answers/SERVICE.json` holds a line for each request: what it asks for, and the answer, with [`ACCOUNT`] and
//! [`REGION`] in place of the account and of a region in which nothing was seeded. How they are recorded is told in
//! `docs/live-tests.md`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::copies::{original, with_copies};
use crate::http::{Request, Response};

/// Stands for the account's id.
const ACCOUNT: &str = "{account}";
/// Stands for the region's name.
const REGION: &str = "{region}";
/// What the names of buckets and aliases begin with, which no two accounts share.
const OWNED: &str = "plimsoll-";
/// The same with the account in it.
const OWNED_BY: &str = "plimsoll-{account}-";
/// Stands before a text that is in base64 where it is answered, up to a `}`.
const ENCODED: &str = "{base64:";
/// The headers that say something of an answer; what else a server sends is its own affair.
const HEADERS: [&str; 4] = ["content-type", "smithy-protocol", "x-amzn-errortype", "x-amz-bucket-region"];

/// An answer, and to what.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    /// The operation.
    operation: String,
    /// The region it was asked in; [`REGION`] for any that is not named by another line.
    region: String,
    /// Path and query.
    target: String,
    /// The request's body; what is not UTF-8 in it does not matter.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    body: String,
    /// The status code.
    status: u16,
    /// The headers.
    headers: BTreeMap<String, String>,
    /// The answer's body, if it is UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    /// The answer's body in base64, if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
}

/// A request and its answer, of an account that is recorded.
pub type Exchange = (Request, Response);

/// Where recorded answers stand: this crate's folder `answers`.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("answers")
}

/// The file that tells when they were recorded.
fn date() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recorded-at")
}

/// When the answers were recorded: the time for a scan to count ages to, so that what was new then stays new.
///
/// # Panics
/// If the file that tells it is damaged.
pub fn recorded_at() -> jiff::Timestamp {
    let text = fs::read_to_string(date()).expect("the file recorded-at is in this crate's folder");
    text.trim().parse().expect("the file recorded-at holds a time, as 2026-11-25T09:00:00Z is one")
}

fn read(path: &Path) -> Vec<Recorded> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All recorded answers, by service.
fn recorded() -> BTreeMap<String, Vec<Recorded>> {
    let mut recorded = BTreeMap::new();
    for entry in fs::read_dir(folder()).expect("recorded answers are in the folder `answers`") {
        let path = entry.expect("an entry").path();
        let service = path.file_stem().expect("a name").to_string_lossy().into_owned();
        recorded.insert(service, read(&path));
    }
    recorded
}

/// Which operations are recorded, with the region.
pub fn operations() -> BTreeSet<(String, String, String)> {
    let named = |(service, lines): (String, Vec<Recorded>)| {
        lines.into_iter().map(move |line| (service.clone(), line.operation, line.region))
    };
    recorded().into_iter().flat_map(named).collect()
}

/// Which operations exchanges are for, as [`operations`] would tell them once they are recorded.
pub fn operations_of(exchanges: &[Exchange], untouched: &str) -> BTreeSet<(String, String, String)> {
    let region = |request: &Request| if request.region == untouched { REGION } else { &request.region }.to_owned();
    let named = |(request, _): &Exchange| (request.service.to_owned(), request.operation.clone(), region(request));
    exchanges.iter().map(named).collect()
}

/// Writes what an account answered in place of what is recorded; to a request that was made more than once, what it
/// answered last, as when a report is ready that was under way before. In the region `untouched` nothing was seeded; its
/// answers are told of every region that has none of its own.
///
/// # Panics
/// If the folder cannot be written to.
pub fn record(exchanges: &[Exchange], account: &str, untouched: &str) {
    let mut services: BTreeMap<&str, BTreeMap<String, Recorded>> = BTreeMap::new();
    for (request, response) in exchanges {
        let line = Recorded::of(request, response, account, untouched);
        services.entry(request.service).or_default().insert(line.key(), line);
    }
    fs::create_dir_all(folder()).expect("this crate's folder can be written to");
    fs::write(date(), format!("{:.0}\n", jiff::Timestamp::now())).expect("this crate's folder can be written to");
    for stale in recorded().into_keys().filter(|service| !services.contains_key(service.as_str())) {
        fs::remove_file(folder().join(stale).with_extension("json")).expect("a file can be removed");
    }
    for (service, lines) in services {
        let lines: Vec<String> =
            lines.values().map(|line| serde_json::to_string(line).expect("texts and numbers")).collect();
        let path = folder().join(service).with_extension("json");
        fs::write(&path, format!("[\n{}\n]\n", lines.join(",\n"))).expect("this crate's folder can be written to");
    }
}

impl Recorded {
    fn of(request: &Request, response: &Response, account: &str, untouched: &str) -> Self {
        let is_untouched = request.region == untouched;
        let blank = |text: &str| {
            let text = text.replace(OWNED, OWNED_BY).replace(account, ACCOUNT);
            if is_untouched { text.replace(untouched, REGION) } else { text }
        };
        let headers = response.headers.iter().filter(|(name, _)| HEADERS.contains(&name.as_str()));
        let (answer, bytes) = match std::str::from_utf8(&response.body) {
            Ok(text) => (Some(blank(&decoded(text))), None),
            Err(_) => (None, Some(STANDARD.encode(in_bytes(&response.body, account)))),
        };
        Self {
            operation: request.operation.clone(),
            region: if is_untouched { REGION.to_owned() } else { request.region.clone() },
            target: blank(&request.target),
            body: blank(&String::from_utf8_lossy(&request.body)),
            status: response.status,
            headers: headers.map(|(name, value)| (name.clone(), blank(value))).collect(),
            answer,
            bytes,
        }
    }

    /// What a request must be to be answered with this.
    fn key(&self) -> String {
        key(&self.operation, &self.region, &self.target, &self.body)
    }
}

fn key(operation: &str, region: &str, target: &str, body: &str) -> String {
    [operation, region, target, body].join("\n")
}

/// A key with the body's JSON in one order: SDKs write maps in any.
fn in_order(key: &str) -> Option<String> {
    let (before, body) = key.rsplit_once('\n')?;
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    Some(format!("{before}\n{body}"))
}

/// An answer with what IAM puts into it in base64, the credential report, in plain text.
fn decoded(answer: &str) -> String {
    let Some((before, rest)) = answer.split_once("<Content>") else { return answer.to_owned() };
    let Some((content, after)) = rest.split_once("</Content>") else { return answer.to_owned() };
    let content = STANDARD.decode(content.trim()).expect("the report is in base64");
    let content = String::from_utf8(content).expect("the report is text");
    assert!(!content.contains('}'), "a report that could not be told from what follows it");
    format!("{before}<Content>{ENCODED}{content}}}</Content>{after}")
}

/// Bytes with the account's id left out. A text there has its size before it, so nothing else can change.
fn in_bytes(bytes: &[u8], account: &str) -> Vec<u8> {
    assert!(!String::from_utf8_lossy(bytes).contains(OWNED), "a name that every account needs of its own");
    let (mut blanked, mut rest) = (Vec::new(), bytes);
    while let Some(at) = rest.windows(account.len()).position(|window| window == account.as_bytes()) {
        blanked.extend_from_slice(&rest[..at]);
        blanked.extend_from_slice(ACCOUNT.as_bytes());
        rest = &rest[at + account.len()..];
    }
    blanked.extend_from_slice(rest);
    blanked
}

/// A body of which some parts are filled in when it is told.
#[derive(Debug)]
struct Template(Vec<Part>);

#[derive(Debug)]
enum Part {
    Text(Vec<u8>),
    Account,
    Region,
    Encoded(Template),
}

impl Template {
    fn new(mut rest: &[u8]) -> Self {
        let mut parts = Vec::new();
        while let Some(at) = rest.iter().position(|byte| *byte == b'{') {
            let (text, from) = rest.split_at(at);
            let (part, size) = if from.starts_with(ACCOUNT.as_bytes()) {
                (Part::Account, ACCOUNT.len())
            } else if from.starts_with(REGION.as_bytes()) {
                (Part::Region, REGION.len())
            } else if from.starts_with(ENCODED.as_bytes()) {
                let inner = &from[ENCODED.len()..];
                let end = end_of(inner).expect("what is in base64 has an end");
                (Part::Encoded(Self::new(&inner[..end])), ENCODED.len() + end + 1)
            } else {
                (Part::Text(b"{".to_vec()), 1)
            };
            push(&mut parts, text);
            match part {
                Part::Text(brace) => push(&mut parts, &brace),
                part => parts.push(part),
            }
            rest = &from[size..];
        }
        push(&mut parts, rest);
        Self(parts)
    }

    fn fill(&self, account: &str, region: &str, into: &mut Vec<u8>) {
        for part in &self.0 {
            match part {
                Part::Text(text) => into.extend_from_slice(text),
                Part::Account => into.extend_from_slice(account.as_bytes()),
                Part::Region => into.extend_from_slice(region.as_bytes()),
                Part::Encoded(inner) => {
                    let mut plain = Vec::new();
                    inner.fill(account, region, &mut plain);
                    into.extend_from_slice(STANDARD.encode(plain).as_bytes());
                }
            }
        }
    }
}

/// Where a part in base64 ends: at the first `}` that is not that of a part within it.
fn end_of(inner: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    inner.iter().position(|byte| match byte {
        b'{' => {
            depth += 1;
            false
        }
        b'}' if depth > 0 => {
            depth -= 1;
            false
        }
        byte => *byte == b'}',
    })
}

/// Adds text to the last part, if that is text too.
fn push(parts: &mut Vec<Part>, text: &[u8]) {
    match parts.last_mut() {
        Some(Part::Text(last)) => last.extend_from_slice(text),
        _ if text.is_empty() => {}
        _ => parts.push(Part::Text(text.to_vec())),
    }
}

/// A recorded answer, ready to be told.
#[derive(Debug)]
struct Ready {
    status: u16,
    headers: Vec<(String, String)>,
    body: Template,
}

/// All recorded answers, ready to be told of any account.
#[derive(Debug)]
pub struct Answers(HashMap<&'static str, HashMap<String, Arc<Ready>>>);

impl Answers {
    /// As they stand in this crate's folder, with so many copies of what is copied.
    ///
    /// # Panics
    /// If a file there is damaged; it says which.
    pub fn recorded(copies: usize) -> Self {
        let mut services = HashMap::new();
        for (service, lines) in recorded() {
            let known = crate::api::SERVICES.into_iter().find(|known| *known == service);
            let known = known.unwrap_or_else(|| panic!("answers/{service}.json: no such service in api.rs"));
            let ready = lines.into_iter().map(|line| {
                let key = line.key();
                let body = match (line.answer, line.bytes) {
                    (Some(text), None) => with_copies(known, &line.operation, text, copies).into_bytes(),
                    (None, Some(bytes)) => STANDARD.decode(bytes).expect("bytes are in base64"),
                    _ => panic!("answers/{service}.json: {key}: either `answer` or `bytes`"),
                };
                let headers = line.headers.into_iter().collect();
                (key, Arc::new(Ready { status: line.status, headers, body: Template::new(&body) }))
            });
            let mut ready: HashMap<String, Arc<Ready>> = ready.collect();
            let ordered: Vec<_> = ready.iter().filter_map(|(key, it)| Some((in_order(key)?, it.clone()))).collect();
            ready.extend(ordered);
            services.insert(known, ready);
        }
        Self(services)
    }

    /// What an account answers; `None` to what was not asked when the answers were recorded.
    pub fn answer(&self, request: &Request, account: &str) -> Option<Response> {
        let body = String::from_utf8_lossy(&request.body);
        let (target, body) = (original(&request.target), original(&body));
        let Some((_, id, copy)) = target.clone().or_else(|| body.clone()) else {
            return self.answer_of_original(request, account);
        };
        let mut of_original = request.clone();
        if let Some((target, ..)) = target {
            of_original.target = target;
        }
        if let Some((body, ..)) = body {
            of_original.body = body.into_bytes();
        }
        let answer = self.answer_of_original(&of_original, account)?;
        let body = String::from_utf8_lossy(&answer.body).replace(&id, &copy).into_bytes();
        Some(Response { body, ..answer })
    }

    fn answer_of_original(&self, request: &Request, account: &str) -> Option<Response> {
        let known = self.0.get(request.service)?;
        let body = String::from_utf8_lossy(&request.body);
        let of_anyone = key(&request.operation, &request.region, &request.target, &body).replace(account, ACCOUNT);
        let find = |key: &str| known.get(key).or_else(|| known.get(&key.replace(&request.region, REGION)));
        let ready = find(&of_anyone).or_else(|| find(&in_order(&of_anyone)?))?;
        let mut body = Vec::new();
        ready.body.fill(account, &request.region, &mut body);
        Some(Response { status: ready.status, headers: ready.headers.clone(), body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_in_also_within_base64() {
        let template = Template::new(b"{\"arn\":\"{account}:{region}\",\"r\":\"{base64:a,{account}}\"}");
        let mut filled = Vec::new();
        template.fill("111122223333", "eu-west-3", &mut filled);
        let encoded = STANDARD.encode("a,111122223333");
        assert_eq!(
            String::from_utf8(filled).unwrap(),
            format!("{{\"arn\":\"111122223333:eu-west-3\",\"r\":\"{encoded}\"}}")
        );
    }

    #[test]
    fn an_account_is_left_out_of_bytes_and_of_what_is_encoded() {
        assert_eq!(in_bytes(b"\xffx111122223333y111122223333", "111122223333"), b"\xffx{account}y{account}");
        let report = format!("<Content>{}</Content>!", STANDARD.encode("user,111122223333"));
        assert_eq!(decoded(&report), "<Content>{base64:user,111122223333}</Content>!");
    }
}
