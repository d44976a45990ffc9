use jiff::ToSpan;

use super::resources::{DBCluster, DBInstance};
use crate::backup::resources::ProtectedResource;
use crate::contract::{Answer, Unknown, fail, not_applicable, pass};

crate::check! {
    /// Automated backups are kept for at least seven days or a backup plan covers the database
    ///
    /// Damage to data is often noticed days later, by people: after a weekend, at the end of a month. By then a
    /// database that keeps one day of backups holds only copies of the damage.
    ///
    /// AWS Backup counts when it has backed the database up within the last eight days, which a weekly plan does;
    /// how long its recovery points are kept is for the checks of AWS Backup to say.
    ///
    /// # Fix
    /// `aws rds modify-db-instance --db-instance-identifier ID --backup-retention-period 7 --apply-immediately` or
    /// `aws rds modify-db-cluster --db-cluster-identifier ID --backup-retention-period 7 --apply-immediately`
    ///
    /// # Source
    /// Amazon RDS User Guide, "Backup retention period"; AWS Security Hub, RDS.11, RDS.26, RDS.50, DocumentDB.2,
    /// Neptune.5
    over: [DBInstance => judge_instance, DBCluster => judge_cluster],
    reads: [ProtectedResource],
    duty: BackupVerification,
    severity: Medium,
}

const AWS_BACKUP_WITHIN_DAYS: i64 = 8;

async fn judge_instance(instance: &DBInstance, cloud: &Cloud) -> Answer {
    if let Some(cluster) = &instance.db_cluster_identifier {
        return Ok(not_applicable(format!("is backed up with its cluster {cluster}")));
    }
    if instance.is_being_deleted() {
        return Ok(not_applicable("is being deleted"));
    }
    if let Some(source) = instance.replicates() {
        return Ok(not_applicable(format!("is a read replica of {source}, whose backups are what counts")));
    }
    judge(instance.backup_retention_period, |arn| arn == instance.db_instance_arn, cloud).await
}

async fn judge_cluster(cluster: &DBCluster, cloud: &Cloud) -> Answer {
    if cluster.is_being_deleted() {
        return Ok(not_applicable("is being deleted"));
    }
    judge(cluster.backup_retention_period, |arn| cluster.has_arn(arn), cloud).await
}

async fn judge(days: i32, is_it: impl Fn(&str) -> bool, cloud: &Cloud) -> Answer {
    let kept = match days {
        0 => "keeps no automated backups".to_owned(),
        1 => "keeps automated backups for 1 day".to_owned(),
        days => format!("keeps automated backups for {days} days"),
    };
    let wanted = cloud.settings().days.backup_retention;
    if i64::from(days) >= i64::from(wanted) {
        return Ok(pass(kept).showing("BackupRetentionPeriod", days));
    }
    let kept = if days == 0 { kept } else { format!("{kept}, not {wanted}") };
    let protected = cloud.list::<ProtectedResource>().await?;
    let Some(found) = protected.iter().find(|resource| is_it(&resource.resource_arn)) else {
        return Ok(fail(format!("{kept}, and none in AWS Backup")).showing("BackupRetentionPeriod", days));
    };
    let Some(last) = found.last_backup_time else {
        let detail = format!("{kept}, and AWS Backup does not tell when it last backed it up");
        return Err(Unknown::undecided::<ProtectedResource>(detail));
    };
    let message = format!("{kept}, and AWS Backup last backed it up on {}", last.strftime("%Y-%m-%d"));
    let recent = last >= cloud.now() - (24 * AWS_BACKUP_WITHIN_DAYS).hours();
    let verdict = if recent { pass(message) } else { fail(message) };
    Ok(verdict
        .showing("BackupRetentionPeriod", days)
        .showing_of::<ProtectedResource>("LastBackupTime", last.to_string()))
}
