//! What `PLIMSOLL_LOG` asks to be told of the program's inside, on stderr, and without a secret in it.

use std::env::{self, VarError};
use std::io::{self, IsTerminal};

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::terminal::{self, LogFormat, Manner};

/// Whose events may be as talkative as the user likes: our own, and those of the generated clients, which tell of each
/// request its operation and its id, and write "redacted" for what AWS's models mark as sensitive.
const TALKATIVE: [&str; 2] = ["plimsoll", "aws_sdk_"];

/// The environment variable that asks, as `plimsoll=debug` does for each read.
const ASKS: &str = "PLIMSOLL_LOG";

/// Begins to log what the environment asks for; nothing, if it does not.
pub fn begin(manner: Manner) {
    let asked_for = match env::var(ASKS).map(EnvFilter::try_new) {
        Ok(Ok(asked_for)) => asked_for,
        Ok(Err(error)) => {
            terminal::warn(&format!("{ASKS}: {error}; nothing is logged"));
            EnvFilter::new("off")
        }
        Err(VarError::NotPresent) => EnvFilter::new("off"),
        Err(VarError::NotUnicode(_)) => {
            terminal::warn(&format!("{ASKS} is no text; nothing is logged"));
            EnvFilter::new("off")
        }
    };
    subscriber(asked_for, io::stderr, manner, io::stderr().is_terminal()).init();
}

fn subscriber<W>(asked_for: EnvFilter, out: W, manner: Manner, colours: bool) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let least = if manner.quiet { Level::ERROR } else { Level::TRACE };
    let layer = tracing_subscriber::fmt::layer().with_writer(out).with_ansi(colours);
    let layer = match manner.log_format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    let filter = filter_fn(move |event| is_harmless(event) && *event.level() <= least);
    Registry::default().with(asked_for).with(filter).with(layer)
}

/// Below these clients, requests are logged whole: signatures, credentials, codes. Which crate does so changes with
/// every version, so that only what is known to be harmless is let through; of everything else, warnings.
fn is_harmless(event: &Metadata<'_>) -> bool {
    *event.level() <= Level::WARN || TALKATIVE.iter().any(|start| event.target().starts_with(start))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Mutex;

    use super::*;

    /// What is written of an event of each kind, if the user asks for everything.
    fn written(manner: Manner) -> String {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let out = file.reopen().expect("the same file");
        let all = EnvFilter::new("trace,hyper_util=trace,aws_smithy_runtime=trace");
        tracing::subscriber::with_default(subscriber(all, Mutex::new(out), manner, false), || {
            tracing::trace!(target: "plimsoll::scan", "ours");
            tracing::trace!(target: "plimsoll_checks::live", "theirs");
            tracing::debug!(target: "aws_sdk_sts::operation", "client");
            tracing::trace!(target: "hyper_util::client", "secret");
            tracing::debug!(target: "aws_smithy_runtime::client", "secret");
            tracing::info!(target: "a_crate_of_tomorrow", "secret");
            let _span = tracing::debug_span!(target: "aws_config", "signing", key = "secret").entered();
            tracing::warn!(target: "hyper_util::client", "warning");
            tracing::error!(of = "a bucket", "failed");
        });
        fs::read_to_string(file.path()).expect("text")
    }

    #[test]
    fn only_what_is_known_to_be_harmless_is_talkative() {
        let written = written(Manner::default());
        for told in ["ours", "theirs", "client", "warning"] {
            assert!(written.contains(told), "{told} is missing: {written}");
        }
        assert!(!written.contains("secret"), "{written}");
        assert!(!written.contains('\u{1b}'), "colours off a terminal: {written}");
    }

    #[test]
    fn logs_as_json_have_the_names_of_all_that_is_told() {
        let written = written(Manner { log_format: LogFormat::Json, ..Manner::default() });
        let lines: Vec<serde_json::Value> =
            written.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
        assert_eq!(lines.len(), 5);
        for line in &lines {
            line["timestamp"].as_str().and_then(|time| time.parse::<jiff::Timestamp>().ok()).expect("a time");
        }
        let last = &lines[4];
        assert_eq!(
            (&last["level"], &last["message"], &last["of"]),
            (&"ERROR".into(), &"failed".into(), &"a bucket".into())
        );
    }

    #[test]
    fn errors_are_what_a_quiet_program_logs() {
        let written = written(Manner { quiet: true, ..Manner::default() });
        assert_eq!(written.lines().count(), 1, "{written}");
        assert!(written.contains("failed"), "{written}");
    }
}
