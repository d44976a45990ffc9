//! What is left of networks when others are taken away.

use ipnet::IpNet;

/// The parts of `networks` that are in none of `taken`. Two networks are apart, or one contains the other, so what is
/// left of one is a network for each bit that it is shorter.
pub fn without(networks: &[IpNet], taken: &[IpNet]) -> Vec<IpNet> {
    let mut left: Vec<IpNet> = networks.iter().map(IpNet::trunc).collect();
    for other in taken {
        left = left.into_iter().flat_map(|network| less(network, &other.trunc())).collect();
    }
    left
}

fn less(network: IpNet, other: &IpNet) -> Vec<IpNet> {
    if other.contains(&network) {
        return Vec::new();
    }
    if !network.contains(other) {
        return vec![network];
    }
    let halves = network.subnets(network.prefix_len() + 1).expect("what contains a longer network can be halved");
    halves.flat_map(|half| less(half, other)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(networks: &[&str], taken: &[&str]) -> Vec<String> {
        let parsed = |all: &[&str]| all.iter().map(|network| network.parse().unwrap()).collect::<Vec<IpNet>>();
        without(&parsed(networks), &parsed(taken)).iter().map(IpNet::to_string).collect()
    }

    #[test]
    fn what_is_contained_is_gone_and_what_is_apart_stays() {
        assert!(left(&["10.1.0.0/16"], &["10.0.0.0/8"]).is_empty());
        assert!(left(&["10.0.0.0/8"], &["10.0.0.0/8"]).is_empty());
        assert_eq!(left(&["10.0.0.0/8", "::/0"], &["0.0.0.0/0"]), ["::/0"]);
        assert_eq!(left(&["10.0.0.0/8"], &["11.0.0.0/8"]), ["10.0.0.0/8"]);
        assert_eq!(left(&["10.0.0.0/8"], &[]), ["10.0.0.0/8"]);
    }

    #[test]
    fn a_hole_leaves_what_is_around_it() {
        assert_eq!(left(&["0.0.0.0/0"], &["0.0.0.0/1"]), ["128.0.0.0/1"]);
        assert_eq!(left(&["10.0.0.0/8"], &["10.128.0.0/10"]), ["10.0.0.0/9", "10.192.0.0/10"]);
        let all_but_one = left(&["0.0.0.0/0"], &["198.51.100.7/32"]);
        assert_eq!(all_but_one.len(), 32);
        assert!(left(&["::/0"], &["2001:db8::/32"]).iter().all(|network| network != "2001:db8::/32"));
    }

    #[test]
    fn several_holes_may_leave_nothing() {
        assert!(left(&["0.0.0.0/0"], &["0.0.0.0/1", "128.0.0.0/1"]).is_empty());
        assert_eq!(left(&["10.0.0.0/30"], &["10.0.0.0/32", "10.0.0.3/32"]), ["10.0.0.1/32", "10.0.0.2/32"]);
    }

    #[test]
    fn bits_behind_the_prefix_do_not_matter() {
        assert!(left(&["10.1.2.3/16"], &["10.9.9.9/8"]).is_empty());
    }
}
