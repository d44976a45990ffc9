use super::resources::{DBCluster, DBInstance};
use crate::contract::{Answer, Unknown, fail, not_applicable, pass};

crate::check! {
    /// Production databases run in two or more zones
    ///
    /// An availability zone that fails takes a database in that zone alone with it, for as long as it takes to restore
    /// it elsewhere. A second one in another zone takes over within a minute or two, also when the first is patched.
    ///
    /// Which databases serve production cannot be seen from outside: accept the finding for those that do not. An
    /// instance of a cluster is judged with the cluster. A read replica is a second copy itself, so it is not asked to
    /// have a third; that a source has one does not count for the source, since nothing takes over by itself.
    ///
    /// # Fix
    /// `aws rds modify-db-instance --db-instance-identifier ID --multi-az --apply-immediately`; for a cluster, add an
    /// instance in another zone:
    /// `aws rds create-db-instance --db-instance-identifier NEW --db-cluster-identifier ID --engine ENGINE --db-instance-class CLASS --availability-zone ZONE`
    ///
    /// # Source
    /// Amazon RDS User Guide, "Configuring and managing a Multi-AZ deployment"; Amazon Aurora User Guide, "High
    /// availability for Amazon Aurora"; Security Hub RDS.5, RDS.15, Neptune.9
    over: [DBInstance => judge_instance, DBCluster => judge_cluster],
    duty: RiskManagement,
    severity: Medium,
}

async fn judge_instance(instance: &DBInstance, _: &Cloud) -> Answer {
    if let Some(cluster) = &instance.db_cluster_identifier {
        return Ok(not_applicable(format!("is judged with its cluster {cluster}")));
    }
    if instance.is_being_deleted() {
        return Ok(not_applicable("is being deleted"));
    }
    let verdict = match (&instance.secondary_availability_zone, instance.multi_az, instance.replicates()) {
        // SQL Server with mirroring of its own tells the zone, and need not be called Multi-AZ.
        (Some(zone), _, _) => pass(format!("has a standby in {zone}")),
        (None, Some(true), _) => pass("has a standby in another zone"),
        (None, _, Some(source)) => not_applicable(format!("is a read replica of {source}, which is what counts")),
        (None, Some(false), None) => fail("runs in one zone"),
        (None, None, None) => {
            return Err(Unknown::undecided::<DBInstance>("AWS did not tell whether the instance has a standby"));
        }
    };
    Ok(verdict
        .showing("MultiAZ", instance.multi_az)
        .showing("SecondaryAvailabilityZone", instance.secondary_availability_zone.clone()))
}

async fn judge_cluster(cluster: &DBCluster, _: &Cloud) -> Answer {
    if cluster.is_being_deleted() {
        return Ok(not_applicable("is being deleted"));
    }
    let verdict = match (cluster.multi_az, cluster.db_cluster_members.len()) {
        (Some(true), _) => pass("has instances in several zones"),
        (Some(false), _) if cluster.engine_mode.as_deref() == Some("serverless") => {
            not_applicable("is of Aurora Serverless v1, which AWS moves to another zone by itself")
        }
        (Some(false), 0) => not_applicable("has no instances, only storage, which is spread over zones"),
        (Some(false), 1) => fail("has one instance, in one zone"),
        (Some(false), several) => fail(format!("has {several} instances, all in one zone")),
        (None, _) => {
            return Err(Unknown::undecided::<DBCluster>("AWS did not tell whether the cluster is in several zones"));
        }
    };
    Ok(verdict.showing("MultiAZ", cluster.multi_az))
}
