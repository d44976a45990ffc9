//! Addresses, protocols and ports, as packet filters speak of them.

mod address;
mod difference;
mod traffic;

pub use address::{is_public, is_the_internet};
pub use difference::without;
/// A network, IPv4 or IPv6.
pub use ipnet::IpNet;
pub use traffic::{Port, Traffic, Transport, UnreadableRule, tcp, udp};
