//! Whom each finding's resource belongs to: as a file says, or else its tags, its stack, its account.

mod file;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use globset::GlobMatcher;
use plimsoll_checks::contract::Tags;

use crate::config::{Config, ConfigError, FILE};
use crate::report::harmless;
use crate::scan::{Finding, OwnerSource, ResourceOwner, Subject};

/// The tags that name an owner, unless `plimsoll.toml` names others.
pub const TAGS: [&str; 2] = ["Owner", "Team"];

/// The tag that CloudFormation puts on what a stack makes. Source: CloudFormation User Guide, "Resource tags".
const STACK: &str = "aws:cloudformation:stack-name";

/// Where owners are written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Owners")]
pub struct OwnersArgs {
    /// Who owns what, in the manner of CODEOWNERS; without it, the file that plimsoll.toml names
    #[arg(long, value_name = "FILE")]
    pub owners: Option<PathBuf>,
}

/// What is known of owners.
#[derive(Debug)]
pub struct Owners {
    file: Option<PathBuf>,
    /// In the order of the file: the last that fits counts.
    rules: Vec<Rule>,
    tags: Vec<String>,
    /// Names of accounts, by id.
    accounts: BTreeMap<String, String>,
}

impl Default for Owners {
    fn default() -> Self {
        Self { file: None, rules: Vec::new(), tags: TAGS.map(str::to_owned).into(), accounts: BTreeMap::new() }
    }
}

impl Owners {
    /// Reads what is laid down.
    pub fn load(args: &OwnersArgs, config: &Config) -> Result<Self, ConfigError> {
        let tags = config.owners.tags.clone().unwrap_or_else(|| Self::default().tags);
        let file = args.owners.clone().or_else(|| Some(beside(config, config.owners.file.as_deref()?)));
        let rules = file.as_deref().map_or(Ok(Vec::new()), read)?;
        Ok(Self { file, rules, tags, accounts: BTreeMap::new() })
    }

    /// The same with the names of accounts, by id.
    #[must_use]
    pub fn among(mut self, accounts: BTreeMap<String, String>) -> Self {
        self.accounts = accounts;
        self
    }

    /// Whom a finding's resource belongs to. `alias` is what the account calls itself.
    pub fn owner(&self, finding: &Finding, alias: Option<&str>) -> ResourceOwner {
        self.of_file(finding).or_else(|| self.of_tags(finding)).unwrap_or_else(|| {
            let account = &finding.place.account;
            let name = self.accounts.get(&**account).map(String::as_str).or(alias);
            ResourceOwner::account(name.unwrap_or(account))
        })
    }

    fn of_file(&self, finding: &Finding) -> Option<ResourceOwner> {
        let mut last = None;
        // All of them are tried, to tell at the end which fit nothing.
        for rule in self.rules.iter().filter(|rule| rule.covers.fits(finding)) {
            rule.is_met.store(true, Ordering::Relaxed);
            last = Some(rule);
        }
        // As in CODEOWNERS, a line without owners takes away what lines before it say.
        let rule = last.filter(|rule| !rule.owners.is_empty())?;
        let place = format!("{}:{}", self.file.as_ref()?.display(), rule.line);
        Some(ResourceOwner { name: rule.owners.join(", "), from: OwnerSource::File, place: Some(place) })
    }

    fn of_tags(&self, finding: &Finding) -> Option<ResourceOwner> {
        let Subject::Resource(identity) = &finding.subject else { return None };
        let of_tag = |name: &String| {
            let (key, value) = tagged(&identity.tags, name)?;
            Some(ResourceOwner { name: value.to_owned(), from: OwnerSource::Tag, place: Some(key.to_owned()) })
        };
        self.tags.iter().find_map(of_tag).or_else(|| {
            let (key, stack) = tagged(&identity.tags, STACK)?;
            let name = format!("stack {stack}");
            Some(ResourceOwner { name, from: OwnerSource::Stack, place: Some(key.to_owned()) })
        })
    }

    /// What is to be told of lines that fit nothing a scan has looked at, in one line; `None` if there are none.
    pub fn unmet(&self) -> Option<String> {
        let file = self.file.as_ref()?.display().to_string();
        let unmet: Vec<&Rule> = self.rules.iter().filter(|rule| !rule.is_met.load(Ordering::Relaxed)).collect();
        let (first, others) = unmet.split_first()?;
        let more = match others {
            [] => String::new(),
            [_] => format!("; nor does line {}", lines(others)),
            _ => format!("; nor do lines {}", lines(others)),
        };
        let told = format!("{file}:{}: {} fits nothing that this scan has looked at{more}", first.line, first.pattern);
        Some(harmless(&told, 600))
    }
}

fn lines(rules: &[&Rule]) -> String {
    rules.iter().map(|rule| rule.line.to_string()).collect::<Vec<_>>().join(", ")
}

/// A tag that says something, its key in whatever case.
fn tagged<'a>(tags: &'a Tags, name: &str) -> Option<(&'a str, &'a str)> {
    let found = tags.iter().find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.trim().is_empty());
    found.map(|(key, value)| (&**key, value.trim()))
}

/// A file that the configuration names stands beside it.
fn beside(config: &Config, named: &Path) -> PathBuf {
    let file = config.file.as_deref().unwrap_or(Path::new(FILE));
    file.parent().unwrap_or(Path::new("")).join(named)
}

fn read(path: &Path) -> Result<Vec<Rule>, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => file::parse(&text).map_err(|mistakes| ConfigError::Wrong { path: path.to_owned(), mistakes }),
        Err(error) => Err(ConfigError::Unreadable { path: path.to_owned(), error }),
    }
}

/// A line of the file.
#[derive(Debug)]
struct Rule {
    line: usize,
    pattern: String,
    covers: Covers,
    owners: Vec<String>,
    is_met: AtomicBool,
}

/// What a line is about: all of it must fit.
#[derive(Debug)]
struct Covers {
    /// The account's id.
    account: Part,
    /// The region's code.
    region: Part,
    /// The service, or the type of the resource.
    service: Part,
    /// The resource's id, or its ARN.
    resource: Part,
    /// The resource's ARN alone.
    arn: Part,
}

impl Covers {
    fn fits(&self, finding: &Finding) -> bool {
        let Self { account, region, service, resource, arn } = self;
        // What could not be listed has no ARN of its own.
        let fits_arn = |part: &Part| {
            matches!(part, Part::Any) || finding.subject != Subject::Unlisted && part.fits(&finding.arn())
        };
        let id = finding.kind.split('/').next().expect("a text has a first part");
        account.fits(&finding.place.account)
            && region.fits(&finding.place.region)
            && (service.fits(id) || service.fits(finding.resource_type))
            && (resource.fits(finding.resource_id()) || fits_arn(resource))
            && fits_arn(arn)
    }
}

/// What one part of a place may be.
#[derive(Debug)]
enum Part {
    /// Anything.
    Any,
    /// This and nothing else.
    Exactly(String),
    /// Whatever fits a pattern.
    Like(GlobMatcher),
}

impl Part {
    fn fits(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(name) => name == text,
            Self::Like(pattern) => pattern.is_match(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use plimsoll_checks::checks;
    use plimsoll_checks::contract::{Identity, Partition, Place, fail};

    use super::*;
    use crate::scan::Chosen;

    /// A finding on a bucket in eu-west-1.
    fn bucket(id: &str, tags: &[(&str, &str)]) -> Finding {
        let check = Chosen::from(checks().iter().find(|check| check.service.id == "s3").expect("there are some"));
        let mut identity = Identity::new(format!("arn:aws:s3:::{id}"), id);
        identity.tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let place = Place::global(Partition::Aws, "111122223333").at("eu-west-1");
        Finding {
            check,
            owner: ResourceOwner::of(&place),
            place,
            resource_type: "AWS::S3::Bucket",
            kind: "s3/Bucket",
            subject: Subject::Resource(identity),
            answer: Ok(fail("is not")),
            evidence: Vec::new(),
            accepted: None,
        }
    }

    fn owners(text: &str) -> Owners {
        let rules = file::parse(text).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
        Owners { file: Some("OWNERS".into()), rules, ..Owners::default() }
    }

    fn name(owners: &Owners, finding: &Finding) -> String {
        owners.owner(finding, None).name
    }

    #[test]
    fn the_file_comes_before_tags_and_they_before_the_stack_and_that_before_the_account() {
        let tags = [("aws:cloudformation:stack-name", "shop"), ("team", " core "), ("OWNER", "ann")];
        let named = owners("*/*/s3/web-* @web");
        let owner = named.owner(&bucket("web-1", &tags), Some("prod"));
        assert_eq!((&*owner.name, owner.from, owner.place.as_deref()), ("@web", OwnerSource::File, Some("OWNERS:1")));
        let owner = named.owner(&bucket("logs", &tags), Some("prod"));
        assert_eq!((&*owner.name, owner.from, owner.place.as_deref()), ("ann", OwnerSource::Tag, Some("OWNER")));
        assert_eq!(name(&named, &bucket("logs", &tags[..2])), "core");
        let owner = named.owner(&bucket("logs", &tags[..1]), Some("prod"));
        assert_eq!((&*owner.name, owner.from), ("stack shop", OwnerSource::Stack));
        let of_account = |owners: &Owners, alias| owners.owner(&bucket("logs", &[("Name", "x")]), alias).name;
        assert_eq!(of_account(&named, Some("prod")), "account prod");
        assert_eq!(of_account(&named, None), "account 111122223333");
        let known = owners("").among(BTreeMap::from([("111122223333".to_owned(), "Payments".to_owned())]));
        assert_eq!(of_account(&known, Some("prod")), "account Payments");
    }

    #[test]
    fn an_empty_tag_says_nothing_and_one_that_is_only_like_it_neither() {
        let owners = Owners::default();
        assert_eq!(name(&owners, &bucket("x", &[("Owner", " "), ("Team", "core")])), "core");
        assert_eq!(name(&owners, &bucket("x", &[("Ownership", "x"), ("Owners", "y")])), "account 111122223333");
        let other = Owners { tags: vec!["cost-centre".to_owned()], ..Owners::default() };
        assert_eq!(name(&other, &bucket("x", &[("Owner", "ann"), ("Cost-Centre", "42")])), "42");
    }

    #[test]
    fn the_last_line_that_fits_counts_and_one_without_owners_takes_away_what_was_said() {
        let owners = owners(
            "# who owns what\n*  @platform\n/111122223333/eu-*/ @berlin  # all of it\n*/*/AWS::S3::Bucket @storage b@example.com\n\
             */*/s3/web-*/  @web\narn:aws:s3:::web-old-* @archive\n*/*/s3/web-none\n*/*/s3/two\\ words @spaced\n",
        );
        let of = |id: &str| name(&owners, &bucket(id, &[("Owner", "ann")]));
        assert_eq!(of("logs"), "@storage, b@example.com");
        assert_eq!(of("web-1"), "@web");
        assert_eq!(of("web-old-1"), "@archive");
        assert_eq!(of("web-none"), "ann");
        assert_eq!(of("two words"), "@spaced");
    }

    #[test]
    fn what_could_not_be_listed_belongs_to_whoever_has_the_place_and_not_to_whoever_has_some_resource() {
        let owners = owners("*/*/s3 @storage\n*/*/s3/web-* @web\narn:aws:* @all\n");
        let unlisted = Finding { subject: Subject::Unlisted, ..bucket("web-1", &[]) };
        assert_eq!(name(&owners, &unlisted), "@storage");
    }

    #[test]
    fn lines_that_fit_nothing_are_told_in_one_line() {
        let owners = owners("* @all\n*/*/kms @keys\n\n999900001111 @other\n444455556666/us-east-1 @far\n");
        assert!(owners.unmet().is_some());
        name(&owners, &bucket("x", &[]));
        let told = "OWNERS:2: */*/kms fits nothing that this scan has looked at; nor do lines 4, 5";
        assert_eq!(owners.unmet().as_deref(), Some(told));
        assert_eq!(Owners::default().unmet(), None);
        // Beside each other, as accounts are scanned.
        let shared = Arc::new(owners);
        std::thread::scope(|scope| {
            scope.spawn(|| name(&shared, &bucket("y", &[])));
        });
    }
}
