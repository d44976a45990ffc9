//! What is to be true of an AWS account.
//!
//! - [`contract`]: what a check may see and what it must say; the shared-responsibility model
//! - [`policy`]: IAM policy documents, understood
//! - one module per AWS service: its records, its collectors (feature `live`), its checks
//! - [`live`]: the AWS SDK as collectors see it
//! - [`net`]: addresses, protocols and ports
//! - [`logs`]: filter patterns of CloudWatch Logs, understood
//! - [`SERVICES`]: the list of everything

pub mod contract;
#[cfg(feature = "live")]
pub mod live;
pub mod logs;
pub mod net;
pub mod policy;

pub mod accessanalyzer;
pub mod account;
pub mod artifact;
pub mod backup;
pub mod cloudtrail;
pub mod cloudwatch;
pub mod cloudwatchlogs;
pub mod config;
pub mod ec2;
pub mod efs;
pub mod guardduty;
pub mod iam;
pub mod kms;
pub mod macie;
pub mod organizations;
pub mod rds;
pub mod s3;
pub mod securityhub;
pub mod sns;

use std::sync::LazyLock;

use contract::{Read, Registered, Service};

/// Every service, in the order that reports keep.
pub static SERVICES: &[&Service] = &[
    &account::SERVICE,
    &organizations::SERVICE,
    &artifact::SERVICE,
    &iam::SERVICE,
    &accessanalyzer::SERVICE,
    &s3::SERVICE,
    &macie::SERVICE,
    &efs::SERVICE,
    &ec2::SERVICE,
    &kms::SERVICE,
    &rds::SERVICE,
    &backup::SERVICE,
    &cloudtrail::SERVICE,
    &cloudwatch::SERVICE,
    &cloudwatchlogs::SERVICE,
    &sns::SERVICE,
    &config::SERVICE,
    &guardduty::SERVICE,
    &securityhub::SERVICE,
];

/// Every check, in the order that reports keep.
pub fn checks() -> &'static [Registered] {
    static CHECKS: LazyLock<Vec<Registered>> = LazyLock::new(|| {
        SERVICES.iter().flat_map(|service| service.checks.iter().map(|check| Registered::new(service, check))).collect()
    });
    &CHECKS
}

/// Every kind of read that a check makes, in the order of first use.
pub fn reads() -> &'static [&'static Read] {
    static READS: LazyLock<Vec<&'static Read>> = LazyLock::new(|| {
        let mut reads: Vec<&'static Read> = Vec::new();
        for read in checks().iter().flat_map(Registered::reads) {
            if !reads.contains(&read) {
                reads.push(read);
            }
        }
        reads
    });
    &READS
}

/// The collectors of every service.
#[cfg(feature = "live")]
pub fn collectors() -> impl Iterator<Item = &'static live::Collector> {
    [
        account::collect::COLLECTORS,
        organizations::collect::COLLECTORS,
        artifact::collect::COLLECTORS,
        iam::collect::COLLECTORS,
        accessanalyzer::collect::COLLECTORS,
        s3::collect::COLLECTORS,
        macie::collect::COLLECTORS,
        efs::collect::COLLECTORS,
        ec2::collect::COLLECTORS,
        kms::collect::COLLECTORS,
        rds::collect::COLLECTORS,
        backup::collect::COLLECTORS,
        cloudtrail::collect::COLLECTORS,
        cloudwatch::collect::COLLECTORS,
        cloudwatchlogs::collect::COLLECTORS,
        sns::collect::COLLECTORS,
        config::collect::COLLECTORS,
        guardduty::collect::COLLECTORS,
        securityhub::collect::COLLECTORS,
    ]
    .into_iter()
    .flatten()
}
