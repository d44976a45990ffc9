//! Prowler's mutelist: what it mutes, and the exceptions that accept the same and never more.

mod convert;
mod pattern;
mod read;
mod write;
mod yaml;

pub use convert::{Remark, Told, convert};
pub use read::{Mutelist, read};
pub use write::{Signing, write};

/// The largest file that is read, in bytes.
pub const LARGEST: usize = 4 * 1024 * 1024;
