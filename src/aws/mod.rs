//! The live account: credentials, regions, endpoints, and the source of reads that asks AWS.

mod endpoint;
mod session;
mod source;

pub use session::{OpenError, Session, open};
pub use source::LiveSource;
