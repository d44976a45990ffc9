//! Reads Elastic File System through its SDK.

use aws_sdk_efs::Client;

use super::resources::{DESCRIBE_FILE_SYSTEMS, FileSystem};
use crate::contract::Unknown;
use crate::live::{Live, missing, told};

/// The largest page there is.
const PAGE: i32 = 100;

crate::collectors! {
    list FileSystem = file_systems,
}

async fn file_systems(live: &Live, seen: &mut Vec<FileSystem>) -> Result<(), Unknown> {
    let call = DESCRIBE_FILE_SYSTEMS;
    let mut pages = live.client(Client::new).describe_file_systems().max_items(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        for file_system in live.heard(call, page)?.file_systems.ok_or_else(|| missing(call, "FileSystems"))? {
            seen.push(FileSystem {
                file_system_id: told(call, "FileSystemId", file_system.file_system_id)?,
                file_system_arn: file_system.file_system_arn.ok_or_else(|| missing(call, "FileSystemArn"))?,
                life_cycle_state: told(call, "LifeCycleState", file_system.life_cycle_state.as_str())?,
                encrypted: file_system.encrypted,
                kms_key_id: file_system.kms_key_id,
                tags: file_system.tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
            });
        }
    }
    Ok(())
}
