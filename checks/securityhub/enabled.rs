use super::resources::Hub;
use crate::contract::{Answer, Region, fail, pass};

crate::check! {
    /// Security Hub is on in every active region
    ///
    /// It brings the findings of GuardDuty, Inspector, Macie and others together with those of its own controls, so
    /// that one list says what to see to first.
    ///
    /// Meant is Security Hub CSPM, which benchmarks ask for; the newer Security Hub that correlates its findings does
    /// not replace it. Which standards it checks against does not matter here: findings of other services arrive
    /// without any.
    ///
    /// # Fix
    /// `aws securityhub enable-security-hub --enable-default-standards --region REGION`
    ///
    /// In an organization, let its Security Hub administrator enable all accounts, new ones included.
    ///
    /// # Source
    /// CIS AWS Foundations Benchmark, "Ensure AWS Security Hub is enabled"; AWS Config rule securityhub-enabled
    over: Region,
    reads: [Hub],
    duty: SecurityMonitoring,
    severity: High,
}

async fn judge(region: &Region, cloud: &Cloud) -> Answer {
    let hub = cloud.of::<Hub>(region).await?;
    let verdict = match &hub.hub_arn {
        Some(arn) => pass(format!("has the hub {arn}")),
        None => fail("has no hub"),
    };
    Ok(verdict.showing_of::<Hub>("HubArn", hub.hub_arn.as_deref()))
}
