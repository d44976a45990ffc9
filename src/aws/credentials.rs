//! Credentials of profiles and roles, as the AWS CLI finds them: also those that ask for an MFA code or say how long
//! they want to last, which the SDK passes over.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::{Profile, ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use plimsoll_checks::contract::{Partition, Place, Reason, Unknown};
use plimsoll_checks::live::{Clients, Live, missing};
use tokio::sync::Mutex;

use super::pacing::Pacer;
use super::session::Configured;
use crate::error::causes;
use crate::pace::Share;
use crate::scan::ASSUME_ROLE;
use crate::secret::Secret;

/// A role that is taken on with the credentials one has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Role {
    /// The role's ARN.
    pub arn: String,
    /// What its trust policy may ask for beside the caller.
    pub external_id: Option<Secret>,
    /// What CloudTrail is to call the session.
    pub session_name: Option<String>,
    /// How long the session is to last.
    pub duration: Option<Duration>,
    /// The MFA device whose code its trust policy asks for.
    pub mfa_serial: Option<String>,
}

/// What a session is called that nobody has named.
const SESSION_NAME: &str = "plimsoll";

/// Where the first credentials of a chain of roles come from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Base {
    /// A profile that takes on no role.
    Profile(String),
    /// The keys that stand beside the role in one profile.
    Keys(String),
    /// `credential_source`.
    Named(String),
}

/// The roles that a profile leads through, first to last, if one of them wants what the SDK passes over: an MFA code
/// or a duration. Source: AWS CLI User Guide, "Using an IAM role in the AWS CLI".
fn chain(profiles: &ProfileSet, name: &str) -> Result<Option<(Base, Vec<Role>)>, String> {
    let mut roles = Vec::new();
    let mut visited = vec![name.to_owned()];
    let base = loop {
        let name = visited.last().expect("it begins with one");
        let profile = profiles.get_profile(name).ok_or_else(|| format!("there is no source profile {name:?}"))?;
        let has_keys = profile.get("aws_access_key_id").is_some();
        let Some(arn) = profile.get("role_arn").filter(|_| profile.get("web_identity_token_file").is_none()) else {
            break Base::Profile(name.clone());
        };
        if has_keys && visited.len() > 1 {
            // As the SDK and the CLI have it: keys of a source profile come before its role.
            break Base::Keys(name.clone());
        }
        roles.push(role(profile, arn)?);
        match (profile.get("source_profile"), profile.get("credential_source")) {
            (Some(source), None) if source == profile.name() => break Base::Keys(name.clone()),
            (Some(source), None) if visited.iter().any(|seen| seen == source) => {
                return Err(format!("the profiles {} lead round in a circle", visited.join(", ")));
            }
            (Some(source), None) => visited.push(source.to_owned()),
            (None, Some(source)) => break Base::Named(source.to_owned()),
            // The SDK says what is wrong with it.
            (Some(_), Some(_)) | (None, None) => return Ok(None),
        }
    };
    let is_passed_over = |role: &Role| role.mfa_serial.is_some() || role.duration.is_some();
    roles.reverse();
    Ok(roles.iter().any(is_passed_over).then_some((base, roles)))
}

/// Whether a profile leads through a role that the SDK would take on otherwise than it says.
pub fn leads_past_the_sdk(profiles: &ProfileSet, name: &str) -> Result<bool, String> {
    if profiles.get_profile(name).is_none() {
        return Ok(false);
    }
    Ok(chain(profiles, name)?.is_some())
}

/// The command that signs in to the Identity Center that a profile, or the first of its chain, gets its credentials
/// from. Source: AWS CLI User Guide, "Configuring IAM Identity Center authentication with the AWS CLI".
pub fn sign_in_of(profiles: &ProfileSet, name: &str) -> Option<String> {
    let mut name = name;
    let mut seen = Vec::new();
    loop {
        let profile = profiles.get_profile(name)?;
        if let Some(session) = profile.get("sso_session") {
            return Some(format!("aws sso login --sso-session {session}"));
        }
        if profile.get("sso_start_url").is_some() {
            return Some(format!("aws sso login --profile {name}"));
        }
        let source = profile.get("source_profile").filter(|source| *source != name && !seen.contains(source))?;
        seen.push(name);
        name = source;
    }
}

fn role(profile: &Profile, arn: &str) -> Result<Role, String> {
    let own = |key| profile.get(key).map(str::to_owned);
    let seconds = profile.get("duration_seconds").map(|text| {
        let wanted = "a number of seconds from 900 to 43200";
        let seconds = text.parse::<u64>().ok().filter(|seconds| (900..=43200).contains(seconds));
        seconds.ok_or_else(|| format!("duration_seconds of the profile {:?} is {text:?}, not {wanted}", profile.name()))
    });
    Ok(Role {
        arn: arn.to_owned(),
        external_id: profile.get("external_id").map(Secret::from),
        session_name: own("role_session_name"),
        duration: seconds.transpose()?.map(Duration::from_secs),
        mfa_serial: own("mfa_serial"),
    })
}

/// The credentials of one profile and no others. The SDK's own chain takes those in the environment first, and the
/// machine's where the profile has none: it would scan another account than the one that was named.
pub fn of_profile(
    profiles: &ProfileSet,
    name: &str,
    config: &SdkConfig,
    codes: &MfaCodes,
) -> Result<SharedCredentialsProvider, String> {
    let Some((base, roles)) = chain(profiles, name)? else {
        return Ok(kept(plain(name, config)));
    };
    let mut provider = match base {
        Base::Profile(name) => kept(plain(&name, config)),
        Base::Keys(name) => keys_of(profiles, &name)?,
        Base::Named(source) => named(&source)?,
    };
    for role in &roles {
        provider = assume(role, provider, config, codes);
    }
    Ok(provider)
}

fn plain(name: &str, config: &SdkConfig) -> ProfileFileCredentialsProvider {
    let mut settings = ProviderConfig::without_region()
        .with_region(config.region().cloned())
        .with_use_fips(config.use_fips())
        .with_use_dual_stack(config.use_dual_stack());
    if let Some(client) = config.http_client() {
        settings = settings.with_http_client(client);
    }
    ProfileFileCredentialsProvider::builder().configure(&settings).profile_name(name).build()
}

fn keys_of(profiles: &ProfileSet, name: &str) -> Result<SharedCredentialsProvider, String> {
    let key = |key| {
        let value = profiles.get_profile(name).and_then(|profile| profile.get(key)).map(str::to_owned);
        value.ok_or_else(|| format!("the profile {name:?} lacks {key}"))
    };
    let token = key("aws_session_token").ok();
    let keys = Credentials::new(key("aws_access_key_id")?, key("aws_secret_access_key")?, token, None, "profile");
    Ok(SharedCredentialsProvider::new(keys))
}

fn named(source: &str) -> Result<SharedCredentialsProvider, String> {
    match source {
        "Environment" => Ok(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new())),
        "Ec2InstanceMetadata" => Ok(SharedCredentialsProvider::new(ImdsCredentialsProvider::builder().build())),
        "EcsContainer" => Ok(SharedCredentialsProvider::new(EcsCredentialsProvider::builder().build())),
        other => {
            Err(format!("credential_source {other:?} is not one of Environment, Ec2InstanceMetadata, EcsContainer"))
        }
    }
}

/// Takes on a role with the credentials of `provider`, when credentials are first asked for; they are had anew before
/// they run out.
pub fn assume(
    role: &Role,
    provider: SharedCredentialsProvider,
    config: &SdkConfig,
    codes: &MfaCodes,
) -> SharedCredentialsProvider {
    kept(TakenOn::new(role, provider, config, codes))
}

/// Takes on a role at once, so that it is known at once whether that is allowed.
pub async fn assume_now(
    role: &Role,
    provider: SharedCredentialsProvider,
    config: &SdkConfig,
) -> Result<SharedCredentialsProvider, Unknown> {
    let provider = TakenOn::new(role, provider, config, &MfaCodes::default());
    let first = provider.take_on().await.map_err(|failure| match failure {
        NotTakenOn::Refused(unknown) => unknown,
        NotTakenOn::NoCode(error) => Unknown::new(Reason::Credentials, ASSUME_ROLE.iam_action(), causes(&error)),
    })?;
    let provider = SharedCredentialsProvider::new(provider);
    Ok(SharedCredentialsProvider::new(Kept { provider, given: Mutex::new(Some(first)) }))
}

/// A provider that is asked once, and again shortly before what it gave runs out: whoever is asked for an MFA code is
/// not asked by the check at the start and by the first call, too.
pub fn kept(provider: impl ProvideCredentials + 'static) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Kept { provider: SharedCredentialsProvider::new(provider), given: Mutex::default() })
}

/// New credentials are had so long before the old ones run out. The SDK asks ten seconds before.
const MARGIN: Duration = Duration::from_mins(1);

#[derive(Debug)]
struct Kept {
    provider: SharedCredentialsProvider,
    given: Mutex<Option<Credentials>>,
}

impl Kept {
    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        // Whoever comes meanwhile waits, instead of asking, too.
        let mut given = self.given.lock().await;
        let lasts =
            |credentials: &&Credentials| credentials.expiry().is_none_or(|expiry| expiry > SystemTime::now() + MARGIN);
        if let Some(credentials) = given.as_ref().filter(lasts) {
            return Ok(credentials.clone());
        }
        let credentials = self.provider.provide_credentials().await?;
        *given = Some(credentials.clone());
        Ok(credentials)
    }
}

impl ProvideCredentials for Kept {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// Where MFA codes come from: the one that was given with the command, once; after that the terminal.
#[derive(Debug, Clone, Default)]
pub struct MfaCodes(Arc<Mutex<Option<Secret>>>);

impl MfaCodes {
    /// Codes, of which the first is known.
    pub fn beginning_with(code: Option<Secret>) -> Self {
        Self(Arc::new(Mutex::new(code)))
    }

    async fn next(&self, serial: &str) -> Result<Secret, CredentialsError> {
        if let Some(code) = self.0.lock().await.take() {
            return Ok(code);
        }
        let prompt = format!("MFA code for {serial}: ");
        let asked = tokio::task::spawn_blocking(move || rpassword::prompt_password(prompt)).await;
        let code = asked.map_err(CredentialsError::provider_error)?.map_err(|error| {
            CredentialsError::not_loaded(format!(
                "a code of the MFA device {serial} is needed, and there is no terminal to ask for it ({error}); \
                 give it with --mfa-code"
            ))
        })?;
        Ok(Secret::from(code.trim()))
    }
}

/// A role that is taken on each time its credentials are asked for.
struct TakenOn {
    clients: Arc<Clients>,
    place: Place,
    role: Role,
    codes: MfaCodes,
}

/// Why a role was not taken on.
enum NotTakenOn {
    /// AWS refused, or gave no answer.
    Refused(Unknown),
    /// There was no code to show.
    NoCode(CredentialsError),
}

impl TakenOn {
    fn new(role: &Role, provider: SharedCredentialsProvider, config: &SdkConfig, codes: &MfaCodes) -> Self {
        // Where none is configured, one of the partition that the role is in.
        let partition = || role.arn.split(':').nth(1).and_then(Partition::from_name).unwrap_or(Partition::Aws);
        let configured = config.region().map(|region| region.as_ref().to_owned());
        let region = configured.unwrap_or_else(|| partition().global_region().to_owned());
        let config = config.to_builder().credentials_provider(provider).build();
        Self {
            clients: Clients::new(Arc::new(Configured::new(config, false, Pacer::new(Share::default())))),
            place: Place::global(Partition::of_region(&region), "").at(&region),
            role: role.clone(),
            codes: codes.clone(),
        }
    }

    async fn take_on(&self) -> Result<Credentials, NotTakenOn> {
        let code = match &self.role.mfa_serial {
            Some(serial) => Some(self.codes.next(serial).await.map_err(NotTakenOn::NoCode)?),
            None => None,
        };
        let seconds = self.role.duration.and_then(|duration| i32::try_from(duration.as_secs()).ok());
        let live = Live::new(self.clients.clone(), self.place.clone());
        let request = live
            .client(aws_sdk_sts::Client::new)
            .assume_role()
            .role_arn(&self.role.arn)
            .role_session_name(self.role.session_name.as_deref().unwrap_or(SESSION_NAME))
            .set_external_id(self.role.external_id.as_ref().map(|id| id.reveal().to_owned()))
            .set_duration_seconds(seconds)
            .set_serial_number(self.role.mfa_serial.clone())
            .set_token_code(code.map(|code| code.reveal().to_owned()));
        // What AWS said is told, and never the request, which holds the code.
        let answer =
            live.heard(ASSUME_ROLE, request.send().await).map_err(|failure| NotTakenOn::Refused(failure.into()))?;
        let lacks = |field: &str| NotTakenOn::Refused(missing(ASSUME_ROLE, field));
        let keys = answer.credentials.ok_or_else(|| lacks("Credentials"))?;
        let until = SystemTime::try_from(keys.expiration).map_err(|_| lacks("a time in Credentials.Expiration"))?;
        let (id, secret) = (keys.access_key_id, keys.secret_access_key);
        Ok(Credentials::new(id, secret, Some(keys.session_token), Some(until), "role"))
    }
}

impl std::fmt::Debug for TakenOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TakenOn").field("role", &self.role).finish_non_exhaustive()
    }
}

impl ProvideCredentials for TakenOn {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.take_on().await.map_err(|failure| match failure {
                NotTakenOn::Refused(unknown) => CredentialsError::provider_error(unknown),
                NotTakenOn::NoCode(error) => error,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_types::os_shim_internal::{Env, Fs};

    use super::*;
    use crate::aws::endpoint::{OwnEndpoint, http_client};

    async fn profiles(config: &str) -> ProfileSet {
        let files = Fs::from_slice(&[("/config", config)]);
        let environment = Env::from_slice(&[("AWS_CONFIG_FILE", "/config")]);
        aws_config::profile::load(&files, &environment, &<_>::default(), None).await.expect("profiles")
    }

    const ROLES: &str = "[profile keys]\naws_access_key_id = a\naws_secret_access_key = b\n\
        [profile plain]\nrole_arn = arn:1\nsource_profile = keys\n\
        [profile mfa]\nrole_arn = arn:2\nsource_profile = plain\nmfa_serial = m\nexternal_id = x\n\
        [profile machine]\nrole_arn = arn:3\ncredential_source = Ec2InstanceMetadata\nduration_seconds = 900\n\
        [profile own]\nrole_arn = arn:4\nsource_profile = own\naws_access_key_id = a\naws_secret_access_key = b\n\
        mfa_serial = m\n\
        [profile token]\nrole_arn = arn:5\nweb_identity_token_file = /t\nduration_seconds = 900\n";

    #[tokio::test]
    async fn only_chains_that_the_sdk_would_walk_otherwise_are_walked_here() {
        let profiles = profiles(ROLES).await;
        let walked = |name| chain(&profiles, name).expect("a sound chain");
        for name in ["keys", "plain", "token"] {
            assert_eq!(walked(name), None, "{name}");
        }
        let (base, roles) = walked("mfa").expect("a chain");
        assert_eq!(base, Base::Profile("keys".to_owned()));
        let [first, second] = &roles[..] else { panic!("two roles: {roles:?}") };
        assert_eq!((&*first.arn, &*second.arn), ("arn:1", "arn:2"), "the innermost first");
        assert_eq!(second.mfa_serial.as_deref(), Some("m"));
        assert!(!format!("{second:?}").contains("\"x\""), "an external id is not printed");
        let (base, roles) = walked("machine").expect("a chain");
        assert_eq!(base, Base::Named("Ec2InstanceMetadata".to_owned()));
        assert_eq!(roles[0].duration, Some(Duration::from_mins(15)));
        assert_eq!(walked("own").expect("a chain").0, Base::Keys("own".to_owned()));
    }

    #[tokio::test]
    async fn a_named_profile_is_asked_for_credentials_and_nothing_else_is() {
        let config = SdkConfig::builder().http_client(http_client(OwnEndpoint::default())).build();
        let outcome = plain("there-is-no-such-profile", &config).provide_credentials().await;
        assert!(matches!(outcome, Err(CredentialsError::CredentialsNotLoaded(_))), "{outcome:?}");
    }
}
