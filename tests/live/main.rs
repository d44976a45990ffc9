//! Tests of the built program against a server that speaks AWS: moto, made and started here, and a proxy before it.

mod access;
mod answers;
mod api;
mod cbor;
mod deploy;
mod faults;
mod moto;
mod organization;
mod preflight;
mod proxy;
mod replay;
mod scan;
mod schema;
mod start;
mod verdicts;
mod wire;
