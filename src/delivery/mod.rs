//! Ways out of a scan that lead into AWS: reports that are uploaded to S3, findings that are imported into Security Hub.
//!
//! A scan reads. Whatever is written goes through a trait of this module, only if the user asks for it, and to the place
//! that the user names.

mod depot;
mod hub;
mod object;

pub use depot::{Depot, Pile};
pub use hub::{Answer, Delivery, Hub, HubError, Hubs, Page, Refusal, Tally, Whole};
pub use object::{NotAnObject, Object, Protection, SCHEME, Sse};

use std::path::{Path, PathBuf};

use futures::future::BoxFuture;
use plimsoll_checks::contract::Unknown;

/// Whoever uploads reports.
pub trait Uploader: Send + Sync {
    /// Looks for the bucket of an object. That there is none, or that nobody answers, is an error; that one may not look
    /// is not, for whoever may only write is refused it.
    fn find<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<(), UploadError>>;

    /// Uploads a file. The object is replaced by the whole of it, or stays as it was.
    fn upload<'a>(&'a self, parcel: Parcel<'a>) -> BoxFuture<'a, Result<Uploaded, UploadError>>;
}

/// What is uploaded, where to, and how.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'a> {
    /// The file.
    pub file: &'a Path,
    /// What it is to become.
    pub object: &'a Object,
    /// Its media type, as HTTP has it.
    pub media_type: &'a str,
    /// How it is kept from strangers.
    pub protection: &'a Protection,
}

/// A report that has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// Its size in bytes.
    pub size: u64,
    /// How the server says that it has encrypted it; `None` if it says nothing of the kind.
    pub encryption: Option<String>,
}

/// A report could not be uploaded.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The bucket is not there.
    #[error("there is no bucket {0}; make it, or mend the name")]
    NoBucket(String),
    /// S3 has refused, or did not answer.
    #[error("{0}")]
    Refused(Unknown),
    /// S3 has refused, and what it has got so far could not be taken back.
    #[error(
        "{refused}; the parts that had arrived could not be taken back ({left}): \
         `aws s3api abort-multipart-upload --bucket {bucket} --key {key} --upload-id {upload}` does so"
    )]
    PartsLeft {
        /// Why the upload failed.
        refused: Unknown,
        /// Why taking back failed.
        left: Unknown,
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// What S3 calls the upload.
        upload: String,
    },
    /// The file cannot be read.
    #[error("reading {}: {error}", .file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}
