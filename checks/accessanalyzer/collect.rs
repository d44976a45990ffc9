//! Reads IAM Access Analyzer through its SDK.

use aws_sdk_accessanalyzer::Client;

use super::resources::{Analyzer, LIST_ANALYZERS};
use crate::contract::Unknown;
use crate::live::{Live, told};

crate::collectors! {
    list Analyzer = analyzers,
}

async fn analyzers(live: &Live, seen: &mut Vec<Analyzer>) -> Result<(), Unknown> {
    let mut pages = live.client(Client::new).list_analyzers().into_paginator().send();
    while let Some(page) = pages.next().await {
        for analyzer in live.heard(LIST_ANALYZERS, page)?.analyzers {
            seen.push(Analyzer {
                arn: told(LIST_ANALYZERS, "Analyzers.Arn", analyzer.arn)?,
                name: told(LIST_ANALYZERS, "Analyzers.Name", analyzer.name)?,
                r#type: told(LIST_ANALYZERS, "Analyzers.Type", analyzer.r#type.as_str())?,
                status: told(LIST_ANALYZERS, "Analyzers.Status", analyzer.status.as_str())?,
                status_reason: analyzer.status_reason.map(|reason| reason.code.as_str().to_owned()),
                tags: analyzer.tags.into_iter().flatten().collect(),
            });
        }
    }
    Ok(())
}
