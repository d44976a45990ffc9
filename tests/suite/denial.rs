//! No failed read turns into a verdict: whatever cannot be read, of every case of every check, leaves each answer
//! as it was or makes it unknown. The promise of the whole program.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, FutureExt};
use plimsoll_checks::checks;
use plimsoll_checks::contract::{Fetched, Observer, Place, Read, ReadDone, Reason, Source, Unknown};

use crate::case::{CaseSource, cases_of, judge_case, written};

/// Hears which reads a case makes.
#[derive(Default)]
struct Listening(Mutex<BTreeSet<(&'static str, Place, Option<String>)>>);

impl Observer for Listening {
    fn done(&self, done: ReadDone<'_>) {
        if done.read.is_call() {
            let read = (done.read.name, done.place.clone(), done.of.map(str::to_owned));
            self.0.lock().expect("no test panicked").insert(read);
        }
    }
    fn released(&self, _: &'static Read, _: &Place) {}
}

/// How a read goes wrong.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// Nothing was seen.
    Nothing(Reason),
    /// This many records were seen before the next page was denied.
    CutOffAfter(usize),
}

struct Troubled {
    inner: CaseSource,
    read: &'static str,
    place: Place,
    of: Option<String>,
    trouble: Trouble,
}

impl Troubled {
    fn spoil(&self, read: &'static Read, place: &Place, of: Option<&str>, mut fetched: Fetched) -> Fetched {
        if read.name != self.read || *place != self.place || of != self.of.as_deref() {
            return fetched;
        }
        let unknown = |reason| Unknown::new(reason, read.action(), "spoilt by the test");
        match self.trouble {
            Trouble::Nothing(reason) => Fetched::unknown(unknown(reason)),
            Trouble::CutOffAfter(n) => {
                fetched.records.truncate(n);
                fetched.rest = Some(unknown(Reason::Denied));
                fetched
            }
        }
    }
}

impl Source for Troubled {
    fn list<'a>(&'a self, read: &'static Read, place: &'a Place) -> BoxFuture<'a, Fetched> {
        async move { self.spoil(read, place, None, self.inner.list(read, place).await) }.boxed()
    }

    fn detail<'a>(
        &'a self,
        read: &'static Read,
        place: &'a Place,
        id: &'a str,
        record: &'a (dyn Any + Send + Sync),
    ) -> BoxFuture<'a, Fetched> {
        async move { self.spoil(read, place, Some(id), self.inner.detail(read, place, id, record).await) }.boxed()
    }
}

#[tokio::test]
async fn no_failed_read_turns_into_a_verdict() {
    let mut tried = 0_usize;
    for check in checks() {
        let mut unknowns = 0_usize;
        for case in cases_of(check) {
            let case = Arc::new(case);
            let listening = Arc::new(Listening::default());
            let sound = judge_case(check, &case, Arc::new(CaseSource(case.clone())), listening.clone()).await;
            let reads = listening.0.lock().expect("no test panicked").clone();
            for (read, place, of) in reads {
                let records = if of.is_some() { 0 } else { case.records_of(read, &place).map_or(0, Vec::len) };
                let troubles = [Reason::Denied, Reason::Throttled, Reason::Unreachable, Reason::Malformed]
                    .map(Trouble::Nothing)
                    .into_iter()
                    .chain((0..=records).map(Trouble::CutOffAfter));
                for trouble in troubles {
                    let source = Troubled {
                        inner: CaseSource(case.clone()),
                        read,
                        place: place.clone(),
                        of: of.clone(),
                        trouble,
                    };
                    let spoilt = judge_case(check, &case, Arc::new(source), Arc::new(Listening::default())).await;
                    tried += 1;
                    let context = format!("{}, {:?}, {read} {place} of {of:?} {trouble:?}", check.id, case.case);
                    for (id, answer) in &spoilt {
                        match (answer, sound.get(id)) {
                            (Err(_), _) => unknowns += 1,
                            (Ok(_), Some(before)) => {
                                assert_eq!(written(before), written(answer), "{context}: the verdict on {id} changed");
                            }
                            (Ok(_), None) => panic!("{context}: {id} got the verdict {}", written(answer)),
                        }
                    }
                    for id in sound.keys().filter(|id| !spoilt.contains_key(*id)) {
                        let rest = spoilt.keys().any(|key| key.starts_with("rest of "));
                        assert!(rest, "{context}: {id} is gone without a word");
                    }
                }
            }
        }
        let judges_without_a_call = check.reads().all(|read| !read.is_call());
        assert!(unknowns > 0 || judges_without_a_call, "{}: no failed read made anything unknown", check.id);
    }
    assert!(tried > checks().len(), "only {tried} failed reads were tried");
}
