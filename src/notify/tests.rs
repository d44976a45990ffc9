//! What each message says, and that it keeps to what its receiver takes.

use plimsoll_checks::checks;
use plimsoll_checks::contract::{Identity, Partition, Place, Severity, fail};
use serde_json::Value;

use super::digest::{Digest, News};
use super::{slack, teams, webhook, words};
use crate::report::Opening;
use crate::scan::{Chosen, Finding, OwnerSource, ResourceOwner, Scope, Subject, Target};

const HOSTILE: &str = "<!channel> <@U1> <https://evil.example|ok> `*_~@here :fire: &amp; [a](http://evil.example) \
                       {{DATE(2017-02-14T06:00:00Z)}} \u{202e}\u{1b}[31m\u{200b}\r\n# x";

fn opening(alias: &str) -> Opening {
    Opening {
        scope: Scope::Account(Target {
            partition: Partition::Aws,
            account: "111122223333".to_owned(),
            alias: Some(alias.to_owned()),
            caller: "arn:aws:iam::111122223333:user/a".to_owned(),
            regions: vec!["eu-west-1".to_owned()],
            left_out: None,
            started: "2026-11-25T12:00:00Z".parse().expect("a time"),
            session: Vec::new(),
        }),
        checks: Vec::new(),
        off: Vec::new(),
        now: jiff::Timestamp::UNIX_EPOCH,
        config: None,
        settings: std::sync::Arc::default(),
    }
}

fn finding(name: &str, owner: &str, severity: Severity) -> Finding {
    let registered = checks().iter().find(|check| check.id == "s3-bucket-tls-required").expect("it is there");
    let place = Place::global(Partition::Aws, "111122223333").at("eu-west-1");
    Finding {
        check: Chosen { registered, severity },
        place,
        resource_type: "AWS::S3::Bucket",
        kind: "s3/Bucket",
        subject: Subject::Resource(Identity::new(format!("arn:aws:s3:::{name}"), name)),
        answer: Ok(fail("lets plain text in")),
        evidence: Vec::new(),
        owner: ResourceOwner { name: owner.to_owned(), from: OwnerSource::Tag, place: Some("Owner".to_owned()) },
        accepted: None,
    }
}

fn digest(findings: &[Finding], least: Severity) -> Digest {
    let mut digest =
        Digest::new(&opening("prod"), "account 111122223333", Some("2026-11-24T12:00:00Z".to_owned()), least);
    for finding in findings {
        assert!(digest.wants(finding.severity()));
        digest.add(finding, None);
    }
    digest
}

/// Three owners, one with more than is named; and something that is out of sight.
fn some() -> Digest {
    let mut findings = vec![finding("logs", "ann", Severity::High), finding("web", "shop", Severity::Critical)];
    findings.extend((0..30).map(|n| finding(&format!("data-{n:02}"), "core", Severity::High)));
    findings.push(finding("worst", "core", Severity::Critical));
    findings.push(finding("small", "ann", Severity::Low));
    let mut digest = digest(&findings, Severity::Low);
    digest.hide(Severity::High);
    digest.hide(Severity::Low);
    digest
}

/// As hostile and as much as can be.
fn hostile() -> Digest {
    let long = HOSTILE.repeat(8);
    let mut digest = Digest::new(&opening(&long), "account 111122223333", None, Severity::Low);
    for owner in 0..700 {
        for n in 0..30 {
            let severity = Severity::ALL[n % 4];
            digest.add(&finding(&format!("{long}{n}"), &format!("{owner}{long}"), severity), None);
        }
    }
    digest
}

#[test]
fn the_messages_of_a_few_findings_are_these() {
    let digest = some();
    let news = digest.from(Severity::High);
    let pretty = |value: &Value| serde_json::to_string_pretty(value).expect("it is JSON");
    let document: Value = serde_json::from_str(&webhook::document(&news)).expect("it is JSON");
    let document = pretty(&document).replace(env!("CARGO_PKG_VERSION"), "[version]");
    insta::with_settings!({ snapshot_path => "../../tests/suite/snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("notify__slack", pretty(&slack::message(&news)));
        insta::assert_snapshot!("notify__teams", pretty(&teams::message(&news)));
        insta::assert_snapshot!("notify__webhook", document);
        insta::assert_snapshot!("notify__text", words::text(&news));
    });
    assert_eq!(words::subject(&news), "Plimsoll: Account 111122223333 (prod): 33 new findings (2 critical, 31 high)");
}

#[test]
fn owners_with_the_worst_come_first_and_what_is_less_severe_is_not_told() {
    let digest = some();
    let owners = |least| -> Vec<(String, usize)> {
        let news: News<'_> = digest.from(least);
        news.groups.iter().map(|group| (group.owner.clone(), super::digest::total(&group.counts))).collect()
    };
    let expected = |of_ann| [("core".to_owned(), 31), ("shop".to_owned(), 1), ("ann".to_owned(), of_ann)];
    assert_eq!(owners(Severity::High), expected(1));
    assert_eq!(owners(Severity::Low), expected(2));
    assert_eq!(owners(Severity::Critical), [("core".to_owned(), 1), ("shop".to_owned(), 1)]);
    let news = digest.from(Severity::High);
    assert_eq!((news.fresh(), news.hidden(), news.groups[0].items[0].resource.as_str()), (33, 1, "worst"));
}

#[test]
fn what_a_scan_that_was_stopped_did_not_reach_is_no_news() {
    let mut digest = digest(&[], Severity::High);
    digest.hide(Severity::High);
    assert!(!digest.from(Severity::High).is_empty());
    digest.is_partial();
    assert!(digest.from(Severity::High).is_empty());
}

/// Every text in a value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

fn misleads(text: &str) -> bool {
    text.contains(['\u{202e}', '\u{1b}', '\u{200b}', '\r'])
}

#[test]
fn slack_is_sent_no_markup_of_strangers_and_no_more_than_it_takes() {
    let digest = hostile();
    let message = slack::message(&digest.from(Severity::Low));
    let blocks = message["blocks"].as_array().expect("a list");
    assert!((3..=50).contains(&blocks.len()), "{}", blocks.len());
    let mut all = 0;
    for block in blocks {
        let text = block["text"]["text"].as_str().expect("a text");
        all += text.chars().count();
        let is_header = block["type"] == "header";
        assert!(text.chars().count() <= if is_header { 150 } else { 3000 }, "{}", text.chars().count());
        if is_header {
            assert_eq!(block["text"]["type"], "plain_text");
            continue;
        }
        assert!(!text.contains(['<', '>']) && !misleads(text), "{text}");
        assert_eq!(text.matches('`').count() % 2, 0, "{text}");
        // Outside code spans there is nothing but our own words.
        let outside: String = text.split('`').step_by(2).collect();
        assert!(!outside.contains("fire") && !outside.contains("@here") && !outside.contains("evil"), "{outside}");
    }
    assert!(all < 12_000, "{all}");
    assert!(texts(&message).iter().all(|text| !text.contains("<!channel")) || message["blocks"][0]["type"] == "header");
    assert!(message["text"].as_str().is_some_and(|text| text.contains("&lt;!channel&gt;")));
    let last = blocks.last().expect("one")["text"]["text"].as_str().expect("a text");
    assert!(last.starts_with("Of other owners: "), "{last}");
}

#[test]
fn teams_is_sent_no_markdown_of_strangers_and_no_more_than_it_takes() {
    let digest = hostile();
    let message = teams::message(&digest.from(Severity::Low));
    assert!(message.to_string().len() <= 28 * 1024, "{}", message.to_string().len());
    let card = &message["attachments"][0]["content"];
    for block in card["body"].as_array().expect("a list") {
        assert_eq!(block["type"], "RichTextBlock");
        assert!(block["inlines"].as_array().expect("a list").iter().all(|run| run["type"] == "TextRun"));
    }
    assert!(texts(card).iter().all(|text| !misleads(text) && !text.contains("{{")));
    assert!(!message.to_string().contains("mention"));
}

#[test]
fn programs_and_mails_are_sent_no_more_than_they_take() {
    let digest = hostile();
    let news = digest.from(Severity::Low);
    let document = webhook::document(&news);
    assert!(document.len() < 64 * 1024, "{}", document.len());
    let document: Value = serde_json::from_str(&document).expect("it is JSON");
    let data = &document["data"];
    let named: usize =
        data["owners"].as_array().expect("a list").iter().map(|it| it["findings"].as_array().map_or(0, Vec::len)).sum();
    assert!(named > 0);
    assert_eq!(named as u64 + data["findings_left_out"].as_u64().expect("a number"), 700 * 30);
    let text = words::text(&news);
    assert!(text.len() < 64 * 1024 && !misleads(&text), "{}", text.len());
    // What SNS takes holds both, escaped once more.
    let document = webhook::document(&news);
    let both = serde_json::json!({"default": document, "email": text}).to_string();
    assert!(both.len() < 200_000, "{}", both.len());
    let subject = words::subject(&news);
    assert!(subject.len() <= 100 && subject.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{subject}");
}
