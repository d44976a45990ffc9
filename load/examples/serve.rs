//! Serves an organization until stdin ends, to try a scan by hand:
//! `cargo run -p plimsoll-load --example serve -- ACCOUNTS LATENCY_IN_MS`.

#![expect(clippy::print_stdout, reason = "whoever starts it wants to know where it listens")]

use std::io::Read;
use std::time::Duration;

use plimsoll_load::{Faults, Options, Server};

fn main() {
    let mut numbers = std::env::args().skip(1).map(|arg| arg.parse::<u32>().expect("a number"));
    let accounts = numbers.next().map_or(1, |accounts| usize::try_from(accounts).expect("so many"));
    let latency = Duration::from_millis(numbers.next().unwrap_or(0).into());
    let server = Server::start(Options::of(accounts).with(Faults { latency, ..Faults::default() }));
    println!("AWS_ENDPOINT_URL={} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test", server.endpoint);
    std::io::stdin().read_to_end(&mut Vec::new()).expect("stdin can be read");
    println!("{} calls", server.calls().len());
    for (api, calls) in server.calls().by_api() {
        println!("{calls:>6}  {} {} {}:{}", api.account, api.region, api.service, api.operation);
    }
    for missed in server.missed() {
        println!("no answer is recorded for {missed}");
    }
}
