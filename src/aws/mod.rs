//! The live account: credentials, regions, endpoints, the source of reads that asks AWS, and what is
//! written there if the user asks for it.

mod budget;
mod credentials;
mod endpoint;
mod import;
mod organization;
mod pacing;
#[cfg(test)]
mod ports;
mod probe;
mod session;
mod simulation;
mod source;
mod topic;
#[cfg(test)]
mod troubled;
mod upload;

pub use credentials::Role;
pub use import::SecurityHub;
pub use organization::{Shared, membership, roster, shut};
pub use pacing::{Pacing, Slots};
pub use session::{Access, Caller, OpenError, Outset, Session};
pub use simulation::PolicySimulator;
pub use source::LiveSource;
pub use upload::S3Uploader;
