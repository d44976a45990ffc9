//! An object in S3 as a user names it, and how it is to be kept from strangers.

use std::fmt;
use std::net::Ipv4Addr;

/// How the address of an object begins.
pub const SCHEME: &str = "s3://";

/// The longest key, in bytes of UTF-8. Source: Amazon S3 User Guide, "Naming Amazon S3 objects".
const LONGEST_KEY: usize = 1024;

/// The longest name of a file, with room for what goes before it: systems take 255 bytes.
const LONGEST_NAME: usize = 200;

/// An object in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The bucket, or the alias of an access point.
    pub bucket: String,
    /// The key, which S3 takes as it is.
    pub key: String,
}

/// The address of an object that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnObject {
    /// Nothing, or a path that begins with `s3:/`.
    #[error("the address of an object is s3://BUCKET/KEY")]
    NoBucket,
    /// No name of a bucket.
    #[error(
        "{0:?} cannot be the name of a bucket: it has 3 to 63 lower-case letters, digits, hyphens and dots, begins and ends \
         with a letter or digit, and is no IP address; an access point is named by its alias"
    )]
    Bucket(String),
    /// A bucket, or something like a folder in it.
    #[error("name the object, too: s3://{0}report.html")]
    NoKey(String),
    /// More than S3 takes.
    #[error("the key has {0} bytes, and S3 takes {LONGEST_KEY}")]
    LongKey(usize),
    /// Bytes that no log and no terminal shows.
    #[error("the key has control characters in it")]
    ControlCharacters,
}

impl Object {
    /// The object at an address.
    pub fn at(address: &str) -> Result<Self, NotAnObject> {
        let rest = address.strip_prefix(SCHEME).ok_or(NotAnObject::NoBucket)?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(NotAnObject::NoBucket);
        }
        if !is_bucket(bucket) {
            return Err(NotAnObject::Bucket(bucket.to_owned()));
        }
        if key.is_empty() || key.ends_with('/') {
            return Err(NotAnObject::NoKey(format!("{bucket}/{key}")));
        }
        if key.len() > LONGEST_KEY {
            return Err(NotAnObject::LongKey(key.len()));
        }
        if key.chars().any(char::is_control) {
            return Err(NotAnObject::ControlCharacters);
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// What a file of it may be called anywhere: the end of the key, without what is more than a name.
    pub fn file_name(&self) -> String {
        let name = self.key.rsplit('/').next().unwrap_or(&self.key);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let plain: Vec<char> = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        plain[plain.len().saturating_sub(LONGEST_NAME)..].iter().collect()
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.bucket, self.key)
    }
}

/// Whether a bucket may be called so. What is reserved for other kinds of buckets is left to S3, which knows better.
/// Source: Amazon S3 User Guide, "General purpose bucket naming rules".
fn is_bucket(name: &str) -> bool {
    let is_end = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| is_end(Some(byte)) || matches!(byte, b'-' | b'.'))
        && is_end(bytes.first())
        && is_end(bytes.last())
        && !name.contains("..")
        && name.parse::<Ipv4Addr>().is_err()
}

/// How S3 is to encrypt. The words are those of the AWS CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Sse {
    /// With keys that S3 holds
    #[value(name = "AES256")]
    S3,
    /// With a key in KMS
    #[value(name = "aws:kms")]
    Kms,
    /// With a key in KMS, in two layers
    #[value(name = "aws:kms:dsse")]
    KmsTwice,
}

impl Sse {
    /// The word for it in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::S3 => "AES256",
            Self::Kms => "aws:kms",
            Self::KmsTwice => "aws:kms:dsse",
        }
    }
}

/// How an object is kept from strangers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Protection {
    /// How it is encrypted; as the bucket says, for `None`.
    pub sse: Option<Sse>,
    /// The key in KMS, by id, ARN or alias; the one that AWS manages for S3, for `None`.
    pub kms_key: Option<String>,
    /// The account that the bucket has to belong to.
    pub owner: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_bucket_and_a_key() {
        let object = Object::at("s3://my-bucket.example/a/b/report.html").unwrap();
        assert_eq!((&*object.bucket, &*object.key), ("my-bucket.example", "a/b/report.html"));
        assert_eq!(object.file_name(), "report.html");
        assert_eq!(object.to_string(), "s3://my-bucket.example/a/b/report.html");
        // S3 takes a key as it is.
        assert_eq!(Object::at("s3://bucket//odd/../key.json").unwrap().key, "/odd/../key.json");
        assert!(Object::at(&format!("s3://bucket/{}", "k".repeat(1024))).is_ok());
    }

    #[test]
    fn a_file_of_it_can_have_its_name_whatever_the_key() {
        let name = |key: &str| Object { bucket: "bucket".to_owned(), key: key.to_owned() }.file_name();
        assert_eq!(name("a/b c'd$(e).json"), "b_c_d__e_.json");
        assert_eq!(name("\u{e4}/\u{e4}.html"), "_.html");
        let long = name(&format!("{}.html", "k".repeat(1000)));
        assert!(long.len() == LONGEST_NAME && long.ends_with("k.html"), "{long}");
    }

    #[test]
    fn what_cannot_be_an_object_is_told_why_not() {
        for address in ["s3://", "s3:///key.json", "s3:/bucket/key.json"] {
            assert_eq!(Object::at(address), Err(NotAnObject::NoBucket), "{address}");
        }
        let long = "b".repeat(64);
        for bucket in ["ab", &*long, "Bucket", "a_b", "-ab", "ab-", "a..b", "10.0.0.1", "b\u{e4}r", "arn:aws:s3:::b"] {
            let told = Object::at(&format!("s3://{bucket}/key.json"));
            assert_eq!(told, Err(NotAnObject::Bucket(bucket.to_owned())));
        }
        for (address, whole) in [("s3://bucket", "bucket/"), ("s3://bucket/a/", "bucket/a/")] {
            let told = Object::at(address).unwrap_err();
            assert_eq!(told, NotAnObject::NoKey(whole.to_owned()));
            assert_eq!(told.to_string(), format!("name the object, too: s3://{whole}report.html"));
        }
        assert_eq!(Object::at(&format!("s3://bucket/{}", "k".repeat(1025))), Err(NotAnObject::LongKey(1025)));
        assert_eq!(Object::at("s3://bucket/a\u{1b}[2Jb.json"), Err(NotAnObject::ControlCharacters));
    }
}
