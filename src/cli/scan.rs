//! `plimsoll scan`.

/// What to scan, and what to do with the findings.
#[derive(Debug, clap::Args)]
pub struct ScanArgs {
    /// The checks to judge.
    #[command(flatten)]
    pub selection: super::Selection,
}
