//! A receiver of webhooks that somebody else wrote: wiremock, told by its arguments what to answer.
//!
//! `plimsoll-wiremock PATH STATUS…` takes POSTs of JSON to PATH that carry a signature, answers each with the next status,
//! and expects just so many. It prints where it is, and when its stdin ends, all requests that came.

use std::io::Read;

use serde_json::{Value, json};
use wiremock::matchers::{header, header_exists, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let place = args.next().expect("a path");
    let server = MockServer::start().await;
    for (order, status) in (1..).zip(args) {
        let answer = ResponseTemplate::new(status.parse::<u16>().expect("a status")).insert_header("retry-after", "1");
        Mock::given(method("POST"))
            .and(path(&*place))
            .and(header("content-type", "application/json"))
            .and(header_exists("webhook-id"))
            .and(header_exists("webhook-timestamp"))
            .and(header_exists("webhook-signature"))
            .respond_with(answer)
            .up_to_n_times(1)
            .expect(1)
            .with_priority(order)
            .mount(&server)
            .await;
    }
    println!("{}", server.uri());
    std::io::stdin().read_to_string(&mut String::new()).expect("stdin can be read");
    // Panics if anything else came, or not all of it.
    server.verify().await;
    let came = server.received_requests().await.expect("requests are kept");
    let told = came.iter().map(|request| {
        let headers =
            request.headers.iter().map(|(name, value)| (name.to_string(), json!(value.to_str().expect("text"))));
        let body = std::str::from_utf8(&request.body).expect("text");
        json!({ "path": request.url.path(), "headers": headers.collect::<Value>(), "body": body })
    });
    println!("{}", told.collect::<Value>());
}
