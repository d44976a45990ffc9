//! `plimsoll checks`.

/// Placeholder.
#[derive(Debug, clap::Args)]
pub struct ChecksArgs {}
