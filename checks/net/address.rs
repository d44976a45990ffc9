//! Which addresses are public, and how many of them are as good as everyone.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// IPv4 networks that nobody reaches over the internet: private, shared, local, reserved for documents and tests,
/// multicast. They do not overlap. Source: IANA IPv4 Special-Purpose Address Registry.
const NOT_PUBLIC: [Ipv4Net; 14] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
];

/// The only part of IPv6 that is routed on the internet. Source: IANA IPv6 Global Unicast Address Assignments.
const PUBLIC_IPV6: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Networks of this length are handed to the regional registries, never to one organisation.
const REGISTRY_IPV6_PREFIX: u8 = 12;

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3]), prefix)
}

/// Whether some address of the network can be reached over the internet.
pub fn is_public(network: IpNet) -> bool {
    match network {
        IpNet::V4(network) => public_ipv4(&[network]) > 0,
        IpNet::V6(network) => public_ipv6(&[network]) > 0,
    }
}

/// Whether these networks together are as good as everyone: more addresses than any one organisation holds.
///
/// `0.0.0.0/0` and `::/0` are the plain cases. Others come to the same: the two halves `0.0.0.0/1` and `128.0.0.0/1`,
/// or all networks of a country. The line is a sixteenth of the public IPv4 addresses, which any public /4 passes and
/// the largest holders (some 13 networks of /8) do not reach; and a /12 of public IPv6 addresses, a registry's share.
/// Private networks never count, so `10.0.0.0/8` and `fc00::/7` are nobody.
pub fn is_the_internet(networks: &[IpNet]) -> bool {
    let mut ipv4 = Vec::new();
    let mut ipv6 = Vec::new();
    for network in networks {
        match network {
            IpNet::V4(network) => ipv4.push(*network),
            IpNet::V6(network) => ipv6.push(*network),
        }
    }
    let all_ipv4 = public_ipv4(&[v4([0, 0, 0, 0], 0)]);
    public_ipv4(&ipv4) * 16 >= all_ipv4 || public_ipv6(&ipv6) >= 1 << (128 - REGISTRY_IPV6_PREFIX)
}

/// How many public addresses the networks hold together.
fn public_ipv4(networks: &[Ipv4Net]) -> u64 {
    let size = |prefix: u8| 1_u64 << (32 - prefix);
    Ipv4Net::aggregate(&networks.to_vec())
        .iter()
        .map(|network| {
            let shared = NOT_PUBLIC.iter().filter(|other| network.contains(*other) || other.contains(network));
            let not_public: u64 = shared.map(|other| size(network.prefix_len().max(other.prefix_len()))).sum();
            size(network.prefix_len()) - not_public
        })
        .sum()
}

/// How many public addresses the networks hold together.
fn public_ipv6(networks: &[Ipv6Net]) -> u128 {
    Ipv6Net::aggregate(&networks.to_vec())
        .iter()
        .filter(|network| network.contains(&PUBLIC_IPV6) || PUBLIC_IPV6.contains(*network))
        .map(|network| 1_u128 << (128 - network.prefix_len().max(PUBLIC_IPV6.prefix_len())))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn internet(networks: &[&str]) -> bool {
        is_the_internet(&networks.iter().map(|network| network.parse().unwrap()).collect::<Vec<_>>())
    }

    #[test]
    fn everyone_is_the_internet() {
        assert!(internet(&["0.0.0.0/0"]));
        assert!(internet(&["::/0"]));
        assert!(internet(&["10.0.0.0/8", "::/0"]));
    }

    #[test]
    fn halves_and_registry_shares_are_the_internet() {
        assert!(internet(&["0.0.0.0/1", "128.0.0.0/1"]));
        assert!(internet(&["128.0.0.0/1"]));
        assert!(internet(&["0.0.0.0/4"]));
        assert!(internet(&["192.0.0.0/4"]));
        assert!(internet(&["2000::/3"]));
        assert!(internet(&["::/1"]));
        assert!(internet(&["2600::/12"]));
        assert!(internet(&["2600::/13", "2608::/13"]));
        // Sixteen networks of /8 that do not adjoin add up to a /4.
        let scattered: Vec<String> = (0..16).map(|n| format!("{}.0.0.0/8", 11 + 5 * n)).collect();
        assert!(internet(&scattered.iter().map(String::as_str).collect::<Vec<_>>()));
    }

    #[test]
    fn networks_of_one_organisation_are_not_the_internet() {
        assert!(!internet(&[]));
        assert!(!internet(&["3.0.0.0/8"]));
        assert!(!internet(&["3.0.0.0/8", "3.0.0.0/8", "3.0.0.0/9"]), "the same network counts once");
        assert!(!internet(&["104.16.0.0/12", "172.64.0.0/13", "131.0.72.0/22"]));
        assert!(!internet(&["198.51.100.7/32"]));
        assert!(!internet(&["2001:db8::/32"]));
        assert!(!internet(&["2600::/13"]));
    }

    #[test]
    fn networks_that_are_not_public_are_not_the_internet() {
        let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "240.0.0.0/4"];
        assert!(!internet(&private));
        assert!(!internet(&["224.0.0.0/3"]));
        assert!(!internet(&["fc00::/7", "fe80::/10", "8000::/1", "::1/128"]));
        for network in private {
            assert!(!is_public(network.parse().unwrap()), "{network}");
        }
        assert!(is_public("8.8.8.8/32".parse().unwrap()));
        assert!(is_public("2600::/64".parse().unwrap()));
        assert!(!is_public("fd00::/8".parse().unwrap()));
    }

    #[test]
    fn networks_that_are_not_public_do_not_overlap() {
        for (index, one) in NOT_PUBLIC.iter().enumerate() {
            assert_eq!(*one, one.trunc());
            for other in &NOT_PUBLIC[index + 1..] {
                assert!(!one.contains(other) && !other.contains(one), "{one} and {other}");
            }
        }
        assert_eq!(public_ipv4(&["0.0.0.0/0".parse().unwrap()]), 3_702_258_688);
    }
}
