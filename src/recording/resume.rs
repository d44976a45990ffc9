//! Going on with a recording that was cut off: what it holds is not asked again.

use std::any::Any;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::{BoxFuture, FutureExt};
use plimsoll_checks::contract::{Fetched, Place, Read, ReadDone, Reason, Source};

use super::lock::Lock;
use super::read::Held;
use super::{OpenError, Recorder, Recording, WriteError};
use crate::scan::Target;

/// A recording cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// There is none, or it is not understood.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Nothing is left to be read.
    #[error("the recording in {0} is finished; judge it with --from {0}")]
    Finished(PathBuf),
    /// The credentials are those of another account.
    #[error("the recording in {root} is of account {recorded}, and these credentials are of account {caller}")]
    OtherAccount {
        /// The recording's folder.
        root: PathBuf,
        /// The account that was recorded, with its partition.
        recorded: String,
        /// The account of the credentials, with its partition.
        caller: String,
    },
}

/// A recording that is to be gone on with, locked against other runs.
pub struct Unfinished {
    root: PathBuf,
    lock: Lock,
    recording: Recording,
}

/// A scan that goes on.
pub struct Resumed {
    /// The account as it was when the recording began, and the reads that told who goes on with it.
    pub target: Target,
    /// Whoever answers reads.
    pub source: Arc<Resuming>,
    /// Whoever writes down what is read.
    pub recorder: Recorder,
}

impl Unfinished {
    /// Opens a recording to go on with it, and puts away what its last run left half-written.
    pub fn open(root: &Path) -> Result<Self, ResumeError> {
        // First of all: no lock is made where there is no recording.
        Recording::open(root)?;
        let lock = Lock::take(root)?;
        // The other run may have come to its end in between.
        let recording = Recording::open(root)?;
        if recording.manifest().finished.is_some() && !recording.lacks_anything() {
            return Err(ResumeError::Finished(root.to_owned()));
        }
        recording.mend()?;
        Ok(Self { root: root.to_owned(), lock, recording })
    }

    /// What is known of the account.
    pub fn target(&self) -> Target {
        self.recording.target()
    }

    /// Goes on: `caller` is who asks now, `rest` answers what the recording does not.
    pub fn resume(self, caller: &Target, rest: Arc<dyn Source>) -> Result<Resumed, ResumeError> {
        let mut target = self.target();
        let named = |target: &Target| format!("{} ({})", target.account, target.partition.name());
        if (&target.account, target.partition) != (&caller.account, caller.partition) {
            let (recorded, caller) = (named(&target), named(caller));
            return Err(ResumeError::OtherAccount { root: self.root, recorded, caller });
        }
        target.session.extend(caller.session.iter().cloned());
        let source = Arc::new(Resuming::new(Arc::new(self.recording), rest));
        let recorder = Recorder::resume(&self.root, self.lock, caller, source.clone())?;
        Ok(Resumed { target, source, recorder })
    }
}

/// Answers from a recording what is finished there, and asks for the rest.
pub struct Resuming {
    recording: Arc<Recording>,
    rest: Arc<dyn Source>,
    /// Reads that were answered from the recording and that nobody has been told of yet.
    recorded: Mutex<HashSet<ReadKey>>,
}

/// Kind, region, and for a detail the resource.
type ReadKey = (&'static str, Arc<str>, Option<String>);

impl Resuming {
    /// A source of a recording and of whoever knows the rest.
    pub fn new(recording: Arc<Recording>, rest: Arc<dyn Source>) -> Self {
        Self { recording, rest, recorded: Mutex::default() }
    }

    /// The recording as it was when this began.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Whether a read that has just ended was answered from the recording, where it need not be written again.
    pub fn was_recorded(&self, done: ReadDone<'_>) -> bool {
        let key = (done.read.name, done.place.region.clone(), done.of.map(str::to_owned));
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner).remove(&key)
    }

    fn take(&self, read: &'static Read, place: &Place, of: Option<&str>, held: Held) -> Fetched {
        let key = (read.name, place.region.clone(), of.map(str::to_owned));
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        held.fetched
    }
}

impl Source for Resuming {
    fn list<'a>(&'a self, read: &'static Read, place: &'a Place) -> BoxFuture<'a, Fetched> {
        async move {
            let held = self.recording.held_list(read, place);
            if held.is_finished() {
                return self.take(read, place, None, held);
            }
            let again = self.rest.list(read, place).await;
            // What was seen before the list was cut off is not given up for an attempt that saw less.
            if again.rest.is_some() && again.records.len() < held.fetched.records.len() {
                return self.take(read, place, None, held);
            }
            again
        }
        .boxed()
    }

    fn detail<'a>(
        &'a self,
        read: &'static Read,
        place: &'a Place,
        id: &'a str,
        record: &'a (dyn Any + Send + Sync),
    ) -> BoxFuture<'a, Fetched> {
        async move {
            let held = self.recording.held_detail(read, place, id);
            if held.is_finished() {
                return self.take(read, place, Some(id), held);
            }
            self.rest.detail(read, place, id, record).await
        }
        .boxed()
    }
}

impl Held {
    /// Whether asking again would tell nothing new.
    pub(super) fn is_finished(&self) -> bool {
        self.is_sound && self.fetched.rest.as_ref().is_none_or(|unknown| lasts(unknown.reason))
    }
}

/// Whether a read that failed for this reason would fail again; what passes is read again.
fn lasts(reason: Reason) -> bool {
    match reason {
        Reason::Denied
        | Reason::RegionDisabled
        | Reason::NotInRegion
        | Reason::LeftOut
        | Reason::Malformed
        | Reason::OtherAccount
        | Reason::Undecided
        | Reason::Gone => true,
        Reason::Throttled
        | Reason::Unreachable
        | Reason::Timeout
        | Reason::Credentials
        | Reason::Expired
        | Reason::ServiceError
        | Reason::NotRecorded
        | Reason::Interrupted
        | Reason::Internal => false,
    }
}
