//! Tests of the built program against a server that speaks AWS: moto, made and started here, and a proxy before it.

mod access;
mod answers;
mod deploy;
mod faults;
mod full;
mod hub;
mod killed;
mod limits;
mod load;
mod moto;
mod notify;
mod organization;
mod pacing;
mod preflight;
mod proxy;
mod replay;
mod scan;
mod schema;
mod sso;
mod start;
mod storms;
mod upload;
mod verdicts;
mod wire;
