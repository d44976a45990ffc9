//! Addresses, protocols and ports, as packet filters speak of them.

mod address;
mod traffic;

pub use address::{is_public, is_the_internet};
pub use traffic::{Port, Traffic, Transport, UnreadableRule, tcp, udp};
