//! The live account: credentials, regions, endpoints, and the source of reads that asks AWS.

mod credentials;
mod endpoint;
mod probe;
mod session;
mod source;

pub use credentials::Role;
pub use session::{Access, OpenError, Session, open};
pub use source::LiveSource;
