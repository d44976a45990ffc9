//! Records of Amazon Relational Database Service, which also lists Amazon DocumentDB and Amazon Neptune.

use serde::{Deserialize, Serialize};

use crate::contract::{Call, Identity, Tags, Unknown, api};
use crate::{detail, resource};

/// Describes the database instances of a region.
pub const DESCRIBE_DB_INSTANCES: Call = api("rds", "DescribeDBInstances");
/// Describes the database clusters of a region.
pub const DESCRIBE_DB_CLUSTERS: Call = api("rds", "DescribeDBClusters");
/// Describes the database proxies of a region.
pub const DESCRIBE_DB_PROXIES: Call = api("rds", "DescribeDBProxies");
/// Describes the option groups of a region.
pub const DESCRIBE_OPTION_GROUPS: Call = api("rds", "DescribeOptionGroups");
/// Describes the parameters of an instance parameter group.
pub const DESCRIBE_DB_PARAMETERS: Call = api("rds", "DescribeDBParameters");
/// Describes the parameters of a cluster parameter group.
pub const DESCRIBE_DB_CLUSTER_PARAMETERS: Call = api("rds", "DescribeDBClusterParameters");
/// Describes the instance snapshots of a region.
pub const DESCRIBE_DB_SNAPSHOTS: Call = api("rds", "DescribeDBSnapshots");
/// Tells with whom an instance snapshot is shared.
pub const DESCRIBE_DB_SNAPSHOT_ATTRIBUTES: Call = api("rds", "DescribeDBSnapshotAttributes");
/// Describes the cluster snapshots of a region.
pub const DESCRIBE_DB_CLUSTER_SNAPSHOTS: Call = api("rds", "DescribeDBClusterSnapshots");
/// Tells with whom a cluster snapshot is shared.
pub const DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES: Call = api("rds", "DescribeDBClusterSnapshotAttributes");

/// A database instance, also of Amazon DocumentDB and Amazon Neptune. Source: RDS API Reference, `DBInstance`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DBInstance {
    /// Its name, unique among the instances of the region.
    #[serde(rename = "DBInstanceIdentifier")]
    pub db_instance_identifier: String,
    /// Its ARN.
    #[serde(rename = "DBInstanceArn")]
    pub db_instance_arn: String,
    /// `available`, `creating`, `deleting`, `stopped` …
    #[serde(rename = "DBInstanceStatus")]
    pub db_instance_status: String,
    /// `postgres`, `mysql`, `oracle-ee`, `aurora-mysql`, `docdb` …
    pub engine: String,
    /// The engine's version, as the engine counts.
    pub engine_version: String,
    /// The cluster it belongs to.
    #[serde(rename = "DBClusterIdentifier", default, skip_serializing_if = "Option::is_none")]
    pub db_cluster_identifier: Option<String>,
    /// The instance it is a read replica of; an ARN when that is in another region.
    #[serde(rename = "ReadReplicaSourceDBInstanceIdentifier", default, skip_serializing_if = "Option::is_none")]
    pub read_replica_source_db_instance_identifier: Option<String>,
    /// The Multi-AZ cluster it is a read replica of.
    #[serde(rename = "ReadReplicaSourceDBClusterIdentifier", default, skip_serializing_if = "Option::is_none")]
    pub read_replica_source_db_cluster_identifier: Option<String>,
    /// Whether its name resolves to a public address outside its VPC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publicly_accessible: Option<bool>,
    /// Whether its storage is encrypted under a KMS key of the account.
    pub storage_encrypted: bool,
    /// `none`, `sse-rds` (a key that AWS owns) or `sse-kms`, where AWS tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_encryption_type: Option<String>,
    /// Days that automated backups are kept; 0 switches them off.
    pub backup_retention_period: i32,
    /// Whether minor versions of the engine are applied in its maintenance window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_minor_version_upgrade: Option<bool>,
    /// Whether a standby in another availability zone takes over for it; says nothing for a member of a cluster.
    #[serde(rename = "MultiAZ", default, skip_serializing_if = "Option::is_none")]
    pub multi_az: Option<bool>,
    /// The availability zone of the standby, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secondary_availability_zone: Option<String>,
    /// Its parameter group, and whether the group is in force.
    #[serde(rename = "DBParameterGroups", default, skip_serializing_if = "Vec::is_empty")]
    pub db_parameter_groups: Vec<DBParameterGroupStatus>,
    /// Its option group, and whether the group is in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub option_group_memberships: Vec<OptionGroupMembership>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tag_list: Tags,
}

resource!(DBInstance, "rds/DBInstance", "AWS::RDS::DBInstance", Regional, [DESCRIBE_DB_INSTANCES], |this, _place| {
    Identity::new(&this.db_instance_arn, &this.db_instance_identifier).tagged(&this.tag_list)
});

impl DBInstance {
    /// Whether it is on its way out and can not be changed any more.
    pub fn is_being_deleted(&self) -> bool {
        self.db_instance_status == "deleting"
    }

    /// The instance or cluster it is a read replica of.
    pub fn replicates(&self) -> Option<&str> {
        let instance = self.read_replica_source_db_instance_identifier.as_deref();
        instance.or(self.read_replica_source_db_cluster_identifier.as_deref())
    }

    /// Whether it is of a Multi-AZ cluster, whose instances take most of their settings from the cluster.
    pub fn is_of_multi_az_cluster(&self) -> bool {
        self.db_cluster_identifier.is_some() && is_engine_of_multi_az_clusters(&self.engine)
    }

    /// The parameter group in force. Undecided while a change of it waits, for a reboot as a rule.
    pub fn parameter_group(&self) -> Result<DBParameterGroup, Unknown> {
        let [group] = self.db_parameter_groups.as_slice() else {
            return Err(Unknown::undecided::<Self>(format!("has {} parameter groups", self.db_parameter_groups.len())));
        };
        let name = &group.db_parameter_group_name;
        in_force::<Self>(&format!("parameter group {name}"), &group.parameter_apply_status)?;
        Ok(DBParameterGroup { db_parameter_group_name: name.clone() })
    }

    /// The name of the option group in force. Undecided while a change of it waits.
    pub fn option_group(&self) -> Result<&str, Unknown> {
        let [group] = self.option_group_memberships.as_slice() else {
            return Err(Unknown::undecided::<Self>(format!(
                "has {} option groups",
                self.option_group_memberships.len()
            )));
        };
        in_force::<Self>(&format!("option group {}", group.option_group_name), &group.status)?;
        Ok(&group.option_group_name)
    }
}

/// Whether a cluster of this engine is a Multi-AZ cluster; those of Aurora, Amazon DocumentDB and Amazon Neptune have
/// engines of their own. Source: Amazon RDS User Guide, "Multi-AZ DB cluster deployments".
fn is_engine_of_multi_az_clusters(engine: &str) -> bool {
    matches!(engine, "mysql" | "postgres")
}

/// A group is in force once its status is `in-sync`; before, the values it shows may differ from those that rule.
fn in_force<R: crate::contract::Record>(group: &str, status: &str) -> Result<(), Unknown> {
    if status == "in-sync" {
        return Ok(());
    }
    Err(Unknown::undecided::<R>(format!("{group} is {status}, so what it says may not be in force")))
}

/// An instance's parameter group. Source: RDS API Reference, `DBParameterGroupStatus`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DBParameterGroupStatus {
    /// The group's name.
    #[serde(rename = "DBParameterGroupName")]
    pub db_parameter_group_name: String,
    /// `in-sync`, `applying`, `pending-reboot`, `pending-database-upgrade`, `failed-to-apply`.
    pub parameter_apply_status: String,
}

/// An instance's option group. Source: RDS API Reference, `OptionGroupMembership`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct OptionGroupMembership {
    /// The group's name.
    pub option_group_name: String,
    /// `in-sync`, `pending-apply`, `applying`, `failed` …
    pub status: String,
}

/// A database cluster: Aurora, Multi-AZ, Amazon DocumentDB or Amazon Neptune. Source: RDS API Reference, `DBCluster`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DBCluster {
    /// Its name, unique among the clusters of the region.
    #[serde(rename = "DBClusterIdentifier")]
    pub db_cluster_identifier: String,
    /// Its ARN.
    #[serde(rename = "DBClusterArn")]
    pub db_cluster_arn: String,
    /// The id that stays when it is renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_cluster_resource_id: Option<String>,
    /// `available`, `creating`, `deleting`, `stopped` …
    pub status: String,
    /// `aurora-postgresql`, `mysql`, `docdb`, `neptune` …
    pub engine: String,
    /// The engine's version, as the engine counts.
    pub engine_version: String,
    /// Whether its storage is encrypted under a KMS key of the account.
    pub storage_encrypted: bool,
    /// `none`, `sse-rds` (a key that AWS owns) or `sse-kms`, where AWS tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_encryption_type: Option<String>,
    /// Days that automated backups are kept.
    pub backup_retention_period: i32,
    /// Whether minor versions of the engine are applied in its maintenance window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_minor_version_upgrade: Option<bool>,
    /// Whether it has instances in several availability zones.
    #[serde(rename = "MultiAZ", default, skip_serializing_if = "Option::is_none")]
    pub multi_az: Option<bool>,
    /// `provisioned`, `serverless` (Aurora Serverless v1) …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine_mode: Option<String>,
    /// The global database it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub global_cluster_identifier: Option<String>,
    /// The ARN of the cluster or instance it is a read replica of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replication_source_identifier: Option<String>,
    /// Its read replicas; for a replica that is a cluster, the ARN.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read_replica_identifiers: Vec<String>,
    /// The name of its parameter group.
    #[serde(rename = "DBClusterParameterGroup")]
    pub db_cluster_parameter_group: String,
    /// Its instances; Aurora Serverless v1 has none.
    #[serde(rename = "DBClusterMembers", default, skip_serializing_if = "Vec::is_empty")]
    pub db_cluster_members: Vec<DBClusterMember>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tag_list: Tags,
}

resource!(DBCluster, "rds/DBCluster", "AWS::RDS::DBCluster", Regional, [DESCRIBE_DB_CLUSTERS], |this, _place| {
    Identity::new(&this.db_cluster_arn, &this.db_cluster_identifier).tagged(&this.tag_list)
});

impl DBCluster {
    /// Whether it is on its way out and can not be changed any more.
    pub fn is_being_deleted(&self) -> bool {
        self.status == "deleting"
    }

    /// Whether `arn` is its ARN, made of its name or of its resource id: AWS Backup shows the latter for some engines.
    pub fn has_arn(&self, arn: &str) -> bool {
        let by_id = self.db_cluster_resource_id.as_deref().and_then(|id| {
            let (before, name) = self.db_cluster_arn.rsplit_once(':')?;
            (name == self.db_cluster_identifier).then(|| format!("{before}:{id}"))
        });
        arn == self.db_cluster_arn || by_id.is_some_and(|by_id| arn == by_id)
    }

    /// Where a read replica of it, or what it is a read replica of, lies in another region: its ARN.
    pub fn replicates_across_regions(&self) -> Option<&str> {
        let region = |arn: &str| arn.strip_prefix("arn:")?.split(':').nth(2).map(str::to_owned);
        let own = region(&self.db_cluster_arn);
        let others = self.replication_source_identifier.iter().chain(&self.read_replica_identifiers);
        others.map(String::as_str).find(|other| region(other).is_some_and(|region| Some(region) != own))
    }

    /// The parameter group in force. Undecided while a change of it waits on any instance.
    pub fn parameter_group(&self) -> Result<DBClusterParameterGroup, Unknown> {
        let name = &self.db_cluster_parameter_group;
        for member in &self.db_cluster_members {
            let group = format!("parameter group {name} of {}", member.db_instance_identifier);
            in_force::<Self>(&group, &member.db_cluster_parameter_group_status)?;
        }
        Ok(DBClusterParameterGroup { db_cluster_parameter_group_name: name.clone() })
    }
}

/// An instance of a cluster. Source: RDS API Reference, `DBClusterMember`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DBClusterMember {
    /// The instance's name.
    #[serde(rename = "DBInstanceIdentifier")]
    pub db_instance_identifier: String,
    /// How the cluster's parameter group stands on this instance, as for an instance's own.
    #[serde(rename = "DBClusterParameterGroupStatus")]
    pub db_cluster_parameter_group_status: String,
}

/// A proxy in front of databases. Source: RDS API Reference, `DBProxy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DBProxy {
    /// Its name.
    #[serde(rename = "DBProxyName")]
    pub db_proxy_name: String,
    /// Its ARN.
    #[serde(rename = "DBProxyArn")]
    pub db_proxy_arn: String,
    /// `available`, `creating`, `deleting`, `suspended` …
    pub status: String,
    /// Whether it refuses clients that do not speak TLS.
    #[serde(rename = "RequireTLS")]
    pub require_tls: bool,
}

resource!(DBProxy, "rds/DBProxy", "AWS::RDS::DBProxy", Regional, [DESCRIBE_DB_PROXIES], |this, _place| {
    Identity::new(&this.db_proxy_arn, &this.db_proxy_name)
});

/// The parameter group of instances. Known from the instances that use it, without a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DBParameterGroup {
    /// Its name.
    #[serde(rename = "DBParameterGroupName")]
    pub db_parameter_group_name: String,
}

resource!(DBParameterGroup, "rds/DBParameterGroup", "AWS::RDS::DBParameterGroup", Regional, [], |this, place| {
    Identity::new(place.arn("rds", &format!("pg:{}", this.db_parameter_group_name)), &this.db_parameter_group_name)
});

/// The parameter group of clusters. Known from the clusters that use it, without a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DBClusterParameterGroup {
    /// Its name.
    #[serde(rename = "DBClusterParameterGroupName")]
    pub db_cluster_parameter_group_name: String,
}

resource!(
    DBClusterParameterGroup,
    "rds/DBClusterParameterGroup",
    "AWS::RDS::DBClusterParameterGroup",
    Regional,
    [],
    |this, place| {
        let name = &this.db_cluster_parameter_group_name;
        Identity::new(place.arn("rds", &format!("cluster-pg:{name}")), name)
    }
);

/// The parameters that a group's records hold: those that decide whether connections without TLS are refused.
pub const TLS_PARAMETERS: [&str; 5] =
    ["rds.force_ssl", "require_secure_transport", "tls", "neptune_enforce_ssl", "db2comm"];

/// What an instance parameter group says of [`TLS_PARAMETERS`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DBParameters {
    /// Those of the parameters that the group has.
    pub parameters: Vec<Parameter>,
}

detail!(DBParameters, "rds/DBParameters", of DBParameterGroup, [DESCRIBE_DB_PARAMETERS]);

/// What a cluster parameter group says of [`TLS_PARAMETERS`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DBClusterParameters {
    /// Those of the parameters that the group has.
    pub parameters: Vec<Parameter>,
}

detail!(
    DBClusterParameters, "rds/DBClusterParameters", of DBClusterParameterGroup, [DESCRIBE_DB_CLUSTER_PARAMETERS]
);

/// A parameter of a group. Source: RDS API Reference, `Parameter`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Parameter {
    /// Its name.
    pub parameter_name: String,
    /// Its value; none when the group leaves it to the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter_value: Option<String>,
}

impl Parameter {
    /// Whether the name is `name`; Db2 writes its names in capitals.
    pub fn is_named(&self, name: &str) -> bool {
        self.parameter_name.eq_ignore_ascii_case(name)
    }
}

/// An option group. Source: RDS API Reference, `OptionGroup`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct OptionGroup {
    /// Its name.
    pub option_group_name: String,
    /// Its ARN.
    pub option_group_arn: String,
    /// Its options, by name; of their settings only `SQLNET.ENCRYPTION_SERVER`, as others may be passwords.
    pub options: Vec<GroupOption>,
}

resource!(
    OptionGroup,
    "rds/OptionGroup",
    "AWS::RDS::OptionGroup",
    Regional,
    [DESCRIBE_OPTION_GROUPS],
    |this, _place| Identity::new(&this.option_group_arn, &this.option_group_name)
);

/// The one option setting that records hold: how an Oracle server answers clients that do not ask for encryption.
pub const ORACLE_ENCRYPTION: &str = "SQLNET.ENCRYPTION_SERVER";

impl OptionGroup {
    /// The option that encrypts connections to an Oracle database without TLS, which then refuses the others if told.
    pub fn native_network_encryption(&self) -> Option<&GroupOption> {
        self.options.iter().find(|option| option.option_name == "NATIVE_NETWORK_ENCRYPTION")
    }
}

/// An option in a group. Source: RDS API Reference, `Option`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GroupOption {
    /// Its name.
    pub option_name: String,
    /// The settings that checks use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub option_settings: Vec<OptionSetting>,
}

impl GroupOption {
    /// The value of a setting.
    pub fn setting(&self, name: &str) -> Option<&str> {
        let setting = self.option_settings.iter().find(|setting| setting.name == name)?;
        setting.value.as_deref()
    }
}

/// A setting of an option. Source: RDS API Reference, `OptionSetting`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct OptionSetting {
    /// Its name.
    pub name: String,
    /// Its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A manual snapshot of an instance. Automated ones, and those of AWS Backup, are not listed: they can not be shared.
/// Source: RDS API Reference, `DBSnapshot`; RDS User Guide, "Sharing a DB snapshot for Amazon RDS".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DBSnapshot {
    /// Its name.
    #[serde(rename = "DBSnapshotIdentifier")]
    pub db_snapshot_identifier: String,
    /// Its ARN.
    #[serde(rename = "DBSnapshotArn")]
    pub db_snapshot_arn: String,
    /// Whether it is encrypted under a KMS key.
    pub encrypted: bool,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tag_list: Tags,
}

resource!(DBSnapshot, "rds/DBSnapshot", "AWS::RDS::DBSnapshot", Regional, [DESCRIBE_DB_SNAPSHOTS], |this, _place| {
    Identity::new(&this.db_snapshot_arn, &this.db_snapshot_identifier).tagged(&this.tag_list)
});

/// With whom an instance snapshot is shared. Source: RDS API Reference, `DBSnapshotAttributesResult`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DBSnapshotAttributes {
    /// Its attributes.
    #[serde(rename = "DBSnapshotAttributes")]
    pub db_snapshot_attributes: Vec<SnapshotAttribute>,
}

detail!(DBSnapshotAttributes, "rds/DBSnapshotAttributes", of DBSnapshot, [DESCRIBE_DB_SNAPSHOT_ATTRIBUTES]);

/// A manual snapshot of a cluster. Automated ones, and those of AWS Backup, are not listed: they can not be shared.
/// Source: RDS API Reference, `DBClusterSnapshot`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DBClusterSnapshot {
    /// Its name.
    #[serde(rename = "DBClusterSnapshotIdentifier")]
    pub db_cluster_snapshot_identifier: String,
    /// Its ARN.
    #[serde(rename = "DBClusterSnapshotArn")]
    pub db_cluster_snapshot_arn: String,
    /// Whether it is encrypted under a KMS key.
    pub storage_encrypted: bool,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tag_list: Tags,
}

resource!(
    DBClusterSnapshot,
    "rds/DBClusterSnapshot",
    "AWS::RDS::DBClusterSnapshot",
    Regional,
    [DESCRIBE_DB_CLUSTER_SNAPSHOTS],
    |this, _place| {
        Identity::new(&this.db_cluster_snapshot_arn, &this.db_cluster_snapshot_identifier).tagged(&this.tag_list)
    }
);

/// With whom a cluster snapshot is shared. Source: RDS API Reference, `DBClusterSnapshotAttributesResult`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DBClusterSnapshotAttributes {
    /// Its attributes.
    #[serde(rename = "DBClusterSnapshotAttributes")]
    pub db_cluster_snapshot_attributes: Vec<SnapshotAttribute>,
}

detail!(
    DBClusterSnapshotAttributes,
    "rds/DBClusterSnapshotAttributes",
    of DBClusterSnapshot,
    [DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES]
);

/// An attribute of a snapshot. Source: RDS API Reference, `DBSnapshotAttribute`, `DBClusterSnapshotAttribute`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SnapshotAttribute {
    /// `restore`: who may copy or restore the snapshot.
    pub attribute_name: String,
    /// Account ids, or `all`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attribute_values: Vec<String>,
}

impl SnapshotAttribute {
    /// Whether it lets every AWS account restore the snapshot.
    pub fn is_for_everyone(&self) -> bool {
        self.attribute_name == "restore" && self.attribute_values.iter().any(|value| value == "all")
    }
}

/// What makes an engine refuse connections without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsRule {
    /// A parameter of its parameter group.
    Parameter {
        /// The parameter's name, one of [`TLS_PARAMETERS`].
        name: &'static str,
        /// What the engine does when the group has no value for it, where AWS documents that.
        default: Option<bool>,
    },
    /// An option of its option group.
    Option,
    /// Nothing is needed: it takes no other connections.
    Always,
    /// Nothing helps: it always takes others too.
    Never,
    /// It is decided inside the machine, or the engine is not known.
    Unseen,
}

impl TlsRule {
    /// The rule of an engine at a version.
    ///
    /// Sources: RDS User Guide, "Using SSL with a PostgreSQL DB instance", "Requiring SSL/TLS for all connections to a
    /// MySQL DB instance on Amazon RDS" and the page of the same name for MariaDB, "Using SSL with a Microsoft SQL
    /// Server DB instance", "Oracle native network encryption", "Using SSL/TLS with an Amazon RDS for Db2 DB
    /// instance"; Aurora User Guide, "Securing Aurora PostgreSQL data with SSL/TLS", "Security with Amazon Aurora
    /// MySQL"; DocumentDB Developer Guide, "Encrypting data in transit"; Neptune User Guide, "Encrypting connections
    /// to your Amazon Neptune database with SSL/HTTPS".
    pub fn of(engine: &str, version: &str) -> Self {
        let version = version_numbers(version);
        if version.is_empty() {
            return Self::Unseen;
        }
        let from = |least: &[u32]| version.as_slice() >= least;
        let parameter = |name, default| Self::Parameter { name, default };
        match engine {
            "postgres" => parameter("rds.force_ssl", Some(from(&[15]))),
            "aurora-postgresql" => parameter("rds.force_ssl", Some(from(&[17]))),
            "mysql" | "mariadb" if !from(if engine == "mysql" { &[5, 7] } else { &[10, 5] }) => Self::Never,
            "mysql" if !from(&[8, 5]) => parameter("require_secure_transport", Some(false)),
            // AWS documents 9.7 alone so far.
            "mysql" => parameter("require_secure_transport", version.starts_with(&[9, 7]).then_some(true)),
            "mariadb" if !from(&[11, 5]) => parameter("require_secure_transport", Some(false)),
            "mariadb" => parameter("require_secure_transport", from(&[11, 8]).then_some(true)),
            "aurora-mysql" => parameter("require_secure_transport", (!from(&[8, 1])).then_some(false)),
            "docdb" => parameter("tls", Some(true)),
            "neptune" if from(&[1, 0, 4]) => Self::Always,
            "neptune" => parameter("neptune_enforce_ssl", None),
            engine if engine.starts_with("sqlserver-") => parameter("rds.force_ssl", (!from(&[17])).then_some(false)),
            engine if engine.starts_with("oracle-") => Self::Option,
            engine if engine.starts_with("db2-") => parameter("db2comm", Some(false)),
            _ => Self::Unseen,
        }
    }
}

/// The leading numbers of a version: 8 and 0 of `8.0.mysql_aurora.3.05.2`.
fn version_numbers(version: &str) -> Vec<u32> {
    let mut numbers = Vec::new();
    for part in version.split('.') {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let Ok(number) = part[..digits].parse() else { break };
        numbers.push(number);
        if digits < part.len() {
            break;
        }
    }
    numbers
}

/// Whether a value of one of [`TLS_PARAMETERS`] makes the engine refuse connections without TLS; `None` for a value
/// AWS does not document.
pub fn value_requires_tls(parameter: &str, value: &str) -> Option<bool> {
    let value = value.trim().to_ascii_lowercase();
    match (parameter, &*value) {
        ("tls", "enabled" | "tls1.2+" | "tls1.3+" | "fips-140-3") | ("db2comm", "ssl") => Some(true),
        ("tls", "disabled") => Some(false),
        // The protocols Db2 listens for: plain TCP/IP stays open beside SSL.
        ("db2comm", protocols) if protocols.split(',').any(|protocol| protocol.trim() == "tcpip") => Some(false),
        ("tls" | "db2comm", _) => None,
        (_, "1" | "on" | "true") => Some(true),
        (_, "0" | "off" | "false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default_of(engine: &str, version: &str) -> Option<bool> {
        match TlsRule::of(engine, version) {
            TlsRule::Parameter { default, .. } => default,
            rule => panic!("{engine} {version} is ruled by {rule:?}"),
        }
    }

    #[test]
    fn a_version_is_read_up_to_the_first_word() {
        assert_eq!(version_numbers("16.3"), [16, 3]);
        assert_eq!(version_numbers("8.0.mysql_aurora.3.05.2"), [8, 0]);
        assert_eq!(version_numbers("13.4-R2"), [13, 4]);
        assert_eq!(version_numbers("15.00.4073.23.v1"), [15, 0, 4073, 23]);
        assert_eq!(version_numbers("unheard-of"), [] as [u32; 0]);
    }

    #[test]
    fn the_default_follows_the_version_as_aws_documents_it() {
        assert_eq!(default_of("postgres", "14.12"), Some(false));
        assert_eq!(default_of("postgres", "15.2"), Some(true));
        assert_eq!(default_of("aurora-postgresql", "16.6"), Some(false));
        assert_eq!(default_of("aurora-postgresql", "17.4"), Some(true));
        assert_eq!(default_of("mysql", "8.4.3"), Some(false));
        assert_eq!(default_of("mysql", "9.3.0"), None);
        assert_eq!(default_of("mysql", "9.7.1"), Some(true));
        assert_eq!(default_of("mysql", "10.0.1"), None);
        assert_eq!(default_of("mariadb", "10.5.27"), Some(false));
        assert_eq!(default_of("mariadb", "11.4.5"), Some(false));
        assert_eq!(default_of("mariadb", "11.8.3"), Some(true));
        assert_eq!(default_of("aurora-mysql", "8.0.mysql_aurora.3.08.0"), Some(false));
        assert_eq!(default_of("sqlserver-se", "16.00.4165.4.v1"), Some(false));
        assert_eq!(default_of("docdb", "5.0.0"), Some(true));
        assert_eq!(default_of("neptune", "1.0.3.0"), None);
        assert_eq!(default_of("db2-se", "11.5.9.0.sb00000000.r1"), Some(false));
    }

    #[test]
    fn not_every_engine_is_ruled_by_a_parameter() {
        assert_eq!(TlsRule::of("mysql", "5.6.51"), TlsRule::Never);
        assert_eq!(TlsRule::of("mariadb", "10.4.34"), TlsRule::Never);
        assert_eq!(TlsRule::of("neptune", "1.0.4.0"), TlsRule::Always);
        assert_eq!(TlsRule::of("neptune", "1.3.2.1"), TlsRule::Always);
        assert_eq!(TlsRule::of("oracle-se2-cdb", "19.0.0.0.ru-2024-07.rur-2024-07.r1"), TlsRule::Option);
        assert_eq!(TlsRule::of("custom-oracle-ee", "19.my_cev1"), TlsRule::Unseen);
        assert_eq!(TlsRule::of("aurora", "5.6.10a"), TlsRule::Unseen);
        assert_eq!(TlsRule::of("postgres", ""), TlsRule::Unseen);
    }

    #[test]
    fn every_parameter_of_a_rule_is_one_that_is_read() {
        for (engine, version) in [
            ("postgres", "16.3"),
            ("mysql", "8.0.40"),
            ("docdb", "5.0.0"),
            ("neptune", "1.0.3.0"),
            ("db2-ae", "11.5.9.0"),
        ] {
            let TlsRule::Parameter { name, .. } = TlsRule::of(engine, version) else { panic!("{engine}") };
            assert!(TLS_PARAMETERS.contains(&name), "{name}");
        }
    }

    #[test]
    fn a_value_that_aws_does_not_document_decides_nothing() {
        assert_eq!(value_requires_tls("rds.force_ssl", "1"), Some(true));
        assert_eq!(value_requires_tls("rds.force_ssl", "0"), Some(false));
        assert_eq!(value_requires_tls("rds.force_ssl", "2"), None);
        assert_eq!(value_requires_tls("require_secure_transport", "ON"), Some(true));
        assert_eq!(value_requires_tls("require_secure_transport", "OFF"), Some(false));
        assert_eq!(value_requires_tls("tls", "fips-140-3"), Some(true));
        assert_eq!(value_requires_tls("tls", "tls1.2+"), Some(true));
        assert_eq!(value_requires_tls("tls", "disabled"), Some(false));
        assert_eq!(value_requires_tls("tls", "1"), None);
        assert_eq!(value_requires_tls("db2comm", "SSL"), Some(true));
        assert_eq!(value_requires_tls("db2comm", "TCPIP,SSL"), Some(false));
        assert_eq!(value_requires_tls("db2comm", ""), None);
    }
}
