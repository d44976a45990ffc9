//! News in plain text: for people who read mail, and the sentences that every message has.

use plimsoll_checks::contract::Severity;

use super::digest::{BySeverity, Fitted, Group, Item, News, Room, fit, total};
use crate::report::harmless;
use crate::scan::{OwnerSource, grouped};

/// What the text has room for. SNS takes 256 KB, and nobody reads that.
const ROOM: Room = Room { size: 30_000, owners: 100, findings: 20 };

/// The longest name that is shown, in columns of text.
pub const NAME: usize = 120;

/// A name of the account's, on one line and with nothing in it that misleads the eye.
pub fn name(text: &str) -> String {
    harmless(text, NAME)
}

/// By severity, the worst first: "2 critical, 1 high".
pub fn counts(counts: &BySeverity) -> String {
    let words: Vec<String> =
        counts.iter().rev().map(|(severity, count)| format!("{} {severity}", grouped(*count))).collect();
    words.join(", ")
}

fn findings(count: usize) -> String {
    if count == 1 { "1 new finding".to_owned() } else { format!("{} new findings", grouped(count)) }
}

/// What it is about, in one line.
pub fn title(news: &News<'_>) -> String {
    let scope = name(news.scope);
    match news.fresh() {
        0 => format!("{scope}: failing findings are out of sight"),
        count => format!("{scope}: {} ({})", findings(count), counts(&news.counts)),
    }
}

/// Since when, and what else is to be known before the list.
pub fn preface(news: &News<'_>) -> Vec<String> {
    let least = news.least;
    let mut told = vec![match news.since {
        Some(since) => format!("Failing at {least} or above, and not in the scan of {since}."),
        None => format!("Failing at {least} or above. This is the first scan, so all of it is new."),
    }];
    if news.partial {
        told.push("The scan was stopped before its end: there may be more.".to_owned());
    }
    if news.hidden() > 0 {
        let severities = counts(&news.hidden);
        told.push(if news.hidden() == 1 {
            format!("1 finding that failed ({severities}) cannot be seen any more: whether it is fixed is not known.")
        } else {
            let count = grouped(news.hidden());
            format!(
                "{count} findings that failed ({severities}) cannot be seen any more: whether they are fixed is not known."
            )
        });
    }
    told
}

/// Who it is, and what concerns them.
pub fn owner(group: &Group) -> (String, String) {
    // What an account says of itself is not what its owner has laid down.
    let from = if group.from == OwnerSource::Tag { " (by tag)" } else { "" };
    (name(&group.owner), format!("{from}: {}", counts(&group.counts)))
}

/// Where a finding is.
pub fn place(item: &Item) -> String {
    format!("{} {}", name(&item.account), name(&item.region))
}

/// What is not so. Titles state how it should be.
pub fn failing(item: &Item) -> String {
    format!("fails: {}", item.title)
}

/// A severity as it stands before a finding.
pub fn badge(severity: Severity) -> String {
    severity.as_str().to_uppercase()
}

/// How many of an owner's findings are not named, if any are.
pub fn more(group: &Group, items: &[Item]) -> Option<String> {
    let more = total(&group.counts) - items.len();
    (more > 0).then(|| format!("and {} more", grouped(more)))
}

/// How many owners are not named at all, and what is new there.
pub fn left(fitted: &Fitted<'_>) -> Option<String> {
    let of_shown: usize = fitted.shown.iter().map(|(group, items)| total(&group.counts) - items.len()).sum();
    let elsewhere = fitted.left - of_shown;
    (elsewhere > 0).then(|| format!("Of other owners: {}", findings(elsewhere)))
}

/// The whole of it.
pub fn text(news: &News<'_>) -> String {
    let line = |item: &Item| {
        let (badge, place, failing) = (badge(item.severity), place(item), failing(item));
        format!("  {badge}  {}  {place}\n    {failing} ({})\n", name(&item.resource), item.check)
    };
    let head = |group: &Group| {
        let (who, what) = owner(group);
        format!("\n{who}{what}\n")
    };
    let fitted = fit(news, ROOM, |group| head(group).len() + 40, |item| line(item).len());
    let mut text = format!("{}\n\n", title(news));
    text.extend(preface(news).iter().flat_map(|told| [told, "\n"]));
    for (group, items) in &fitted.shown {
        text += &head(group);
        text.extend(items.iter().map(line));
        text.extend(more(group, items).map(|more| format!("  {more}\n")));
    }
    text.extend(left(&fitted).map(|left| format!("\n{left}\n")));
    text
}

/// The subject of a mail. Source: Amazon SNS API Reference, `Publish`: ASCII without line breaks or control characters, at
/// most 100 characters, beginning with a letter, number or mark.
pub fn subject(news: &News<'_>) -> String {
    let printable = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    let text: String = format!("Plimsoll: {}", title(news)).chars().map(printable).collect();
    if text.len() <= 100 { text } else { format!("{}...", &text[..97]) }
}
