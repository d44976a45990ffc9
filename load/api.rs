//! The services' operations: how a request is recognised, and how an answer promises another page.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;

use crate::cbor;

/// The services that are scanned, as the AWS SDK for Python calls them.
pub const SERVICES: [&str; 21] = [
    "accessanalyzer",
    "account",
    "artifact",
    "backup",
    "cloudtrail",
    "cloudwatch",
    "config",
    "ec2",
    "efs",
    "guardduty",
    "iam",
    "kms",
    "logs",
    "macie2",
    "organizations",
    "rds",
    "s3",
    "s3control",
    "securityhub",
    "sns",
    "sts",
];

/// The service that requests are signed for under a name.
pub fn signed_as(name: &str) -> Option<&'static str> {
    let service = match name {
        "access-analyzer" => "accessanalyzer",
        "elasticfilesystem" => "efs",
        "monitoring" => "cloudwatch",
        name => name,
    };
    SERVICES.into_iter().find(|known| *known == service)
}

/// What IAM actions of a service begin with.
pub fn iam_prefix(service: &str) -> &str {
    match service {
        "accessanalyzer" => "access-analyzer",
        "efs" => "elasticfilesystem",
        // S3 Control is a part of S3 as IAM has it.
        "s3control" => "s3",
        service => service,
    }
}

/// The token of the page that does not exist.
pub const SECOND_PAGE: &str = "plimsoll-second-page";

/// All services.
pub struct Api(BTreeMap<String, Service>);

/// One service.
#[derive(Deserialize)]
pub struct Service {
    /// How requests and answers are written.
    pub protocol: Protocol,
    operations: BTreeMap<String, Operation>,
}

/// How requests and answers are written. Source: Smithy, "AWS protocols".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Forms in, XML out.
    Query,
    /// As `Query`, with errors and lists of its own.
    Ec2,
    /// JSON in and out, the operation in a header.
    Json,
    /// JSON, the operation in method and path.
    RestJson,
    /// XML, the operation in method and path.
    RestXml,
    /// CBOR, the operation in the path.
    SmithyRpcV2Cbor,
}

#[derive(Deserialize)]
struct Operation {
    #[serde(default)]
    method: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    query: Vec<String>,
    #[serde(default)]
    within: Option<String>,
    #[serde(default)]
    next_page: Option<BTreeMap<String, NextPage>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum NextPage {
    Token,
    True,
}

/// What the services' reading operations are called and how they are sent.
pub fn api() -> &'static Api {
    static API: OnceLock<Api> = OnceLock::new();
    API.get_or_init(|| Api(serde_json::from_str(include_str!("api.json")).expect("api.json is as api.py prints it")))
}

impl Api {
    /// A service by its name.
    pub fn service(&self, name: &str) -> &Service {
        self.0.get(name).unwrap_or_else(|| panic!("{name} is not one of the scanned services; add it to SERVICES"))
    }

    /// Whether AWS may answer an operation in several pages.
    pub fn is_paged(&self, service: &str, operation: &str) -> bool {
        self.service(service).operations.get(operation).is_some_and(|known| known.next_page.is_some())
    }

    /// Makes an answer promise another page; `None` if the operation has but one.
    pub fn with_next_page(&self, service: &str, operation: &str, body: &[u8]) -> Option<Vec<u8>> {
        let protocol = self.service(service).protocol;
        let known = self.service(service).operations.get(operation)?;
        let fields = known.next_page.as_ref()?;
        if matches!(protocol, Protocol::Json | Protocol::RestJson) {
            let mut json: Value = serde_json::from_slice(body).ok()?;
            for (name, kind) in fields {
                let value = match kind {
                    NextPage::Token => Value::from(SECOND_PAGE),
                    NextPage::True => Value::from(true),
                };
                json.as_object_mut()?.insert(name.clone(), value);
            }
            return serde_json::to_vec(&json).ok();
        }
        if protocol == Protocol::SmithyRpcV2Cbor {
            let mut map = body.to_vec();
            for (name, kind) in fields {
                map = match kind {
                    NextPage::Token => cbor::with(&map, name, SECOND_PAGE)?,
                    NextPage::True => return None,
                };
            }
            return Some(map);
        }
        let mut xml = String::from_utf8(body.to_vec()).ok()?;
        for (name, kind) in fields {
            let (open, close, empty) = (format!("<{name}>"), format!("</{name}>"), format!("<{name}/>"));
            if let (Some(from), Some(to)) = (xml.rfind(&open), xml.rfind(&close)) {
                xml.replace_range(from..to + close.len(), "");
            }
            xml = xml.replace(&empty, "");
            let value = match kind {
                NextPage::Token => SECOND_PAGE,
                NextPage::True => "true",
            };
            let end = known.within.as_ref().map_or_else(|| "</".to_owned(), |within| format!("</{within}>"));
            xml.insert_str(xml.rfind(&end)?, &format!("{open}{value}{close}"));
        }
        Some(xml.into_bytes())
    }
}

impl Service {
    /// The operation a REST request is for: of those whose method, path and query keys fit, the one that asks for most.
    pub fn operation_at(&self, method: &str, path: &str, query: &[&str]) -> Option<&str> {
        let fits = |operation: &&Operation| {
            operation.method == method
                && path_fits(&operation.path, path)
                && operation.query.iter().all(|key| query.contains(&key.as_str()))
        };
        let particular = |operation: &Operation| {
            let fixed = operation.path.split('/').filter(|part| !part.starts_with('{')).count();
            (operation.query.len(), fixed)
        };
        self.operations
            .iter()
            .filter(|(_, operation)| fits(operation))
            .max_by_key(|(_, operation)| particular(operation))
            .map(|(name, _)| name.as_str())
    }
}

fn path_fits(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.trim_matches('/').split('/'), path.trim_matches('/').split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(pattern), Some(_)) if pattern.ends_with("+}") => return true,
            (Some(pattern), Some(part)) if pattern == part || (pattern.starts_with('{') && !part.is_empty()) => {}
            _ => return false,
        }
    }
}
