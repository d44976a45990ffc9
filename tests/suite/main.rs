//! Tests of the whole program that need no AWS, no network and no AWS crate.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, and says where")]

mod case;
mod cases;
mod cli;
mod compliance;
mod config;
mod conventions;
mod delivery;
mod denial;
mod deploy;
mod formats;
mod frameworks;
mod generated;
mod history;
mod hostile;
mod html;
mod identity;
mod interchange;
mod logs;
mod matrix;
mod mutelist;
mod net;
mod notify;
mod organization;
mod outputs;
mod owners;
mod policy;
mod preflight;
mod program;
mod reading;
mod receiver;
mod resuming;
mod scans;
mod selectors;
mod signed;
mod talking;
