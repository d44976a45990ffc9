use super::resources::{
    DBCluster, DBClusterParameters, DBInstance, DBParameters, DBProxy, ORACLE_ENCRYPTION, OptionGroup, Parameter,
    TlsRule, value_requires_tls,
};
use crate::contract::{Answer, Record, Unknown, fail, not_applicable, pass};

crate::check! {
    /// Databases and database proxies refuse connections without TLS
    ///
    /// All engines offer TLS, but a client that does not ask for it sends its password's proof, its queries and their
    /// results in the clear. Only a server that refuses such clients makes sure that there are none.
    ///
    /// # Fix
    /// Set the engine's parameter in a parameter group of your own (default groups can not be changed), then reboot:
    /// `rds.force_ssl` to 1 (PostgreSQL, SQL Server), `require_secure_transport` to 1 (MySQL, MariaDB), `tls` to
    /// `enabled` (DocumentDB), `neptune_enforce_ssl` to 1 (old Neptune), `db2comm` to `SSL` and `ssl_svcename` to a port
    /// (Db2).
    /// `aws rds modify-db-parameter-group --db-parameter-group-name GROUP --parameters ParameterName=rds.force_ssl,ParameterValue=1,ApplyMethod=pending-reboot`
    /// `aws rds modify-db-cluster-parameter-group` is the same for clusters.
    /// Oracle: give the option group `NATIVE_NETWORK_ENCRYPTION` with `SQLNET.ENCRYPTION_SERVER` set to `REQUIRED`; the
    /// `SSL` option opens a second port and leaves the first as it is.
    /// Proxies: `aws rds modify-db-proxy --db-proxy-name NAME --require-tls`
    ///
    /// # Source
    /// Amazon RDS User Guide, "Using SSL/TLS to encrypt a connection to a DB instance or cluster" and the page of each
    /// engine; Amazon RDS User Guide, "Amazon RDS Proxy concepts and terminology"; AWS Security Hub, RDS.38, RDS.39,
    /// RDS.41, RDS.43, RDS.44, DocumentDB.6
    over: [DBInstance => judge_instance, DBCluster => judge_cluster, DBProxy => judge_proxy],
    reads: [DBParameters, DBClusterParameters, OptionGroup],
    duty: EncryptionInTransit,
    severity: High,
}

async fn judge_instance(instance: &DBInstance, cloud: &Cloud) -> Answer {
    if let Some(cluster) = &instance.db_cluster_identifier {
        return Ok(not_applicable(format!("does as its cluster {cluster} says")));
    }
    if instance.is_being_deleted() {
        return Ok(not_applicable("is being deleted"));
    }
    match TlsRule::of(&instance.engine, &instance.engine_version) {
        TlsRule::Parameter { name, default } => {
            let group = instance.parameter_group()?;
            let said = cloud.of::<DBParameters>(&group).await?;
            by_parameter::<DBParameters>(name, default, &said.parameters, &group.db_parameter_group_name)
        }
        TlsRule::Option => by_option_group(instance.option_group()?, cloud).await,
        rule => by_engine::<DBInstance>(rule, &instance.engine, &instance.engine_version),
    }
}

async fn judge_cluster(cluster: &DBCluster, cloud: &Cloud) -> Answer {
    if cluster.is_being_deleted() {
        return Ok(not_applicable("is being deleted"));
    }
    match TlsRule::of(&cluster.engine, &cluster.engine_version) {
        TlsRule::Parameter { name, default } => {
            let group = cluster.parameter_group()?;
            let said = cloud.of::<DBClusterParameters>(&group).await?;
            by_parameter::<DBClusterParameters>(name, default, &said.parameters, &group.db_cluster_parameter_group_name)
        }
        rule => by_engine::<DBCluster>(rule, &cluster.engine, &cluster.engine_version),
    }
}

async fn judge_proxy(proxy: &DBProxy, _: &Cloud) -> Answer {
    if proxy.status == "deleting" {
        return Ok(not_applicable("is being deleted"));
    }
    let verdict =
        if proxy.require_tls { pass("refuses clients without TLS") } else { fail("accepts clients without TLS") };
    Ok(verdict.showing("RequireTLS", proxy.require_tls))
}

fn by_parameter<R: Record>(name: &str, default: Option<bool>, said: &[Parameter], group: &str) -> Answer {
    let Some(parameter) = said.iter().find(|parameter| parameter.is_named(name)) else {
        return Err(Unknown::undecided::<R>(format!("parameter group {group} does not show {name}")));
    };
    let (required, because) = match &parameter.parameter_value {
        Some(value) => (value_requires_tls(name, value), format!("{name} is {value} in parameter group {group}")),
        None => (default, format!("parameter group {group} leaves {name} at the engine's default")),
    };
    let verdict = match required {
        Some(true) => pass(format!("refuses connections without TLS: {because}")),
        Some(false) => fail(format!("accepts connections without TLS: {because}")),
        None => return Err(Unknown::undecided::<R>(format!("{because}, which AWS does not explain"))),
    };
    Ok(verdict.showing_of::<R>(name, parameter.parameter_value.clone()))
}

async fn by_option_group(name: &str, cloud: &Cloud) -> Answer {
    let groups = cloud.list::<OptionGroup>().await?;
    let Some(group) = groups.iter().find(|group| group.option_group_name == name) else {
        return Err(Unknown::undecided::<OptionGroup>(format!("option group {name} is not among those listed")));
    };
    let Some(option) = group.native_network_encryption() else {
        return Ok(fail(format!(
            "accepts connections in the clear: option group {name} does not make Oracle refuse them"
        )));
    };
    let Some(value) = option.setting(ORACLE_ENCRYPTION) else {
        return Err(Unknown::undecided::<OptionGroup>(format!(
            "option group {name} does not show {ORACLE_ENCRYPTION}"
        )));
    };
    let because = format!("{ORACLE_ENCRYPTION} is {value} in option group {name}");
    let verdict = match &*value.to_ascii_uppercase() {
        "REQUIRED" => pass(format!("refuses connections without Oracle's own encryption: {because}")),
        "REQUESTED" | "ACCEPTED" | "REJECTED" => fail(format!("accepts connections in the clear: {because}")),
        _ => return Err(Unknown::undecided::<OptionGroup>(format!("{because}, which AWS does not explain"))),
    };
    Ok(verdict.showing_of::<OptionGroup>(ORACLE_ENCRYPTION, value))
}

fn by_engine<R: Record>(rule: TlsRule, engine: &str, version: &str) -> Answer {
    let verdict = match rule {
        TlsRule::Always => pass(format!("refuses connections without TLS, as {engine} {version} always does")),
        TlsRule::Never => fail(format!("accepts connections without TLS: {engine} {version} can not refuse them")),
        _ => {
            let detail = format!("AWS does not tell whether {engine} {version} refuses connections without TLS");
            return Err(Unknown::undecided::<R>(detail));
        }
    };
    Ok(verdict.showing("Engine", engine).showing("EngineVersion", version))
}
