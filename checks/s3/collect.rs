//! Reads Simple Storage Service through its SDKs.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::BucketLocationConstraint;
use aws_sdk_s3control::config::endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint};
use aws_types::SdkConfig;

use super::resources::{
    AccountPublicAccessBlock, Bucket, BucketAcl, BucketLogging, BucketOwnershipControls, BucketPolicy,
    BucketPublicAccessBlock, BucketVersioning, GET_ACCOUNT_PUBLIC_ACCESS_BLOCK, GET_BUCKET_ACL, GET_BUCKET_LOCATION,
    GET_BUCKET_LOGGING, GET_BUCKET_OWNERSHIP_CONTROLS, GET_BUCKET_POLICY, GET_BUCKET_VERSIONING,
    GET_PUBLIC_ACCESS_BLOCK, Grant, Grantee, LIST_BUCKETS, PublicAccessBlockConfiguration,
};
use crate::contract::{Account, Call, Reason, Unknown};
use crate::live::{Absent, Failure, Live, missing, told};
use crate::policy::Document;

crate::collectors! {
    list Bucket = buckets,
    detail BucketPolicy = bucket_policy,
    detail BucketAcl = bucket_acl,
    detail BucketOwnershipControls = bucket_ownership_controls,
    detail BucketVersioning = bucket_versioning,
    detail BucketLogging = bucket_logging,
    detail BucketPublicAccessBlock = bucket_public_access_block,
    detail AccountPublicAccessBlock = account_public_access_block,
}

/// The most buckets in one page. S3 pages, and tells regions, only if it is asked for pages.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
const BUCKETS_PER_PAGE: i32 = 1000;

/// The S3 client for a region. Servers that stand in for AWS know no host names per bucket.
pub fn s3(config: &SdkConfig, one_endpoint: bool) -> Client {
    Client::from_conf(aws_sdk_s3::config::Builder::from(config).force_path_style(one_endpoint).build())
}

async fn buckets(live: &Live, seen: &mut Vec<Bucket>) -> Result<(), Unknown> {
    let client = live.client_in(live.place().endpoint_region(), s3);
    let mut pages = client.list_buckets().into_paginator().page_size(BUCKETS_PER_PAGE).send();
    while let Some(page) = pages.next().await {
        for bucket in live.heard(LIST_BUCKETS, page)?.buckets.into_iter().flatten() {
            let name = bucket.name.ok_or_else(|| missing(LIST_BUCKETS, "Name"))?;
            let region = match bucket.bucket_region {
                Some(region) => Some(region),
                None => location(live, &client, &name).await?,
            };
            // Without a region the bucket was deleted since it was listed.
            seen.extend(region.map(|bucket_region| Bucket { name, bucket_region }));
        }
    }
    Ok(())
}

/// A bucket's region, for servers that leave it out of the list; `None` if the bucket is gone.
async fn location(live: &Live, client: &Client, bucket: &str) -> Result<Option<String>, Unknown> {
    let answer = client.get_bucket_location().bucket(bucket).send().await;
    let Some(answer) = live.heard(GET_BUCKET_LOCATION, answer).absent(&["NoSuchBucket"])? else { return Ok(None) };
    // The oldest regions have other names here, or none.
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
    Ok(Some(match answer.location_constraint.as_ref().map(BucketLocationConstraint::as_str) {
        None | Some("") => "us-east-1".to_owned(),
        Some("EU") => "eu-west-1".to_owned(),
        Some(region) => region.to_owned(),
    }))
}

async fn bucket_policy(live: &Live, bucket: &Bucket) -> Result<BucketPolicy, Unknown> {
    let client = live.client_in(&bucket.bucket_region, s3);
    let answer = client.get_bucket_policy().bucket(&bucket.name).expected_bucket_owner(&*live.place().account);
    let answer = live.heard_from(&bucket.bucket_region, GET_BUCKET_POLICY, answer.send().await);
    let policy = match answer.absent(&["NoSuchBucketPolicy"]) {
        Ok(Some(answer)) => Some(answer.policy.ok_or_else(|| missing(GET_BUCKET_POLICY, "Policy"))?),
        Ok(None) => None,
        Err(failure) => return Err(gone(GET_BUCKET_POLICY, failure)),
    };
    Ok(BucketPolicy { policy: policy.map(Document::new) })
}

async fn bucket_acl(live: &Live, bucket: &Bucket) -> Result<BucketAcl, Unknown> {
    let client = live.client_in(&bucket.bucket_region, s3);
    let answer = client.get_bucket_acl().bucket(&bucket.name).expected_bucket_owner(&*live.place().account);
    let answer = live
        .heard_from(&bucket.bucket_region, GET_BUCKET_ACL, answer.send().await)
        .map_err(|failure| gone(GET_BUCKET_ACL, failure))?;
    let grants = answer.grants.ok_or_else(|| missing(GET_BUCKET_ACL, "Grants"))?.into_iter().map(|grant| {
        let grantee = grant.grantee.ok_or_else(|| missing(GET_BUCKET_ACL, "Grantee"))?;
        Ok(Grant {
            grantee: Grantee { r#type: grantee.r#type.as_str().to_owned(), uri: grantee.uri },
            permission: grant.permission.ok_or_else(|| missing(GET_BUCKET_ACL, "Permission"))?.as_str().to_owned(),
        })
    });
    Ok(BucketAcl { grants: grants.collect::<Result<_, Unknown>>()? })
}

async fn bucket_ownership_controls(live: &Live, bucket: &Bucket) -> Result<BucketOwnershipControls, Unknown> {
    let client = live.client_in(&bucket.bucket_region, s3);
    let answer = client.get_bucket_ownership_controls().bucket(&bucket.name);
    let answer = answer.expected_bucket_owner(&*live.place().account).send().await;
    let answer = live.heard_from(&bucket.bucket_region, GET_BUCKET_OWNERSHIP_CONTROLS, answer);
    let controls = match answer.absent(&["OwnershipControlsNotFoundError"]) {
        Ok(Some(answer)) => {
            Some(answer.ownership_controls.ok_or_else(|| missing(GET_BUCKET_OWNERSHIP_CONTROLS, "OwnershipControls"))?)
        }
        Ok(None) => None,
        Err(failure) => return Err(gone(GET_BUCKET_OWNERSHIP_CONTROLS, failure)),
    };
    let object_ownership = match controls {
        None => None,
        Some(controls) => {
            let rule = controls.rules.into_iter().next();
            let rule = rule.ok_or_else(|| missing(GET_BUCKET_OWNERSHIP_CONTROLS, "Rules"))?;
            Some(rule.object_ownership.as_str().to_owned())
        }
    };
    Ok(BucketOwnershipControls { object_ownership })
}

async fn bucket_versioning(live: &Live, bucket: &Bucket) -> Result<BucketVersioning, Unknown> {
    let client = live.client_in(&bucket.bucket_region, s3);
    let answer = client.get_bucket_versioning().bucket(&bucket.name);
    let answer = answer.expected_bucket_owner(&*live.place().account).send().await;
    let answer = live
        .heard_from(&bucket.bucket_region, GET_BUCKET_VERSIONING, answer)
        .map_err(|failure| gone(GET_BUCKET_VERSIONING, failure))?;
    Ok(BucketVersioning {
        status: answer.status.map(|status| status.as_str().to_owned()),
        mfa_delete: answer.mfa_delete.map(|status| status.as_str().to_owned()),
    })
}

async fn bucket_logging(live: &Live, bucket: &Bucket) -> Result<BucketLogging, Unknown> {
    let client = live.client_in(&bucket.bucket_region, s3);
    let answer = client.get_bucket_logging().bucket(&bucket.name).expected_bucket_owner(&*live.place().account);
    let answer = live
        .heard_from(&bucket.bucket_region, GET_BUCKET_LOGGING, answer.send().await)
        .map_err(|failure| gone(GET_BUCKET_LOGGING, failure))?;
    // A bucket whose accesses are not logged has an empty status.
    let target = answer.logging_enabled.map(|logging| logging.target_bucket);
    let target = target.map(|bucket| told(GET_BUCKET_LOGGING, "LoggingEnabled.TargetBucket", bucket));
    Ok(BucketLogging { target_bucket: target.transpose()? })
}

async fn bucket_public_access_block(live: &Live, bucket: &Bucket) -> Result<BucketPublicAccessBlock, Unknown> {
    let client = live.client_in(&bucket.bucket_region, s3);
    let answer = client.get_public_access_block().bucket(&bucket.name);
    let answer = answer.expected_bucket_owner(&*live.place().account).send().await;
    let answer = live.heard_from(&bucket.bucket_region, GET_PUBLIC_ACCESS_BLOCK, answer);
    let public_access_block_configuration = match answer.absent(&["NoSuchPublicAccessBlockConfiguration"]) {
        Ok(None) => None,
        Ok(Some(answer)) => {
            let field = "PublicAccessBlockConfiguration";
            let settings =
                answer.public_access_block_configuration.ok_or_else(|| missing(GET_PUBLIC_ACCESS_BLOCK, field))?;
            Some(configuration(
                GET_PUBLIC_ACCESS_BLOCK,
                settings.block_public_acls,
                settings.ignore_public_acls,
                settings.block_public_policy,
                settings.restrict_public_buckets,
            )?)
        }
        Err(failure) => return Err(gone(GET_PUBLIC_ACCESS_BLOCK, failure)),
    };
    Ok(BucketPublicAccessBlock { public_access_block_configuration })
}

async fn account_public_access_block(live: &Live, account: &Account) -> Result<AccountPublicAccessBlock, Unknown> {
    let client = live.client_in(live.place().endpoint_region(), s3control);
    let answer = client.get_public_access_block().account_id(&account.id).send().await;
    let answer = live.heard(GET_ACCOUNT_PUBLIC_ACCESS_BLOCK, answer);
    let public_access_block_configuration = match answer.absent(&["NoSuchPublicAccessBlockConfiguration"])? {
        None => None,
        Some(answer) => {
            let field = "PublicAccessBlockConfiguration";
            let settings = answer
                .public_access_block_configuration
                .ok_or_else(|| missing(GET_ACCOUNT_PUBLIC_ACCESS_BLOCK, field))?;
            Some(configuration(
                GET_ACCOUNT_PUBLIC_ACCESS_BLOCK,
                settings.block_public_acls,
                settings.ignore_public_acls,
                settings.block_public_policy,
                settings.restrict_public_buckets,
            )?)
        }
    };
    Ok(AccountPublicAccessBlock { public_access_block_configuration })
}

/// The settings of either SDK, which have a type each.
fn configuration(
    call: Call,
    block_public_acls: Option<bool>,
    ignore_public_acls: Option<bool>,
    block_public_policy: Option<bool>,
    restrict_public_buckets: Option<bool>,
) -> Result<PublicAccessBlockConfiguration, Unknown> {
    Ok(PublicAccessBlockConfiguration {
        block_public_acls: block_public_acls.ok_or_else(|| missing(call, "BlockPublicAcls"))?,
        ignore_public_acls: ignore_public_acls.ok_or_else(|| missing(call, "IgnorePublicAcls"))?,
        block_public_policy: block_public_policy.ok_or_else(|| missing(call, "BlockPublicPolicy"))?,
        restrict_public_buckets: restrict_public_buckets.ok_or_else(|| missing(call, "RestrictPublicBuckets"))?,
    })
}

/// A bucket that was deleted since it was listed is gone; any other failure stays what it is.
fn gone(call: Call, failure: Failure) -> Unknown {
    match failure.code() {
        Some("NoSuchBucket") => {
            Unknown::new(Reason::Gone, call.iam_action(), "the bucket was deleted after it was listed")
        }
        _ => failure.into(),
    }
}

/// The S3 Control client for a region. AWS wants the account id in front of the host name; a server of the user's
/// choosing has one name only, and finds the account in a header.
fn s3control(config: &SdkConfig, one_endpoint: bool) -> aws_sdk_s3control::Client {
    let builder = aws_sdk_s3control::config::Builder::from(config);
    let builder = match config.endpoint_url() {
        Some(url) if one_endpoint => builder.endpoint_resolver(AsGiven(url.to_owned())),
        _ => builder,
    };
    aws_sdk_s3control::Client::from_conf(builder.build())
}

/// Sends every request to one address, as it was given.
#[derive(Debug)]
struct AsGiven(String);

impl ResolveEndpoint for AsGiven {
    fn resolve_endpoint<'a>(&'a self, _: &'a Params) -> EndpointFuture<'a> {
        EndpointFuture::ready(Ok(Endpoint::builder().url(self.0.clone()).build()))
    }
}
