//! The live account: credentials, regions, endpoints, and the source of reads that asks AWS.

mod budget;
mod credentials;
mod endpoint;
mod organization;
mod pacing;
mod probe;
mod session;
mod simulation;
mod source;
mod topic;

pub use credentials::Role;
pub use organization::{Shared, membership, roster, shut};
pub use pacing::{Pacing, Slots};
pub use session::{Access, Caller, OpenError, Session};
pub use simulation::PolicySimulator;
pub use source::LiveSource;
