//! A server for tests and benches that speaks AWS, and what its proxies and clients need to understand requests.
//!
//! It answers the reading calls of a scan for as many accounts as one likes, at thousands of calls a second: each account
//! has what `tests/live/seed.py` makes in moto, as moto answered once. What a request of AWS is for, and how each of its
//! protocols says that something went wrong, is told here for `tests/live` too.

mod answers;
mod api;
mod calls;
mod cbor;
mod copies;
mod faults;
mod http;
mod organization;
mod refusals;
mod server;

pub use answers::{Exchange, operations, operations_of, record, recorded_at};
pub use api::{Api, Protocol, SECOND_PAGE, SERVICES, Service, api, iam_prefix, signed_as};
pub use calls::{Api as CalledApi, Call, Calls, Outcome};
pub use faults::{Fault, Faults, Limit, Rule, Scope, draw};
pub use http::{Request, Response, header, own, read_request, write_answer};
pub use organization::{Account, MANAGEMENT, Organization, Unit};
pub use refusals::Refusal;
pub use server::{DEFAULT_REGIONS, Options, Server};
