//! Reports on their way into S3. This file is the only one that writes there, and writes nothing but the object that
//! `--output s3://…` names.

use std::io::SeekFrom;
use std::path::Path;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, ServerSideEncryption};
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{StreamExt, TryStreamExt};
use plimsoll_checks::contract::{Call, Partition, Place, api};
use plimsoll_checks::live::{Clients, Live, missing};
use plimsoll_checks::s3::collect::s3;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::pacing::Pacer;
use super::session::Outset;
use crate::delivery::{Object, Parcel, Protection, Sse, UploadError, Uploaded, Uploader};
use crate::pace::Share;
use crate::scan::is_region;

const HEAD_BUCKET: Call = api("s3", "HeadBucket");
const PUT_OBJECT: Call = api("s3", "PutObject");
const CREATE_MULTIPART_UPLOAD: Call = api("s3", "CreateMultipartUpload");
const UPLOAD_PART: Call = api("s3", "UploadPart");
const COMPLETE_MULTIPART_UPLOAD: Call = api("s3", "CompleteMultipartUpload");
const ABORT_MULTIPART_UPLOAD: Call = api("s3", "AbortMultipartUpload");

/// The size of a part, and what is uploaded in one piece at most; as the AWS CLI has it.
const PART: u64 = 8 * 1024 * 1024;
/// The most parts of one object. Source: Amazon S3 User Guide, "Amazon S3 multipart upload limits".
const PARTS: u64 = 10_000;
/// Parts under way at a time. Memory holds as many.
const PARTS_AT_ONCE: usize = 4;
/// The header in which S3 tells where a bucket is, also whom it refuses. Source: Amazon S3 API Reference, `HeadBucket`.
const REGION: &str = "x-amz-bucket-region";

/// Uploads with the credentials that a scan began with.
pub struct S3Uploader {
    clients: Arc<Clients>,
    home: Place,
}

/// A bucket, where it was found.
struct Bucket {
    live: Live,
    client: Client,
    region: String,
}

impl S3Uploader {
    /// For whoever began, in a partition.
    pub fn new(outset: &Outset, partition: Partition, share: Share) -> Self {
        let session = Arc::new(outset.uploading(Pacer::new(share)));
        Self { clients: Clients::new(session), home: Place::global(partition, "").at(outset.home(partition)) }
    }

    /// Any region of a partition can be asked for any of its buckets.
    async fn bucket(&self, name: &str) -> Result<Bucket, UploadError> {
        let live = Live::new(self.clients.clone(), self.home.clone());
        let home = self.home.endpoint_region();
        let answer = live.client_in(home, s3).head_bucket().bucket(name).send().await;
        let header =
            |error: &aws_sdk_s3::error::SdkError<_>| Some(error.raw_response()?.headers().get(REGION)?.to_owned());
        let told = match &answer {
            Ok(found) => found.bucket_region.clone(),
            Err(error) => header(error),
        };
        let status = answer.as_ref().err().and_then(|error| Some(error.raw_response()?.status().as_u16()));
        let heard = live.heard_from(home, HEAD_BUCKET, answer);
        let region = match (heard, status, told.filter(|region| is_region(region))) {
            (Err(_), Some(404), _) => return Err(UploadError::NoBucket(name.to_owned())),
            (_, _, Some(region)) => region,
            // Servers that stand in for S3 may not tell.
            (Ok(_), ..) | (Err(_), Some(403), None) => home.to_owned(),
            (Err(failure), _, None) => return Err(UploadError::Refused(failure.into())),
        };
        Ok(Bucket { client: live.client_in(&region, s3), live, region })
    }

    async fn send(&self, parcel: Parcel<'_>) -> Result<Uploaded, UploadError> {
        let unread = |error| UploadError::File { file: parcel.file.to_owned(), error };
        let size = tokio::fs::metadata(parcel.file).await.map_err(unread)?.len();
        let bucket = self.bucket(&parcel.object.bucket).await?;
        let encryption =
            if size <= PART { bucket.put(parcel, size).await } else { bucket.put_in_parts(parcel, size).await }?;
        Ok(Uploaded { size, encryption: encryption.map(|encryption| encryption.as_str().to_owned()) })
    }
}

impl Uploader for S3Uploader {
    fn find<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<(), UploadError>> {
        async { self.bucket(&object.bucket).await.map(|_| ()) }.boxed()
    }

    fn upload<'a>(&'a self, parcel: Parcel<'a>) -> BoxFuture<'a, Result<Uploaded, UploadError>> {
        self.send(parcel).boxed()
    }
}

impl Bucket {
    /// In one piece.
    async fn put(&self, parcel: Parcel<'_>, size: u64) -> Result<Option<ServerSideEncryption>, UploadError> {
        let Parcel { object, protection, .. } = parcel;
        let body = piece(parcel.file, 0, size).await?;
        let request = self.client.put_object().bucket(&object.bucket).key(&object.key).body(body);
        let request = request.content_type(parcel.media_type).checksum_algorithm(ChecksumAlgorithm::Crc32);
        let request = request.set_server_side_encryption(sse(protection));
        let request = request.set_ssekms_key_id(protection.kms_key.clone());
        let answer = request.set_expected_bucket_owner(protection.owner.clone()).send().await;
        let answer = self.live.heard_from(&self.region, PUT_OBJECT, answer);
        Ok(answer.map_err(|failure| UploadError::Refused(failure.into()))?.server_side_encryption)
    }

    /// In several. None of them is seen by anybody until all are there, and none stays behind if they do not come to be.
    async fn put_in_parts(&self, parcel: Parcel<'_>, size: u64) -> Result<Option<ServerSideEncryption>, UploadError> {
        let Parcel { object, protection, .. } = parcel;
        let request = self.client.create_multipart_upload().bucket(&object.bucket).key(&object.key);
        let request = request.content_type(parcel.media_type).checksum_algorithm(ChecksumAlgorithm::Crc32);
        let request = request.set_server_side_encryption(sse(protection));
        let request = request.set_ssekms_key_id(protection.kms_key.clone());
        let answer = request.set_expected_bucket_owner(protection.owner.clone()).send().await;
        let begun = self.live.heard_from(&self.region, CREATE_MULTIPART_UPLOAD, answer);
        let begun = begun.map_err(|failure| UploadError::Refused(failure.into()))?;
        let lacks = || UploadError::Refused(missing(CREATE_MULTIPART_UPLOAD, "UploadId"));
        let upload = begun.upload_id.ok_or_else(lacks)?;
        match self.parts(parcel, size, &upload).await {
            Ok(()) => Ok(begun.server_side_encryption),
            Err(error) => Err(self.take_back(parcel, upload, error).await),
        }
    }

    async fn parts(&self, parcel: Parcel<'_>, size: u64, upload: &str) -> Result<(), UploadError> {
        let Parcel { object, protection, .. } = parcel;
        let length = PART.max(size.div_ceil(PARTS));
        let parts = (0..size.div_ceil(length)).map(|index| {
            let at = index * length;
            self.part(parcel, upload, index, at, length.min(size - at))
        });
        let parts: Vec<CompletedPart> = futures::stream::iter(parts).buffered(PARTS_AT_ONCE).try_collect().await?;
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let request = self.client.complete_multipart_upload().bucket(&object.bucket).key(&object.key);
        let request = request.upload_id(upload).multipart_upload(parts);
        let answer = request.set_expected_bucket_owner(protection.owner.clone()).send().await;
        let answer = self.live.heard_from(&self.region, COMPLETE_MULTIPART_UPLOAD, answer);
        answer.map(|_| ()).map_err(|failure| UploadError::Refused(failure.into()))
    }

    async fn part(
        &self,
        parcel: Parcel<'_>,
        upload: &str,
        index: u64,
        at: u64,
        length: u64,
    ) -> Result<CompletedPart, UploadError> {
        let Parcel { object, protection, .. } = parcel;
        let number = i32::try_from(index + 1).expect("there are ten thousand parts at most");
        let body = piece(parcel.file, at, length).await?;
        let request = self.client.upload_part().bucket(&object.bucket).key(&object.key).upload_id(upload);
        let request = request.part_number(number).body(body).checksum_algorithm(ChecksumAlgorithm::Crc32);
        let answer = request.set_expected_bucket_owner(protection.owner.clone()).send().await;
        let part = self.live.heard_from(&self.region, UPLOAD_PART, answer);
        let part = part.map_err(|failure| UploadError::Refused(failure.into()))?;
        let done = CompletedPart::builder().part_number(number).set_e_tag(part.e_tag);
        Ok(done.set_checksum_crc32(part.checksum_crc32).build())
    }

    /// Takes back what has arrived of an upload that failed; gives the error to tell.
    async fn take_back(&self, parcel: Parcel<'_>, upload: String, error: UploadError) -> UploadError {
        let Parcel { object, protection, .. } = parcel;
        let request = self.client.abort_multipart_upload().bucket(&object.bucket).key(&object.key).upload_id(&upload);
        let answer = request.set_expected_bucket_owner(protection.owner.clone()).send().await;
        match (self.live.heard_from(&self.region, ABORT_MULTIPART_UPLOAD, answer), error) {
            // S3 knows no such upload: there is nothing to take back.
            (Err(failure), error) if failure.code() == Some("NoSuchUpload") => error,
            (Err(failure), UploadError::Refused(refused)) => UploadError::PartsLeft {
                refused,
                left: failure.into(),
                bucket: object.bucket.clone(),
                key: object.key.clone(),
                upload,
            },
            (Ok(_) | Err(_), error) => error,
        }
    }
}

fn sse(protection: &Protection) -> Option<ServerSideEncryption> {
    protection.sse.map(|sse: Sse| ServerSideEncryption::from(sse.as_str()))
}

/// A piece of a file, in memory: what is retried is sent again.
async fn piece(file: &Path, at: u64, length: u64) -> Result<ByteStream, UploadError> {
    let read = async {
        let mut file = File::open(file).await?;
        file.seek(SeekFrom::Start(at)).await?;
        let mut bytes = Vec::with_capacity(usize::try_from(length).map_err(std::io::Error::other)?);
        file.take(length).read_to_end(&mut bytes).await?;
        Ok(bytes)
    };
    let unread = |error| UploadError::File { file: file.to_owned(), error };
    Ok(ByteStream::from(read.await.map_err(unread)?))
}
