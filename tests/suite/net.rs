//! Networks taken from networks, and network ACLs, against counting address by address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use plimsoll_checks::ec2::resources::{NetworkAcl, NetworkAclAssociation, NetworkAclEntry, PortRange};
use plimsoll_checks::net::{IpNet, Traffic, Transport, is_the_internet, tcp, udp, without};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Addresses in two places of each family, so that networks lie apart as well as within each other.
fn addresses() -> Vec<IpAddr> {
    let near = (0..64_u8).map(|last| IpAddr::from(Ipv4Addr::new(10, 0, 0, last)));
    let far = (0..64_u8).map(|last| IpAddr::from(Ipv4Addr::new(10, 0, 1, last)));
    let ipv6 = (0..64_u16).map(|last| IpAddr::from(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, last)));
    near.chain(far).chain(ipv6).collect()
}

/// Networks around those addresses, with bits behind the prefix or without.
fn small_network() -> impl Strategy<Value = IpNet> {
    (select(addresses()), 0..=8_u8).prop_map(|(address, shorter)| {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        IpNet::new(address, longest - shorter).unwrap()
    })
}

/// A /5 of all IPv4 addresses, or a /8 of the IPv6 addresses that are routed.
#[derive(Debug, Clone, Copy)]
struct Block(u8, bool);

fn blocks() -> Vec<Block> {
    (0..32).map(|number| Block(number, true)).chain((0..32).map(|number| Block(number, false))).collect()
}

impl Block {
    fn of(self, prefix: u8) -> IpNet {
        let Self(number, is_ipv4) = self;
        if is_ipv4 {
            IpNet::new(Ipv4Addr::new(number << 3, 0, 0, 0).into(), prefix).unwrap().trunc()
        } else {
            let first = 0x2000 | (u16::from(number) << 8);
            IpNet::new(Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, 0).into(), 3 + prefix).unwrap().trunc()
        }
    }

    fn network(self) -> IpNet {
        self.of(5)
    }
}

fn entry() -> impl Strategy<Value = NetworkAclEntry> {
    let protocol = select(vec!["-1", "6", "6", "17", "1", "58"]);
    let ports = select(vec![(0, 65535), (22, 22), (20, 21), (3389, 3389), (1024, 65535), (23, 3388)]);
    (any::<bool>(), any::<bool>(), protocol, ports, select(blocks()), 0..=5_u8).prop_map(
        |(egress, allows, protocol, (from, to), block, prefix)| {
            let network = block.of(prefix).to_string();
            NetworkAclEntry {
                rule_number: 0,
                egress,
                rule_action: if allows { "allow" } else { "deny" }.to_owned(),
                protocol: protocol.to_owned(),
                port_range: matches!(protocol, "6" | "17").then_some(PortRange { from, to }),
                cidr_block: block.1.then(|| network.clone()),
                ipv6_cidr_block: (!block.1).then_some(network),
            }
        },
    )
}

/// Rules in any order, each number once in each direction.
fn acl() -> impl Strategy<Value = NetworkAcl> {
    let numbered = vec(entry(), 0..12).prop_flat_map(|entries| {
        let numbers: Vec<i32> = (1..=i32::try_from(entries.len()).unwrap()).collect();
        (Just(entries), Just(numbers).prop_shuffle())
    });
    numbered.prop_map(|(mut entries, numbers)| {
        for (entry, number) in entries.iter_mut().zip(numbers) {
            entry.rule_number = number;
        }
        NetworkAcl {
            network_acl_id: "acl".to_owned(),
            owner_id: "111122223333".to_owned(),
            is_default: false,
            associations: vec![NetworkAclAssociation { subnet_id: "subnet".to_owned() }],
            entries,
            tags: plimsoll_checks::contract::Tags::default(),
        }
    })
}

/// Whether the ACL lets a packet in: the rule with the lowest number that matches says so.
fn lets_in(acl: &NetworkAcl, from: IpNet, protocol: &str, port: i32) -> bool {
    let matching = acl.entries.iter().filter(|entry| {
        let network = entry.cidr_block.as_ref().or(entry.ipv6_cidr_block.as_ref()).unwrap();
        let right_port = entry.port_range.as_ref().is_none_or(|ports| (ports.from..=ports.to).contains(&port));
        let right_protocol = entry.protocol == "-1" || entry.protocol == protocol && right_port;
        !entry.egress && right_protocol && network.parse::<IpNet>().unwrap().contains(&from)
    });
    matching.min_by_key(|entry| entry.rule_number).is_some_and(|entry| entry.rule_action == "allow")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn what_is_left_of_networks_are_the_addresses_that_none_of_those_taken_has(
        networks in vec(small_network(), 0..5),
        taken in vec(small_network(), 0..8),
    ) {
        let left = without(&networks, &taken);
        for address in addresses() {
            let among = |all: &[IpNet]| all.iter().any(|network| network.contains(&address));
            prop_assert_eq!(among(&left), among(&networks) && !among(&taken), "{}", address);
        }
    }

    #[test]
    fn what_is_left_of_one_network_does_not_overlap(network in small_network(), taken in vec(small_network(), 0..8)) {
        let left = without(&[network], &taken);
        for (index, one) in left.iter().enumerate() {
            prop_assert_eq!(*one, one.trunc());
            prop_assert!(left[index + 1..].iter().all(|other| !one.contains(other) && !other.contains(one)));
        }
    }

    #[test]
    fn a_port_is_open_where_the_first_rule_that_matches_lets_in_the_internet(acl in acl()) {
        for (port, protocol) in [(tcp(22, ""), "6"), (tcp(3389, ""), "6"), (udp(3389, ""), "17")] {
            let let_in = blocks().into_iter().map(Block::network).filter(|block| {
                lets_in(&acl, *block, protocol, i32::from(port.number))
            });
            let let_in: Vec<IpNet> = let_in.collect();
            let opening = acl.opening_of(port).unwrap();
            prop_assert_eq!(opening.is_some(), is_the_internet(&let_in), "{}: {:?}", port, let_in);
            // What is blamed is a rule that lets this port in.
            for entry in opening.into_iter().flat_map(|opening| opening.by) {
                prop_assert!(!entry.egress && entry.rule_action == "allow");
                prop_assert!(entry.traffic().unwrap().includes(port.transport, port.number));
            }
        }
    }

    #[test]
    fn numbers_of_protocols_mean_what_iana_says(number in 0..=255_u8, ports in option::of((0..=65535_i32, 0..=65535_i32))) {
        let (from, to) = ports.unzip();
        let traffic = Traffic::of_rule(&number.to_string(), from, to);
        match (number, ports) {
            (6 | 17, Some((from, to))) if from <= to => {
                let traffic = traffic.unwrap();
                let own = if number == 6 { Transport::Tcp } else { Transport::Udp };
                for transport in [Transport::Tcp, Transport::Udp] {
                    for port in [from - 1, from, to, to + 1] {
                        let Ok(port) = u16::try_from(port) else { continue };
                        let within = (from..=to).contains(&i32::from(port));
                        prop_assert_eq!(traffic.includes(transport, port), transport == own && within);
                    }
                }
            }
            (6 | 17, _) => prop_assert!(traffic.is_err()),
            _ => prop_assert_eq!(traffic, Ok(Traffic::Portless)),
        }
    }
}
