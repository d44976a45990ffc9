//! How far a scan has come, told to a log now and then.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Often enough to see that it is alive, seldom enough for a log that somebody reads.
const EVERY: Duration = Duration::from_secs(30);

/// Counts reads and says when it is time to tell of them.
pub struct Milestones {
    began: Instant,
    state: Mutex<State>,
}

struct State {
    reads: u64,
    told: Instant,
}

/// How far it has come.
#[derive(Debug, PartialEq, Eq)]
pub struct Milestone {
    /// Reads that are finished.
    pub reads: u64,
    /// Whole seconds since the beginning.
    pub seconds: u64,
}

impl Milestones {
    /// Nothing is read yet.
    pub fn beginning(now: Instant) -> Self {
        Self { began: now, state: Mutex::new(State { reads: 0, told: now }) }
    }

    /// A read was finished at `now`; gives how far it has come if that has not been told for a while.
    pub fn read(&self, now: Instant) -> Option<Milestone> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.reads += 1;
        if now.saturating_duration_since(state.told) < EVERY {
            return None;
        }
        state.told = now;
        Some(Milestone { reads: state.reads, seconds: now.saturating_duration_since(self.began).as_secs() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_told_of_now_and_then_and_none_is_lost() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let milestones = Milestones::beginning(began);
        assert_eq!(milestones.read(at(1)), None);
        assert_eq!(milestones.read(at(29)), None);
        assert_eq!(milestones.read(at(31)), Some(Milestone { reads: 3, seconds: 31 }));
        assert_eq!(milestones.read(at(60)), None, "the last one is not long ago");
        assert_eq!(milestones.read(at(300)), Some(Milestone { reads: 5, seconds: 300 }));
    }
}
