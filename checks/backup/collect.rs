//! Reads AWS Backup through its SDK.

use aws_sdk_backup::Client;

use super::resources::{LIST_PROTECTED_RESOURCES, ProtectedResource};
use crate::contract::Unknown;
use crate::live::{Live, missing, timestamp};

crate::collectors! {
    list ProtectedResource = protected_resources,
}

async fn protected_resources(live: &Live, seen: &mut Vec<ProtectedResource>) -> Result<(), Unknown> {
    let mut pages = live.client(Client::new).list_protected_resources().into_paginator().send();
    while let Some(page) = pages.next().await {
        for resource in live.heard(LIST_PROTECTED_RESOURCES, page)?.results.into_iter().flatten() {
            let last_backup_time = resource.last_backup_time.map(|time| timestamp(LIST_PROTECTED_RESOURCES, &time));
            seen.push(ProtectedResource {
                resource_arn: resource.resource_arn.ok_or_else(|| missing(LIST_PROTECTED_RESOURCES, "ResourceArn"))?,
                last_backup_time: last_backup_time.transpose()?,
            });
        }
    }
    Ok(())
}
