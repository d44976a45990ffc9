//! Which account a command is about, or which accounts, and the way in.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use jiff::SignedDuration;
use plimsoll_checks::contract::Source;

use super::accounts_file::Listed;
use super::fleet::{Doors, Fleet};
use crate::notify::Publisher;
use crate::pace::Share;
use crate::preflight::Simulator;
use crate::recording::organization::{self, RosterRecorder};
use crate::recording::{Recorder, Recording, Resumed, Unfinished, WriteError};
use crate::scan::{Scope, Target, Which, is_account};
use crate::secret::Secret;

/// Which account, live or recorded.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Which account")]
pub struct AccountArgs {
    /// The AWS profile to scan with; without it, credentials are found as the AWS CLI finds them
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Take on this role with the credentials found, and scan the account it belongs to
    #[arg(long, value_name = "ARN", conflicts_with = "from")]
    pub role_arn: Option<String>,
    /// The external id that the role's trust policy asks for
    #[arg(long, value_name = "ID", requires = "role_arn", env = "PLIMSOLL_EXTERNAL_ID", hide_env_values = true)]
    pub external_id: Option<Secret>,
    /// What CloudTrail in the scanned account is to call the session
    #[arg(long, value_name = "NAME")]
    pub session_name: Option<String>,
    /// The code that the MFA device of the profile shows now; without it, it is asked for on the terminal
    #[arg(long, value_name = "CODE", conflicts_with = "from")]
    pub mfa_code: Option<Secret>,
    /// Look only at this region; 'all' is every region enabled for the account, as is leaving it out
    #[arg(long = "region", value_name = "REGION", value_delimiter = ',')]
    pub regions: Vec<String>,
    /// Judge a recorded account, or a recorded organization: no credentials, no network
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
    /// Record what is read, so that it can be judged again with --from
    #[arg(long, value_name = "DIR", conflicts_with = "from")]
    pub record: Option<PathBuf>,
    /// Go on with a recording that was cut off: what it holds is not asked again
    #[arg(long, value_name = "DIR", conflicts_with_all = ["from", "record", "regions", "ous", "accounts_file"])]
    pub resume: Option<PathBuf>,
    /// Stop after so long, such as 90s, 20m or 1h, and report what there is
    #[arg(long, value_name = "TIME", conflicts_with = "from")]
    pub deadline: Option<SignedDuration>,
    /// Give each region so long, such as 5m, and go on without what is still unread there
    #[arg(long, value_name = "TIME", conflicts_with = "from")]
    pub region_deadline: Option<SignedDuration>,
    /// The share of AWS's request limits to take at most; the rest is left to whoever else calls in the account
    #[arg(long, value_name = "PERCENT", default_value_t, conflicts_with = "from")]
    pub api_share: Share,
    /// The time that ages are counted to, instead of the time of the scan
    #[arg(long, value_name = "TIME")]
    pub now: Option<jiff::Timestamp>,
    /// Which accounts, if there are several.
    #[command(flatten)]
    pub organization: OrganizationArgs,
}

/// The role that Organizations puts into every account it makes. Source: Organizations User Guide, "Accessing member
/// accounts that have `OrganizationAccountAccessRole`".
const DEFAULT_ROLE: &str = "OrganizationAccountAccessRole";

/// Which accounts, if there are several.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Several accounts")]
pub struct OrganizationArgs {
    /// Scan every account of the organization, from its management account or a delegated administrator's
    #[arg(long, conflicts_with = "from")]
    pub org: bool,
    /// The role to take on in each account, with its path if it has one
    #[arg(long, value_name = "NAME", default_value = DEFAULT_ROLE)]
    pub org_role: String,
    /// The external id that those roles' trust policies ask for
    #[arg(long, value_name = "ID", conflicts_with = "from", env = "PLIMSOLL_ORG_EXTERNAL_ID", hide_env_values = true)]
    pub org_external_id: Option<Secret>,
    /// Only this account of the organization
    #[arg(long = "account", value_name = "ID", value_delimiter = ',', value_parser = account_id)]
    pub accounts: Vec<String>,
    /// All accounts but this one
    #[arg(long = "exclude-account", value_name = "ID", value_delimiter = ',', value_parser = account_id)]
    pub exclude_accounts: Vec<String>,
    /// Only accounts in this organizational unit, or in one below it
    #[arg(long = "ou", value_name = "ID", value_delimiter = ',', requires = "org")]
    pub ous: Vec<String>,
    /// Scan the accounts that this file lists (.toml), without asking Organizations
    #[arg(long, value_name = "FILE", conflicts_with_all = ["org", "from"])]
    pub accounts_file: Option<PathBuf>,
}

fn account_id(text: &str) -> Result<String, String> {
    if is_account(text) { Ok(text.to_owned()) } else { Err("an account's id has twelve digits".to_owned()) }
}

impl OrganizationArgs {
    /// Which of the accounts.
    pub fn which(&self) -> Which {
        Which { accounts: self.accounts.clone(), exclude: self.exclude_accounts.clone(), units: self.ous.clone() }
    }

    fn names_accounts(&self) -> bool {
        !self.accounts.is_empty() || !self.exclude_accounts.is_empty()
    }
}

/// Who answers the reads of one account, and what is known of it before the first.
pub struct Opened {
    /// Who and where.
    pub target: Target,
    /// Whoever answers.
    pub source: Arc<dyn Source>,
    /// The recording, when it is one that answers: it lets go of files that nobody asks for any more.
    pub recording: Option<Arc<Recording>>,
    /// Whoever writes down what is read.
    pub recorder: Option<Recorder>,
    /// Why it is not, though that was asked for.
    pub unrecorded: Option<WriteError>,
}

/// What a command is about.
pub enum Way {
    /// One account.
    One {
        /// The account.
        opened: Box<Opened>,
        /// Whoever has signed in to read it; nobody, if it is a recorded one.
        caller: Option<SignedIn>,
    },
    /// Several.
    Several(Box<Fleet>),
}

impl Way {
    /// What is looked at.
    pub fn scope(&self) -> Scope {
        match self {
            Self::One { opened, .. } => Scope::Account(opened.target.clone()),
            Self::Several(fleet) => Scope::Accounts(fleet.membership.accounts.clone()),
        }
    }

    /// Whoever may publish in the session that the scan begins in; of a recording there is none.
    pub fn publisher(&self) -> Option<Arc<dyn Publisher>> {
        match self {
            Self::One { caller, .. } => publisher_of(caller.as_ref()),
            Self::Several(fleet) => match &fleet.doors {
                Doors::Recorded { .. } => None,
                #[cfg(feature = "live")]
                Doors::Live(doors) => Some(doors.caller.clone()),
            },
        }
    }

    /// What the organization, or a list of them, calls accounts, by their ids.
    pub fn account_names(&self) -> BTreeMap<String, String> {
        let Self::Several(fleet) = self else { return BTreeMap::new() };
        fleet.membership.members.iter().filter_map(|it| Some((it.id.clone(), it.name.clone()?))).collect()
    }
}

/// Opens what is asked for. `record` is whether what is read is to be written down as the flags say.
pub async fn open(args: &AccountArgs, record: bool) -> anyhow::Result<Way> {
    if let Some(root) = &args.from {
        if args.profile.is_some() {
            bail!("--profile: a recording is judged without credentials; only an --output to s3:// asks for them");
        }
        return if organization::is_organization(root) { recorded_fleet(args, root) } else { one_recorded(args, root) };
    }
    if let Some(fleet) = several(args, record).await? {
        return Ok(Way::Several(Box::new(fleet)));
    }
    let Some(root) = &args.resume else {
        let (mut opened, caller) = open_live(args).await?;
        if let Some(root) = args.record.as_ref().filter(|_| record) {
            opened.recorder = Some(Recorder::begin(root, &opened.target)?);
        }
        return Ok(Way::One { opened: Box::new(opened), caller: Some(caller) });
    };
    if !record {
        // A recording that is to be gone on with knows both, and nothing of it is to change yet.
        return one_recorded(args, root);
    }
    let unfinished = Unfinished::open(root)?;
    let (live, caller) = open_live(&AccountArgs { regions: unfinished.target().regions, ..args.clone() }).await?;
    let Resumed { target, source, recorder } = unfinished.resume(&live.target, live.source)?;
    let opened = Opened { target, source, recording: None, recorder: Some(recorder), unrecorded: None };
    Ok(Way::One { opened: Box::new(opened), caller: Some(caller) })
}

/// Several live accounts, if that is what is asked for.
async fn several(args: &AccountArgs, record: bool) -> anyhow::Result<Option<Fleet>> {
    if let Some(root) = args.resume.as_ref().filter(|root| organization::is_organization(root)) {
        return Ok(Some(resumed_fleet(args, root, record).await?));
    }
    if args.organization.org || args.organization.accounts_file.is_some() {
        if args.resume.is_some() {
            bail!("--resume: that is the recording of one account; leave out --org");
        }
        let mut fleet = live_fleet(args).await?;
        if let Some(root) = args.record.as_ref().filter(|_| record) {
            fleet.recorder = Some(RosterRecorder::begin(root, &fleet.membership)?);
        }
        return Ok(Some(fleet));
    }
    if args.organization.names_accounts() {
        bail!("--account and --exclude-account need --org, --accounts-file, or the recording of an organization");
    }
    Ok(None)
}

/// Whoever is to read, before they do.
pub struct Caller {
    /// Their account, and where to look.
    pub target: Target,
    /// Answers reads of that account.
    pub source: Arc<dyn Source>,
    /// Works out what they are permitted.
    pub simulator: Box<dyn Simulator>,
    /// The accounts that they are to read, if there are several.
    pub fleet: Option<Fleet>,
}

/// Signs in as a scan would, to find out what it would be permitted. Nothing is recorded, and what is recorded is no
/// answer.
pub async fn sign_in(args: &AccountArgs) -> anyhow::Result<Caller> {
    if args.from.is_some() {
        bail!("--from: a recording is judged without credentials; leave it out to look at those you have");
    }
    if let Some(fleet) = several(args, false).await? {
        return caller_of(fleet).await;
    }
    let Some(root) = &args.resume else { return lone_caller(args).await };
    let regions = Recording::open(root)?.target().regions;
    lone_caller(&AccountArgs { regions, ..args.clone() }).await
}

fn one_recorded(args: &AccountArgs, root: &std::path::Path) -> anyhow::Result<Way> {
    if args.organization.names_accounts() {
        bail!("--account and --exclude-account: {} is the recording of one account", root.display());
    }
    Ok(Way::One { opened: Box::new(open_recorded(root, &args.regions)?), caller: None })
}

/// Opens a recorded account, for all its regions (`regions` empty) or some.
pub fn open_recorded(root: &std::path::Path, regions: &[String]) -> anyhow::Result<Opened> {
    let recording = Arc::new(Recording::open(root)?);
    let mut target = recording.target();
    let all = regions.is_empty() || regions.iter().any(|region| region == "all");
    if let Some(unknown) = regions.iter().find(|region| !all && !target.regions.contains(region)) {
        bail!("--region {unknown}: the recording holds {}", target.regions.join(", "));
    }
    let (chosen, others): (Vec<String>, Vec<String>) =
        target.regions.into_iter().partition(|region| all || regions.contains(region));
    target.regions = chosen;
    if let Some(left_out) = &mut target.left_out {
        left_out.extend(others);
        left_out.sort_unstable();
    }
    let source = recording.clone();
    let recording = Some(recording);
    Ok(Opened { target, source, recording, recorder: None, unrecorded: None })
}

fn recorded_fleet(args: &AccountArgs, root: &std::path::Path) -> anyhow::Result<Way> {
    let (mut membership, finished) = organization::read(root)?;
    args.organization.which().apply(&mut membership.members)?;
    let doors = Doors::Recorded { root: root.to_owned(), finished };
    membership.regions.clone_from(&args.regions);
    Ok(Way::Several(Box::new(Fleet { membership, doors, recorder: None })))
}

async fn resumed_fleet(args: &AccountArgs, root: &std::path::Path, record: bool) -> anyhow::Result<Fleet> {
    let (membership, finished) = organization::read(root)?;
    if finished.is_some() && membership.members.iter().all(|member| member.shut.is_none()) {
        return Err(organization::RosterError::Finished(root.to_owned()).into());
    }
    if args.organization.names_accounts() {
        bail!("--resume goes on with the accounts it began with; leave out --account and --exclude-account");
    }
    let mut fleet = resumed_doors(args, membership).await?;
    if record {
        fleet.recorder = Some(RosterRecorder::resume(root, &fleet.membership)?);
    }
    Ok(fleet)
}

/// The accounts that a file lists.
fn listed(path: &std::path::Path) -> anyhow::Result<Listed> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading --accounts-file {}", path.display()))?;
    Ok(Listed::parse(&path.display().to_string(), &text)?)
}

#[cfg(feature = "live")]
mod live {
    use std::sync::Arc;

    use anyhow::bail;
    use jiff::SignedDuration;

    use super::super::accounts_file::Listed;
    use super::super::fleet::{Doors, Fleet, LiveDoors};
    use super::{AccountArgs, Opened, Way, listed};
    use crate::aws::{self, Access, Caller, LiveSource, Outset, Pacing, PolicySimulator, Role, S3Uploader, Shared};
    use crate::delivery::{Hubs, Uploader};
    use crate::notify::Publisher;
    use crate::scan::{Member, Membership};

    /// Somebody who has signed in.
    pub type SignedIn = Arc<Caller>;

    async fn sign_in(args: &AccountArgs) -> anyhow::Result<Caller> {
        Ok(Caller::sign_in(&access(args), &args.regions).await?)
    }

    fn access(args: &AccountArgs) -> Access {
        let role = args.role_arn.as_ref().map(|arn| Role {
            arn: arn.clone(),
            external_id: args.external_id.clone(),
            session_name: args.session_name.clone(),
            ..Role::default()
        });
        let pacing = Pacing {
            share: args.api_share,
            region_deadline: args.region_deadline.map(SignedDuration::unsigned_abs),
            ..Pacing::default()
        };
        Access { profile: args.profile.clone(), role, mfa_code: args.mfa_code.clone(), pacing }
    }

    /// Somebody who has signed in may publish.
    pub fn publisher_of(caller: Option<&SignedIn>) -> Option<Arc<dyn Publisher>> {
        caller.map(|caller| caller.clone() as Arc<dyn Publisher>)
    }

    /// Whoever uploads the reports of a scan: who began it, before taking on any role. A recorded account is judged by
    /// nobody in particular; then it is whoever `args` and the environment name.
    pub async fn uploader(way: &Way, args: &AccountArgs) -> anyhow::Result<Box<dyn Uploader>> {
        let caller = match way {
            Way::One { caller, .. } => caller.as_deref(),
            Way::Several(fleet) => match &fleet.doors {
                Doors::Live(doors) => Some(&*doors.caller),
                Doors::Recorded { .. } => None,
            },
        };
        let outset = match caller {
            Some(caller) => caller.outset.clone(),
            None => Outset::of(&access(args)).await?,
        };
        let partition = way.scope().partition();
        Ok(Box::new(S3Uploader::new(&outset, partition, args.api_share)))
    }

    /// The way to the Security Hub of each account that is scanned.
    pub fn hubs(way: &Way) -> anyhow::Result<Arc<dyn Hubs>> {
        match way {
            Way::One { caller: Some(caller), .. } => Ok(caller.clone()),
            Way::Several(fleet) => match &fleet.doors {
                Doors::Live(doors) => Ok(doors.clone()),
                Doors::Recorded { .. } => bail!("the accounts are recorded ones"),
            },
            Way::One { caller: None, .. } => bail!("the account is a recorded one"),
        }
    }

    pub async fn open_live(args: &AccountArgs) -> anyhow::Result<(Opened, SignedIn)> {
        let caller = sign_in(args).await?;
        let session = caller.open(&args.regions).await?;
        let source = Arc::new(LiveSource::new(&session, &Shared::new(&caller.clients)));
        let opened = Opened { target: session.target, source, recording: None, recorder: None, unrecorded: None };
        Ok((opened, Arc::new(caller)))
    }

    pub async fn lone_caller(args: &AccountArgs) -> anyhow::Result<super::Caller> {
        let caller = sign_in(args).await?;
        Ok(opened_for_trial(&caller, &Shared::new(&caller.clients), &args.regions).await?)
    }

    pub async fn caller_of(fleet: Fleet) -> anyhow::Result<super::Caller> {
        let Doors::Live(doors) = &fleet.doors else { bail!("the accounts are recorded ones") };
        let caller = opened_for_trial(&doors.caller, &doors.shared, &fleet.membership.regions).await?;
        Ok(super::Caller { fleet: Some(fleet), ..caller })
    }

    async fn opened_for_trial(
        caller: &Caller,
        shared: &Shared,
        regions: &[String],
    ) -> Result<super::Caller, aws::OpenError> {
        let session = caller.open_somewhere(regions).await?;
        let source = Arc::new(LiveSource::new(&session, shared));
        let simulator = Box::new(PolicySimulator::new(caller));
        Ok(super::Caller { target: session.target, source, simulator, fleet: None })
    }

    pub async fn live_fleet(args: &AccountArgs) -> anyhow::Result<Fleet> {
        let file = args.organization.accounts_file.as_deref().map(listed).transpose()?;
        let caller = sign_in(args).await?;
        let which = args.organization.which();
        let membership = match &file {
            None => aws::roster(&caller, &which, &args.regions).await?,
            Some(file) => {
                let mut members: Vec<Member> =
                    file.accounts.iter().map(|account| Member::new(&*account.id, account.name.clone())).collect();
                which.apply(&mut members)?;
                aws::membership(&caller, None, members, vec![caller.identity.clone()], &args.regions)
            }
        };
        Ok(fleet(args, caller, membership, file))
    }

    pub async fn resumed_doors(args: &AccountArgs, mut membership: Membership) -> anyhow::Result<Fleet> {
        let caller = sign_in(args).await?;
        let accounts = &mut membership.accounts;
        if (accounts.partition, &accounts.account) != (caller.partition, &caller.account) {
            bail!(
                "the recording was begun from account {}, and these credentials are of account {}",
                accounts.account,
                caller.account
            );
        }
        accounts.session.push(caller.identity.clone());
        Ok(fleet(args, caller, membership, None))
    }

    fn fleet(args: &AccountArgs, caller: Caller, membership: Membership, file: Option<Listed>) -> Fleet {
        let role = Role {
            arn: args.organization.org_role.clone(),
            external_id: args.organization.org_external_id.clone(),
            session_name: args.session_name.clone(),
            ..Role::default()
        };
        let shared = Shared::new(&caller.clients);
        let doors = Doors::Live(Arc::new(LiveDoors { caller: Arc::new(caller), shared, role, file }));
        Fleet { membership, doors, recorder: None }
    }
}

#[cfg(feature = "live")]
pub use live::{SignedIn, hubs, uploader};
#[cfg(feature = "live")]
use live::{caller_of, live_fleet, lone_caller, open_live, publisher_of, resumed_doors};

#[cfg(not(feature = "live"))]
mod offline {
    use std::sync::Arc;

    use anyhow::bail;

    use super::super::fleet::Fleet;
    use super::{AccountArgs, Caller, Opened, Way, listed};
    use crate::delivery::{Hubs, Uploader};
    use crate::notify::Publisher;
    use crate::scan::Membership;

    /// Nobody can sign in.
    pub type SignedIn = std::convert::Infallible;

    const NO_SDK: &str =
        "this build has no AWS SDK in it (feature `live`); it can scan a recorded account, with --from DIR";

    pub async fn open_live(_: &AccountArgs) -> anyhow::Result<(Opened, SignedIn)> {
        std::future::ready(()).await;
        bail!(NO_SDK)
    }

    /// Nobody can import.
    pub fn hubs(_: &Way) -> anyhow::Result<Arc<dyn Hubs>> {
        bail!(NO_SDK)
    }

    /// Nobody can publish.
    pub fn publisher_of(nobody: Option<&SignedIn>) -> Option<Arc<dyn Publisher>> {
        nobody.map(|nobody| match *nobody {})
    }

    /// Nobody can upload.
    pub async fn uploader(_: &Way, _: &AccountArgs) -> anyhow::Result<Box<dyn Uploader>> {
        std::future::ready(()).await;
        bail!(NO_SDK)
    }

    pub async fn lone_caller(_: &AccountArgs) -> anyhow::Result<Caller> {
        std::future::ready(()).await;
        bail!("this build has no AWS SDK in it (feature `live`), and cannot ask what credentials are permitted")
    }

    pub async fn caller_of(_: Fleet) -> anyhow::Result<Caller> {
        std::future::ready(()).await;
        bail!(NO_SDK)
    }

    pub async fn live_fleet(args: &AccountArgs) -> anyhow::Result<Fleet> {
        std::future::ready(()).await;
        args.organization.accounts_file.as_deref().map(listed).transpose()?;
        bail!(NO_SDK)
    }

    pub async fn resumed_doors(_: &AccountArgs, _: Membership) -> anyhow::Result<Fleet> {
        std::future::ready(()).await;
        bail!(NO_SDK)
    }
}

#[cfg(not(feature = "live"))]
pub use offline::{SignedIn, hubs, uploader};
#[cfg(not(feature = "live"))]
use offline::{caller_of, live_fleet, lone_caller, open_live, publisher_of, resumed_doors};
