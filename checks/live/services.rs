//! The clients of all services, and how each comes to be watched.

use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;

/// A client of one service's SDK.
pub trait Service: Clone + Send + 'static {
    /// The service's prefix as IAM has it, as in the [`Call`](crate::contract::Call)s that the client makes.
    const PREFIX: &'static str;

    /// The same client, with its calls watched. The session decides by what, and for what: it sees each operation and
    /// each try.
    #[must_use]
    fn watched(&self, by: SharedInterceptor) -> Self;
}

macro_rules! services {
    ($($prefix:literal $sdk:ident),* $(,)?) => {
        $(impl Service for $sdk::Client {
            const PREFIX: &'static str = $prefix;

            fn watched(&self, by: SharedInterceptor) -> Self {
                let mut config = self.config().to_builder();
                config.push_interceptor(by);
                Self::from_conf(config.build())
            }
        })*
    };
}

services! {
    "access-analyzer" aws_sdk_accessanalyzer,
    "account" aws_sdk_account,
    "artifact" aws_sdk_artifact,
    "backup" aws_sdk_backup,
    "cloudtrail" aws_sdk_cloudtrail,
    "cloudwatch" aws_sdk_cloudwatch,
    "config" aws_sdk_config,
    "ec2" aws_sdk_ec2,
    "elasticfilesystem" aws_sdk_efs,
    "guardduty" aws_sdk_guardduty,
    "iam" aws_sdk_iam,
    "kms" aws_sdk_kms,
    "logs" aws_sdk_cloudwatchlogs,
    "macie2" aws_sdk_macie2,
    "organizations" aws_sdk_organizations,
    "rds" aws_sdk_rds,
    "s3" aws_sdk_s3,
    "s3control" aws_sdk_s3control,
    "securityhub" aws_sdk_securityhub,
    "sns" aws_sdk_sns,
    "sts" aws_sdk_sts,
}
