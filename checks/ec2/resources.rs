//! Records of Elastic Compute Cloud.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::contract::{Call, Identity, Place, Reason, Region, Tags, Unknown, api};
use crate::net::{Traffic, UnreadableRule};
use crate::{detail, resource};

/// Lists machine images.
pub const DESCRIBE_IMAGES: Call = api("ec2", "DescribeImages");
/// Lists volume snapshots.
pub const DESCRIBE_SNAPSHOTS: Call = api("ec2", "DescribeSnapshots");
/// Tells who may create volumes from a snapshot.
pub const DESCRIBE_SNAPSHOT_ATTRIBUTE: Call = api("ec2", "DescribeSnapshotAttribute");
/// Tells whether a region keeps snapshots from the public.
pub const GET_SNAPSHOT_BLOCK_PUBLIC_ACCESS_STATE: Call = api("ec2", "GetSnapshotBlockPublicAccessState");
/// Tells whether a region keeps machine images from the public.
pub const GET_IMAGE_BLOCK_PUBLIC_ACCESS_STATE: Call = api("ec2", "GetImageBlockPublicAccessState");
/// Tells whether a region encrypts new volumes.
pub const GET_EBS_ENCRYPTION_BY_DEFAULT: Call = api("ec2", "GetEbsEncryptionByDefault");
/// Lists instances.
pub const DESCRIBE_INSTANCES: Call = api("ec2", "DescribeInstances");
/// Lists volumes.
pub const DESCRIBE_VOLUMES: Call = api("ec2", "DescribeVolumes");
/// Lists security groups with their rules.
pub const DESCRIBE_SECURITY_GROUPS: Call = api("ec2", "DescribeSecurityGroups");
/// Lists prefix lists: the account's, those shared with it, and AWS's own.
pub const DESCRIBE_MANAGED_PREFIX_LISTS: Call = api("ec2", "DescribeManagedPrefixLists");
/// Tells the networks in a prefix list.
pub const GET_MANAGED_PREFIX_LIST_ENTRIES: Call = api("ec2", "GetManagedPrefixListEntries");
/// Lists network ACLs with their rules.
pub const DESCRIBE_NETWORK_ACLS: Call = api("ec2", "DescribeNetworkAcls");
/// Lists VPC peering connections.
pub const DESCRIBE_VPC_PEERING_CONNECTIONS: Call = api("ec2", "DescribeVpcPeeringConnections");
/// Lists route tables with their routes.
pub const DESCRIBE_ROUTE_TABLES: Call = api("ec2", "DescribeRouteTables");
/// Lists VPCs.
pub const DESCRIBE_VPCS: Call = api("ec2", "DescribeVpcs");
/// Lists subnets.
pub const DESCRIBE_SUBNETS: Call = api("ec2", "DescribeSubnets");
/// Lists flow logs.
pub const DESCRIBE_FLOW_LOGS: Call = api("ec2", "DescribeFlowLogs");

/// The ARN of something whose owner is part of it. Shared things keep the ARN their owner knows them by.
fn arn_of(place: &Place, owner: &str, resource: &str) -> String {
    format!("arn:{}:ec2:{}:{owner}:{resource}", place.partition, place.region)
}

/// A machine image of the account. Source: EC2 API Reference, `Image`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Image {
    /// The image's id.
    pub image_id: String,
    /// Whether everyone may launch it.
    pub public: bool,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

resource!(Image, "ec2/Image", "AWS::EC2::Image", Regional, [DESCRIBE_IMAGES], |this, place| {
    // Images and snapshots have no account in their ARN.
    Identity::new(arn_of(place, "", &format!("image/{}", this.image_id)), &this.image_id).tagged(&this.tags)
});

/// A volume snapshot of the account. Source: EC2 API Reference, `Snapshot`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Snapshot {
    /// The snapshot's id.
    pub snapshot_id: String,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

resource!(Snapshot, "ec2/Snapshot", "AWS::EC2::Snapshot", Regional, [DESCRIBE_SNAPSHOTS], |this, place| {
    Identity::new(arn_of(place, "", &format!("snapshot/{}", this.snapshot_id)), &this.snapshot_id).tagged(&this.tags)
});

/// Who may create volumes from a snapshot. Source: EC2 API Reference, `DescribeSnapshotAttribute`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SnapshotPermissions {
    /// Accounts and groups; empty when only the owner may.
    pub create_volume_permissions: Vec<CreateVolumePermission>,
}

/// One account or group that may create volumes. Source: EC2 API Reference, `CreateVolumePermission`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CreateVolumePermission {
    /// The only group there is: `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// An account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}

detail!(SnapshotPermissions, "ec2/SnapshotPermissions", of Snapshot, [DESCRIBE_SNAPSHOT_ATTRIBUTE]);

impl SnapshotPermissions {
    /// Whether everyone may create volumes.
    pub fn include_everyone(&self) -> bool {
        self.create_volume_permissions.iter().any(|permission| permission.group.as_deref() == Some("all"))
    }
}

/// The account's snapshots that AWS lists as public: one question for a region instead of one for each snapshot.
///
/// Not everybody who speaks this API heeds the question, so these are the snapshots to look at more closely, and
/// the others are private. Source: EC2 API Reference, `DescribeSnapshots`, `RestorableByUserIds`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PublicSnapshots {
    /// Their ids.
    pub snapshot_ids: Vec<String>,
}

detail!(PublicSnapshots, "ec2/PublicSnapshots", of Region, [DESCRIBE_SNAPSHOTS]);

/// Whether a region keeps snapshots from the public. Source: EC2 API Reference, `GetSnapshotBlockPublicAccessState`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SnapshotBlockPublicAccess {
    /// `block-all-sharing`, `block-new-sharing` or `unblocked`.
    pub state: String,
}

detail!(SnapshotBlockPublicAccess, "ec2/SnapshotBlockPublicAccess", of Region, [GET_SNAPSHOT_BLOCK_PUBLIC_ACCESS_STATE]);

/// Whether a region keeps images from the public. Source: EC2 API Reference, `GetImageBlockPublicAccessState`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ImageBlockPublicAccess {
    /// `block-new-sharing` or `unblocked`.
    pub image_block_public_access_state: String,
}

detail!(ImageBlockPublicAccess, "ec2/ImageBlockPublicAccess", of Region, [GET_IMAGE_BLOCK_PUBLIC_ACCESS_STATE]);

/// Whether a region encrypts new volumes. Source: EC2 API Reference, `GetEbsEncryptionByDefault`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct EbsEncryptionByDefault {
    /// Whether it does.
    pub ebs_encryption_by_default: bool,
}

detail!(EbsEncryptionByDefault, "ec2/EbsEncryptionByDefault", of Region, [GET_EBS_ENCRYPTION_BY_DEFAULT]);

/// An instance. Source: EC2 API Reference, `Instance`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Instance {
    /// The instance's id.
    pub instance_id: String,
    /// `pending`, `running`, `stopping`, `stopped`, `shutting-down` or `terminated`.
    pub state: String,
    /// How it answers metadata requests. An instance on its way out may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_options: Option<MetadataOptions>,
    /// The instance profile, through which it has a role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iam_instance_profile: Option<IamInstanceProfile>,
    /// Who runs it for the account, where that is an AWS service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// How an instance answers metadata requests. Source: EC2 API Reference, `InstanceMetadataOptionsResponse`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MetadataOptions {
    /// `applied`, or `pending` while a change is on its way and the instance goes on as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// `enabled` or `disabled`.
    pub http_endpoint: String,
    /// `required` or `optional`.
    pub http_tokens: String,
}

/// The instance profile of an instance. Source: EC2 API Reference, `IamInstanceProfile`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct IamInstanceProfile {
    /// Its ARN.
    pub arn: String,
}

impl IamInstanceProfile {
    /// Its name: the ARN's last part, behind a path if it has one.
    pub fn name(&self) -> &str {
        self.arn.rsplit_once('/').map_or(&*self.arn, |(_, name)| name)
    }
}

/// The AWS service that runs a resource for the account. Source: EC2 API Reference, `OperatorResponse`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Operator {
    /// Whether a service runs it.
    pub managed: bool,
    /// The service (`eks.amazonaws.com`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
}

resource!(Instance, "ec2/Instance", "AWS::EC2::Instance", Regional, [DESCRIBE_INSTANCES], |this, place| {
    Identity::new(place.arn("ec2", &format!("instance/{}", this.instance_id)), &this.instance_id).tagged(&this.tags)
});

/// A volume. Source: EC2 API Reference, `Volume`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Volume {
    /// The volume's id.
    pub volume_id: String,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// What it is attached to.
    pub attachments: Vec<VolumeAttachment>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// One instance, or resource of an AWS service, that has a volume. Source: EC2 API Reference, `VolumeAttachment`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct VolumeAttachment {
    /// The instance; none when an AWS service has the volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// `attaching`, `attached`, `busy`, `detaching` or `detached`.
    pub state: String,
}

resource!(Volume, "ec2/Volume", "AWS::EC2::Volume", Regional, [DESCRIBE_VOLUMES], |this, place| {
    Identity::new(place.arn("ec2", &format!("volume/{}", this.volume_id)), &this.volume_id).tagged(&this.tags)
});

impl Instance {
    /// Whether it is over: it never runs again, and AWS forgets it within the hour.
    pub fn is_gone(&self) -> bool {
        matches!(&*self.state, "shutting-down" | "terminated")
    }

    /// The AWS service that runs it, if one does.
    pub fn run_by(&self) -> Option<&str> {
        let operator = self.operator.as_ref().filter(|operator| operator.managed)?;
        Some(operator.principal.as_deref().unwrap_or("an AWS service"))
    }
}

impl Volume {
    /// Whether something has it.
    pub fn is_attached(&self) -> bool {
        self.attachments.iter().any(|attachment| attachment.state != "detached")
    }
}

/// A security group with its rules. Source: EC2 API Reference, `SecurityGroup`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SecurityGroup {
    /// The group's id.
    pub group_id: String,
    /// The group's name; `default` is the one that comes with a VPC, and no other group can have that name.
    pub group_name: String,
    /// The account that may change it.
    pub owner_id: String,
    /// What it lets in.
    pub ip_permissions: Vec<IpPermission>,
    /// What it lets out.
    pub ip_permissions_egress: Vec<IpPermission>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

resource!(
    SecurityGroup,
    "ec2/SecurityGroup",
    "AWS::EC2::SecurityGroup",
    Regional,
    [DESCRIBE_SECURITY_GROUPS],
    |this, place| {
        Identity::new(arn_of(place, &this.owner_id, &format!("security-group/{}", this.group_id)), &this.group_id)
            .tagged(&this.tags)
    }
);

/// Rules of a group for the same traffic. Source: EC2 API Reference, `IpPermission`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct IpPermission {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, a protocol's number, or `-1` for all.
    pub ip_protocol: String,
    /// The first port; for ICMP, the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_port: Option<i32>,
    /// The last port; for ICMP, the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_port: Option<i32>,
    /// IPv4 networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ip_ranges: Vec<IpRange>,
    /// IPv6 networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ipv6_ranges: Vec<Ipv6Range>,
    /// Prefix lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefix_list_ids: Vec<PrefixListId>,
    /// Security groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_id_group_pairs: Vec<UserIdGroupPair>,
}

/// An IPv4 network in a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct IpRange {
    /// The network.
    pub cidr_ip: String,
}

/// An IPv6 network in a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Ipv6Range {
    /// The network.
    pub cidr_ipv6: String,
}

/// A prefix list in a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PrefixListId {
    /// The list's id.
    pub prefix_list_id: String,
}

/// A security group in a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UserIdGroupPair {
    /// The group's id. A rule may still name a group of a peer VPC that is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
}

impl IpPermission {
    /// The protocol and ports.
    pub fn traffic(&self) -> Result<Traffic, UnreadableRule> {
        Traffic::of_rule(&self.ip_protocol, self.from_port, self.to_port)
    }

    /// The networks named in the rule itself, as AWS writes them.
    pub fn cidrs(&self) -> impl Iterator<Item = &str> {
        let ipv4 = self.ip_ranges.iter().map(|range| &*range.cidr_ip);
        ipv4.chain(self.ipv6_ranges.iter().map(|range| &*range.cidr_ipv6))
    }
}

/// A network from its text, which AWS has checked before.
pub fn network(call: Call, cidr: &str) -> Result<IpNet, Unknown> {
    cidr.parse().map_err(|_| Unknown::new(Reason::Malformed, call.iam_action(), format!("{cidr:?} is not a network")))
}

/// A named list of networks. Source: EC2 API Reference, `ManagedPrefixList`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PrefixList {
    /// The list's id.
    pub prefix_list_id: String,
    /// The list's ARN.
    pub prefix_list_arn: String,
    /// The account that keeps it, or `AWS`.
    pub owner_id: String,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

resource!(
    PrefixList,
    "ec2/PrefixList",
    "AWS::EC2::PrefixList",
    Regional,
    [DESCRIBE_MANAGED_PREFIX_LISTS],
    |this, _place| Identity::new(&this.prefix_list_arn, &this.prefix_list_id).tagged(&this.tags)
);

/// The networks in a prefix list. Source: EC2 API Reference, `GetManagedPrefixListEntries`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PrefixListEntries {
    /// The networks.
    pub entries: Vec<PrefixListEntry>,
}

/// One network in a prefix list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PrefixListEntry {
    /// The network, IPv4 or IPv6.
    pub cidr: String,
}

detail!(PrefixListEntries, "ec2/PrefixListEntries", of PrefixList, [GET_MANAGED_PREFIX_LIST_ENTRIES]);

/// A VPC. Source: EC2 API Reference, `Vpc`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Vpc {
    /// The VPC's id.
    pub vpc_id: String,
    /// The account that may change it; another one's when its subnets are shared with this account.
    pub owner_id: String,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

resource!(Vpc, "ec2/Vpc", "AWS::EC2::VPC", Regional, [DESCRIBE_VPCS], |this, place| {
    Identity::new(arn_of(place, &this.owner_id, &format!("vpc/{}", this.vpc_id)), &this.vpc_id).tagged(&this.tags)
});

/// A subnet. Source: EC2 API Reference, `Subnet`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Subnet {
    /// The subnet's id.
    pub subnet_id: String,
    /// The VPC it is part of.
    pub vpc_id: String,
    /// The account that may change it.
    pub owner_id: String,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

resource!(Subnet, "ec2/Subnet", "AWS::EC2::Subnet", Regional, [DESCRIBE_SUBNETS], |this, place| {
    Identity::new(arn_of(place, &this.owner_id, &format!("subnet/{}", this.subnet_id)), &this.subnet_id)
        .tagged(&this.tags)
});

/// A flow log. Source: EC2 API Reference, `FlowLog`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct FlowLog {
    /// The flow log's id.
    pub flow_log_id: String,
    /// The VPC, subnet, network interface or transit gateway it watches.
    pub resource_id: String,
    /// `ALL`, `REJECT` or `ACCEPT`; transit gateways have no such choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic_type: Option<String>,
    /// `ACTIVE`.
    pub flow_log_status: String,
    /// `SUCCESS` or `FAILED`; nothing before the first delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver_logs_status: Option<String>,
    /// Why the delivery failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver_logs_error_message: Option<String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

resource!(FlowLog, "ec2/FlowLog", "AWS::EC2::FlowLog", Regional, [DESCRIBE_FLOW_LOGS], |this, place| {
    Identity::new(place.arn("ec2", &format!("vpc-flow-log/{}", this.flow_log_id)), &this.flow_log_id).tagged(&this.tags)
});

impl FlowLog {
    /// Whether it shows what was refused, the least that helps to see an attack.
    pub fn records_rejected_traffic(&self) -> bool {
        matches!(self.traffic_type.as_deref(), Some("ALL" | "REJECT"))
    }

    /// Whether what it records arrives.
    pub fn is_delivered(&self) -> bool {
        self.flow_log_status == "ACTIVE" && self.deliver_logs_status.as_deref() != Some("FAILED")
    }
}

/// A network ACL with its rules. Source: EC2 API Reference, `NetworkAcl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NetworkAcl {
    /// The ACL's id.
    pub network_acl_id: String,
    /// The account that may change it.
    pub owner_id: String,
    /// Whether new subnets of its VPC get it by themselves.
    pub is_default: bool,
    /// The subnets it filters for.
    pub associations: Vec<NetworkAclAssociation>,
    /// Its rules, in and out.
    pub entries: Vec<NetworkAclEntry>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// A subnet that a network ACL filters for. Source: EC2 API Reference, `NetworkAclAssociation`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NetworkAclAssociation {
    /// The subnet's id.
    pub subnet_id: String,
}

/// One rule of a network ACL. Source: EC2 API Reference, `NetworkAclEntry`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NetworkAclEntry {
    /// Its place: the rule with the lowest number that matches decides.
    pub rule_number: i32,
    /// Whether it is about traffic that leaves the subnets.
    pub egress: bool,
    /// `allow` or `deny`.
    pub rule_action: String,
    /// A protocol's number, or `-1` for all.
    pub protocol: String,
    /// The ports, for TCP and UDP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port_range: Option<PortRange>,
    /// The IPv4 network it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cidr_block: Option<String>,
    /// The IPv6 network it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipv6_cidr_block: Option<String>,
}

/// A range of ports. Source: EC2 API Reference, `PortRange`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PortRange {
    /// The first.
    pub from: i32,
    /// The last.
    pub to: i32,
}

impl NetworkAclEntry {
    /// The protocol and ports.
    pub fn traffic(&self) -> Result<Traffic, UnreadableRule> {
        let ports = self.port_range.as_ref();
        Traffic::of_rule(&self.protocol, ports.map(|ports| ports.from), ports.map(|ports| ports.to))
    }
}

resource!(NetworkAcl, "ec2/NetworkAcl", "AWS::EC2::NetworkAcl", Regional, [DESCRIBE_NETWORK_ACLS], |this, place| {
    Identity::new(arn_of(place, &this.owner_id, &format!("network-acl/{}", this.network_acl_id)), &this.network_acl_id)
        .tagged(&this.tags)
});

/// A VPC peering connection, as either side sees it. Source: EC2 API Reference, `VpcPeeringConnection`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct VpcPeeringConnection {
    /// The connection's id.
    pub vpc_peering_connection_id: String,
    /// `active`, `pending-acceptance`, `provisioning`, `deleted`, `rejected`, `failed`, `expired` …
    pub status: String,
    /// The VPC that asked for it.
    pub requester_vpc_info: PeeredVpc,
    /// The VPC that agreed to it.
    pub accepter_vpc_info: PeeredVpc,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// A VPC at one end of a peering connection. Source: EC2 API Reference, `VpcPeeringConnectionVpcInfo`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PeeredVpc {
    /// The account it belongs to.
    pub owner_id: String,
    /// The region it is in.
    pub region: String,
    /// The VPC's id.
    pub vpc_id: String,
    /// Its IPv4 networks; told once the connection is active.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cidr_block_set: Vec<CidrBlock>,
    /// Its IPv6 networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ipv6_cidr_block_set: Vec<Ipv6CidrBlock>,
}

/// An IPv4 network of a VPC. Source: EC2 API Reference, `CidrBlock`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CidrBlock {
    /// The network.
    pub cidr_block: String,
}

/// An IPv6 network of a VPC. Source: EC2 API Reference, `Ipv6CidrBlock`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Ipv6CidrBlock {
    /// The network.
    pub ipv6_cidr_block: String,
}

impl VpcPeeringConnection {
    /// The ends whose route tables are those of a place, each with the end across. Both, where a region's VPCs are
    /// connected with each other.
    pub fn ends_at(&self, place: &Place) -> impl Iterator<Item = (&PeeredVpc, &PeeredVpc)> {
        let (requester, accepter) = (&self.requester_vpc_info, &self.accepter_vpc_info);
        [(requester, accepter), (accepter, requester)].into_iter().filter(|(own, _)| own.is_at(place))
    }
}

impl PeeredVpc {
    /// Whether its route tables are those of a place.
    pub fn is_at(&self, place: &Place) -> bool {
        *self.owner_id == *place.account && *self.region == *place.region
    }

    /// Its networks, IPv4 and IPv6.
    pub fn networks(&self) -> Result<Vec<IpNet>, Unknown> {
        let ipv4 = self.cidr_block_set.iter().map(|block| &*block.cidr_block);
        let ipv6 = self.ipv6_cidr_block_set.iter().map(|block| &*block.ipv6_cidr_block);
        ipv4.chain(ipv6).map(|cidr| network(DESCRIBE_VPC_PEERING_CONNECTIONS, cidr)).collect()
    }
}

resource!(
    VpcPeeringConnection,
    "ec2/VpcPeeringConnection",
    "AWS::EC2::VPCPeeringConnection",
    Regional,
    [DESCRIBE_VPC_PEERING_CONNECTIONS],
    |this, place| {
        let id = &this.vpc_peering_connection_id;
        Identity::new(place.arn("ec2", &format!("vpc-peering-connection/{id}")), id).tagged(&this.tags)
    }
);

/// A route table with its routes. Source: EC2 API Reference, `RouteTable`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RouteTable {
    /// The table's id.
    pub route_table_id: String,
    /// The VPC it is part of.
    pub vpc_id: String,
    /// The account that may change it.
    pub owner_id: String,
    /// Its routes.
    pub routes: Vec<Route>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// One route. Source: EC2 API Reference, `Route`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Route {
    /// The IPv4 network it leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_cidr_block: Option<String>,
    /// The IPv6 network it leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_ipv6_cidr_block: Option<String>,
    /// The prefix list whose networks it leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_prefix_list_id: Option<String>,
    /// The peering connection it goes over, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc_peering_connection_id: Option<String>,
    /// `active`, or `blackhole` if it leads nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

impl RouteTable {
    /// The routes that send traffic over a peering connection.
    pub fn routes_over(&self, connection: &str) -> impl Iterator<Item = &Route> {
        self.routes.iter().filter(move |route| {
            let leads_somewhere = route.state.as_deref() != Some("blackhole");
            leads_somewhere && route.vpc_peering_connection_id.as_deref() == Some(connection)
        })
    }
}

impl Route {
    /// The network it leads to, where the route itself names it.
    pub fn destination(&self) -> Result<Option<IpNet>, Unknown> {
        let cidr = self.destination_cidr_block.as_deref().or(self.destination_ipv6_cidr_block.as_deref());
        cidr.map(|cidr| network(DESCRIBE_ROUTE_TABLES, cidr)).transpose()
    }
}

resource!(RouteTable, "ec2/RouteTable", "AWS::EC2::RouteTable", Regional, [DESCRIBE_ROUTE_TABLES], |this, place| {
    Identity::new(arn_of(place, &this.owner_id, &format!("route-table/{}", this.route_table_id)), &this.route_table_id)
        .tagged(&this.tags)
});
