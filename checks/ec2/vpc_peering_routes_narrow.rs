use ipnet::IpNet;
use serde_json::Value;

use super::ingress::{enumerated, networks_of};
use super::resources::{PeeredVpc, PrefixList, PrefixListEntries, Route, RouteTable, VpcPeeringConnection};
use crate::contract::{Answer, Unknown, Verdict, fail, not_applicable, pass};
use crate::net::without;

crate::check! {
    /// Routes over peering connections cover only the needed ranges
    ///
    /// Who breaks into one VPC goes on to whatever its routes lead to. Routes to the subnets that are needed leave the
    /// rest of the peer VPC out of reach, whatever its security groups say; and a route wider than the peer will also
    /// lead to every network that the peer adds later.
    ///
    /// What is needed cannot be seen from outside, so what is measured is this: the routes of a route table that take
    /// in a whole network (CIDR block) of the peer VPC, alone or together, are too wide. Where a whole network is
    /// needed, accept the finding. Only this side's route tables are looked at; the other side's are its own account's
    /// and region's to judge. Where trusted accounts are laid down, a connection to any other fails too; where trusted
    /// organizations are as well, it stays unknown whether such an account is in one of them.
    ///
    /// # Fix
    /// Add routes to the subnets that are needed, then take the wide one away:
    /// `aws ec2 create-route --route-table-id TABLE --destination-cidr-block SUBNET --vpc-peering-connection-id ID`
    /// `aws ec2 delete-route --route-table-id TABLE --destination-cidr-block NETWORK`
    ///
    /// # Source
    /// Amazon VPC Peering Guide, "VPC peering connection configurations with specific routes"; CIS Amazon Web Services
    /// Foundations Benchmark, "Ensure routing tables for VPC peering are least access"
    over: VpcPeeringConnection,
    reads: [RouteTable, PrefixList, PrefixListEntries],
    duty: Connectivity,
    severity: Medium,
}

async fn judge(connection: &VpcPeeringConnection, cloud: &Cloud) -> Answer {
    if connection.status != "active" {
        return Ok(not_applicable(format!("is {}, so nothing goes over it", connection.status)));
    }
    let ends: Vec<_> = connection.ends_at(cloud.place()).collect();
    if ends.is_empty() {
        let detail = "neither of its VPCs is in this account and region";
        return Err(Unknown::undecided::<VpcPeeringConnection>(detail));
    }
    let mut open = match leads_astray(connection, &ends, cloud) {
        Ok(None) => None,
        Ok(Some(fail)) => return Ok(fail),
        Err(unknown) => Some(unknown),
    };
    let tables = cloud.list::<RouteTable>().await?;
    let (mut told, mut shown, mut used) = (Vec::<(String, Vec<String>)>::new(), Vec::new(), false);
    for (own, peer) in ends {
        for table in tables.iter().filter(|table| table.vpc_id == own.vpc_id) {
            let (routes, unread) = destinations(table, connection, cloud).await;
            used |= !routes.is_empty();
            let how = match too_wide(&routes, peer) {
                Ok(Some(how)) => how,
                Ok(None) => {
                    open = open.or(unread);
                    continue;
                }
                Err(unknown) => {
                    open = open.or(Some(unknown));
                    continue;
                }
            };
            shown.extend(table.routes_over(&connection.vpc_peering_connection_id).map(evidence));
            match told.iter_mut().find(|(known, _)| *known == how) {
                Some((_, tables)) => tables.push(table.route_table_id.clone()),
                None => told.push((how, vec![table.route_table_id.clone()])),
            }
        }
    }
    if told.is_empty() {
        let praise = if used { "carries routes to parts of the peer VPC only" } else { "has no routes on this side" };
        return open.map_or_else(|| Ok(pass(praise)), Err);
    }
    let each = told.into_iter().map(|(how, tables)| {
        let verb = if tables.len() == 1 { "sends" } else { "send" };
        format!("{} {verb} {how}", enumerated(tables.into_iter()))
    });
    Ok(fail(each.collect::<Vec<_>>().join("; ")).showing_of::<RouteTable>("Routes", shown))
}

/// The verdict on a connection to an account that is not trusted. Which organization an account is in cannot be seen
/// from outside, so where organizations are trusted too, it is not known whether the account is.
fn leads_astray(
    connection: &VpcPeeringConnection,
    ends: &[(&PeeredVpc, &PeeredVpc)],
    cloud: &Cloud,
) -> Result<Option<Verdict>, Unknown> {
    let trust = &cloud.settings().trust;
    let Some(trusted) = &trust.accounts else { return Ok(None) };
    let is_known = |account: &str| account == &*cloud.place().account || trusted.iter().any(|known| known == account);
    let Some((_, peer)) = ends.iter().find(|(_, peer)| !is_known(&peer.owner_id)) else { return Ok(None) };
    let words = format!("leads to account {}, which is not laid down as trusted", peer.owner_id);
    match trust.organizations.as_deref() {
        None | Some([]) => Ok(Some(
            fail(words)
                .showing("RequesterVpcInfo.OwnerId", &*connection.requester_vpc_info.owner_id)
                .showing("AccepterVpcInfo.OwnerId", &*connection.accepter_vpc_info.owner_id),
        )),
        Some(organizations) => {
            let detail =
                format!("{words}; whether it is in {} is not known", enumerated(organizations.iter().cloned()));
            Err(Unknown::undecided::<VpcPeeringConnection>(detail))
        }
    }
}

fn evidence(route: &Route) -> Value {
    serde_json::to_value(route).expect("a record can be written as JSON")
}

/// The networks that a route table sends over the connection, and why there may be more.
async fn destinations(
    table: &RouteTable,
    connection: &VpcPeeringConnection,
    cloud: &Cloud,
) -> (Vec<IpNet>, Option<Unknown>) {
    let (mut networks, mut unread) = (Vec::new(), None);
    for route in table.routes_over(&connection.vpc_peering_connection_id) {
        match route.destination() {
            Ok(network) => networks.extend(network),
            Err(unknown) => unread = unread.or(Some(unknown)),
        }
        if let Some(list) = &route.destination_prefix_list_id {
            match networks_of(list, cloud).await {
                Ok(listed) => networks.extend(listed),
                Err(unknown) => unread = unread.or(Some(unknown)),
            }
        }
    }
    (networks, unread)
}

/// What of the routes takes in which whole networks of the peer VPC, in words.
fn too_wide(routes: &[IpNet], peer: &PeeredVpc) -> Result<Option<String>, Unknown> {
    let networks = peer.networks()?;
    if networks.is_empty() && !routes.is_empty() {
        let detail = format!("AWS did not tell the networks of {}", peer.vpc_id);
        return Err(Unknown::undecided::<VpcPeeringConnection>(detail));
    }
    let whole: Vec<IpNet> = networks.into_iter().filter(|network| without(&[*network], routes).is_empty()).collect();
    if whole.is_empty() {
        return Ok(None);
    }
    let takes_part = |route: &&IpNet| whole.iter().any(|network| route.contains(network) || network.contains(*route));
    let routes = enumerated(routes.iter().filter(takes_part).map(IpNet::to_string));
    let whole = enumerated(whole.iter().map(IpNet::to_string));
    Ok(Some(format!("{routes} over it, which takes in all of {whole} in {}", peer.vpc_id)))
}
