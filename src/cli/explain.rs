//! `plimsoll explain`.

/// Placeholder.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {}
