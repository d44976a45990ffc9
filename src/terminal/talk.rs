//! What is told on stderr: how much of it, and for people or for programs.

use std::io::{self, Write};
use std::sync::OnceLock;

use serde::Serialize;
use serde_json::{Value, json};
use tracing::Level;

use crate::report::harmless;

/// How things are told, as the command line has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::Args)]
pub struct Manner {
    /// Tell nothing on stderr but errors: no notes, no progress
    #[arg(long, global = true, help_heading = "What is told on stderr")]
    pub quiet: bool,
    /// How to tell it: as text, or as one JSON object a line
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value_t,
        global = true,
        help_heading = "What is told on stderr"
    )]
    pub log_format: LogFormat,
}

/// The form of what is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// For programs: timestamp, level, message and what else is known, a line each
    Json,
}

/// One for the program, as there is one stderr.
static MANNER: OnceLock<Manner> = OnceLock::new();

/// Lays down how things are told from now on; only the first time counts.
pub fn talk(manner: Manner) {
    MANNER.get_or_init(|| manner);
}

/// How things are told.
pub fn manner() -> Manner {
    MANNER.get().copied().unwrap_or_default()
}

/// Tells how it goes.
pub fn say(text: &str) {
    tell(Level::INFO, text, &json!({}));
}

/// Tells how it goes, with facts that a program finds beside the text: an object.
pub fn say_with(text: &str, facts: &Value) {
    tell(Level::INFO, text, facts);
}

/// Tells what the user would rather not have, though it is no failure.
pub fn warn(text: &str) {
    tell(Level::WARN, text, &json!({}));
}

/// Tells what failed.
pub fn error(text: &str) {
    tell(Level::ERROR, text, &json!({}));
}

/// Tells what failed, with facts that a program finds beside the text: an object.
pub fn error_with(text: &str, facts: &Value) {
    tell(Level::ERROR, text, facts);
}

fn tell(level: Level, text: &str, facts: &Value) {
    let manner = manner();
    if manner.quiet && level != Level::ERROR {
        return;
    }
    let told = match manner.log_format {
        LogFormat::Text => as_text(level, text),
        LogFormat::Json => as_json(level, text, facts, jiff::Timestamp::now()),
    };
    // That nobody hears it is no reason to stop.
    let _ = io::stderr().lock().write_all(told.as_bytes());
}

/// Line by line and with nothing in it that a terminal obeys: errors quote what strangers have written.
fn as_text(level: Level, text: &str) -> String {
    let before = match level {
        Level::ERROR => "error: ",
        Level::WARN => "note: ",
        _ => "",
    };
    format!("{before}{text}").lines().map(|line| harmless(line, usize::MAX) + "\n").collect()
}

/// One line of a log. The names are those that `PLIMSOLL_LOG` gives its lines, too.
#[derive(Serialize)]
struct Line<'a> {
    timestamp: jiff::Timestamp,
    level: &'a str,
    message: &'a str,
    #[serde(flatten)]
    facts: &'a Value,
}

fn as_json(level: Level, text: &str, facts: &Value, timestamp: jiff::Timestamp) -> String {
    let lines: Vec<String> = text.lines().map(|line| harmless(line, usize::MAX)).collect();
    let line = Line { timestamp, level: level.as_str(), message: &lines.join("\n"), facts };
    serde_json::to_string(&line).expect("text, numbers and an object of facts are JSON") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_line_by_line_with_nothing_that_a_terminal_obeys() {
        assert_eq!(as_text(Level::INFO, "scanning"), "scanning\n");
        assert_eq!(as_text(Level::ERROR, "a\u{1b}[31m\nb"), "error: a\\u{1b}[31m\nb\n");
        assert_eq!(as_text(Level::WARN, "stopped"), "note: stopped\n");
    }

    #[test]
    fn a_line_of_a_log_holds_all_of_a_text_and_the_facts_beside_it() {
        let told = as_json(Level::ERROR, "a\u{9b}31m\n\"b\"", &json!({"reads": 3}), jiff::Timestamp::UNIX_EPOCH);
        let line = r#"{"timestamp":"1970-01-01T00:00:00Z","level":"ERROR","message":"a\\u{9b}31m\n\"b\"","reads":3}"#;
        assert_eq!(told, format!("{line}\n"));
    }
}
