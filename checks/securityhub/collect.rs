//! Reads Security Hub through its SDK.

use aws_sdk_securityhub::Client;

use super::resources::{DESCRIBE_HUB, Hub};
use crate::contract::{Region, Unknown};
use crate::live::{Live, missing};

crate::collectors! {
    detail Hub = hub,
}

/// An account without a hub is told so with a code that has other meanings too, "you may not" among them, so the words
/// count: "Account … is not subscribed to AWS Security Hub", a service that has been renamed since.
/// <https://github.com/joshlarsen/aws-recon/issues/65>, <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DescribeHub.html#API_DescribeHub_Errors>
async fn hub(live: &Live, _region: &Region) -> Result<Hub, Unknown> {
    let answer = live.client(Client::new).describe_hub().send().await;
    match live.heard(DESCRIBE_HUB, answer) {
        Ok(answer) => Ok(Hub { hub_arn: Some(answer.hub_arn.ok_or_else(|| missing(DESCRIBE_HUB, "HubArn"))?) }),
        Err(failure)
            if failure.says("InvalidAccessException", "is not subscribed to")
                || failure.code() == Some("ResourceNotFoundException") =>
        {
            Ok(Hub { hub_arn: None })
        }
        Err(failure) => Err(failure.into()),
    }
}
