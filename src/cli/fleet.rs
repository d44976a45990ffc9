//! Several accounts in one scan: opened and judged side by side, reported one after the other.
//!
//! Accounts are read as they come and reported in the order of their ids, so that the same accounts give the same
//! report. What is ahead of its turn waits on disk; memory holds what the accounts that are just being read need.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use futures::stream::{FuturesUnordered, StreamExt};
use plimsoll_checks::contract::{Observer, Partition, Place, Reason, Unknown};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::access::{Opened, open_recorded};
use super::beside::Beside;
use super::job::{Gathered, Judged, Rules, judge_account};
use super::progress::Progress;
use super::stop::{Expiry, Stop};
use crate::error::causes;
use crate::recording::organization::{RosterRecorder, beside_of, folder_of, holds, is_recording};
use crate::scan::{
    ASSUME_ROLE, AccountState, Ended, Entry, Finding, FindingSpool, LedgerSpool, Ledgers, Member, Membership, Missing,
    Outcome, ResourceOwner, Shut, Subject, Summary, Target, session_entry,
};

/// Accounts that are read at the same time.
const ACCOUNTS_AT_ONCE: usize = 8;
/// Accounts that may be ahead of the one whose turn it is; each holds two files open.
const ACCOUNTS_AHEAD: usize = 64;

/// Several accounts, and the way into each.
pub struct Fleet {
    /// Who they are.
    pub membership: Membership,
    /// The way in.
    pub doors: Doors,
    /// Whoever writes down what is read.
    pub recorder: Option<RosterRecorder>,
}

/// What came of trying to get into an account.
pub struct Knock<'a> {
    /// The account.
    pub member: &'a Member,
    /// The ARN of the role that is taken on there; `None` in the caller's own.
    pub role: Option<String>,
    /// What keeps the caller out.
    pub shut: Option<Shut>,
}

/// The way into several accounts.
#[derive(Clone)]
pub enum Doors {
    /// A recording of them.
    Recorded {
        /// Its folder.
        root: PathBuf,
        /// When its reading ended.
        finished: Option<jiff::Timestamp>,
    },
    /// AWS.
    #[cfg(feature = "live")]
    Live(Arc<LiveDoors>),
}

impl Doors {
    /// Whether the accounts are recorded ones.
    pub fn are_recorded(&self) -> bool {
        matches!(self, Self::Recorded { .. })
    }

    async fn knock<'a>(&self, member: &'a Member) -> Knock<'a> {
        let (role, entered) = match self {
            Self::Recorded { root, finished } => (None, open_recorded_member(root, *finished, member, &[]).map(|_| ())),
            #[cfg(feature = "live")]
            Self::Live(doors) => {
                let role = (member.id != doors.caller.account).then(|| doors.role_in(&member.id).arn);
                (role, doors.enter(member).await.map(|_| ()))
            }
        };
        Knock { member, role, shut: entered.err() }
    }

    #[cfg_attr(not(feature = "live"), expect(unused_variables, reason = "what is recorded is not recorded again"))]
    async fn open(&self, member: &Member, regions: &[String], record: Option<&Path>) -> Result<Opened, Shut> {
        match self {
            Self::Recorded { root, finished } => open_recorded_member(root, *finished, member, regions),
            #[cfg(feature = "live")]
            Self::Live(doors) => doors.open(member, regions, record.map(|root| folder_of(root, &member.id))).await,
        }
    }

    /// Opens an account to ask it what judgements of others rest on. What is read so is recorded by itself.
    #[cfg_attr(not(feature = "live"), expect(unused_variables, reason = "what is recorded is not recorded again"))]
    pub async fn open_beside(
        &self,
        member: &Member,
        regions: &[String],
        record: Option<&Path>,
    ) -> Result<Opened, Shut> {
        match self {
            Self::Recorded { root, .. } if is_recording(&beside_of(root, &member.id)) => {
                open_recorded_as(&beside_of(root, &member.id), member, &[])
            }
            Self::Recorded { root, finished } => open_recorded_member(root, *finished, member, &[]),
            #[cfg(feature = "live")]
            Self::Live(doors) => doors.open(member, regions, record.map(|root| beside_of(root, &member.id))).await,
        }
    }
}

fn unreached(unknown: Unknown) -> Shut {
    Shut { state: AccountState::Unreached, unknown }
}

fn open_recorded_member(
    root: &Path,
    finished: Option<jiff::Timestamp>,
    member: &Member,
    regions: &[String],
) -> Result<Opened, Shut> {
    if let Some(shut) = &member.shut {
        return Err(shut.clone());
    }
    if !holds(root, &member.id) {
        return Err(if finished.is_none() {
            let unknown = Unknown::new(Reason::Interrupted, ASSUME_ROLE.iam_action(), "the scan was stopped first");
            Shut { state: AccountState::Interrupted, unknown }
        } else {
            unreached(Unknown::new(
                Reason::NotRecorded,
                ASSUME_ROLE.iam_action(),
                "the recording does not hold the account",
            ))
        });
    }
    open_recorded_as(&folder_of(root, &member.id), member, regions)
}

fn open_recorded_as(folder: &Path, member: &Member, regions: &[String]) -> Result<Opened, Shut> {
    let opened = open_recorded(folder, regions);
    let opened = opened.map_err(|error| {
        unreached(Unknown::new(Reason::Malformed, ASSUME_ROLE.iam_action(), causes(error.as_ref())))
    })?;
    if opened.target.account == member.id {
        return Ok(opened);
    }
    let detail = format!("the recording of {} is of account {}", member.id, opened.target.account);
    Err(unreached(Unknown::new(Reason::Malformed, ASSUME_ROLE.iam_action(), detail)))
}

/// The way into live accounts.
#[cfg(feature = "live")]
pub struct LiveDoors {
    /// Whoever takes on the roles.
    pub caller: Arc<crate::aws::Caller>,
    /// What the accounts share.
    pub shared: crate::aws::Shared,
    /// The role, by its name in place of its ARN.
    pub role: crate::aws::Role,
    /// Roles of their own, of accounts that a file lists.
    pub file: Option<super::accounts_file::Listed>,
}

#[cfg(feature = "live")]
impl LiveDoors {
    /// Opens an account; what is read of it is recorded in `folder`, or gone on with there.
    async fn open(&self, member: &Member, regions: &[String], folder: Option<PathBuf>) -> Result<Opened, Shut> {
        use crate::aws::shut;
        use crate::recording::{Recorder, ResumeError, Unfinished};

        let begun = folder.as_ref().filter(|folder| is_recording(folder));
        let unwritten = |error: String| {
            unreached(Unknown::new(Reason::Internal, ASSUME_ROLE.iam_action(), format!("recording: {error}")))
        };
        let unfinished = match begun.map(|folder| Unfinished::open(folder)) {
            Some(Ok(unfinished)) => Some(unfinished),
            // What was read to its end is not read again.
            Some(Err(ResumeError::Finished(folder))) => {
                return open_recorded(&folder, regions).map_err(|error| unwritten(causes(error.as_ref())));
            }
            Some(Err(error)) => return Err(unwritten(causes(&error))),
            None => None,
        };
        let regions = unfinished.as_ref().map_or_else(|| regions.to_vec(), |unfinished| unfinished.target().regions);
        let taken_on = self.enter(member).await?;
        let caller = taken_on.as_ref().unwrap_or(&self.caller);
        let session = caller.open(&regions).await.map_err(shut)?;
        let source = Arc::new(crate::aws::LiveSource::new(&session, &self.shared));
        let target = session.target;
        if let Some(unfinished) = unfinished {
            let resumed = unfinished.resume(&target, source).map_err(|error| unwritten(causes(&error)))?;
            let crate::recording::Resumed { target, source, recorder } = resumed;
            return Ok(Opened { target, source, recording: None, recorder: Some(recorder), unrecorded: None });
        }
        // An account that cannot be recorded is judged all the same, and the failure told at the end.
        let (recorder, unrecorded) = match folder.map(|folder| Recorder::begin(&folder, &target)) {
            Some(Ok(recorder)) => (Some(recorder), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        Ok(Opened { target, source, recording: None, recorder, unrecorded })
    }

    /// Takes on the role in an account; `None` in the caller's own.
    async fn enter(&self, member: &Member) -> Result<Option<crate::aws::Caller>, Shut> {
        if member.id == self.caller.account {
            return Ok(None);
        }
        let taken_on = self
            .caller
            .take_on(&self.role_in(&member.id), self.shared.pacer_of(&self.caller, &member.id))
            .await
            .map_err(crate::aws::shut)?;
        if taken_on.account != member.id {
            let detail = format!("the role led to account {}", taken_on.account);
            return Err(unreached(Unknown::new(Reason::OtherAccount, ASSUME_ROLE.iam_action(), detail)));
        }
        Ok(Some(taken_on))
    }

    fn role_in(&self, account: &str) -> crate::aws::Role {
        let listed = self.file.iter().flat_map(|file| &file.accounts).find(|listed| listed.id == account);
        let named = || format!("arn:{}:iam::{account}:role/{}", self.caller.partition, self.role.arn);
        let arn = listed.and_then(|listed| listed.role.clone()).unwrap_or_else(named);
        crate::aws::Role { arn, ..self.role.clone() }
    }
}

#[cfg(feature = "live")]
impl crate::delivery::Hubs for LiveDoors {
    fn of<'a>(
        &'a self,
        account: &'a str,
    ) -> futures::future::BoxFuture<'a, Result<Box<dyn crate::delivery::Hub>, Unknown>> {
        Box::pin(async move {
            let taken_on = self.enter(&Member::new(account, None)).await.map_err(|shut| shut.unknown)?;
            let hub = crate::aws::SecurityHub::new(taken_on.as_ref().unwrap_or(&self.caller));
            Ok(Box::new(hub) as Box<dyn crate::delivery::Hub>)
        })
    }
}

/// An account that was read, and whose turn to be reported may be yet to come.
struct Read {
    outcome: Outcome,
    findings: FindingSpool,
    ledger: Ledgers,
    judged: Judged,
    /// Whether its credentials ran out meanwhile.
    has_expired: bool,
}

/// What has become of an account.
enum Done {
    Read(Box<Read>),
    Shut(Shut),
    /// What was found could not be put aside.
    Failed(io::Error),
}

/// What the tasks of all accounts share.
struct Common {
    doors: Doors,
    regions: Vec<String>,
    record: Option<PathBuf>,
    rules: Arc<Rules>,
    beside: Arc<Beside>,
    progress: Arc<Progress>,
    halted: watch::Receiver<bool>,
}

impl Common {
    async fn account(self: Arc<Self>, member: Member) -> Done {
        let opened = match self.doors.open(&member, &self.regions, self.record.as_deref()).await {
            Ok(opened) => opened,
            Err(shut) => return Done::Shut(shut),
        };
        match self.read(opened, member.name).await {
            Ok(read) => Done::Read(Box::new(read)),
            Err(error) => Done::Failed(error),
        }
    }

    async fn read(&self, opened: Opened, name: Option<String>) -> io::Result<Read> {
        let target = opened.target.clone();
        let mut findings = FindingSpool::new(self.rules.checks.clone())?;
        let mut summary = Summary::default();
        let mut unwritten = None;
        let expiry = Arc::new(Expiry::default());
        let mut watchers: Vec<Arc<dyn Observer>> = vec![self.progress.clone()];
        if !self.doors.are_recorded() {
            watchers.push(expiry.clone());
        }
        let mut halted = self.halted.clone();
        let stop = async {
            tokio::select! {
                _ = halted.wait_for(|halted| *halted) => {}
                () = expiry.came() => {}
            }
        };
        let judged = judge_account(opened, Some(self.beside.clone()), &self.rules, watchers, stop, |finding| {
            summary.add(&finding);
            findings.add(&finding).map_err(|error| unwritten = Some(error))
        })
        .await;
        if let Some(error) = unwritten {
            return Err(error);
        }
        let mut ledger = LedgerSpool::new()?;
        ledger.add(&judged.ledger)?;
        let outcome = Outcome::of(target, name, judged.ended, &judged.ledger, summary.all, judged.finished);
        // The ledger waits on disk.
        let judged = Judged { ledger: Vec::new(), ..judged };
        Ok(Read { outcome, findings, ledger: ledger.close()?, judged, has_expired: expiry.is_seen() })
    }
}

/// What has been gathered of the accounts whose turn has come.
struct Report<'a, F> {
    partition: Partition,
    rules: &'a Rules,
    take: F,
    ledger: LedgerSpool,
    gathered: Gathered,
    recorder: Option<RosterRecorder>,
}

impl<F: FnMut(&Finding) -> bool> Report<'_, F> {
    /// Takes what has become of an account; says whether anyone still wants more.
    fn account(&mut self, member: &Member, done: Done) -> io::Result<bool> {
        match done {
            Done::Read(read) => self.read(*read),
            Done::Shut(shut) => self.shut(member, shut),
            Done::Failed(error) => Err(error),
        }
    }

    fn read(&mut self, read: Read) -> io::Result<bool> {
        let Read { outcome, findings, ledger, judged, has_expired: _ } = read;
        let global = Place::global(self.partition, &outcome.account);
        let mut is_wanted = true;
        let (summary, take) = (&mut self.gathered.summary, &mut self.take);
        findings.each(&global, |finding| {
            summary.add(&finding);
            is_wanted = take(&finding);
            Ok(())
        })?;
        self.ledger.append(&ledger)?;
        if let Some(recorder) = &mut self.recorder {
            recorder.note(&outcome.account, None);
        }
        self.note(judged);
        self.gathered.requests += outcome.requests;
        self.gathered.accounts.push(outcome);
        Ok(is_wanted)
    }

    fn note(&mut self, judged: Judged) {
        if judged.ended == Ended::Stopped {
            self.gathered.ended = Ended::Stopped;
        }
        for check in judged.unreached {
            if !self.gathered.unreached.contains(&check) {
                self.gathered.unreached.push(check);
            }
        }
        self.gathered.failed.extend(judged.failed.map(anyhow::Error::new));
        self.gathered.notes.extend(judged.notes);
    }

    /// Nothing of an account was seen: each check says so once.
    fn shut(&mut self, member: &Member, shut: Shut) -> io::Result<bool> {
        let place = Place::global(self.partition, &member.id);
        let mut is_wanted = true;
        let mut standing = Summary::default();
        let was_begun = shut.state != AccountState::Interrupted;
        for check in self.rules.checks.iter().filter(|_| was_begun) {
            let read = check.check.over[0].read;
            let mut finding = Finding {
                check: *check,
                place: place.clone(),
                resource_type: read.resource_type.expect("a check judges resources, and each has a type"),
                kind: read.name,
                subject: Subject::Unlisted,
                answer: Err(shut.unknown.clone()),
                evidence: Vec::new(),
                owner: ResourceOwner::of(&place),
                accepted: None,
            };
            finding.owner = self.rules.owners.owner(&finding, None);
            self.rules.register.sign(&mut finding);
            standing.add(&finding);
            self.gathered.summary.add(&finding);
            is_wanted = (self.take)(&finding);
        }
        self.ledger.add(&[entry_of(&member.id, &shut.unknown)])?;
        let Unknown { reason, action, detail } = &shut.unknown;
        let detail = match shut.state {
            AccountState::Interrupted => detail.clone(),
            AccountState::RoleMissing => format!("there is no such role, or it does not trust the caller: {detail}"),
            _ => format!("{reason}: {action}: {detail}"),
        };
        let mut outcome = Outcome::unread(&member.id, member.name.as_deref(), shut.state, detail);
        outcome.standing = standing.all;
        self.gathered.accounts.push(outcome);
        if !was_begun {
            self.gathered.ended = Ended::Stopped;
            self.gathered.unreached = self.rules.checks.iter().map(|check| &*check.registered.id).collect();
        } else if let Some(recorder) = &mut self.recorder {
            recorder.note(&member.id, Some(shut));
        }
        Ok(is_wanted)
    }
}

/// What the ledger says of an account that nobody got into.
fn entry_of(account: &str, unknown: &Unknown) -> Entry {
    Entry {
        account: account.to_owned(),
        read: "session/Account".to_owned(),
        actions: vec![ASSUME_ROLE.name()],
        region: plimsoll_checks::contract::GLOBAL.to_owned(),
        is_detail: false,
        complete: 0,
        records: 0,
        requests: 0,
        missing: vec![Missing {
            resource: None,
            reason: unknown.reason,
            action: unknown.action.clone(),
            detail: unknown.detail.clone(),
        }],
        beside: false,
    }
}

impl Fleet {
    /// How many accounts are to be looked at.
    pub fn looked_at(&self) -> usize {
        self.membership.members.iter().filter(|member| member.passed_over.is_none()).count()
    }

    /// Whether each account that is to be looked at can be got into. Nothing is read there.
    pub async fn knock(&self) -> Vec<Knock<'_>> {
        let members = self.membership.members.iter().filter(|member| member.passed_over.is_none());
        let knocks = members.map(|member| self.doors.knock(member));
        futures::stream::iter(knocks).buffered(ACCOUNTS_AT_ONCE).collect().await
    }

    /// One of the accounts, opened: the one that the scan starts from, or the first that is recorded.
    pub async fn example(&self) -> anyhow::Result<Target> {
        match &self.doors {
            Doors::Recorded { root, .. } => {
                let recorded = self.membership.members.iter().find(|member| holds(root, &member.id));
                let member = recorded.with_context(|| format!("{} holds no account", root.display()))?;
                Ok(open_recorded(&folder_of(root, &member.id), &self.membership.regions)?.target)
            }
            #[cfg(feature = "live")]
            Doors::Live(doors) => Ok(doors.caller.open(&self.membership.regions).await?.target),
        }
    }

    /// Judges all accounts, and hands the findings to `take`, which says whether anyone still wants more.
    pub async fn judge(
        self,
        rules: &Arc<Rules>,
        progress: &Arc<Progress>,
        stop: &Stop,
        expired: &Expiry,
        take: impl FnMut(&Finding) -> bool,
    ) -> anyhow::Result<Gathered> {
        let Self { membership, doors, recorder } = self;
        let (halt, halted) = watch::channel(false);
        let finished = match &doors {
            Doors::Recorded { finished, .. } => Some(*finished),
            #[cfg(feature = "live")]
            Doors::Live(_) => None,
        };
        let regions = membership.regions.clone();
        let record = recorder.as_ref().map(|recorder| recorder.root().to_owned());
        let Membership { accounts, members, .. } = &membership;
        let beside =
            Beside::new(&accounts.account, members, doors.clone(), regions.clone(), record.clone(), rules.clone());
        let beside = Arc::new(beside);
        let common = Arc::new(Common {
            doors,
            regions,
            record,
            rules: rules.clone(),
            beside: beside.clone(),
            progress: progress.clone(),
            halted,
        });
        let go_on = common.record.as_ref().map(|root| format!(", and go on with --resume {}", root.display()));
        let spooling = || {
            let (folder, go_on) = (std::env::temp_dir(), go_on.as_deref().unwrap_or(""));
            let folder = folder.display();
            format!("putting findings aside in {folder} (make room there or name another folder with TMPDIR{go_on})")
        };
        let mut report = Report {
            partition: membership.accounts.partition,
            rules,
            take,
            ledger: LedgerSpool::new().with_context(spooling)?,
            gathered: Gathered::default(),
            recorder,
        };
        let session: Vec<Entry> =
            membership.accounts.session.iter().map(|read| session_entry(&membership.accounts.account, read)).collect();
        report.gathered.requests = session.iter().map(|entry| entry.requests).sum();
        report.ledger.add(&session).with_context(spooling)?;

        let outcome = scan_all(&common, &membership.members, &mut report, &halt, stop, expired).await;
        let Report { mut ledger, mut gathered, recorder, .. } = report;
        outcome.with_context(spooling)?;
        for asked in beside.finish(gathered.ended) {
            ledger.add(&asked.ledger).with_context(spooling)?;
            gathered.requests += asked.ledger.iter().map(|entry| entry.requests).sum::<u64>();
            gathered.failed.extend(asked.failed.map(anyhow::Error::new));
        }
        gathered.finished = match (finished, gathered.ended) {
            (Some(recorded), _) => recorded,
            (None, Ended::Complete) => Some(jiff::Timestamp::now()),
            (None, Ended::Stopped) => None,
        };
        gathered.is_recorded = recorder.is_some();
        let finished = gathered.finished.filter(|_| gathered.failed.is_empty());
        gathered.failed.extend(recorder.and_then(|it| it.finish(finished).err()).map(anyhow::Error::new));
        gathered.ledger = Box::new(ledger.close().with_context(spooling)?);
        Ok(gathered)
    }
}

/// Keeps some accounts being read at a time, and reports each when its turn has come.
async fn scan_all<F: FnMut(&Finding) -> bool>(
    common: &Arc<Common>,
    members: &[Member],
    report: &mut Report<'_, F>,
    halt: &watch::Sender<bool>,
    stop: &Stop,
    expired: &Expiry,
) -> io::Result<()> {
    let mut begun = 0;
    let mut ahead: BTreeMap<usize, Done> = BTreeMap::new();
    let mut running: FuturesUnordered<_> = FuturesUnordered::new();
    let mut turn = 0;
    while turn < members.len() {
        let is_halted = *halt.borrow();
        while !is_halted && begun < members.len() && running.len() < ACCOUNTS_AT_ONCE && begun < turn + ACCOUNTS_AHEAD {
            if members[begun].passed_over.is_none() {
                let task: JoinHandle<Done> = tokio::spawn(common.clone().account(members[begun].clone()));
                running.push(named(begun, task));
            }
            begun += 1;
        }
        while let Some(member) = members.get(turn) {
            let is_wanted = if let Some(passed_over) = &member.passed_over {
                let (name, state) = (member.name.as_deref(), passed_over.state);
                report.gathered.accounts.push(Outcome::unread(&member.id, name, state, &*passed_over.because));
                true
            } else if let Some(done) = ahead.remove(&turn) {
                report.account(member, done)?
            } else if turn >= begun && is_halted {
                report.account(member, Done::Shut(interrupted()))?
            } else {
                break;
            };
            turn += 1;
            common.progress.accounts(turn, members.len());
            if !is_wanted && report.recorder.is_none() {
                halt.send_replace(true);
            }
        }
        if running.is_empty() {
            continue;
        }
        tokio::select! {
            biased;
            () = stop.came(), if !*halt.borrow() => { halt.send_replace(true); }
            Some((index, done)) = running.next() => {
                match &done {
                    // The caller's own: nobody gets in any more.
                    Done::Shut(shut) if shut.unknown.reason == Reason::Expired => {
                        expired.note();
                        halt.send_replace(true);
                    }
                    Done::Read(read) if read.has_expired => expired.note(),
                    Done::Read(_) | Done::Shut(_) | Done::Failed(_) => {}
                }
                ahead.insert(index, done);
            }
        }
    }
    Ok(())
}

async fn named(index: usize, task: JoinHandle<Done>) -> (usize, Done) {
    let done = task.await.unwrap_or_else(|_| {
        let detail = "scanning the account stopped; please report this";
        Done::Shut(unreached(Unknown::new(Reason::Internal, ASSUME_ROLE.iam_action(), detail)))
    });
    (index, done)
}

fn interrupted() -> Shut {
    let unknown = Unknown::new(Reason::Interrupted, ASSUME_ROLE.iam_action(), "the scan was stopped before its turn");
    Shut { state: AccountState::Interrupted, unknown }
}
