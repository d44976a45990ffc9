use super::resources::{FlowLog, Subnet, Vpc};
use crate::contract::{Answer, Verdict, fail, not_applicable, pass};

crate::check! {
    /// Every VPC records its network flows
    ///
    /// Flow logs are the only record of who spoke with whom. Without them, scans, data leaving and the steps of an
    /// intruder can neither be seen while they happen nor reconstructed later; and what was refused tells of attacks
    /// first. A VPC whose subnets all have a flow log is covered too; flow logs of single interfaces cover nothing that
    /// is created later.
    ///
    /// # Fix
    /// `aws ec2 create-flow-logs --resource-type VPC --resource-ids ID --traffic-type REJECT --log-destination-type s3 --log-destination arn:aws:s3:::BUCKET`
    /// (or `ALL`, which shows accepted traffic too and costs more).
    ///
    /// # Source
    /// Amazon VPC User Guide, "Logging IP traffic using VPC Flow Logs"; CIS Amazon Web Services Foundations Benchmark
    /// and Security Hub EC2.6: at least rejected traffic is recorded
    over: Vpc,
    reads: [FlowLog, Subnet],
    duty: AuditLogging,
    severity: Medium,
}

async fn judge(vpc: &Vpc, cloud: &Cloud) -> Answer {
    if *vpc.owner_id != *cloud.place().account {
        return Ok(not_applicable(format!("belongs to account {}, which alone can log it", vpc.owner_id)));
    }
    let logs = cloud.list::<FlowLog>().await?;
    let of = |resource: &str| logs.iter().filter(|log| log.resource_id == resource).collect::<Vec<_>>();
    let own = of(&vpc.vpc_id);
    if let Some(log) = own.iter().find(|log| log.records_rejected_traffic() && log.is_delivered()) {
        return Ok(showing(pass(format!("records its flows with {}", log.flow_log_id)), log));
    }
    if logs.iter().any(|log| log.resource_id.starts_with("subnet-")) {
        let subnets = cloud.list::<Subnet>().await?;
        let of_vpc: Vec<_> = subnets.iter().filter(|subnet| subnet.vpc_id == vpc.vpc_id).collect();
        let covered = |subnet: &&&Subnet| {
            of(&subnet.subnet_id).iter().any(|log| log.records_rejected_traffic() && log.is_delivered())
        };
        match (of_vpc.iter().filter(covered).count(), of_vpc.len()) {
            (0, _) => {}
            (covered, all) if covered == all => return Ok(pass(format!("records its flows in each of {all} subnets"))),
            (covered, all) => return Ok(fail(format!("records its flows in {covered} of {all} subnets only"))),
        }
    }
    Ok(match own.first() {
        None => fail("records no flows"),
        Some(log) if !log.is_delivered() => {
            let why = log.deliver_logs_error_message.as_deref().unwrap_or("AWS does not say why");
            showing(fail(format!("has {}, which is not delivered: {why}", log.flow_log_id)), log)
        }
        Some(log) => showing(fail(format!("has {}, which records accepted traffic only", log.flow_log_id)), log),
    })
}

fn showing(verdict: Verdict, log: &FlowLog) -> Verdict {
    verdict
        .showing_of::<FlowLog>("TrafficType", log.traffic_type.clone())
        .showing_of::<FlowLog>("FlowLogStatus", &*log.flow_log_status)
        .showing_of::<FlowLog>("DeliverLogsStatus", log.deliver_logs_status.clone())
}
