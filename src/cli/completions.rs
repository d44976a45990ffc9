//! `plimsoll completions`.

/// Placeholder.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {}
