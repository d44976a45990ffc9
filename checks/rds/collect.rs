//! Reads Relational Database Service through its SDK.

use aws_sdk_rds::Client;
use aws_sdk_rds::types;

use super::resources::{
    DBCluster, DBClusterMember, DBClusterParameterGroup, DBClusterParameters, DBClusterSnapshot,
    DBClusterSnapshotAttributes, DBInstance, DBParameterGroup, DBParameterGroupStatus, DBParameters, DBProxy,
    DBSnapshot, DBSnapshotAttributes, DESCRIBE_DB_CLUSTER_PARAMETERS, DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES,
    DESCRIBE_DB_CLUSTER_SNAPSHOTS, DESCRIBE_DB_CLUSTERS, DESCRIBE_DB_INSTANCES, DESCRIBE_DB_PARAMETERS,
    DESCRIBE_DB_PROXIES, DESCRIBE_DB_SNAPSHOT_ATTRIBUTES, DESCRIBE_DB_SNAPSHOTS, DESCRIBE_OPTION_GROUPS, GroupOption,
    ORACLE_ENCRYPTION, OptionGroup, OptionGroupMembership, OptionSetting, Parameter, SnapshotAttribute, TLS_PARAMETERS,
};
use crate::contract::{Call, Tags, Unknown};
use crate::live::{Absent, Failure, Live, missing};

crate::collectors! {
    list DBInstance = db_instances,
    list DBCluster = db_clusters,
    list DBProxy = db_proxies,
    list OptionGroup = option_groups,
    list DBSnapshot = db_snapshots,
    list DBClusterSnapshot = db_cluster_snapshots,
    detail DBParameters = db_parameters,
    detail DBClusterParameters = db_cluster_parameters,
    detail DBSnapshotAttributes = db_snapshot_attributes,
    detail DBClusterSnapshotAttributes = db_cluster_snapshot_attributes,
}

async fn db_instances(live: &Live, seen: &mut Vec<DBInstance>) -> Result<(), Unknown> {
    let mut pages = live.client(Client::new).describe_db_instances().into_paginator().send();
    while let Some(page) = pages.next().await {
        for instance in live.heard(DESCRIBE_DB_INSTANCES, page)?.db_instances.into_iter().flatten() {
            seen.push(db_instance(instance)?);
        }
    }
    Ok(())
}

fn db_instance(instance: types::DbInstance) -> Result<DBInstance, Unknown> {
    let lacks = |field| move || missing(DESCRIBE_DB_INSTANCES, field);
    let parameter_groups = instance.db_parameter_groups.into_iter().flatten().map(|group| {
        Ok(DBParameterGroupStatus {
            db_parameter_group_name: group.db_parameter_group_name.ok_or_else(lacks("DBParameterGroupName"))?,
            parameter_apply_status: group.parameter_apply_status.ok_or_else(lacks("ParameterApplyStatus"))?,
        })
    });
    let option_groups = instance.option_group_memberships.into_iter().flatten().map(|group| {
        Ok(OptionGroupMembership {
            option_group_name: group.option_group_name.ok_or_else(lacks("OptionGroupName"))?,
            status: group.status.ok_or_else(lacks("Status"))?,
        })
    });
    Ok(DBInstance {
        db_instance_identifier: instance.db_instance_identifier.ok_or_else(lacks("DBInstanceIdentifier"))?,
        db_instance_arn: instance.db_instance_arn.ok_or_else(lacks("DBInstanceArn"))?,
        db_instance_status: instance.db_instance_status.ok_or_else(lacks("DBInstanceStatus"))?,
        engine: instance.engine.ok_or_else(lacks("Engine"))?,
        engine_version: instance.engine_version.ok_or_else(lacks("EngineVersion"))?,
        db_cluster_identifier: instance.db_cluster_identifier,
        read_replica_source_db_instance_identifier: instance.read_replica_source_db_instance_identifier,
        read_replica_source_db_cluster_identifier: instance.read_replica_source_db_cluster_identifier,
        publicly_accessible: instance.publicly_accessible,
        storage_encrypted: instance.storage_encrypted.ok_or_else(lacks("StorageEncrypted"))?,
        storage_encryption_type: instance.storage_encryption_type.map(|kind| kind.as_str().to_owned()),
        backup_retention_period: instance.backup_retention_period.ok_or_else(lacks("BackupRetentionPeriod"))?,
        auto_minor_version_upgrade: instance.auto_minor_version_upgrade,
        multi_az: instance.multi_az,
        secondary_availability_zone: instance.secondary_availability_zone,
        db_parameter_groups: parameter_groups.collect::<Result<_, Unknown>>()?,
        option_group_memberships: option_groups.collect::<Result<_, Unknown>>()?,
        tag_list: tags(DESCRIBE_DB_INSTANCES, instance.tag_list)?,
    })
}

async fn db_clusters(live: &Live, seen: &mut Vec<DBCluster>) -> Result<(), Unknown> {
    let mut pages = live.client(Client::new).describe_db_clusters().into_paginator().send();
    while let Some(page) = pages.next().await {
        for cluster in live.heard(DESCRIBE_DB_CLUSTERS, page)?.db_clusters.into_iter().flatten() {
            seen.push(db_cluster(cluster)?);
        }
    }
    Ok(())
}

fn db_cluster(cluster: types::DbCluster) -> Result<DBCluster, Unknown> {
    let lacks = |field| move || missing(DESCRIBE_DB_CLUSTERS, field);
    let members = cluster.db_cluster_members.into_iter().flatten().map(|member| {
        let status = member.db_cluster_parameter_group_status;
        Ok(DBClusterMember {
            db_instance_identifier: member.db_instance_identifier.ok_or_else(lacks("DBInstanceIdentifier"))?,
            db_cluster_parameter_group_status: status.ok_or_else(lacks("DBClusterParameterGroupStatus"))?,
        })
    });
    Ok(DBCluster {
        db_cluster_identifier: cluster.db_cluster_identifier.ok_or_else(lacks("DBClusterIdentifier"))?,
        db_cluster_arn: cluster.db_cluster_arn.ok_or_else(lacks("DBClusterArn"))?,
        db_cluster_resource_id: cluster.db_cluster_resource_id,
        status: cluster.status.ok_or_else(lacks("Status"))?,
        engine: cluster.engine.ok_or_else(lacks("Engine"))?,
        engine_version: cluster.engine_version.ok_or_else(lacks("EngineVersion"))?,
        storage_encrypted: cluster.storage_encrypted.ok_or_else(lacks("StorageEncrypted"))?,
        storage_encryption_type: cluster.storage_encryption_type.map(|kind| kind.as_str().to_owned()),
        backup_retention_period: cluster.backup_retention_period.ok_or_else(lacks("BackupRetentionPeriod"))?,
        auto_minor_version_upgrade: cluster.auto_minor_version_upgrade,
        multi_az: cluster.multi_az,
        engine_mode: cluster.engine_mode,
        global_cluster_identifier: cluster.global_cluster_identifier.filter(|global| !global.is_empty()),
        replication_source_identifier: cluster.replication_source_identifier.filter(|source| !source.is_empty()),
        read_replica_identifiers: cluster.read_replica_identifiers.into_iter().flatten().collect(),
        db_cluster_parameter_group: cluster.db_cluster_parameter_group.ok_or_else(lacks("DBClusterParameterGroup"))?,
        db_cluster_members: members.collect::<Result<_, Unknown>>()?,
        tag_list: tags(DESCRIBE_DB_CLUSTERS, cluster.tag_list)?,
    })
}

async fn db_proxies(live: &Live, seen: &mut Vec<DBProxy>) -> Result<(), Unknown> {
    let lacks = |field| move || missing(DESCRIBE_DB_PROXIES, field);
    let mut pages = live.client(Client::new).describe_db_proxies().into_paginator().send();
    while let Some(page) = pages.next().await {
        for proxy in live.heard(DESCRIBE_DB_PROXIES, page)?.db_proxies.into_iter().flatten() {
            seen.push(DBProxy {
                db_proxy_name: proxy.db_proxy_name.ok_or_else(lacks("DBProxyName"))?,
                db_proxy_arn: proxy.db_proxy_arn.ok_or_else(lacks("DBProxyArn"))?,
                status: proxy.status.ok_or_else(lacks("Status"))?.as_str().to_owned(),
                require_tls: proxy.require_tls.ok_or_else(lacks("RequireTLS"))?,
            });
        }
    }
    Ok(())
}

async fn option_groups(live: &Live, seen: &mut Vec<OptionGroup>) -> Result<(), Unknown> {
    let lacks = |field| move || missing(DESCRIBE_OPTION_GROUPS, field);
    let mut pages = live.client(Client::new).describe_option_groups().into_paginator().send();
    while let Some(page) = pages.next().await {
        for group in live.heard(DESCRIBE_OPTION_GROUPS, page)?.option_groups_list.into_iter().flatten() {
            let options = group.options.into_iter().flatten().map(|option| {
                let settings = option.option_settings.into_iter().flatten();
                Ok(GroupOption {
                    option_name: option.option_name.ok_or_else(lacks("OptionName"))?,
                    option_settings: settings
                        .filter(|setting| setting.name.as_deref() == Some(ORACLE_ENCRYPTION))
                        .map(|setting| OptionSetting { name: ORACLE_ENCRYPTION.to_owned(), value: setting.value })
                        .collect(),
                })
            });
            seen.push(OptionGroup {
                options: options.collect::<Result<_, Unknown>>()?,
                option_group_name: group.option_group_name.ok_or_else(lacks("OptionGroupName"))?,
                option_group_arn: group.option_group_arn.ok_or_else(lacks("OptionGroupArn"))?,
            });
        }
    }
    Ok(())
}

async fn db_snapshots(live: &Live, seen: &mut Vec<DBSnapshot>) -> Result<(), Unknown> {
    let lacks = |field| move || missing(DESCRIBE_DB_SNAPSHOTS, field);
    let mut pages = live.client(Client::new).describe_db_snapshots().snapshot_type("manual").into_paginator().send();
    while let Some(page) = pages.next().await {
        for snapshot in live.heard(DESCRIBE_DB_SNAPSHOTS, page)?.db_snapshots.into_iter().flatten() {
            seen.push(DBSnapshot {
                db_snapshot_identifier: snapshot.db_snapshot_identifier.ok_or_else(lacks("DBSnapshotIdentifier"))?,
                db_snapshot_arn: snapshot.db_snapshot_arn.ok_or_else(lacks("DBSnapshotArn"))?,
                encrypted: snapshot.encrypted.ok_or_else(lacks("Encrypted"))?,
                tag_list: tags(DESCRIBE_DB_SNAPSHOTS, snapshot.tag_list)?,
            });
        }
    }
    Ok(())
}

async fn db_cluster_snapshots(live: &Live, seen: &mut Vec<DBClusterSnapshot>) -> Result<(), Unknown> {
    let lacks = |field| move || missing(DESCRIBE_DB_CLUSTER_SNAPSHOTS, field);
    let manual = live.client(Client::new).describe_db_cluster_snapshots().snapshot_type("manual");
    let mut pages = manual.into_paginator().send();
    while let Some(page) = pages.next().await {
        for snapshot in live.heard(DESCRIBE_DB_CLUSTER_SNAPSHOTS, page)?.db_cluster_snapshots.into_iter().flatten() {
            let name = snapshot.db_cluster_snapshot_identifier;
            seen.push(DBClusterSnapshot {
                db_cluster_snapshot_identifier: name.ok_or_else(lacks("DBClusterSnapshotIdentifier"))?,
                db_cluster_snapshot_arn: snapshot.db_cluster_snapshot_arn.ok_or_else(lacks("DBClusterSnapshotArn"))?,
                storage_encrypted: snapshot.storage_encrypted.ok_or_else(lacks("StorageEncrypted"))?,
                tag_list: tags(DESCRIBE_DB_CLUSTER_SNAPSHOTS, snapshot.tag_list)?,
            });
        }
    }
    Ok(())
}

/// What RDS answers where a group's parameters can not be asked for by name.
const NOT_BY_NAME: [&str; 2] = ["InvalidParameterValue", "InvalidParameterCombination"];

async fn db_parameters(live: &Live, group: &DBParameterGroup) -> Result<DBParameters, Unknown> {
    let named = parameters_of(live, group, Some(by_name())).await.absent(&NOT_BY_NAME)?;
    let found = match named {
        Some(named) if !named.is_empty() => named,
        _ => parameters_of(live, group, None).await?,
    };
    Ok(DBParameters { parameters: kept(found) })
}

async fn parameters_of(
    live: &Live,
    group: &DBParameterGroup,
    filter: Option<types::Filter>,
) -> Result<Vec<types::Parameter>, Failure> {
    let request = live.client(Client::new).describe_db_parameters();
    let request = request.db_parameter_group_name(&group.db_parameter_group_name).set_filters(filter.map(|f| vec![f]));
    let mut pages = request.into_paginator().send();
    let mut parameters = Vec::new();
    while let Some(page) = pages.next().await {
        parameters.extend(live.heard(DESCRIBE_DB_PARAMETERS, page)?.parameters.into_iter().flatten());
    }
    Ok(parameters)
}

async fn db_cluster_parameters(live: &Live, group: &DBClusterParameterGroup) -> Result<DBClusterParameters, Unknown> {
    let named = cluster_parameters_of(live, group, Some(by_name())).await.absent(&NOT_BY_NAME)?;
    let found = match named {
        Some(named) if !named.is_empty() => named,
        _ => cluster_parameters_of(live, group, None).await?,
    };
    Ok(DBClusterParameters { parameters: kept(found) })
}

async fn cluster_parameters_of(
    live: &Live,
    group: &DBClusterParameterGroup,
    filter: Option<types::Filter>,
) -> Result<Vec<types::Parameter>, Failure> {
    let name = &group.db_cluster_parameter_group_name;
    let request = live.client(Client::new).describe_db_cluster_parameters().db_cluster_parameter_group_name(name);
    let mut pages = request.set_filters(filter.map(|f| vec![f])).into_paginator().send();
    let mut parameters = Vec::new();
    while let Some(page) = pages.next().await {
        parameters.extend(live.heard(DESCRIBE_DB_CLUSTER_PARAMETERS, page)?.parameters.into_iter().flatten());
    }
    Ok(parameters)
}

/// One request instead of the five or so pages a group is long. Source: RDS API Reference, `DescribeDBParameters`.
fn by_name() -> types::Filter {
    let names = TLS_PARAMETERS.iter().map(ToString::to_string).collect();
    types::Filter::builder().name("parameter-name").set_values(Some(names)).build()
}

fn kept(parameters: Vec<types::Parameter>) -> Vec<Parameter> {
    let named = parameters.into_iter().filter_map(|parameter| {
        let parameter_name = parameter.parameter_name?;
        Some(Parameter { parameter_name, parameter_value: parameter.parameter_value })
    });
    named.filter(|parameter| TLS_PARAMETERS.iter().any(|name| parameter.is_named(name))).collect()
}

async fn db_snapshot_attributes(live: &Live, snapshot: &DBSnapshot) -> Result<DBSnapshotAttributes, Unknown> {
    let lacks = |field| move || missing(DESCRIBE_DB_SNAPSHOT_ATTRIBUTES, field);
    let request = live.client(Client::new).describe_db_snapshot_attributes();
    let answer = request.db_snapshot_identifier(&snapshot.db_snapshot_identifier).send().await;
    let answer = live.heard(DESCRIBE_DB_SNAPSHOT_ATTRIBUTES, answer)?;
    let result = answer.db_snapshot_attributes_result.ok_or_else(lacks("DBSnapshotAttributesResult"))?;
    let attributes = result.db_snapshot_attributes.ok_or_else(lacks("DBSnapshotAttributes"))?.into_iter();
    let attributes = attributes.map(|attribute| {
        Ok(SnapshotAttribute {
            attribute_name: attribute.attribute_name.ok_or_else(lacks("AttributeName"))?,
            attribute_values: attribute.attribute_values.into_iter().flatten().collect(),
        })
    });
    Ok(DBSnapshotAttributes { db_snapshot_attributes: attributes.collect::<Result<_, Unknown>>()? })
}

async fn db_cluster_snapshot_attributes(
    live: &Live,
    snapshot: &DBClusterSnapshot,
) -> Result<DBClusterSnapshotAttributes, Unknown> {
    let lacks = |field| move || missing(DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES, field);
    let request = live.client(Client::new).describe_db_cluster_snapshot_attributes();
    let answer = request.db_cluster_snapshot_identifier(&snapshot.db_cluster_snapshot_identifier).send().await;
    let answer = live.heard(DESCRIBE_DB_CLUSTER_SNAPSHOT_ATTRIBUTES, answer)?;
    let result = answer.db_cluster_snapshot_attributes_result.ok_or_else(lacks("DBClusterSnapshotAttributesResult"))?;
    let attributes = result.db_cluster_snapshot_attributes.ok_or_else(lacks("DBClusterSnapshotAttributes"))?;
    let attributes = attributes.into_iter().map(|attribute| {
        Ok(SnapshotAttribute {
            attribute_name: attribute.attribute_name.ok_or_else(lacks("AttributeName"))?,
            attribute_values: attribute.attribute_values.into_iter().flatten().collect(),
        })
    });
    Ok(DBClusterSnapshotAttributes { db_cluster_snapshot_attributes: attributes.collect::<Result<_, Unknown>>()? })
}

fn tags(call: Call, tags: Option<Vec<types::Tag>>) -> Result<Tags, Unknown> {
    let pairs = tags.into_iter().flatten().map(|tag| {
        // A tag may be a key alone.
        Ok((tag.key.ok_or_else(|| missing(call, "Key"))?, tag.value.unwrap_or_else(String::new)))
    });
    pairs.collect()
}
