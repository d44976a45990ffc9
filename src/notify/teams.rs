//! News for Microsoft Teams: an adaptive card, as the webhook of a workflow takes it.
//!
//! Connectors of Office 365 and their message cards are retired; a workflow takes adaptive cards only. What comes from an
//! account stands in text runs of rich text blocks, which know no Markdown. Source: Microsoft, "Create and send messages"
//! and "Text features" of adaptive cards.

use serde_json::{Value, json};

use super::digest::{Group, Item, News, Room, fit};
use super::words;

/// A message may have 28 KB (Microsoft, "Create and send messages"); what is not counted here takes less than 4 KB.
const ROOM: Room = Room { size: 22_000, owners: 40, findings: 8 };

/// The message.
pub fn message(news: &News<'_>) -> Value {
    let size = |value: Value| value.to_string().len() + 1;
    let fitted = fit(news, ROOM, |group| size(head(group)) + 120, |item| size(line(item)));
    let mut body = vec![block(&[run(&words::title(news), true)], false)];
    body.extend(words::preface(news).iter().map(|told| block(&[run(told, false)], false)));
    for (group, items) in &fitted.shown {
        body.push(head(group));
        body.extend(items.iter().map(line));
        body.extend(words::more(group, items).map(|more| block(&[run(&more, false)], false)));
    }
    body.extend(words::left(&fitted).map(|left| block(&[run(&left, false)], true)));
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": {"width": "Full"},
                "body": body,
            },
        }],
    })
}

fn head(group: &Group) -> Value {
    let (who, what) = words::owner(group);
    block(&[run("Owner ", false), run(&who, true), run(&what, false)], true)
}

fn line(item: &Item) -> Value {
    let badge = format!("{} ", words::badge(item.severity));
    let rest = format!("  {} – {}", words::place(item), words::failing(item));
    block(&[run(&badge, true), code(&words::name(&item.resource)), run(&rest, false)], false)
}

fn block(runs: &[Value], separated: bool) -> Value {
    if separated {
        json!({"type": "RichTextBlock", "separator": true, "inlines": runs})
    } else {
        json!({"type": "RichTextBlock", "inlines": runs})
    }
}

fn run(text: &str, bold: bool) -> Value {
    let text = plain(text);
    if bold {
        json!({"type": "TextRun", "text": text, "weight": "Bolder"})
    } else {
        json!({"type": "TextRun", "text": text})
    }
}

fn code(text: &str) -> Value {
    json!({"type": "TextRun", "text": plain(text), "fontType": "Monospace"})
}

/// Cards fill in dates where `{{DATE(…)}}` stands.
fn plain(text: &str) -> String {
    text.replace("{{", "{ {")
}
