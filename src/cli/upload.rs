//! Reports that go to S3: who uploads them, how they are kept from strangers, and what becomes of one that S3 refuses.

use anyhow::{Context, anyhow, bail};
use serde_json::json;
use tempfile::NamedTempFile;

use super::access::{self, AccountArgs, Way};
use super::formats::Format;
use super::outputs::Address;
use crate::delivery::{Object, Parcel, Protection, Sse, Uploaded, Uploader};
use crate::error::causes;
use crate::scan::is_account;
use crate::terminal;

/// How objects in S3 are written.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Objects in S3")]
pub struct UploadArgs {
    /// How S3 is to encrypt an --output; without it, as the bucket says, which is AES256 at least
    #[arg(long, value_enum, value_name = "HOW")]
    pub sse: Option<Sse>,
    /// The key in KMS to encrypt it with; without it, the one that AWS manages for S3
    #[arg(long, value_name = "KEY", requires = "sse")]
    pub sse_kms_key_id: Option<String>,
    /// Upload only to a bucket that belongs to this account
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub expected_bucket_owner: Option<String>,
}

fn account_id(text: &str) -> Result<String, String> {
    if is_account(text) { Ok(text.to_owned()) } else { Err("an account's id has twelve digits".to_owned()) }
}

/// What is to be uploaded, before anybody has signed in.
pub struct Orders {
    objects: Vec<Object>,
    protection: Protection,
}

impl UploadArgs {
    /// What is to be uploaded of all outputs; `None` if none of them is an object.
    pub fn orders(&self, addresses: &[Address]) -> anyhow::Result<Option<Orders>> {
        let object = |address: &Address| match address {
            Address::Object(object) => Some(object.clone()),
            Address::File(_) => None,
        };
        let objects: Vec<Object> = addresses.iter().filter_map(object).collect();
        let flags = [
            ("--sse", self.sse.is_some()),
            ("--sse-kms-key-id", self.sse_kms_key_id.is_some()),
            ("--expected-bucket-owner", self.expected_bucket_owner.is_some()),
        ];
        let Some(first) = objects.first() else {
            return match flags.into_iter().find(|(_, is_given)| *is_given) {
                Some((flag, _)) => bail!("{flag}: nothing is uploaded; give an --output s3://BUCKET/KEY"),
                None => Ok(None),
            };
        };
        if cfg!(not(feature = "live")) {
            bail!(
                "--output {first}: this build has no AWS SDK in it (feature `live`); write a file, and upload it with \
                 `aws s3 cp`"
            );
        }
        if self.sse == Some(Sse::S3) && self.sse_kms_key_id.is_some() {
            bail!("--sse-kms-key-id: AES256 uses no key of KMS; give --sse aws:kms or --sse aws:kms:dsse");
        }
        let protection = Protection {
            sse: self.sse,
            kms_key: self.sse_kms_key_id.clone(),
            owner: self.expected_bucket_owner.clone(),
        };
        Ok(Some(Orders { objects, protection }))
    }
}

impl Orders {
    /// Signs in whoever uploads, and looks for the buckets, so that a wrong name is told before anything is read.
    pub async fn begin(self, way: &Way, account: &AccountArgs) -> anyhow::Result<Uploads> {
        let Self { objects, protection } = self;
        let uploader = access::uploader(way, account).await.context("signing in to upload")?;
        for object in &objects {
            uploader.find(object).await.with_context(|| format!("--output {object}"))?;
        }
        Ok(Uploads { uploader, protection })
    }
}

/// Whoever uploads, and how.
pub struct Uploads {
    uploader: Box<dyn Uploader>,
    protection: Protection,
}

impl Uploads {
    /// Uploads a report. If that fails the file stays, so that nothing is lost, and the error says where.
    pub async fn send(&self, object: &Object, format: Format, file: NamedTempFile) -> anyhow::Result<()> {
        let (media_type, protection) = (format.media_type(), &self.protection);
        let parcel = Parcel { file: file.path(), object, media_type, protection };
        match self.uploader.upload(parcel).await {
            Ok(uploaded) => {
                tell(object, &uploaded);
                Ok(())
            }
            Err(error) => Err(stays(file, object).context(causes(&error))),
        }
        .with_context(|| format!("--output {object}"))
    }
}

fn tell(object: &Object, Uploaded { size, encryption }: &Uploaded) {
    let facts = json!({"object": object.to_string(), "bytes": size, "encryption": encryption});
    let how = encryption.as_ref().map_or_else(String::new, |how| format!(", encrypted with {how}"));
    terminal::say_with(&format!("uploaded {object}{how}"), &facts);
    if encryption.is_none() {
        terminal::warn(&format!(
            "{object}: the server does not say that it has encrypted the report; ask for it with --sse AES256"
        ));
    }
}

/// Keeps the report that could not be uploaded, and says where it is and how it gets to its place.
fn stays(file: NamedTempFile, object: &Object) -> anyhow::Error {
    match file.keep() {
        Ok((_, path)) => {
            let (path, to) = (path.display(), object.to_string().replace('\'', r"'\''"));
            anyhow!("the report is in {path}; `aws s3 cp {path} '{to}'` uploads it")
        }
        Err(error) => anyhow!("nor can the report stay in {}: {}", error.file.path().display(), error.error),
    }
}
