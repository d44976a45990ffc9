//! News for Slack, in blocks.
//!
//! What comes from an account stands in code spans, where Slack knows no formatting, no emoji and no mention, with `&`,
//! `<` and `>` escaped as everywhere in its markup. Source: Slack, "Formatting text for app surfaces", "Escaping text".

use serde_json::{Value, json};

use super::digest::{Group, Item, News, Room, fit};
use super::words;

/// Slack takes 50 blocks, and 3,000 characters in a section (Slack, "Blocks"), but refuses a message whose blocks hold some
/// 13,000 characters together, which it does not document (slackapi/bolt-js, issue 2509).
const ROOM: Room = Room { size: 10_000, owners: 40, findings: 8 };
/// The longest text of a section.
const SECTION: usize = 2900;
/// The longest text of a header.
const HEADER: usize = 150;

/// The message.
pub fn message(news: &News<'_>) -> Value {
    let size = |text: String| text.chars().count();
    let fitted = fit(news, ROOM, |group| size(head(group)) + 20, |item| size(line(item)));
    let title = words::title(news);
    let mut blocks = vec![
        json!({"type": "header", "text": {"type": "plain_text", "text": cut(&title, HEADER), "emoji": false}}),
        section(&escape(&words::preface(news).join("\n"))),
    ];
    for (group, items) in &fitted.shown {
        let more = words::more(group, items).map(|more| format!("\n{more}"));
        let pieces = std::iter::once(head(group)).chain(items.iter().map(line)).chain(more);
        blocks.extend(sections(pieces));
    }
    blocks.extend(words::left(&fitted).map(|left| section(&escape(&left))));
    // For notifications on a phone, and for readers of the screen.
    json!({"text": escape(&title), "blocks": blocks, "unfurl_links": false, "unfurl_media": false})
}

/// Pieces of text in as few sections as hold them. No piece is cut: a cut within an escape would show the escape.
fn sections(pieces: impl Iterator<Item = String>) -> Vec<Value> {
    let mut texts: Vec<String> = Vec::new();
    for piece in pieces {
        match texts.last_mut() {
            Some(last) if last.chars().count() + piece.chars().count() <= SECTION => *last += &piece,
            _ => texts.push(piece.trim_start().to_owned()),
        }
    }
    texts.iter().map(|text| section(text)).collect()
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": true}})
}

fn head(group: &Group) -> String {
    let (who, what) = words::owner(group);
    format!("*Owner* {}{}", code(&who), escape(&what))
}

fn line(item: &Item) -> String {
    let (badge, place) = (words::badge(item.severity), words::place(item));
    format!("\n• *{badge}* {} {} – {}", code(&words::name(&item.resource)), code(&place), escape(&words::failing(item)))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A code span. A backtick would end it, so another mark stands for it.
fn code(text: &str) -> String {
    format!("`{}`", escape(&text.replace('`', "ˋ")))
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
