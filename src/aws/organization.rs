//! The accounts of an organization: who they are, and the way into each.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use aws_sdk_organizations::Client;
use plimsoll_checks::contract::{Call, Reason, Unknown, api};
use plimsoll_checks::live::{Clients, Failure, Live, missing, told};

use super::pacing::Pacer;
use super::probe::Probe;
use super::session::{Caller, OpenError};
use crate::scan::{ASSUME_ROLE, AccountState, Accounts, Member, Membership, SessionRead, Shut, Which};

/// Tells the organization that the caller's account belongs to.
const DESCRIBE_ORGANIZATION: Call = api("organizations", "DescribeOrganization");
/// Lists all accounts, from the management account or a delegated administrator's.
const LIST_ACCOUNTS: Call = api("organizations", "ListAccounts");
/// Lists the accounts of one organizational unit.
const LIST_ACCOUNTS_FOR_PARENT: Call = api("organizations", "ListAccountsForParent");
/// Lists the units of one organizational unit.
const LIST_UNITS_FOR_PARENT: Call = api("organizations", "ListOrganizationalUnitsForParent");

/// Asks for the accounts of the caller's organization.
pub async fn roster(caller: &Caller, which: &Which, regions: &[String]) -> Result<Membership, OpenError> {
    let (organization, described) = organization(caller).await;
    let live = Live::new(caller.clients.clone(), caller.global());
    let mut members = accounts(&live).await.map_err(OpenError::Accounts)?;
    let listed = SessionRead { read: "session/Accounts".to_owned(), calls: live.into_calls(), unknown: None };
    let mut session = vec![caller.identity.clone(), described, listed];
    if !which.units.is_empty() {
        let live = Live::new(caller.clients.clone(), caller.global());
        let within = within(&live, &which.units).await?;
        let calls = live.into_calls();
        session.push(SessionRead { read: "session/OrganizationalUnits".to_owned(), calls, unknown: None });
        for member in members.iter_mut().filter(|member| !within.contains(&member.id)) {
            member.pass_over(AccountState::Excluded, "not in the units that --ou names");
        }
    }
    members.sort_by(|one, other| one.id.cmp(&other.id));
    which.apply(&mut members)?;
    Ok(membership(caller, organization, members, session, regions))
}

/// The accounts of a scan that begins with a caller.
pub fn membership(
    caller: &Caller,
    organization: Option<String>,
    members: Vec<Member>,
    session: Vec<SessionRead>,
    regions: &[String],
) -> Membership {
    let accounts = Accounts {
        partition: caller.partition,
        organization,
        account: caller.account.clone(),
        caller: caller.arn.clone(),
        count: members.len(),
        started: caller.started,
        session,
    };
    Membership { accounts, members, regions: regions.to_vec() }
}

/// The organization's id, if it can be known: no judgement rests on it.
async fn organization(caller: &Caller) -> (Option<String>, SessionRead) {
    let live = Live::new(caller.clients.clone(), caller.global());
    let answer = live.client(Client::new).describe_organization().send().await;
    let answer = live.heard(DESCRIBE_ORGANIZATION, answer);
    let (id, unknown) = match answer {
        Ok(answer) => (answer.organization.and_then(|organization| organization.id), None),
        Err(failure) => (None, Some(failure.into())),
    };
    (id, SessionRead { read: "session/Organization".to_owned(), calls: live.into_calls(), unknown })
}

async fn accounts(live: &Live) -> Result<Vec<Member>, Unknown> {
    let client = live.client(Client::new);
    let mut members = Vec::new();
    let mut token = None;
    loop {
        let page = client.list_accounts().set_next_token(token).send().await;
        let page = live.heard(LIST_ACCOUNTS, page)?;
        for account in page.accounts.ok_or_else(|| missing(LIST_ACCOUNTS, "Accounts"))? {
            members.push(member(account)?);
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(members);
        }
    }
}

/// AWS says how an account stands in `State`, and until 2026 said it in `Status`. Source: Organizations API Reference,
/// `Account`.
fn member(account: aws_sdk_organizations::types::Account) -> Result<Member, Unknown> {
    let lacks = |field: &str| missing(LIST_ACCOUNTS, field);
    let id = account.id.filter(|id| crate::scan::is_account(id)).ok_or_else(|| lacks("an Id of twelve digits"))?;
    let state = account.state.map(|state| state.as_str().to_owned());
    let status = account.status.map(|status| status.as_str().to_owned());
    let state = told(LIST_ACCOUNTS, "State", state.or(status).ok_or_else(|| lacks("State"))?)?;
    let mut member = Member::new(id, account.name);
    if state != "ACTIVE" {
        let state = state.to_lowercase().replace('_', " ");
        member.pass_over(AccountState::Suspended, format!("{state}, as Organizations says"));
    }
    Ok(member)
}

/// The ids of the accounts in some units and in all units below them.
async fn within(live: &Live, units: &[String]) -> Result<BTreeSet<String>, OpenError> {
    let mut accounts = BTreeSet::new();
    let mut open = units.to_vec();
    let mut seen = BTreeSet::new();
    while let Some(unit) = open.pop() {
        if seen.insert(unit.clone()) {
            accounts.extend(accounts_of(live, &unit).await?);
            open.extend(units_of(live, &unit).await?);
        }
    }
    Ok(accounts)
}

/// Why the contents of a unit are not known.
fn unit_unknown(unit: &str, failure: Failure) -> OpenError {
    match failure.code() {
        Some("ParentNotFoundException") => OpenError::NoSuchUnit(unit.to_owned()),
        _ => OpenError::Accounts(failure.into()),
    }
}

async fn accounts_of(live: &Live, unit: &str) -> Result<Vec<String>, OpenError> {
    let client = live.client(Client::new);
    let lacks = |field: &str| OpenError::Accounts(missing(LIST_ACCOUNTS_FOR_PARENT, field));
    let mut ids = Vec::new();
    let mut token = None;
    loop {
        let page = client.list_accounts_for_parent().parent_id(unit).set_next_token(token).send().await;
        let page = live.heard(LIST_ACCOUNTS_FOR_PARENT, page).map_err(|failure| unit_unknown(unit, failure))?;
        for account in page.accounts.ok_or_else(|| lacks("Accounts"))? {
            ids.push(account.id.ok_or_else(|| lacks("Id"))?);
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(ids);
        }
    }
}

async fn units_of(live: &Live, unit: &str) -> Result<Vec<String>, OpenError> {
    let client = live.client(Client::new);
    let lacks = |field: &str| OpenError::Accounts(missing(LIST_UNITS_FOR_PARENT, field));
    let mut ids = Vec::new();
    let mut token = None;
    loop {
        let page = client.list_organizational_units_for_parent().parent_id(unit).set_next_token(token).send().await;
        let page = live.heard(LIST_UNITS_FOR_PARENT, page).map_err(|failure| unit_unknown(unit, failure))?;
        for unit in page.organizational_units.ok_or_else(|| lacks("OrganizationalUnits"))? {
            ids.push(unit.id.ok_or_else(|| lacks("Id"))?);
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(ids);
        }
    }
}

/// What kept an account from being opened.
pub fn shut(error: OpenError) -> Shut {
    match error {
        OpenError::Role(unknown) => {
            let state = match unknown.reason {
                Reason::Denied if is_of_caller(&unknown) => AccountState::Denied,
                Reason::Denied => AccountState::RoleMissing,
                _ => AccountState::Unreached,
            };
            Shut { state, unknown }
        }
        OpenError::Regions(unknown) | OpenError::Caller(unknown) if unknown.reason == Reason::Denied => {
            Shut { state: AccountState::Denied, unknown }
        }
        OpenError::Regions(unknown) | OpenError::Caller(unknown) => Shut { state: AccountState::Unreached, unknown },
        other => Shut {
            state: AccountState::Unreached,
            unknown: Unknown::new(Reason::Internal, ASSUME_ROLE.iam_action(), other.to_string()),
        },
    }
}

/// Whether a policy on the caller's side refuses it the role. AWS says so; of a role that is not there, and of one that
/// does not trust the caller, it says the same: nothing.
/// Source: IAM User Guide, "Troubleshoot access denied error messages".
fn is_of_caller(unknown: &Unknown) -> bool {
    [" because no ", " with an explicit deny "].iter().any(|words| unknown.detail.contains(words))
}

/// What the accounts of a scan share.
pub struct Shared {
    /// Whether a region answers is found out once.
    pub(super) probe: Arc<Probe>,
    /// The pace of each account that is being read: an account that is judged, and asked for the sake of others, has
    /// one.
    pacers: Mutex<HashMap<String, Weak<Pacer>>>,
}

impl Shared {
    /// For a scan that begins with a caller's clients.
    pub fn new(clients: &Arc<Clients>) -> Self {
        Self { probe: Arc::new(Probe::new(clients.clone())), pacers: Mutex::default() }
    }

    /// The pace of an account.
    pub fn pacer_of(&self, caller: &Caller, account: &str) -> Arc<Pacer> {
        let mut pacers = self.pacers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pacer) = pacers.get(account).and_then(Weak::upgrade) {
            return pacer;
        }
        let pacer = caller.pace();
        pacers.insert(account.to_owned(), Arc::downgrade(&pacer));
        pacer
    }
}
