//! Plimsoll reads an AWS account and says, duty by duty, whether the customer's side of the shared-responsibility
//! model is kept, and how much of it could be seen.
//!
//! - [`cli`]: the command line, one file per subcommand
//! - [`compliance`]: how a framework's controls stand
//! - [`config`]: what the user lays down in `plimsoll.toml`
//! - [`delivery`]: ways out of a scan that lead into AWS
//! - [`scan`]: plan → ask → judge → findings
//! - [`aws`] (feature `live`): the live account
//! - [`history`]: what earlier scans have found, and what has become of it
//! - [`mutelist`]: Prowler's mutelist, and the exceptions that accept what it mutes
//! - [`notify`]: telling people what is new
//! - [`owners`]: whom each resource belongs to
//! - [`preflight`]: what the credentials are permitted of what a scan needs
//! - [`recording`]: a scanned account on disk, and its replay
//! - [`register`]: what people have signed: attestations and exceptions
//! - [`report`]: one file per output format
//!
//! What is to be true of an account is in the crate `plimsoll_checks`.

#[cfg(feature = "live")]
pub mod aws;
pub mod cli;
pub mod compliance;
pub mod config;
pub mod delivery;
pub mod error;
pub mod history;
pub mod logging;
pub mod matrix;
pub mod mutelist;
pub mod notify;
pub mod owners;
pub mod pace;
pub mod preflight;
pub mod recording;
pub mod register;
pub mod report;
pub mod scan;
pub mod secret;
pub mod terminal;
