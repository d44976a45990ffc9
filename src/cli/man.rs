//! `plimsoll man`.

/// Placeholder.
#[derive(Debug, clap::Args)]
pub struct ManArgs {}
