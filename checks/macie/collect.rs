//! Reads Macie through its SDK.

use aws_sdk_macie2::Client;

use super::resources::{GET_MACIE_SESSION, Session};
use crate::contract::{Region, Unknown};
use crate::live::{Live, missing};

crate::collectors! {
    detail Session = session,
}

/// Macie that is off refuses its own owner: with the code of a denial, and words that no denial has.
/// <https://github.com/prowler-cloud/prowler/issues/1279>
async fn session(live: &Live, _region: &Region) -> Result<Session, Unknown> {
    let answer = live.client(Client::new).get_macie_session().send().await;
    match live.heard(GET_MACIE_SESSION, answer) {
        Ok(answer) => {
            let status = answer.status.ok_or_else(|| missing(GET_MACIE_SESSION, "Status"))?;
            Ok(Session { status: Some(status.as_str().to_owned()) })
        }
        Err(failure)
            if failure.says("AccessDeniedException", "Macie is not enabled")
                || failure.code() == Some("ResourceNotFoundException") =>
        {
            Ok(Session { status: None })
        }
        Err(failure) => Err(failure.into()),
    }
}
