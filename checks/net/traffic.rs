//! Protocols and ports: what a rule lets through, and what a service listens on.

use std::fmt;

/// A protocol that has ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

/// A port that a service is known to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port {
    /// Its protocol.
    pub transport: Transport,
    /// Its number.
    pub number: u16,
    /// What listens there; empty where it goes without saying.
    pub service: &'static str,
}

/// A TCP port.
pub const fn tcp(number: u16, service: &'static str) -> Port {
    Port { transport: Transport::Tcp, number, service }
}

/// A UDP port.
pub const fn udp(number: u16, service: &'static str) -> Port {
    Port { transport: Transport::Udp, number, service }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.transport, self.number)?;
        if self.service.is_empty() { Ok(()) } else { write!(f, " ({})", self.service) }
    }
}

/// What a rule lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    /// Everything.
    All,
    /// One protocol's ports, from the first to the last.
    Ports(Transport, u16, u16),
    /// A protocol without ports: ICMP, ESP, GRE …
    Portless,
}

/// A rule names a protocol or ports that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableRule {
    /// Neither a known name nor a number.
    #[error("a rule for the protocol {0:?}, which is not known")]
    Protocol(String),
    /// Not a range of ports.
    #[error("a {0} rule for ports {1:?} to {2:?}, which is not a range of ports")]
    Ports(Transport, Option<i32>, Option<i32>),
}

impl Traffic {
    /// Reads a rule as EC2 writes it: a protocol's name or number, `-1` for all of them, and for TCP and UDP a range
    /// of ports. For ICMP the two numbers are a type and a code, for all other protocols they mean nothing.
    ///
    /// Source: EC2 API Reference, `IpPermission`.
    pub fn of_rule(protocol: &str, from: Option<i32>, to: Option<i32>) -> Result<Self, UnreadableRule> {
        let transport = match protocol.to_ascii_lowercase().as_str() {
            "-1" | "all" => return Ok(Self::All),
            "tcp" | "6" => Transport::Tcp,
            "udp" | "17" => Transport::Udp,
            "icmp" | "icmpv6" => return Ok(Self::Portless),
            number if number.parse::<u8>().is_ok() => return Ok(Self::Portless),
            _ => return Err(UnreadableRule::Protocol(protocol.to_owned())),
        };
        let port = |number: Option<i32>| number.and_then(|number| u16::try_from(number).ok());
        match (port(from), port(to)) {
            (Some(first), Some(last)) if first <= last => Ok(Self::Ports(transport, first, last)),
            _ => Err(UnreadableRule::Ports(transport, from, to)),
        }
    }

    /// Whether a port is among it.
    pub fn includes(self, transport: Transport, number: u16) -> bool {
        match self {
            Self::All => true,
            Self::Ports(own, first, last) => own == transport && (first..=last).contains(&number),
            Self::Portless => false,
        }
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all traffic"),
            Self::Ports(transport, 0 | 1, u16::MAX) => write!(f, "all {transport} ports"),
            Self::Ports(transport, first, last) if first == last => write!(f, "{transport} {first}"),
            Self::Ports(transport, first, last) => write!(f, "{transport} {first}-{last}"),
            Self::Portless => f.write_str("a protocol without ports"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_go_by_name_and_by_number() {
        let ssh = Traffic::Ports(Transport::Tcp, 22, 22);
        assert_eq!(Traffic::of_rule("tcp", Some(22), Some(22)), Ok(ssh));
        assert_eq!(Traffic::of_rule("6", Some(22), Some(22)), Ok(ssh));
        assert_eq!(Traffic::of_rule("17", Some(53), Some(53)), Ok(Traffic::Ports(Transport::Udp, 53, 53)));
        assert_eq!(Traffic::of_rule("-1", None, None), Ok(Traffic::All));
        for portless in ["icmp", "1", "icmpv6", "58", "50", "132"] {
            assert_eq!(Traffic::of_rule(portless, Some(-1), Some(-1)), Ok(Traffic::Portless), "{portless}");
        }
    }

    #[test]
    fn a_type_of_icmp_is_not_a_port() {
        assert!(!Traffic::of_rule("icmp", Some(22), Some(22)).unwrap().includes(Transport::Tcp, 22));
    }

    #[test]
    fn all_protocols_include_every_port_whatever_the_numbers_say() {
        let everything = Traffic::of_rule("-1", Some(80), Some(80)).unwrap();
        assert!(everything.includes(Transport::Tcp, 22) && everything.includes(Transport::Udp, 3389));
    }

    #[test]
    fn a_range_includes_both_its_ends_and_no_other_protocol() {
        let range = Traffic::of_rule("tcp", Some(3300), Some(3400)).unwrap();
        assert!(range.includes(Transport::Tcp, 3300) && range.includes(Transport::Tcp, 3400));
        assert!(!range.includes(Transport::Tcp, 3299) && !range.includes(Transport::Tcp, 3401));
        assert!(!range.includes(Transport::Udp, 3389));
    }

    #[test]
    fn a_rule_that_makes_no_sense_is_not_read_as_anything() {
        assert!(Traffic::of_rule("tcp", None, None).is_err());
        assert!(Traffic::of_rule("tcp", Some(23), Some(22)).is_err());
        assert!(Traffic::of_rule("tcp", Some(0), Some(65536)).is_err());
        assert!(Traffic::of_rule("256", None, None).is_err());
        assert!(Traffic::of_rule("carrier-pigeon", None, None).is_err());
    }
}
