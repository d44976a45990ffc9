//! How fast AWS may be asked: its limits, the share of them that a scan takes, and how long a scan takes at least.

mod estimate;
mod limits;
mod share;

pub use estimate::{Requests, fastest};
pub use limits::{Family, Limit, Limits, Pace};
pub use share::{NotAShare, Share};

/// Reads of one account under way at the same time, over all its regions and services.
pub const READS_OF_ACCOUNT: usize = 128;

/// Reads under way at the same time, over all accounts of a scan.
pub const READS_AT_ONCE: usize = 256;
