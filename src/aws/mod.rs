//! The live account: credentials, regions, endpoints, and the source of reads that asks AWS.

mod budget;
mod credentials;
mod endpoint;
mod pacing;
mod probe;
mod session;
mod source;

pub use credentials::Role;
pub use pacing::{Pacing, Slots};
pub use session::{Access, OpenError, Session, open};
pub use source::LiveSource;

use tracing_subscriber::EnvFilter;

/// What logs requests whole at its most talkative, secrets included, is never that talkative.
const GUARDED: [&str; 8] = [
    "aws_config=warn",
    "aws_credential_types=warn",
    "aws_runtime=warn",
    "aws_sigv4=warn",
    "aws_smithy_runtime=warn",
    "aws_smithy_runtime_api=warn",
    "hyper=warn",
    "hyper_util=warn",
];

/// A filter of logs that lets no secret through, whatever the user asks for.
pub fn guarded(filter: EnvFilter) -> EnvFilter {
    let directives = GUARDED.iter().filter_map(|directive| directive.parse().ok());
    directives.fold(filter, EnvFilter::add_directive)
}
