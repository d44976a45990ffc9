//! What `PLIMSOLL_LOG` asks to be told of the program's inside, on stderr, and without a secret in it.

use std::io::{self, IsTerminal};

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry};

/// Whose events may be as talkative as the user likes: our own, and those of the generated clients, which tell of each
/// request its operation and its id, and write "redacted" for what AWS's models mark as sensitive.
const TALKATIVE: [&str; 2] = ["plimsoll", "aws_sdk_"];

/// Begins to log what the environment variable `PLIMSOLL_LOG` asks for; nothing, if it is not set or not understood.
pub fn begin() {
    let asked_for = EnvFilter::try_from_env("PLIMSOLL_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    subscriber(asked_for, io::stderr, io::stderr().is_terminal()).init();
}

fn subscriber<W>(asked_for: EnvFilter, out: W, colours: bool) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(out).with_ansi(colours);
    Registry::default().with(asked_for).with(filter_fn(is_harmless)).with(layer)
}

/// Below these clients, requests are logged whole: signatures, credentials, codes. Which crate does so changes with
/// every version, so that only what is known to be harmless is let through; of everything else, warnings.
fn is_harmless(event: &Metadata<'_>) -> bool {
    *event.level() <= Level::WARN || TALKATIVE.iter().any(|start| event.target().starts_with(start))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What is written of an event of each kind, if the user asks for everything.
    fn written() -> String {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let out = file.reopen().expect("the same file");
        let all = EnvFilter::new("trace,hyper_util=trace,aws_smithy_runtime=trace");
        tracing::subscriber::with_default(subscriber(all, std::sync::Mutex::new(out), false), || {
            tracing::trace!(target: "plimsoll::scan", "ours");
            tracing::trace!(target: "plimsoll_checks::live", "theirs");
            tracing::debug!(target: "aws_sdk_sts::operation", "client");
            tracing::trace!(target: "hyper_util::client", "secret");
            tracing::debug!(target: "aws_smithy_runtime::client", "secret");
            tracing::info!(target: "a_crate_of_tomorrow", "secret");
            let _span = tracing::debug_span!(target: "aws_config", "signing", key = "secret").entered();
            tracing::warn!(target: "hyper_util::client", "warning");
        });
        fs::read_to_string(file.path()).expect("text")
    }

    #[test]
    fn only_what_is_known_to_be_harmless_is_talkative() {
        let written = written();
        for told in ["ours", "theirs", "client", "warning"] {
            assert!(written.contains(told), "{told} is missing: {written}");
        }
        assert!(!written.contains("secret"), "{written}");
        assert!(!written.contains('\u{1b}'), "colours off a terminal: {written}");
    }
}
