//! `plimsoll duties`.

/// Placeholder.
#[derive(Debug, clap::Args)]
pub struct DutiesArgs {}
