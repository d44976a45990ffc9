//! What ends a scan before its end: the user, the deadline, credentials that have run out.

use std::sync::atomic::{AtomicBool, Ordering};

use jiff::SignedDuration;
use plimsoll_checks::contract::{Observer, Place, Read, ReadDone, Reason};
use tokio::sync::Notify;

use super::interruption::Interruption;

/// Hears that the credentials have run out: whatever is asked after that is refused, so there is no use in going on.
#[derive(Default)]
pub struct Expiry {
    seen: AtomicBool,
    told: Notify,
}

impl Expiry {
    /// Resolves when they have.
    pub async fn came(&self) {
        self.told.notified().await;
    }

    /// Whether they have.
    pub fn is_seen(&self) -> bool {
        self.seen.load(Ordering::Relaxed)
    }

    /// Notes that they have.
    pub fn note(&self) {
        self.seen.store(true, Ordering::Relaxed);
        // Keeps it for whoever asks later.
        self.told.notify_one();
    }
}

impl Observer for Expiry {
    fn done(&self, done: ReadDone<'_>) {
        if done.loaded.rest.as_ref().is_some_and(|unknown| unknown.reason == Reason::Expired) {
            self.note();
        }
    }

    fn released(&self, _: &'static Read, _: &Place) {}
}

/// When the scan is to end at the latest.
pub struct Deadline(Option<tokio::time::Instant>);

impl Deadline {
    /// So long from now; never, for `None`.
    pub fn of(patience: Option<SignedDuration>) -> Self {
        Self(patience.map(|patience| tokio::time::Instant::now() + patience.unsigned_abs()))
    }

    /// Resolves when it is past.
    async fn came(&self) {
        match self.0 {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// Whether it is past.
    pub fn is_past(&self) -> bool {
        self.0.is_some_and(|at| at <= tokio::time::Instant::now())
    }
}

/// The end that comes from outside the account.
pub struct Stop {
    /// The user's wish.
    pub interruption: Interruption,
    /// The user's patience.
    pub deadline: Deadline,
}

impl Stop {
    /// Resolves when either has come.
    pub async fn came(&self) {
        tokio::select! {
            () = self.interruption.came() => {}
            () = self.deadline.came() => {}
        }
    }
}
