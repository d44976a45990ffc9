//! A policy document as AWS stores it, for records.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Policy, strict};
use crate::contract::{Call, Reason, Unknown};

/// A policy document as AWS stores it: kept whole even if it cannot be understood.
///
/// Recordings show it as JSON where it is a JSON object, and as text where it is not.
#[derive(Debug, Clone, PartialEq)]
pub struct Document(Stored);

#[derive(Debug, Clone, PartialEq)]
enum Stored {
    /// A JSON object without duplicate names.
    Object(Value),
    /// Anything else.
    Text(String),
}

impl Document {
    /// A document as AWS gives it.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self(match strict::parse(&text) {
            Ok(object @ Value::Object(_)) => Stored::Object(object),
            Ok(_) | Err(_) => Stored::Text(text),
        })
    }

    /// A document as IAM gives it, percent-encoded.
    ///
    /// What is no percent-encoding of UTF-8 is kept as it came, so that it is reported as malformed and not lost.
    pub fn from_url_encoded(text: &str) -> Self {
        Self::new(percent_decoded(text).unwrap_or_else(|| text.to_owned()))
    }

    /// The policy; unknown when the document cannot be understood. `call` is the one that told the document.
    pub fn policy(&self, call: Call) -> Result<Policy, Unknown> {
        let policy = match &self.0 {
            Stored::Object(object) => Policy::from_json(object),
            Stored::Text(text) => Policy::parse(text),
        };
        policy.map_err(|error| {
            Unknown::new(
                Reason::Malformed,
                call.iam_action(),
                format!("the policy document is not understood: {error}"),
            )
        })
    }
}

/// RFC 3986; a `+` is a plus sign, not a space.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if *first == b'%' {
            let [high, low, after @ ..] = after else { return None };
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            bytes.push(digit(*high)? << 4 | digit(*low)?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Stored::Object(object) => write!(f, "{object}"),
            Stored::Text(text) => f.write_str(text),
        }
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Stored::Object(object) => object.serialize(serializer),
            Stored::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match strict::Json::deserialize(deserializer)?.0 {
            Value::String(text) => Ok(Self::new(text)),
            object @ Value::Object(_) => Ok(Self(Stored::Object(object))),
            _ => Err(serde::de::Error::custom("a policy document is an object or a text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Document;
    use crate::contract::{Reason, api};

    const CALL: crate::contract::Call = api("iam", "GetPolicyVersion");

    #[test]
    fn a_document_is_recorded_as_an_object() {
        let document = Document::new(r#"{ "Version": "2012-10-17", "Statement": [] }"#);
        let json = serde_json::to_string(&document).unwrap();
        assert_eq!(json, r#"{"Statement":[],"Version":"2012-10-17"}"#);
        assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), document);
    }

    #[test]
    fn what_is_no_object_is_recorded_as_text() {
        for text in ["", "no policy", "[1]", r#"{"Statement": [], "Statement": []}"#] {
            let document = Document::new(text);
            let json = serde_json::to_string(&document).unwrap();
            assert_eq!(json, serde_json::to_string(text).unwrap());
            assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), document);
            let unknown = document.policy(CALL).unwrap_err();
            assert_eq!((unknown.reason, &*unknown.action), (Reason::Malformed, "iam:GetPolicyVersion"), "{text}");
        }
    }

    #[test]
    fn iam_documents_are_percent_encoded() {
        let document = Document::from_url_encoded("%7B%22Statement%22%3A%5B%5D%2C%22Id%22%3A%22a+b%20c%22%7D");
        assert_eq!(document.to_string(), r#"{"Id":"a+b c","Statement":[]}"#);
        assert_eq!(Document::from_url_encoded("%7B%2").to_string(), "%7B%2");
    }
}
