//! Who is asking, for which account, and in which regions.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_config::profile::ProfileSet;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_types::os_shim_internal::{Env, Fs};
use plimsoll_checks::contract::{Call, Partition, Place, Unknown, api};
use plimsoll_checks::live::{self, Clients, Live};

use super::credentials::{MfaCodes, Role, assume, assume_now, kept, leads_past_the_sdk, of_profile, sign_in_of};
use super::endpoint::{OwnEndpoint, http_client, plain_client};
use super::pacing::{PATIENCE, Pacer, Pacing, Watch};
use crate::error::causes;
use crate::scan::{NoSuchAccount, SessionRead, Target, is_account, is_region};
use crate::secret::Secret;

const GET_CALLER_IDENTITY: Call = api("sts", "GetCallerIdentity");
const LIST_ACCOUNT_ALIASES: Call = api("iam", "ListAccountAliases");
const DESCRIBE_REGIONS: Call = api("ec2", "DescribeRegions");

/// Tries for one call, the first included; between them the SDK waits longer and longer, with jitter.
const ATTEMPTS: u32 = 5;
const CONNECT: Duration = Duration::from_secs(5);
const READ: Duration = Duration::from_secs(30);
/// All tries of one call together, and the time they wait for their turns: no more than a backstop, for the pace keeps
/// to [`PATIENCE`] without the waiting.
const OPERATION: Duration = PATIENCE.saturating_add(Duration::from_mins(5));

/// The live account could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No credentials.
    #[error(
        "no credentials for {who}: {cause}\n\
         tried: {tried}\n\
         name a profile with --profile (`aws configure list-profiles` lists yours, `aws sso login --profile NAME` \
         renews a sign-in), or scan a recorded account with --from"
    )]
    NoCredentials {
        /// Whose.
        who: String,
        /// What the SDK said.
        cause: String,
        /// Where it looked.
        tried: &'static str,
    },
    /// A sign-in to IAM Identity Center has run out, or never was.
    #[error("no credentials for {who}: {cause}\nsign in with `{command}`, and scan again")]
    SignIn {
        /// Whose.
        who: String,
        /// What the SDK said.
        cause: String,
        /// The command to run.
        command: String,
    },
    /// A profile is named that is not there.
    #[error(
        "there is no profile {name:?} in ~/.aws/config or ~/.aws/credentials (or the files that AWS_CONFIG_FILE and \
         AWS_SHARED_CREDENTIALS_FILE name); there are {known}"
    )]
    NoSuchProfile {
        /// What was asked for.
        name: String,
        /// The profiles there are, in words.
        known: String,
    },
    /// The files that hold profiles cannot be understood.
    #[error("reading AWS profiles: {0}")]
    Profiles(String),
    /// AWS does not take the credentials, or does not answer.
    #[error("asking AWS who is calling: {0}")]
    Caller(Unknown),
    /// A role cannot be taken on.
    #[error("taking on the role: {0}")]
    Role(Unknown),
    /// The accounts of the organization are not known.
    #[error(
        "listing the accounts of the organization: {0}\n\
         scan from its management account or a delegated administrator's, or name the accounts in --accounts-file"
    )]
    Accounts(Unknown),
    /// An account is asked for that is not among them.
    #[error(transparent)]
    NoSuchAccount(#[from] NoSuchAccount),
    /// A unit is asked for that is not in the organization.
    #[error("--ou {0}: the organization has no such root or organizational unit")]
    NoSuchUnit(String),
    /// The regions of the account are not known.
    #[error(
        "listing the regions that are enabled for the account: {0}\n\
         allow ec2:DescribeRegions, or name the regions with --region"
    )]
    Regions(Unknown),
    /// Not even the form of a region.
    #[error("--region {0:?}: that is not the code of a region, as us-east-1 is one")]
    NotARegion(String),
    /// No such region.
    #[error("--region {asked}: the partition {partition} has no such region; enabled are {enabled}")]
    NoSuchRegion {
        /// What was asked for.
        asked: String,
        /// The account's partition.
        partition: Partition,
        /// The regions there are.
        enabled: String,
    },
}

/// The live account, opened.
pub struct Session {
    /// Makes the clients of all services.
    pub clients: Arc<Clients>,
    /// Who and where.
    pub target: Target,
    /// Regions that are asked for but not enabled for the account.
    pub disabled: BTreeSet<String>,
    /// How it goes about its requests.
    pub pacing: Pacing,
    /// The pace of the account.
    pub pacer: Arc<Pacer>,
}

/// What collectors get their clients from.
#[derive(Clone)]
pub struct Configured {
    config: SdkConfig,
    one_endpoint: bool,
    pacer: Arc<Pacer>,
}

impl Configured {
    /// Clients with this configuration, which keep to a pace; `one_endpoint` if it leads all calls to one server.
    pub fn new(config: SdkConfig, one_endpoint: bool, pacer: Arc<Pacer>) -> Self {
        Self { config, one_endpoint, pacer }
    }
}

impl live::Session for Configured {
    fn config(&self, region: &str) -> SdkConfig {
        self.config.to_builder().region(Region::new(region.to_owned())).build()
    }

    fn one_endpoint(&self) -> bool {
        self.one_endpoint
    }

    fn watch(&self, service: &'static str, region: &str) -> SharedInterceptor {
        SharedInterceptor::new(Watch::new(self.pacer.clone(), service, region))
    }
}

/// The way into an account.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// The profile; without one, credentials are found as the AWS CLI finds them.
    pub profile: Option<String>,
    /// A role that is taken on with them.
    pub role: Option<Role>,
    /// A code of the MFA device that a profile asks for.
    pub mfa_code: Option<Secret>,
    /// How to go about requests.
    pub pacing: Pacing,
}

/// The region to begin with where none is configured or asked for.
const FIRST_REGION: &str = "us-east-1";

/// Somebody whom AWS knows: credentials that work, and whose they are.
pub struct Caller {
    /// The partition of the account.
    pub partition: Partition,
    /// The account's id.
    pub account: String,
    /// The ARN of the identity.
    pub arn: String,
    /// When AWS was first asked.
    pub started: jiff::Timestamp,
    /// The read that told who it is.
    pub identity: SessionRead,
    /// Makes the clients of all services.
    pub clients: Arc<Clients>,
    /// Whoever began, this one itself or who has taken on its role.
    pub outset: Outset,
    configured: Configured,
    pacing: Pacing,
    /// A region of the partition, to ask about all others.
    home: String,
}

/// Whoever a scan began with, before any role was taken on: what the profile or the environment has.
#[derive(Debug, Clone)]
pub struct Outset {
    config: SdkConfig,
    endpoint: OwnEndpoint,
}

/// How long S3 may take to answer, from the first byte that is sent to it.
const UPLOAD: Duration = Duration::from_mins(10);

impl Outset {
    /// Finds credentials as for a scan, and asks nobody whose they are.
    pub async fn of(access: &Access) -> Result<Self, OpenError> {
        let profile = access.profile.as_deref();
        let profiles = find_profile(profile).await?;
        let (config, outset) = configure(access, profiles.as_ref()).await?;
        authenticate(&config, profiles.as_ref(), profile).await?;
        Ok(outset)
    }

    /// A region of a partition: the configured one, if it belongs to it.
    pub fn home(&self, partition: Partition) -> &str {
        home_region(self.config.region().map_or(FIRST_REGION, Region::as_ref), partition)
    }

    /// What clients are made with that ask for nobody else.
    pub fn by_itself(&self, pacer: Arc<Pacer>) -> Configured {
        Configured::new(self.config.clone(), self.endpoint.is_in_use(), pacer)
    }

    /// What clients that upload are made with: they may take their time, and succeed without an answer.
    pub fn uploading(&self, pacer: Arc<Pacer>) -> Configured {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(UPLOAD).build();
        let config = self.config.to_builder().http_client(plain_client(self.endpoint.clone())).timeout_config(timeouts);
        Configured::new(config.build(), self.endpoint.is_in_use(), pacer)
    }
}

impl Caller {
    /// Signs in with a profile, or with what the environment has. `regions` are those that are asked for.
    pub async fn sign_in(access: &Access, regions: &[String]) -> Result<Self, OpenError> {
        let profile = access.profile.as_deref();
        let profiles = find_profile(profile).await?;
        let (config, outset) = configure(access, profiles.as_ref()).await?;
        authenticate(&config, profiles.as_ref(), profile).await?;
        let configured = config.region().map(|region| region.as_ref().to_owned());
        let asked = || regions.iter().find(|region| *region != "all").cloned();
        let first = configured.or_else(asked).unwrap_or_else(|| FIRST_REGION.to_owned());
        let pacing = access.pacing.clone();
        let configured = Configured::new(config, outset.endpoint.is_in_use(), Pacer::new(pacing.share));
        Self::identified(configured, outset, pacing, &first).await
    }

    /// Takes on a role with this one's credentials, to go at a pace of its account's; unknown, if AWS does not let it.
    pub async fn take_on(&self, role: &Role, pacer: Arc<Pacer>) -> Result<Self, OpenError> {
        let Configured { config, one_endpoint, .. } = &self.configured;
        let provider = config.credentials_provider().expect("whoever has signed in has credentials");
        let config = config.to_builder().region(Region::new(self.home.clone())).build();
        let credentials = assume_now(role, provider, &config).await.map_err(OpenError::Role)?;
        let config = config.to_builder().credentials_provider(credentials).build();
        // Limits are each account's own; how many reads are under way is one number for all.
        let pacing = self.pacing.clone();
        let configured = Configured::new(config, *one_endpoint, pacer);
        Self::identified(configured, self.outset.clone(), pacing, &self.home).await
    }

    async fn identified(
        configured: Configured,
        outset: Outset,
        pacing: Pacing,
        first: &str,
    ) -> Result<Self, OpenError> {
        let started = jiff::Timestamp::now();
        let clients = Clients::new(Arc::new(configured.clone()));
        // Until the caller is known, only the partition is, by the name of a region.
        let nobody = Place::global(Partition::of_region(first), "").at(first);
        let live = Live::new(clients.clone(), nobody);
        let identity = live.client(aws_sdk_sts::Client::new).get_caller_identity().send().await;
        let identity =
            live.heard(GET_CALLER_IDENTITY, identity).map_err(|failure| OpenError::Caller(failure.into()))?;
        let lacks = |field| OpenError::Caller(live::missing(GET_CALLER_IDENTITY, field));
        let account =
            identity.account.filter(|id| is_account(id)).ok_or_else(|| lacks("an Account of twelve digits"))?;
        let arn = identity.arn.ok_or_else(|| lacks("Arn"))?;
        let named = arn.split(':').nth(1).and_then(Partition::from_name);
        let partition = named.ok_or_else(|| lacks("a known partition in Arn"))?;
        let identity =
            SessionRead { read: "session/CallerIdentity".to_owned(), calls: live.into_calls(), unknown: None };
        let home = home_region(first, partition).to_owned();
        Ok(Self { partition, account, arn, started, identity, clients, outset, configured, pacing, home })
    }

    /// A pace for an account that is read with this one's flags.
    pub(super) fn pace(&self) -> Arc<Pacer> {
        Pacer::new(self.pacing.share)
    }

    /// Where the account's global services are.
    pub fn global(&self) -> Place {
        Place::global(self.partition, &self.account)
    }

    /// Opens the caller's account as far as it can be: if it is not known which regions are enabled, and none is named,
    /// for the one that was asked.
    pub async fn open_somewhere(&self, regions: &[String]) -> Result<Session, OpenError> {
        match self.open(regions).await {
            Err(OpenError::Regions(_)) => self.open(std::slice::from_ref(&self.home)).await,
            opened => opened,
        }
    }

    /// Opens the caller's account, for all its enabled regions (`regions` empty) or some.
    pub async fn open(&self, regions: &[String]) -> Result<Session, OpenError> {
        let global = self.global();
        let home = global.at(&self.home);
        let ((alias, alias_read), (known, regions_read)) =
            futures::join!(account_alias(&self.clients, &global), regions_of(&self.clients, &home));
        // A server that is not AWS may tell of regions of every partition.
        let known = known.map(|mut known| {
            known.retain(|(region, _)| Partition::of_region(region) == self.partition);
            known
        });
        let Chosen { regions, disabled, left_out } = choose(regions, known, self.partition)?;
        let target = Target {
            partition: self.partition,
            account: self.account.clone(),
            alias,
            caller: self.arn.clone(),
            regions,
            left_out,
            started: self.started,
            session: vec![self.identity.clone(), alias_read, regions_read],
        };
        let (pacing, pacer) = (self.pacing.clone(), self.configured.pacer.clone());
        Ok(Session { clients: self.clients.clone(), target, disabled, pacing, pacer })
    }
}

/// A region to ask about all others: the configured one, unless it belongs to another partition.
fn home_region(configured: &str, partition: Partition) -> &str {
    if Partition::of_region(configured) == partition { configured } else { partition.global_region() }
}

/// The SDK goes on to other credentials when the profile it is told to use is not there, and would scan another
/// account than the one that was meant.
async fn find_profile(profile: Option<&str>) -> Result<Option<ProfileSet>, OpenError> {
    let Some(name) = profile.map(str::to_owned).or_else(profile_of_environment) else {
        // The SDK says what is wrong with files that nobody has asked for, if it needs them.
        return Ok(aws_config::profile::load(&Fs::real(), &Env::real(), &<_>::default(), None).await.ok());
    };
    let profiles = aws_config::profile::load(&Fs::real(), &Env::real(), &<_>::default(), None).await;
    let profiles = profiles.map_err(|error| OpenError::Profiles(causes(&error)))?;
    if profiles.get_profile(&name).is_some() {
        return Ok(Some(profiles));
    }
    let mut known: Vec<&str> = profiles.profiles().collect();
    known.sort_unstable();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Err(OpenError::NoSuchProfile { name, known })
}

/// The profile that the environment names, unless keys in it come first.
fn profile_of_environment() -> Option<String> {
    std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty())
}

async fn configure(access: &Access, profiles: Option<&ProfileSet>) -> Result<(SdkConfig, Outset), OpenError> {
    let profile = access.profile.as_deref();
    let endpoint = OwnEndpoint::default();
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(READ).operation_timeout(OPERATION);
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client(endpoint.clone()))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts.build())
        // A request that waits for its turn would be taken for one that cannot be sent. What is sent is small.
        .stalled_stream_protection(StalledStreamProtectionConfig::enabled().upload_enabled(false).build());
    if let Ok(name) = AppName::new("plimsoll") {
        loader = loader.app_name(name);
    }
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    let mut config = loader.load().await;
    if let Some(url) = config.endpoint_url().map(|url| endpoint.note(url)) {
        config = config.into_builder().endpoint_url(url).build();
    }
    let codes = MfaCodes::beginning_with(access.mfa_code.clone());
    // Where the environment has no keys, its profile is the one, and `default` where it names none.
    let has_keys = std::env::var("AWS_ACCESS_KEY_ID").is_ok();
    let default = || profiles.and_then(|set| set.get_profile("default")).map(|profile| profile.name().to_owned());
    let implied = || (!has_keys).then(|| profile_of_environment().or_else(default)).flatten();
    let named = profile.map(str::to_owned);
    if let (Some(profiles), Some(name)) = (profiles, named.clone().or_else(implied)) {
        let wrong = |problem: String| OpenError::Profiles(problem);
        if named.is_some() || leads_past_the_sdk(profiles, &name).map_err(wrong)? {
            let credentials = of_profile(profiles, &name, &config, &codes).map_err(wrong)?;
            config = config.into_builder().credentials_provider(credentials).build();
        }
    }
    if let Some(credentials) = config.credentials_provider() {
        config = config.into_builder().credentials_provider(kept(credentials)).build();
    }
    let outset = Outset { config: config.clone(), endpoint };
    if let (Some(role), Some(base)) = (&access.role, config.credentials_provider()) {
        let credentials = assume(role, base, &config, &codes);
        config = config.into_builder().credentials_provider(credentials).build();
    }
    Ok((config, outset))
}

/// Asks for credentials once, before anything else, so that their absence is one clear error.
async fn authenticate(
    config: &SdkConfig,
    profiles: Option<&ProfileSet>,
    profile: Option<&str>,
) -> Result<(), OpenError> {
    let from_environment = || match std::env::var("AWS_PROFILE") {
        Ok(name) => format!("profile {name:?} (AWS_PROFILE)"),
        Err(_) => "the default profile".to_owned(),
    };
    let who = profile.map_or_else(from_environment, |name| format!("profile {name:?}"));
    let tried = if profile.is_some() {
        "that profile in ~/.aws/config and ~/.aws/credentials (or AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE)"
    } else {
        "environment variables (AWS_ACCESS_KEY_ID …), that profile in ~/.aws/config and ~/.aws/credentials, web \
         identity (AWS_WEB_IDENTITY_TOKEN_FILE), the container's role (ECS, EKS), the instance's role (EC2)"
    };
    let name = profile.map(str::to_owned).or_else(profile_of_environment).unwrap_or_else(|| "default".to_owned());
    let sign_in = profiles.and_then(|profiles| sign_in_of(profiles, &name));
    let missing = |cause: String| match &sign_in {
        Some(command) => OpenError::SignIn { who: who.clone(), cause, command: command.clone() },
        None => OpenError::NoCredentials { who: who.clone(), cause, tried },
    };
    let provider = config.credentials_provider().ok_or_else(|| missing("no provider is configured".to_owned()))?;
    match provider.provide_credentials().await {
        Ok(_) => Ok(()),
        Err(error) => Err(missing(causes(&error))),
    }
}

async fn account_alias(clients: &Arc<Clients>, place: &Place) -> (Option<String>, SessionRead) {
    let live = Live::new(clients.clone(), place.clone());
    let aliases = live.client(aws_sdk_iam::Client::new).list_account_aliases().send().await;
    let aliases = live.heard(LIST_ACCOUNT_ALIASES, aliases);
    let calls = live.into_calls();
    let read = "session/AccountAlias".to_owned();
    match aliases {
        Ok(answer) => (answer.account_aliases.into_iter().next(), SessionRead { read, calls, unknown: None }),
        Err(failure) => (None, SessionRead { read, calls, unknown: Some(failure.into()) }),
    }
}

/// Every region of the partition, and whether it is enabled for the account.
type KnownRegions = Result<Vec<(String, bool)>, Unknown>;

async fn regions_of(clients: &Arc<Clients>, place: &Place) -> (KnownRegions, SessionRead) {
    let live = Live::new(clients.clone(), place.clone());
    let regions = live.client(aws_sdk_ec2::Client::new).describe_regions().all_regions(true).send().await;
    let regions = live.heard(DESCRIBE_REGIONS, regions);
    let calls = live.into_calls();
    let read = "session/Regions".to_owned();
    let known = regions.map_err(Unknown::from).and_then(|answer| {
        let known = answer.regions.into_iter().flatten().map(|region| {
            let name = region.region_name.ok_or_else(|| live::missing(DESCRIBE_REGIONS, "RegionName"))?;
            let status = region.opt_in_status.ok_or_else(|| live::missing(DESCRIBE_REGIONS, "OptInStatus"))?;
            Ok((name, status != "not-opted-in"))
        });
        known.collect::<Result<Vec<_>, Unknown>>()
    });
    let unknown = known.as_ref().err().cloned();
    (known, SessionRead { read, calls, unknown })
}

/// Where a scan looks and where it does not.
#[derive(Debug)]
struct Chosen {
    /// The regions to look at, in alphabetical order.
    regions: Vec<String>,
    /// Those among them that are not enabled.
    disabled: BTreeSet<String>,
    /// Enabled regions that are not looked at, if it is known which are enabled.
    left_out: Option<Vec<String>>,
}

fn choose(asked: &[String], known: KnownRegions, partition: Partition) -> Result<Chosen, OpenError> {
    let all = asked.is_empty() || asked.iter().any(|region| region == "all");
    let asked: BTreeSet<String> = asked.iter().cloned().collect();
    let known = match known {
        Ok(known) => known,
        Err(unknown) if all => return Err(OpenError::Regions(unknown)),
        Err(_) if asked.iter().any(|region| !is_region(region)) => {
            let asked = asked.into_iter().find(|region| !is_region(region)).unwrap_or_else(String::new);
            return Err(OpenError::NotARegion(asked));
        }
        // Named regions are looked at as they are: if one is not enabled, its reads will say so.
        Err(_) => {
            let regions = asked.into_iter().collect();
            return Ok(Chosen { regions, disabled: BTreeSet::new(), left_out: None });
        }
    };
    let enabled: BTreeSet<String> = known.iter().filter(|(_, on)| *on).map(|(name, _)| name.clone()).collect();
    if all && enabled.is_empty() {
        // Every regional check would have nothing to say, and nobody would notice.
        return Err(OpenError::Regions(live::missing(DESCRIBE_REGIONS, "any region that is enabled")));
    }
    if all {
        let regions = enabled.into_iter().collect();
        return Ok(Chosen { regions, disabled: BTreeSet::new(), left_out: Some(Vec::new()) });
    }
    if let Some(asked) = asked.iter().find(|asked| !known.iter().any(|(name, _)| name == *asked)) {
        let enabled = enabled.into_iter().collect::<Vec<_>>().join(", ");
        return Err(OpenError::NoSuchRegion { asked: asked.clone(), partition, enabled });
    }
    let disabled = asked.difference(&enabled).cloned().collect();
    let left_out = Some(enabled.difference(&asked).cloned().collect());
    Ok(Chosen { regions: asked.into_iter().collect(), disabled, left_out })
}

#[cfg(test)]
mod tests {
    use plimsoll_checks::contract::Reason;

    use super::*;

    fn known() -> Vec<(String, bool)> {
        vec![("eu-west-1".to_owned(), true), ("ap-east-1".to_owned(), false), ("us-east-1".to_owned(), true)]
    }

    #[test]
    fn every_enabled_region_is_looked_at_unless_some_are_named() {
        for asked in [vec![], vec!["all".to_owned()]] {
            let chosen = choose(&asked, Ok(known()), Partition::Aws).unwrap();
            assert_eq!(chosen.regions, ["eu-west-1", "us-east-1"]);
            assert!(chosen.disabled.is_empty());
            assert_eq!(chosen.left_out, Some(vec![]));
        }
    }

    #[test]
    fn enabled_regions_that_are_not_looked_at_are_known_as_far_as_the_list_is() {
        let chosen = choose(&["us-east-1".to_owned()], Ok(known()), Partition::Aws).unwrap();
        assert_eq!(chosen.left_out, Some(vec!["eu-west-1".to_owned()]));
        let denied = Unknown::new(Reason::Denied, "ec2:DescribeRegions", "no");
        let chosen = choose(&["us-east-1".to_owned()], Err(denied), Partition::Aws).unwrap();
        assert_eq!(chosen.left_out, None);
    }

    #[test]
    fn a_region_that_is_named_but_not_enabled_is_looked_at_and_known_to_be_disabled() {
        let chosen = choose(&["ap-east-1".to_owned()], Ok(known()), Partition::Aws).unwrap();
        assert_eq!(chosen.regions, ["ap-east-1"]);
        assert!(chosen.disabled.contains("ap-east-1"));
    }

    #[test]
    fn a_region_that_does_not_exist_is_an_error_that_names_those_that_do() {
        let error = choose(&["eu-wset-1".to_owned()], Ok(known()), Partition::Aws).unwrap_err().to_string();
        assert_eq!(error, "--region eu-wset-1: the partition aws has no such region; enabled are eu-west-1, us-east-1");
    }

    #[test]
    fn an_account_without_regions_is_not_scanned_in_silence() {
        for known in [vec![], vec![("eu-west-1".to_owned(), false)]] {
            assert!(matches!(choose(&[], Ok(known), Partition::Aws), Err(OpenError::Regions(_))));
        }
    }

    #[test]
    fn nothing_but_a_region_is_taken_for_one() {
        let denied = || Err(Unknown::new(Reason::Denied, "ec2:DescribeRegions", "no"));
        for name in ["global", "../eu-west-1", "eu-west-1.example.com", "", "EU"] {
            let chosen = choose(&["eu-west-1".to_owned(), name.to_owned()], denied(), Partition::Aws);
            assert!(matches!(chosen, Err(OpenError::NotARegion(wrong)) if wrong == name));
        }
    }

    #[test]
    fn without_the_list_of_regions_they_must_be_named() {
        let denied = || Err(Unknown::new(Reason::Denied, "ec2:DescribeRegions", "no"));
        assert!(matches!(choose(&[], denied(), Partition::Aws), Err(OpenError::Regions(_))));
        let chosen = choose(&["eu-west-1".to_owned()], denied(), Partition::Aws).unwrap();
        assert_eq!(chosen.regions, ["eu-west-1"]);
    }
}
