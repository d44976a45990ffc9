use super::resources::{DBCluster, DBInstance};
use crate::contract::{Answer, Record, Unknown, Verdict, fail, not_applicable, pass};

crate::check! {
    /// Minor engine versions are applied automatically
    ///
    /// Most minor versions mend flaws that are public from the day they appear. Applied by AWS in the maintenance
    /// window, they are in place within weeks; left to people, often only once the old version is about to end.
    ///
    /// A cluster of Aurora is upgraded only if the cluster and each of its instances allow it, so both are judged. A
    /// Multi-AZ cluster decides for its instances, and the instances of Amazon Neptune for their cluster. Amazon
    /// DocumentDB, RDS Custom, clusters of a global database and clusters of Aurora MySQL that replicate across regions
    /// get no minor versions by themselves, whatever is set on them and on their instances.
    ///
    /// # Fix
    /// `aws rds modify-db-instance --db-instance-identifier ID --auto-minor-version-upgrade --apply-immediately` or
    /// `aws rds modify-db-cluster --db-cluster-identifier ID --auto-minor-version-upgrade`; it does not restart
    /// anything, an upgrade does, in the maintenance window.
    ///
    /// # Source
    /// Amazon RDS User Guide, "Automatically upgrading the minor engine version"; Amazon Aurora User Guide, "Enabling
    /// automatic upgrades between minor Aurora MySQL versions"; AWS Config rule
    /// `rds-automatic-minor-version-upgrade-enabled`; Security Hub RDS.13, RDS.35
    over: [DBInstance => judge_instance, DBCluster => judge_cluster],
    reads: [DBCluster],
    duty: DependencyManagement,
    severity: Medium,
}

const NEVER_OF_DOCUMENTDB: &str = "is of Amazon DocumentDB, which applies no minor versions by itself";

async fn judge_instance(instance: &DBInstance, cloud: &Cloud) -> Answer {
    if instance.is_being_deleted() {
        return Ok(not_applicable("is being deleted"));
    }
    match &*instance.engine {
        "docdb" => return Ok(not_applicable(NEVER_OF_DOCUMENTDB)),
        engine if engine.starts_with("custom-") => {
            return Ok(not_applicable(format!("is of RDS Custom ({engine}), whose engine its owner upgrades")));
        }
        _ => {}
    }
    match &instance.db_cluster_identifier {
        Some(name) if instance.is_of_multi_az_cluster() => {
            return Ok(not_applicable(format!("is upgraded with its cluster {name}")));
        }
        Some(name) if is_aurora(&instance.engine) => {
            let clusters = cloud.list::<DBCluster>().await?;
            let cluster = clusters.iter().find(|cluster| cluster.db_cluster_identifier == *name);
            if let Some(words) = cluster.and_then(left_to_its_owner) {
                return Ok(not_applicable(format!("is of cluster {name}, which {words}")));
            }
        }
        _ => {}
    }
    judge::<DBInstance>(instance.auto_minor_version_upgrade)
}

async fn judge_cluster(cluster: &DBCluster, _: &Cloud) -> Answer {
    if cluster.is_being_deleted() {
        return Ok(not_applicable("is being deleted"));
    }
    match &*cluster.engine {
        "docdb" => return Ok(not_applicable(NEVER_OF_DOCUMENTDB)),
        "neptune" => return Ok(not_applicable("leaves it to its instances")),
        _ => {}
    }
    if let Some(words) = left_to_its_owner(cluster) {
        return Ok(not_applicable(words));
    }
    judge::<DBCluster>(cluster.auto_minor_version_upgrade)
}

fn is_aurora(engine: &str) -> bool {
    engine.starts_with("aurora")
}

/// Why AWS applies no minor versions to a cluster of Aurora, whatever it allows.
fn left_to_its_owner(cluster: &DBCluster) -> Option<String> {
    if let Some(global) = cluster.global_cluster_identifier.as_ref().filter(|_| is_aurora(&cluster.engine)) {
        return Some(format!("is part of the global database {global}, which AWS leaves to its owner"));
    }
    let other = cluster.replicates_across_regions().filter(|_| cluster.engine == "aurora-mysql")?;
    Some(format!("replicates across regions (with {other}), which AWS leaves to its owner"))
}

fn judge<R: Record>(automatic: Option<bool>) -> Answer {
    let Some(automatic) = automatic else {
        return Err(Unknown::undecided::<R>("AWS did not tell whether minor versions are applied automatically"));
    };
    let verdict: Verdict =
        if automatic { pass("lets AWS apply minor versions") } else { fail("does not let AWS apply minor versions") };
    Ok(verdict.showing("AutoMinorVersionUpgrade", automatic))
}
