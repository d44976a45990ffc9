//! `plimsoll permissions`.

/// Placeholder.
#[derive(Debug, clap::Args)]
pub struct PermissionsArgs {}
