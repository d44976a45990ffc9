//! What moto cannot answer, answered as AWS documents it: the server's answers, amended on their way to the real SDK.
//!
//! Each is shaped by the operation's page in the API Reference of its service.

use aws_smithy_types::base64;
use plimsoll_load::{Request, Response};
use serde_json::{Value, json};

use crate::moto::ACCOUNT;

/// The agreement that the amended accounts have had with AWS.
pub const AGREEMENT: &str = "AWS Business Associate Addendum";

/// An account that moto cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amended {
    /// All is as it should be.
    Tidy,
    /// Nothing is.
    Untidy,
    /// Nothing is, and no organization could make up for it.
    Alone,
}

impl Amended {
    /// The answer to a request, given the server's.
    #[expect(clippy::too_many_lines, reason = "a list of answers, each of a few lines")]
    pub fn answer(self, request: &Request, from_server: Response) -> Response {
        let tidy = self == Self::Tidy;
        match (request.service, request.operation.as_str()) {
            ("account", "GetContactInformation") => {
                // The name and number of the security contact, or others.
                let (name, phone) = if tidy { ("Ann Ash", "+49 30 1234567") } else { ("Sam", "+1") };
                let address = json!({
                    "AddressLine1": "1 Harbour Street", "City": "Berlin", "PostalCode": "10115", "CountryCode": "DE",
                    "FullName": name, "PhoneNumber": phone,
                });
                Response::new(200, "application/json", json!({"ContactInformation": address}).to_string())
            }
            ("artifact", "ListCustomerAgreements") => {
                let mut agreement = json!({
                    "id": "customer-agreement-abcdefgh12345678",
                    "arn": format!("arn:aws:artifact::{ACCOUNT}:customer-agreement/customer-agreement-abcdefgh12345678"),
                    "name": AGREEMENT, "state": "ACTIVE", "type": "DEFAULT", "awsAccountId": ACCOUNT,
                    "effectiveStart": "2025-01-15T09:00:00Z",
                });
                if !tidy {
                    agreement["state"] = json!("CUSTOMER_TERMINATED");
                    agreement["effectiveEnd"] = json!("2026-01-15T09:00:00Z");
                }
                Response::new(200, "application/json", json!({"customerAgreements": [agreement]}).to_string())
            }
            ("accessanalyzer", "ListAnalyzers") => {
                let analyzer = |name: &str, kind: &str| {
                    json!({
                        "arn": format!("arn:aws:access-analyzer:{}:{ACCOUNT}:analyzer/{name}", request.region),
                        "name": name, "type": kind, "status": "ACTIVE", "createdAt": "2024-03-01T08:00:00Z",
                        "tags": {"team": "security"},
                    })
                };
                let mut external = analyzer("external", "ACCOUNT");
                if !tidy {
                    external["status"] = json!("DISABLED");
                    external["statusReason"] = json!({"code": "AWS_SERVICE_ACCESS_DISABLED"});
                }
                let analyzers = json!([analyzer("unused", "ACCOUNT_UNUSED_ACCESS"), external]);
                Response::new(200, "application/json", json!({"analyzers": analyzers}).to_string())
            }
            ("organizations", "DescribeOrganization") if self == Self::Alone => {
                let message = "Your account is not a member of an organization.";
                let error = json!({"__type": "AWSOrganizationsNotInUseException", "Message": message});
                Response::new(400, "application/x-amz-json-1.1", error.to_string())
            }
            ("iam", "ListOrganizationsFeatures") => {
                let features: &[&str] =
                    if tidy { &["RootSessions", "RootCredentialsManagement"] } else { &["RootSessions"] };
                let features =
                    features.iter().map(|name| format!("<member>{name}</member>")).collect::<Vec<_>>().concat();
                iam(
                    &request.operation,
                    &format!(
                        "<OrganizationId>o-a1b2c3d4e5</OrganizationId><EnabledFeatures>{features}</EnabledFeatures>"
                    ),
                )
            }
            ("iam", "ListServerCertificates") if tidy => {
                let mut certificates = from_server;
                let xml = String::from_utf8_lossy(&certificates.body);
                certificates.body = xml.replace("<Expiration>2012-", "<Expiration>2036-").into_bytes();
                certificates
            }
            ("s3", "GetBucketVersioning") => {
                let mine = request.target.starts_with("/plimsoll-tidy");
                let status = match (mine, tidy) {
                    (true, true) => "<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>",
                    (true, false) => "<Status>Enabled</Status>",
                    (false, _) => "",
                };
                let namespace = "http://s3.amazonaws.com/doc/2006-03-01/";
                let body =
                    format!(r#"<VersioningConfiguration xmlns="{namespace}">{status}</VersioningConfiguration>"#);
                Response::new(200, "application/xml", body)
            }
            ("macie2", "GetMacieSession") if tidy => {
                let (created, role) = ("2024-03-01T08:00:00.000Z", "AWSServiceRoleForAmazonMacie");
                let role = format!("arn:aws:iam::{ACCOUNT}:role/aws-service-role/macie.amazonaws.com/{role}");
                let session = json!({
                    "createdAt": created, "updatedAt": created, "findingPublishingFrequency": "FIFTEEN_MINUTES",
                    "serviceRole": role, "status": "ENABLED",
                });
                Response::new(200, "application/json", session.to_string())
            }
            ("macie2", "GetMacieSession") => macie_denies("Macie is not enabled."),
            ("cloudtrail", "GetTrailStatus") if tidy => {
                let mut status: Value = serde_json::from_slice(&from_server.body).expect("moto answers in JSON");
                status["LatestCloudWatchLogsDeliveryTime"] = json!(jiff::Timestamp::now().as_second());
                Response { body: status.to_string().into_bytes(), ..from_server }
            }
            ("iam", "GetAccountSummary") => summary(tidy),
            ("iam", "GetCredentialReport") => with_root(tidy, from_server),
            ("ec2", "GetSnapshotBlockPublicAccessState") => {
                let state = if tidy { "block-all-sharing" } else { "unblocked" };
                ec2(&request.operation, &format!("<state>{state}</state>"))
            }
            ("ec2", "GetImageBlockPublicAccessState") => {
                let state = if tidy { "block-new-sharing" } else { "unblocked" };
                ec2(&request.operation, &format!("<imageBlockPublicAccessState>{state}</imageBlockPublicAccessState>"))
            }
            ("config", "DescribeDeliveryChannelStatus") => {
                let history = if tidy {
                    json!({"lastStatus": "SUCCESS", "lastAttemptTime": 1_795_500_000, "lastSuccessfulTime": 1_795_500_000})
                } else {
                    json!({"lastStatus": "FAILURE", "lastErrorCode": "AccessDenied", "lastAttemptTime": 1_795_500_000})
                };
                let status = json!({
                    "name": "default",
                    "configHistoryDeliveryInfo": history,
                    "configSnapshotDeliveryInfo": {"lastStatus": "NOT_APPLICABLE"},
                    "configStreamDeliveryInfo": {"lastStatus": "SUCCESS", "lastStatusChangeTime": 1_795_500_000},
                });
                let body = json!({"DeliveryChannelsStatus": [status]}).to_string();
                Response::new(200, "application/x-amz-json-1.1", body)
            }
            ("backup", "ListProtectedResources") => {
                let yesterday = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24)).as_second();
                let cluster = json!({
                    "ResourceArn": format!("arn:aws:rds:{}:{ACCOUNT}:cluster:aurora-untidy", request.region),
                    "ResourceType": "Aurora",
                    "LastBackupTime": yesterday,
                });
                let results = if tidy { vec![cluster] } else { Vec::new() };
                Response::new(200, "application/json", json!({"Results": results}).to_string())
            }
            ("guardduty", "ListFindings") => {
                let findings = if tidy { json!([]) } else { json!(["44b5a2b1e9a4c3f18d2a7c5d6e7f8091"]) };
                Response::new(200, "application/json", json!({"findingIds": findings}).to_string())
            }
            _ => from_server,
        }
    }
}

/// The list of a topic's subscriptions, none of which anybody has confirmed; SNS has no ARN for those.
pub fn unconfirmed(request: &Request, mut from_server: Response) -> Response {
    if (request.service, request.operation.as_str()) == ("sns", "ListSubscriptionsByTopic") {
        let xml = String::from_utf8_lossy(&from_server.body);
        let arns = xml.split("<SubscriptionArn>").skip(1).filter_map(|rest| rest.split_once('<')).map(|(arn, _)| arn);
        let pending = arns.fold(xml.clone().into_owned(), |xml, arn| xml.replace(arn, "PendingConfirmation"));
        from_server.body = pending.into_bytes();
    }
    from_server
}

/// Answers in which something is missing that AWS always gives, and the check that rests on it.
pub const HOLLOW: [(&str, &str, &str); 8] = [
    ("ListCustomerAgreements", r#"{"customerAgreements":[{}]}"#, "artifact-required-agreements-active"),
    ("ListAnalyzers", r#"{"analyzers":[{}]}"#, "accessanalyzer-external-analyzer-active"),
    ("DescribeFileSystems", "{}", "efs-file-system-encrypted"),
    (
        "DescribeFileSystems",
        r#"{"FileSystems":[{"FileSystemArn":"arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-1","Encrypted":true}]}"#,
        "efs-file-system-encrypted",
    ),
    (
        "GetBucketLogging",
        "<BucketLoggingStatus><LoggingEnabled/></BucketLoggingStatus>",
        "cloudtrail-bucket-access-logged",
    ),
    (
        "ListServerCertificates",
        "<ListServerCertificatesResponse><ListServerCertificatesResult><ServerCertificateMetadataList><member>\
         <Expiration>2036-05-08T01:02:03Z</Expiration></member></ServerCertificateMetadataList>\
         </ListServerCertificatesResult></ListServerCertificatesResponse>",
        "iam-server-certificate-not-expired",
    ),
    (
        "ListVirtualMFADevices",
        "<ListVirtualMFADevicesResponse><ListVirtualMFADevicesResult><VirtualMFADevices><member/></VirtualMFADevices>\
         </ListVirtualMFADevicesResult></ListVirtualMFADevicesResponse>",
        "iam-root-hardware-mfa-enabled",
    ),
    (
        "DescribeMetricFilters",
        r#"{"metricFilters":[{"filterName":"f","filterPattern":"","metricTransformations":[{}]}]}"#,
        "cloudwatch-alarm-vpc-changes",
    ),
];

/// Macie's refusal, for one reason or another.
pub fn macie_denies(message: &str) -> Response {
    let mut answer = Response::new(403, "application/json", json!({"message": message}).to_string());
    answer.headers.push(("x-amzn-errortype".to_owned(), "AccessDeniedException".to_owned()));
    answer
}

/// The seeded buckets that are in eu-west-1; see `seed.py`.
const IN_IRELAND: [&str; 5] = [
    "plimsoll-tidy",
    "plimsoll-any-aws-account-acl",
    "plimsoll-public-policy",
    "plimsoll-trail-logs",
    "plimsoll-access-logs",
];

/// The list of buckets with their regions, which AWS tells when it is asked for pages and moto leaves out.
pub fn with_bucket_regions(request: &Request, mut from_server: Response) -> Response {
    if (request.service, request.operation.as_str()) == ("s3", "ListBuckets") {
        let mut xml = String::from_utf8_lossy(&from_server.body)
            .replace("</Name>", "</Name><BucketRegion>us-east-1</BucketRegion>");
        for bucket in IN_IRELAND {
            let name = format!("<Name>{bucket}</Name><BucketRegion>");
            xml = xml.replace(&format!("{name}us-east-1"), &format!("{name}eu-west-1"));
        }
        from_server.body = xml.into_bytes();
    }
    from_server
}

fn ec2(operation: &str, body: &str) -> Response {
    let request_id = "<requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>";
    let namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";
    let body = format!(r#"<{operation}Response xmlns="{namespace}">{request_id}{body}</{operation}Response>"#);
    Response::new(200, "text/xml;charset=UTF-8", body)
}

fn iam(operation: &str, result: &str) -> Response {
    let namespace = "https://iam.amazonaws.com/doc/2010-05-08/";
    let result = format!("<{operation}Result>{result}</{operation}Result>");
    Response::new(
        200,
        "text/xml",
        format!(r#"<{operation}Response xmlns="{namespace}">{result}</{operation}Response>"#),
    )
}

fn summary(tidy: bool) -> Response {
    let entries = [
        ("AccountAccessKeysPresent", i32::from(!tidy)),
        ("AccountMFAEnabled", i32::from(tidy)),
        ("AccountPasswordPresent", 1),
        ("AccountSigningCertificatesPresent", 0),
        ("Users", 6),
    ];
    let entries = entries.map(|(key, value)| format!("<entry><key>{key}</key><value>{value}</value></entry>")).concat();
    iam("GetAccountSummary", &format!("<SummaryMap>{entries}</SummaryMap>"))
}

/// The credential report with the row of root, which AWS puts first and moto leaves out.
fn with_root(tidy: bool, mut report: Response) -> Response {
    let xml = String::from_utf8_lossy(&report.body).into_owned();
    let Some((before, (content, after))) = xml
        .split_once("<Content>")
        .and_then(|(before, rest)| rest.split_once("</Content>").map(|content| (before, content)))
    else {
        return report;
    };
    let csv = base64::decode(content.trim()).expect("the report is base64");
    let csv = String::from_utf8(csv).expect("the report is text");
    let (header, rows) = csv.split_once('\n').expect("the report has a header");
    let row: Vec<String> = header
        .trim()
        .split(',')
        .map(|column| match column {
            "user" => "<root_account>".to_owned(),
            "arn" => format!("arn:aws:iam::{ACCOUNT}:root"),
            "user_creation_time" => "2019-03-01T08:00:00+00:00".to_owned(),
            "password_enabled" | "password_last_changed" | "password_next_rotation" => "not_supported".to_owned(),
            "password_last_used" if tidy => "no_information".to_owned(),
            "password_last_used" => jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
            "mfa_active" => tidy.to_string(),
            active if active.ends_with("_active") => "false".to_owned(),
            _ => "N/A".to_owned(),
        })
        .collect();
    let csv = format!("{header}\n{}\n{rows}", row.join(","));
    report.body = format!("{before}<Content>{}</Content>{after}", base64::encode(csv)).into_bytes();
    report
}
