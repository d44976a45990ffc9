//! Reads Elastic Compute Cloud through its SDK.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_snapshots::builders::DescribeSnapshotsFluentBuilder;
use aws_sdk_ec2::types::{self as sdk, SnapshotAttributeName};

use super::resources::{
    CidrBlock, CreateVolumePermission, DESCRIBE_FLOW_LOGS, DESCRIBE_IMAGES, DESCRIBE_INSTANCES,
    DESCRIBE_MANAGED_PREFIX_LISTS, DESCRIBE_NETWORK_ACLS, DESCRIBE_ROUTE_TABLES, DESCRIBE_SECURITY_GROUPS,
    DESCRIBE_SNAPSHOT_ATTRIBUTE, DESCRIBE_SNAPSHOTS, DESCRIBE_SUBNETS, DESCRIBE_VOLUMES,
    DESCRIBE_VPC_PEERING_CONNECTIONS, DESCRIBE_VPCS, EbsEncryptionByDefault, FlowLog, GET_EBS_ENCRYPTION_BY_DEFAULT,
    GET_IMAGE_BLOCK_PUBLIC_ACCESS_STATE, GET_MANAGED_PREFIX_LIST_ENTRIES, GET_SNAPSHOT_BLOCK_PUBLIC_ACCESS_STATE,
    IamInstanceProfile, Image, ImageBlockPublicAccess, Instance, IpPermission, IpRange, Ipv6CidrBlock, Ipv6Range,
    MetadataOptions, NetworkAcl, NetworkAclAssociation, NetworkAclEntry, Operator, PeeredVpc, PortRange, PrefixList,
    PrefixListEntries, PrefixListEntry, PrefixListId, PublicSnapshots, Route, RouteTable, SecurityGroup, Snapshot,
    SnapshotBlockPublicAccess, SnapshotPermissions, Subnet, UserIdGroupPair, Volume, VolumeAttachment, Vpc,
    VpcPeeringConnection,
};
use crate::contract::{Call, Region, Tags, Unknown};
use crate::live::{Live, missing};

/// The largest page of most lists.
const PAGE: i32 = 1000;
/// The largest page of volumes.
const PAGE_OF_VOLUMES: i32 = 500;
/// The largest page of prefix lists and of their entries.
const PAGE_OF_PREFIX_LISTS: i32 = 100;
/// The largest page of route tables.
const PAGE_OF_ROUTE_TABLES: i32 = 100;

crate::collectors! {
    list Image = images,
    list Snapshot = snapshots,
    detail PublicSnapshots = public_snapshots,
    detail SnapshotPermissions = snapshot_permissions,
    detail SnapshotBlockPublicAccess = snapshot_block_public_access,
    detail ImageBlockPublicAccess = image_block_public_access,
    detail EbsEncryptionByDefault = ebs_encryption_by_default,
    list Instance = instances,
    list Volume = volumes,
    list SecurityGroup = security_groups,
    list PrefixList = prefix_lists,
    detail PrefixListEntries = prefix_list_entries,
    list Vpc = vpcs,
    list Subnet = subnets,
    list FlowLog = flow_logs,
    list NetworkAcl = network_acls,
    list VpcPeeringConnection = vpc_peering_connections,
    list RouteTable = route_tables,
}

fn tags(call: Call, tags: Option<Vec<sdk::Tag>>) -> Result<Tags, Unknown> {
    let tag = |tag: sdk::Tag| {
        Ok((tag.key.ok_or_else(|| missing(call, "Tag.Key"))?, tag.value.ok_or_else(|| missing(call, "Tag.Value"))?))
    };
    tags.into_iter().flatten().map(tag).collect()
}

async fn images(live: &Live, seen: &mut Vec<Image>) -> Result<(), Unknown> {
    let call = DESCRIBE_IMAGES;
    // Deprecated and disabled images are left out unless asked for, and a deprecated one can well be public.
    let request =
        live.client(Client::new).describe_images().owners("self").include_deprecated(true).include_disabled(true);
    let mut pages = request.max_results(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        for image in live.heard(call, page)?.images.into_iter().flatten() {
            seen.push(Image {
                image_id: image.image_id.ok_or_else(|| missing(call, "ImageId"))?,
                public: image.public.ok_or_else(|| missing(call, "Public"))?,
                tags: tags(call, image.tags)?,
            });
        }
    }
    Ok(())
}

/// Asks for the account's own snapshots. `self` spares AWS the search through everybody's; the filter says the same
/// to servers that do not heed it.
fn own_snapshots(live: &Live) -> DescribeSnapshotsFluentBuilder {
    let own = sdk::Filter::builder().name("owner-id").values(&*live.place().account).build();
    live.client(Client::new).describe_snapshots().owner_ids("self").filters(own)
}

async fn snapshots(live: &Live, seen: &mut Vec<Snapshot>) -> Result<(), Unknown> {
    let call = DESCRIBE_SNAPSHOTS;
    let request = own_snapshots(live);
    let mut pages = request.max_results(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        for snapshot in live.heard(call, page)?.snapshots.into_iter().flatten() {
            seen.push(Snapshot {
                snapshot_id: snapshot.snapshot_id.ok_or_else(|| missing(call, "SnapshotId"))?,
                tags: tags(call, snapshot.tags)?,
            });
        }
    }
    Ok(())
}

async fn public_snapshots(live: &Live, _: &Region) -> Result<PublicSnapshots, Unknown> {
    let call = DESCRIBE_SNAPSHOTS;
    let request = own_snapshots(live).restorable_by_user_ids("all");
    let mut pages = request.max_results(PAGE).into_paginator().send();
    let mut snapshot_ids = Vec::new();
    while let Some(page) = pages.next().await {
        for snapshot in live.heard(call, page)?.snapshots.into_iter().flatten() {
            snapshot_ids.push(snapshot.snapshot_id.ok_or_else(|| missing(call, "SnapshotId"))?);
        }
    }
    Ok(PublicSnapshots { snapshot_ids })
}

async fn snapshot_permissions(live: &Live, snapshot: &Snapshot) -> Result<SnapshotPermissions, Unknown> {
    let request = live.client(Client::new).describe_snapshot_attribute().snapshot_id(&snapshot.snapshot_id);
    let answer = request.attribute(SnapshotAttributeName::CreateVolumePermission).send().await;
    let permissions = live.heard(DESCRIBE_SNAPSHOT_ATTRIBUTE, answer)?.create_volume_permissions;
    let create_volume_permissions = permissions
        .into_iter()
        .flatten()
        .map(|permission| CreateVolumePermission {
            group: permission.group.map(|group| group.as_str().to_owned()),
            user_id: permission.user_id,
        })
        .collect();
    Ok(SnapshotPermissions { create_volume_permissions })
}

async fn snapshot_block_public_access(live: &Live, _: &Region) -> Result<SnapshotBlockPublicAccess, Unknown> {
    let call = GET_SNAPSHOT_BLOCK_PUBLIC_ACCESS_STATE;
    let answer = live.client(Client::new).get_snapshot_block_public_access_state().send().await;
    let state = live.heard(call, answer)?.state.ok_or_else(|| missing(call, "State"))?;
    Ok(SnapshotBlockPublicAccess { state: state.as_str().to_owned() })
}

async fn image_block_public_access(live: &Live, _: &Region) -> Result<ImageBlockPublicAccess, Unknown> {
    let call = GET_IMAGE_BLOCK_PUBLIC_ACCESS_STATE;
    let answer = live.client(Client::new).get_image_block_public_access_state().send().await;
    let state = live.heard(call, answer)?.image_block_public_access_state;
    Ok(ImageBlockPublicAccess {
        image_block_public_access_state: state.ok_or_else(|| missing(call, "ImageBlockPublicAccessState"))?,
    })
}

async fn ebs_encryption_by_default(live: &Live, _: &Region) -> Result<EbsEncryptionByDefault, Unknown> {
    let call = GET_EBS_ENCRYPTION_BY_DEFAULT;
    let answer = live.client(Client::new).get_ebs_encryption_by_default().send().await;
    let on = live.heard(call, answer)?.ebs_encryption_by_default;
    Ok(EbsEncryptionByDefault { ebs_encryption_by_default: on.ok_or_else(|| missing(call, "EbsEncryptionByDefault"))? })
}

async fn instances(live: &Live, seen: &mut Vec<Instance>) -> Result<(), Unknown> {
    let call = DESCRIBE_INSTANCES;
    let mut pages = live.client(Client::new).describe_instances().max_results(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        let reservations = live.heard(call, page)?.reservations.into_iter().flatten();
        for instance in reservations.flat_map(|reservation| reservation.instances.into_iter().flatten()) {
            let state = instance.state.and_then(|state| state.name).ok_or_else(|| missing(call, "State.Name"))?;
            let metadata_options = match instance.metadata_options {
                Some(sdk::InstanceMetadataOptionsResponse {
                    state,
                    http_endpoint: Some(endpoint),
                    http_tokens: Some(tokens),
                    ..
                }) => Some(MetadataOptions {
                    state: state.map(|state| state.as_str().to_owned()),
                    http_endpoint: endpoint.as_str().to_owned(),
                    http_tokens: tokens.as_str().to_owned(),
                }),
                _ => None,
            };
            let profile = |profile: sdk::IamInstanceProfile| {
                Ok::<_, Unknown>(IamInstanceProfile {
                    arn: profile.arn.ok_or_else(|| missing(call, "IamInstanceProfile.Arn"))?,
                })
            };
            let operator = |operator: sdk::OperatorResponse| {
                let managed = operator.managed.ok_or_else(|| missing(call, "Operator.Managed"))?;
                Ok::<_, Unknown>(Operator { managed, principal: operator.principal })
            };
            seen.push(Instance {
                instance_id: instance.instance_id.ok_or_else(|| missing(call, "InstanceId"))?,
                state: state.as_str().to_owned(),
                metadata_options,
                iam_instance_profile: instance.iam_instance_profile.map(profile).transpose()?,
                operator: instance.operator.map(operator).transpose()?,
                tags: tags(call, instance.tags)?,
            });
        }
    }
    Ok(())
}

async fn volumes(live: &Live, seen: &mut Vec<Volume>) -> Result<(), Unknown> {
    let call = DESCRIBE_VOLUMES;
    let mut pages = live.client(Client::new).describe_volumes().max_results(PAGE_OF_VOLUMES).into_paginator().send();
    while let Some(page) = pages.next().await {
        for volume in live.heard(call, page)?.volumes.into_iter().flatten() {
            let attachment = |attachment: sdk::VolumeAttachment| {
                let state = attachment.state.ok_or_else(|| missing(call, "Attachment.State"))?;
                Ok(VolumeAttachment { instance_id: attachment.instance_id, state: state.as_str().to_owned() })
            };
            seen.push(Volume {
                volume_id: volume.volume_id.ok_or_else(|| missing(call, "VolumeId"))?,
                encrypted: volume.encrypted.ok_or_else(|| missing(call, "Encrypted"))?,
                attachments: volume
                    .attachments
                    .into_iter()
                    .flatten()
                    .map(attachment)
                    .collect::<Result<_, Unknown>>()?,
                tags: tags(call, volume.tags)?,
            });
        }
    }
    Ok(())
}

async fn security_groups(live: &Live, seen: &mut Vec<SecurityGroup>) -> Result<(), Unknown> {
    let call = DESCRIBE_SECURITY_GROUPS;
    let mut pages = live.client(Client::new).describe_security_groups().max_results(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        for group in live.heard(call, page)?.security_groups.into_iter().flatten() {
            seen.push(SecurityGroup {
                group_id: group.group_id.ok_or_else(|| missing(call, "GroupId"))?,
                group_name: group.group_name.ok_or_else(|| missing(call, "GroupName"))?,
                owner_id: group.owner_id.ok_or_else(|| missing(call, "OwnerId"))?,
                ip_permissions: permissions(group.ip_permissions)?,
                ip_permissions_egress: permissions(group.ip_permissions_egress)?,
                tags: tags(call, group.tags)?,
            });
        }
    }
    Ok(())
}

fn permissions(permissions: Option<Vec<sdk::IpPermission>>) -> Result<Vec<IpPermission>, Unknown> {
    permissions.into_iter().flatten().map(permission).collect()
}

fn permission(permission: sdk::IpPermission) -> Result<IpPermission, Unknown> {
    let call = DESCRIBE_SECURITY_GROUPS;
    let ipv4 = permission.ip_ranges.into_iter().flatten();
    let ipv6 = permission.ipv6_ranges.into_iter().flatten();
    let lists = permission.prefix_list_ids.into_iter().flatten();
    let groups = permission.user_id_group_pairs.into_iter().flatten();
    Ok(IpPermission {
        ip_protocol: permission.ip_protocol.ok_or_else(|| missing(call, "IpProtocol"))?,
        from_port: permission.from_port,
        to_port: permission.to_port,
        ip_ranges: ipv4
            .map(|range| Ok(IpRange { cidr_ip: range.cidr_ip.ok_or_else(|| missing(call, "CidrIp"))? }))
            .collect::<Result<_, Unknown>>()?,
        ipv6_ranges: ipv6
            .map(|range| Ok(Ipv6Range { cidr_ipv6: range.cidr_ipv6.ok_or_else(|| missing(call, "CidrIpv6"))? }))
            .collect::<Result<_, Unknown>>()?,
        prefix_list_ids: lists
            .map(|list| {
                let prefix_list_id = list.prefix_list_id.ok_or_else(|| missing(call, "PrefixListId"))?;
                Ok(PrefixListId { prefix_list_id })
            })
            .collect::<Result<_, Unknown>>()?,
        user_id_group_pairs: groups.map(|pair| UserIdGroupPair { group_id: pair.group_id }).collect(),
    })
}

async fn prefix_lists(live: &Live, seen: &mut Vec<PrefixList>) -> Result<(), Unknown> {
    let call = DESCRIBE_MANAGED_PREFIX_LISTS;
    let request = live.client(Client::new).describe_managed_prefix_lists();
    let mut pages = request.max_results(PAGE_OF_PREFIX_LISTS).into_paginator().send();
    while let Some(page) = pages.next().await {
        for list in live.heard(call, page)?.prefix_lists.into_iter().flatten() {
            seen.push(PrefixList {
                prefix_list_id: list.prefix_list_id.ok_or_else(|| missing(call, "PrefixListId"))?,
                prefix_list_arn: list.prefix_list_arn.ok_or_else(|| missing(call, "PrefixListArn"))?,
                owner_id: list.owner_id.ok_or_else(|| missing(call, "OwnerId"))?,
                tags: tags(call, list.tags)?,
            });
        }
    }
    Ok(())
}

async fn prefix_list_entries(live: &Live, list: &PrefixList) -> Result<PrefixListEntries, Unknown> {
    let call = GET_MANAGED_PREFIX_LIST_ENTRIES;
    let request = live.client(Client::new).get_managed_prefix_list_entries().prefix_list_id(&list.prefix_list_id);
    let mut pages = request.max_results(PAGE_OF_PREFIX_LISTS).into_paginator().send();
    let mut entries = Vec::new();
    while let Some(page) = pages.next().await {
        for entry in live.heard(call, page)?.entries.into_iter().flatten() {
            entries.push(PrefixListEntry { cidr: entry.cidr.ok_or_else(|| missing(call, "Cidr"))? });
        }
    }
    Ok(PrefixListEntries { entries })
}

async fn vpcs(live: &Live, seen: &mut Vec<Vpc>) -> Result<(), Unknown> {
    let call = DESCRIBE_VPCS;
    let mut pages = live.client(Client::new).describe_vpcs().max_results(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        for vpc in live.heard(call, page)?.vpcs.into_iter().flatten() {
            seen.push(Vpc {
                vpc_id: vpc.vpc_id.ok_or_else(|| missing(call, "VpcId"))?,
                owner_id: vpc.owner_id.ok_or_else(|| missing(call, "OwnerId"))?,
                tags: tags(call, vpc.tags)?,
            });
        }
    }
    Ok(())
}

async fn subnets(live: &Live, seen: &mut Vec<Subnet>) -> Result<(), Unknown> {
    let call = DESCRIBE_SUBNETS;
    let mut pages = live.client(Client::new).describe_subnets().max_results(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        for subnet in live.heard(call, page)?.subnets.into_iter().flatten() {
            seen.push(Subnet {
                subnet_id: subnet.subnet_id.ok_or_else(|| missing(call, "SubnetId"))?,
                vpc_id: subnet.vpc_id.ok_or_else(|| missing(call, "VpcId"))?,
                owner_id: subnet.owner_id.ok_or_else(|| missing(call, "OwnerId"))?,
                tags: tags(call, subnet.tags)?,
            });
        }
    }
    Ok(())
}

async fn flow_logs(live: &Live, seen: &mut Vec<FlowLog>) -> Result<(), Unknown> {
    let call = DESCRIBE_FLOW_LOGS;
    let mut pages = live.client(Client::new).describe_flow_logs().max_results(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        for log in live.heard(call, page)?.flow_logs.into_iter().flatten() {
            seen.push(FlowLog {
                flow_log_id: log.flow_log_id.ok_or_else(|| missing(call, "FlowLogId"))?,
                resource_id: log.resource_id.ok_or_else(|| missing(call, "ResourceId"))?,
                traffic_type: log.traffic_type.map(|traffic| traffic.as_str().to_owned()),
                flow_log_status: log.flow_log_status.ok_or_else(|| missing(call, "FlowLogStatus"))?,
                deliver_logs_status: log.deliver_logs_status,
                deliver_logs_error_message: log.deliver_logs_error_message,
                tags: tags(call, log.tags)?,
            });
        }
    }
    Ok(())
}

async fn network_acls(live: &Live, seen: &mut Vec<NetworkAcl>) -> Result<(), Unknown> {
    let call = DESCRIBE_NETWORK_ACLS;
    let mut pages = live.client(Client::new).describe_network_acls().max_results(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        for acl in live.heard(call, page)?.network_acls.into_iter().flatten() {
            let association = |association: sdk::NetworkAclAssociation| {
                let subnet_id = association.subnet_id.ok_or_else(|| missing(call, "Association.SubnetId"))?;
                Ok(NetworkAclAssociation { subnet_id })
            };
            seen.push(NetworkAcl {
                network_acl_id: acl.network_acl_id.ok_or_else(|| missing(call, "NetworkAclId"))?,
                owner_id: acl.owner_id.ok_or_else(|| missing(call, "OwnerId"))?,
                is_default: acl.is_default.ok_or_else(|| missing(call, "IsDefault"))?,
                associations: acl
                    .associations
                    .into_iter()
                    .flatten()
                    .map(association)
                    .collect::<Result<_, Unknown>>()?,
                entries: acl.entries.into_iter().flatten().map(network_acl_entry).collect::<Result<_, _>>()?,
                tags: tags(call, acl.tags)?,
            });
        }
    }
    Ok(())
}

fn network_acl_entry(entry: sdk::NetworkAclEntry) -> Result<NetworkAclEntry, Unknown> {
    let lacks = |field| move || missing(DESCRIBE_NETWORK_ACLS, field);
    let range = |range: sdk::PortRange| {
        let from = range.from.ok_or_else(lacks("PortRange.From"))?;
        Ok::<_, Unknown>(PortRange { from, to: range.to.ok_or_else(lacks("PortRange.To"))? })
    };
    Ok(NetworkAclEntry {
        rule_number: entry.rule_number.ok_or_else(lacks("RuleNumber"))?,
        egress: entry.egress.ok_or_else(lacks("Egress"))?,
        rule_action: entry.rule_action.ok_or_else(lacks("RuleAction"))?.as_str().to_owned(),
        protocol: entry.protocol.ok_or_else(lacks("Protocol"))?,
        port_range: entry.port_range.map(range).transpose()?,
        cidr_block: entry.cidr_block,
        ipv6_cidr_block: entry.ipv6_cidr_block,
    })
}

async fn vpc_peering_connections(live: &Live, seen: &mut Vec<VpcPeeringConnection>) -> Result<(), Unknown> {
    let call = DESCRIBE_VPC_PEERING_CONNECTIONS;
    let request = live.client(Client::new).describe_vpc_peering_connections();
    let mut pages = request.max_results(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        for connection in live.heard(call, page)?.vpc_peering_connections.into_iter().flatten() {
            let status = connection.status.and_then(|status| status.code);
            let requester = connection.requester_vpc_info.ok_or_else(|| missing(call, "RequesterVpcInfo"))?;
            let accepter = connection.accepter_vpc_info.ok_or_else(|| missing(call, "AccepterVpcInfo"))?;
            let id = connection.vpc_peering_connection_id;
            seen.push(VpcPeeringConnection {
                vpc_peering_connection_id: id.ok_or_else(|| missing(call, "VpcPeeringConnectionId"))?,
                status: status.ok_or_else(|| missing(call, "Status.Code"))?.as_str().to_owned(),
                requester_vpc_info: peered_vpc(requester)?,
                accepter_vpc_info: peered_vpc(accepter)?,
                tags: tags(call, connection.tags)?,
            });
        }
    }
    Ok(())
}

fn peered_vpc(vpc: sdk::VpcPeeringConnectionVpcInfo) -> Result<PeeredVpc, Unknown> {
    let lacks = |field| move || missing(DESCRIBE_VPC_PEERING_CONNECTIONS, field);
    let ipv4 = vpc
        .cidr_block_set
        .into_iter()
        .flatten()
        .map(|block| Ok(CidrBlock { cidr_block: block.cidr_block.ok_or_else(lacks("CidrBlockSet.CidrBlock"))? }));
    let ipv6 = vpc.ipv6_cidr_block_set.into_iter().flatten().map(|block| {
        let cidr = block.ipv6_cidr_block.ok_or_else(lacks("Ipv6CidrBlockSet.Ipv6CidrBlock"))?;
        Ok(Ipv6CidrBlock { ipv6_cidr_block: cidr })
    });
    let mut cidr_block_set = ipv4.collect::<Result<Vec<_>, Unknown>>()?;
    // The first network also stands alone, and not everybody who speaks this API tells the set.
    let first = vpc.cidr_block.map(|cidr_block| CidrBlock { cidr_block });
    if cidr_block_set.is_empty() {
        cidr_block_set.extend(first);
    }
    Ok(PeeredVpc {
        owner_id: vpc.owner_id.ok_or_else(lacks("OwnerId"))?,
        region: vpc.region.ok_or_else(lacks("Region"))?,
        vpc_id: vpc.vpc_id.ok_or_else(lacks("VpcId"))?,
        cidr_block_set,
        ipv6_cidr_block_set: ipv6.collect::<Result<_, Unknown>>()?,
    })
}

async fn route_tables(live: &Live, seen: &mut Vec<RouteTable>) -> Result<(), Unknown> {
    let call = DESCRIBE_ROUTE_TABLES;
    let request = live.client(Client::new).describe_route_tables().max_results(PAGE_OF_ROUTE_TABLES);
    let mut pages = request.into_paginator().send();
    while let Some(page) = pages.next().await {
        for table in live.heard(call, page)?.route_tables.into_iter().flatten() {
            let routes = table.routes.into_iter().flatten().map(|route| Route {
                destination_cidr_block: route.destination_cidr_block,
                destination_ipv6_cidr_block: route.destination_ipv6_cidr_block,
                destination_prefix_list_id: route.destination_prefix_list_id,
                vpc_peering_connection_id: route.vpc_peering_connection_id,
                state: route.state.map(|state| state.as_str().to_owned()),
            });
            seen.push(RouteTable {
                routes: routes.collect(),
                route_table_id: table.route_table_id.ok_or_else(|| missing(call, "RouteTableId"))?,
                vpc_id: table.vpc_id.ok_or_else(|| missing(call, "VpcId"))?,
                owner_id: table.owner_id.ok_or_else(|| missing(call, "OwnerId"))?,
                tags: tags(call, table.tags)?,
            });
        }
    }
    Ok(())
}
