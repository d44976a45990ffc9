//! As much HTTP/1.1 as an AWS SDK speaks over one connection, and what its requests are for.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::api::{Protocol, SECOND_PAGE, api, signed_as};

/// A request, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The body.
    pub body: Vec<u8>,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The service, as its SDK is called.
    pub service: &'static str,
    /// The operation.
    pub operation: String,
    /// The region it is signed for.
    pub region: String,
    /// The access key it is signed with.
    pub key: String,
}

impl Request {
    /// Understands a request from its parts.
    pub fn new(method: &str, target: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        // Credential=KEY/20261124/eu-west-1/ec2/aws4_request
        let scope = header(&headers, "authorization").and_then(|value| value.split_once("Credential="));
        let mut scope = scope.map_or("", |(_, it)| it).split([',', ' ']).next().unwrap_or("").split('/');
        let key = scope.next().unwrap_or("").to_owned();
        let region = scope.nth(1).unwrap_or("").to_owned();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let service = match scope.next().unwrap_or("") {
            "s3" if path.starts_with("/v20180820/") => "s3control",
            signed => signed_as(signed).unwrap_or("unrecognised"),
        };
        let operation = if let Some(target) = header(&headers, "x-amz-target") {
            target.rsplit('.').next().map(str::to_owned)
        } else if let Some(action) = form_value(&body, "Action") {
            Some(action.to_owned())
        } else if service == "unrecognised" {
            None
        } else if api().service(service).protocol == Protocol::SmithyRpcV2Cbor {
            path.rsplit('/').next().map(str::to_owned)
        } else {
            let keys: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
            // S3 lists buckets of either kind at the same place; its SDK says which it means.
            let named = form_value(query.as_bytes(), "x-id");
            named.or_else(|| api().service(service).operation_at(method, path, &keys)).map(str::to_owned)
        };
        Self {
            operation: operation.unwrap_or_else(|| format!("{method} {path}")),
            method: method.to_owned(),
            target: target.to_owned(),
            service,
            region,
            key,
            headers,
            body,
        }
    }

    /// Whether it asks for the page that only [`Api::with_next_page`](crate::Api::with_next_page) promises.
    pub fn is_for_second_page(&self) -> bool {
        self.target.contains(SECOND_PAGE) || String::from_utf8_lossy(&self.body).contains(SECOND_PAGE)
    }

    /// The same request again: without the headers, which differ each time, and with JSON in one order.
    pub fn same(&self) -> Self {
        let json = serde_json::from_slice(&self.body).map(|body: serde_json::Value| body.to_string().into_bytes());
        Self { headers: Vec::new(), body: json.unwrap_or_else(|_| self.body.clone()), ..self.clone() }
    }

    /// Whether the client wants the connection to end after the answer.
    pub fn is_last(&self) -> bool {
        header(&self.headers, "connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

/// A value of a form or a query, as it is encoded there.
pub(crate) fn form_value<'a>(form: &'a [u8], key: &str) -> Option<&'a str> {
    let form = std::str::from_utf8(form).ok()?;
    form.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers, without those that frame the body.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer with a body of a type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![
            ("content-type".to_owned(), content_type.to_owned()),
            ("x-amzn-requestid".to_owned(), "00000000-0000-0000-0000-000000000000".to_owned()),
        ];
        Self { status, headers, body: body.into() }
    }

    /// Gives the answer of a service a request id.
    pub(crate) fn identify(&mut self, service: &str, id: &str) {
        let name = if service == "s3" { "x-amz-request-id" } else { "x-amzn-requestid" };
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), id.to_owned()));
    }

    /// The bytes that go over the connection, the last of which are the body's.
    fn to_bytes(&self, method: &str) -> Vec<u8> {
        let mut bytes = format!("HTTP/1.1 {} Answered\r\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            for part in [name, ": ", value, "\r\n"] {
                bytes.extend_from_slice(part.as_bytes());
            }
        }
        bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", self.body.len()).as_bytes());
        if method != "HEAD" {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}

/// Header names in lower case, and values.
pub fn own(headers: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned()))
        .collect()
}

/// The value of a header, by its name in lower case.
pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// The next request of a connection, `None` at its end. `buffer` holds what has been read beyond it.
pub async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Request::new(&mut headers);
        if let httparse::Status::Complete(head) = parsed.parse(buffer).map_err(io::Error::other)? {
            let (method, target) = (parsed.method.unwrap_or("").to_owned(), parsed.path.unwrap_or("").to_owned());
            let headers = own(parsed.headers);
            if header(&headers, "transfer-encoding").is_some() {
                return Err(io::Error::other("a chunked request, which cannot be read here"));
            }
            let length = header(&headers, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
            while buffer.len() < head + length {
                if stream.read_buf(buffer).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            let rest = buffer.split_off(head + length);
            let body = buffer.split_off(head);
            *buffer = rest;
            return Ok(Some(Request::new(&method, &target, headers, body)));
        }
        if stream.read_buf(buffer).await? == 0 {
            return if buffer.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
    }
}

/// Answers a request of this method.
pub async fn write_answer(stream: &mut TcpStream, method: &str, answer: &Response) -> io::Result<()> {
    stream.write_all(&answer.to_bytes(method)).await
}

/// Answers as far as the middle of the body, or of the head where there is no body.
pub async fn write_half(stream: &mut TcpStream, method: &str, answer: &Response) -> io::Result<()> {
    let bytes = answer.to_bytes(method);
    let whole = if answer.body.is_empty() { bytes.len() } else { answer.body.len() };
    stream.write_all(&bytes[..bytes.len() - whole.div_ceil(2)]).await
}
