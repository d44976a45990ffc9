//! Reads IAM Access Analyzer through its SDK.

use aws_sdk_accessanalyzer::Client;

use super::resources::{Analyzer, LIST_ANALYZERS};
use crate::contract::Unknown;
use crate::live::Live;

crate::collectors! {
    list Analyzer = analyzers,
}

async fn analyzers(live: &Live, seen: &mut Vec<Analyzer>) -> Result<(), Unknown> {
    let mut pages = live.client(Client::new).list_analyzers().into_paginator().send();
    while let Some(page) = pages.next().await {
        let analyzers = live.heard(LIST_ANALYZERS, page)?.analyzers.into_iter();
        seen.extend(analyzers.map(|analyzer| Analyzer {
            arn: analyzer.arn,
            name: analyzer.name,
            r#type: analyzer.r#type.as_str().to_owned(),
            status: analyzer.status.as_str().to_owned(),
            status_reason: analyzer.status_reason.map(|reason| reason.code.as_str().to_owned()),
            tags: analyzer.tags.into_iter().flatten().collect(),
        }));
    }
    Ok(())
}
