//! Tests of the built program against a server that speaks AWS: moto, made and started here, and a proxy before it.

mod access;
mod answers;
mod deploy;
mod faults;
mod full;
mod killed;
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
mod verdicts;
mod wire;
