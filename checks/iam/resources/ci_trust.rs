//! Roles that CI services assume with OpenID Connect, and whether the trust policy says for which repository.
//!
//! Everyone's tokens of a CI service come from the same issuer. Which repository, branch or workspace a token is for
//! stands in its subject, in a syntax of the issuer's own.

use crate::policy::{Condition, Policy, Principal, Statement, Test};

/// A CI service: how its issuer and its subjects look, and what a subject has to pin.
struct Ci {
    name: &'static str,
    /// Whether this is the issuer, its scheme left out.
    issues: fn(&str) -> bool,
    syntax: Syntax,
    /// All of these must be pinned.
    demands: &'static [Demand],
}

/// One thing that a subject has to pin, by any of these claims.
struct Demand {
    what: &'static str,
    by: &'static [&'static str],
}

/// How a subject is written.
#[derive(Clone, Copy)]
enum Syntax {
    /// `claim:value:claim:value`, beside words that are neither.
    Colons(&'static [&'static str]),
    /// `org/ID/project/ID/user/ID`, then perhaps `/vcs-origin/HOST/OWNER/REPOSITORY/vcs-ref/REF`.
    CircleCi,
    /// `{REPOSITORY}:{STEP}`, perhaps with `{ENVIRONMENT}` between; the steps' ids are new each time.
    Bitbucket,
    /// `sc://ORGANIZATION/PROJECT/CONNECTION`
    AzureDevOps,
}

/// Sources: GitHub, "OpenID Connect reference" (also for subjects that an organization has customised); GitLab, "ID
/// token authentication"; HCP Terraform, "Workload identity"; Bitbucket, "Integrate Pipelines with resource servers
/// using OIDC"; CircleCI, "OpenID Connect tokens in jobs"; Buildkite, "OpenID Connect"; Semaphore, "OpenID Connect";
/// Spacelift, "Cloud integrations: OIDC"; Microsoft, "AWS Toolkit for Azure DevOps".
const SERVICES: &[Ci] = &[
    Ci {
        name: "GitHub Actions",
        // An enterprise may have a path of its own; GHE.com and GitHub Enterprise Server have hosts of their own.
        issues: |issuer| {
            let host = issuer.split('/').next().unwrap_or(issuer);
            host == "token.actions.githubusercontent.com"
                || (host.starts_with("token.actions.") && host.ends_with(".ghe.com"))
                || issuer.ends_with("/_services/token")
        },
        syntax: Syntax::Colons(&[
            "repo",
            "repository",
            "repository_id",
            "repository_owner",
            "repository_owner_id",
            "repository_visibility",
            "ref",
            "ref_type",
            "environment",
            "job_workflow_ref",
            "workflow_ref",
            "workflow",
            "actor",
            "actor_id",
            "event_name",
            "enterprise",
            "enterprise_id",
        ]),
        // A workflow has its repository and branch in its reference, and is what runs, whoever calls it.
        demands: &[
            Demand {
                what: "repository",
                by: &["repo", "repository", "repository_id", "job_workflow_ref", "workflow_ref"],
            },
            Demand { what: "branch or environment", by: &["ref", "environment", "job_workflow_ref", "workflow_ref"] },
        ],
    },
    Ci {
        name: "GitLab",
        issues: |issuer| issuer == "gitlab.com" || issuer.starts_with("gitlab."),
        syntax: Syntax::Colons(&["project_path", "project_id", "ref_type", "ref", "environment", "namespace_path"]),
        demands: &[
            Demand { what: "project", by: &["project_path", "project_id"] },
            Demand { what: "branch or environment", by: &["ref", "environment"] },
        ],
    },
    Ci {
        name: "HCP Terraform",
        issues: |issuer| issuer == "app.terraform.io" || issuer == "app.eu.terraform.io",
        syntax: Syntax::Colons(&[
            "organization",
            "project",
            "workspace",
            "run_phase",
            "stack",
            "deployment",
            "operation",
        ]),
        demands: &[
            Demand { what: "organization", by: &["organization"] },
            Demand { what: "workspace or stack", by: &["workspace", "stack"] },
        ],
    },
    Ci {
        name: "Bitbucket Pipelines",
        issues: |issuer| issuer.starts_with("api.bitbucket.org/"),
        syntax: Syntax::Bitbucket,
        // The workspace is in the issuer's name, and there is no branch in the subject.
        demands: &[Demand { what: "repository", by: &["repositoryUuid"] }],
    },
    Ci {
        name: "CircleCI",
        issues: |issuer| issuer.starts_with("oidc.circleci.com/org/"),
        syntax: Syntax::CircleCi,
        // The organization is in the issuer's name, and only some subjects have a branch.
        demands: &[Demand { what: "project", by: &["project", "oidc.circleci.com/project-id", "vcs-origin"] }],
    },
    Ci {
        name: "Buildkite",
        issues: |issuer| issuer == "agent.buildkite.com",
        syntax: Syntax::Colons(&[
            "organization",
            "organization_id",
            "pipeline",
            "pipeline_id",
            "ref",
            "commit",
            "step",
        ]),
        demands: &[
            Demand { what: "organization and pipeline", by: &["pipeline_id", "organization"] },
            Demand { what: "pipeline", by: &["pipeline_id", "pipeline"] },
            Demand { what: "branch", by: &["ref"] },
        ],
    },
    Ci {
        name: "Azure DevOps",
        issues: |issuer| {
            let host = issuer.split('/').next().unwrap_or(issuer);
            host == "vstoken.dev.azure.com" || host.ends_with(".vstoken.visualstudio.com")
        },
        syntax: Syntax::AzureDevOps,
        demands: &[Demand { what: "service connection", by: &["connection"] }],
    },
    Ci {
        name: "Semaphore",
        issues: |issuer| issuer.ends_with(".semaphoreci.com"),
        syntax: Syntax::Colons(&["org", "project", "repo", "ref_type", "ref"]),
        demands: &[Demand { what: "project", by: &["project", "repo"] }, Demand { what: "branch", by: &["ref"] }],
    },
    Ci {
        name: "Spacelift",
        issues: |issuer| issuer.ends_with(".app.spacelift.io"),
        syntax: Syntax::Colons(&["space", "stack", "module", "run_type", "scope"]),
        demands: &[Demand { what: "stack", by: &["stack", "module"] }],
    },
];

/// Issuers that certainly are no CI services: Kubernetes clusters of Amazon EKS, and user pools of Amazon Cognito.
const OF_AWS: [&str; 2] = ["oidc.eks.", "cognito-idp."];

/// A statement that lets a CI service assume a role.
pub struct CiTrust<'a> {
    ci: &'static Ci,
    /// The issuer, as condition keys have it.
    issuer: &'a str,
    statement: &'a Statement,
}

/// What a trust says about whom the CI service acts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pinning {
    /// The subjects that it lets in are fixed in all that matters.
    Pinned,
    /// One of the subjects that it lets in leaves something open.
    Open {
        /// What.
        what: &'static str,
        /// In which subject.
        subject: String,
    },
    /// It asks for no subject.
    NoSubject,
    /// It asks for a subject, but only of tokens that have one.
    OptionalSubject,
}

impl<'a> CiTrust<'a> {
    /// The trusts of a policy.
    pub fn all_of(policy: &'a Policy) -> Vec<Self> {
        let known = |(statement, issuer)| Some(Self { ci: Ci::of(issuer)?, issuer, statement });
        issuers_of(policy).filter_map(known).collect()
    }

    /// The first trusted issuer of which it is not known whether it is a CI service: GitLab and others can be run on
    /// hosts of any name.
    pub fn unknown_issuer(policy: &'a Policy) -> Option<&'a str> {
        let of_aws = |issuer: &str| OF_AWS.iter().any(|start| issuer.starts_with(start));
        issuers_of(policy).map(|(_, issuer)| issuer).find(|issuer| Ci::of(issuer).is_none() && !of_aws(issuer))
    }

    /// The CI service.
    pub fn service(&self) -> &'static str {
        self.ci.name
    }

    /// The subjects that it names, as they are written.
    pub fn subjects(&self) -> Vec<&'a str> {
        self.conditions_on("sub").flat_map(|condition| condition.values.iter().map(String::as_str)).collect()
    }

    /// What it says about whom the CI service acts for.
    ///
    /// Conditions on a subject must all hold, so one that pins is enough; its values are alternatives, so each must
    /// pin. Claims that have a condition key of their own (`…:repository_id`, `…:ref`) pin whatever the subject says.
    pub fn pinning(&self) -> Pinning {
        let open = |claims: &[Claim<'_>]| {
            let pinned = |claim: &str| claims.iter().any(|known| known.name == claim && known.is_fixed());
            let claimed = |claim: &&&str| pinned(claim) || self.is_pinned_by_key(claim);
            self.ci.demands.iter().find(|demand| !demand.by.iter().any(|claim| claimed(&claim)))
        };
        if open(&[]).is_none() {
            return Pinning::Pinned;
        }
        let mut outcome = Pinning::NoSubject;
        for condition in self.conditions_on("sub") {
            if condition.operator.test.is_negated() || !is_comparison(condition.operator.test) {
                continue;
            }
            if condition.operator.holds_without_key() {
                outcome = Pinning::OptionalSubject;
                continue;
            }
            let like = condition.operator.test == Test::StringLike;
            // Only StringLike has wildcards. Elsewhere an asterisk is an asterisk, and no subject has one.
            let mut subjects = condition.values.iter().filter(|subject| like || !has_wildcard(subject));
            let left_open =
                |subject: &String| open(&claims(self.ci.syntax, subject)).map(|demand| (demand.what, subject.clone()));
            match subjects.find_map(left_open) {
                None => return Pinning::Pinned,
                Some((what, subject)) => outcome = Pinning::Open { what, subject },
            }
        }
        outcome
    }

    fn is_pinned_by_key(&self, claim: &str) -> bool {
        claim != "sub"
            && self.conditions_on(claim).any(|condition| {
                let operator = condition.operator;
                is_comparison(operator.test)
                    && !operator.test.is_negated()
                    && !operator.holds_without_key()
                    && !condition.values.iter().any(|value| has_wildcard(value) || value.is_empty())
            })
    }

    /// The conditions on a claim of this issuer's tokens.
    fn conditions_on(&self, claim: &str) -> impl Iterator<Item = &'a Condition> {
        let key = format!("{}:{claim}", self.issuer);
        self.statement.conditions.iter().filter(move |condition| condition.is_key(&key))
    }
}

impl Ci {
    fn of(issuer: &str) -> Option<&'static Self> {
        SERVICES.iter().find(|ci| (ci.issues)(&issuer.to_ascii_lowercase()))
    }
}

/// The issuers that a policy trusts, each with the statement that does.
fn issuers_of(policy: &Policy) -> impl Iterator<Item = (&Statement, &str)> {
    let assuming = policy.allowing().filter(|statement| statement.may_act_on("sts:AssumeRoleWithWebIdentity"));
    assuming
        .flat_map(|statement| statement.named_principals().iter().map(move |principal| (statement, principal)))
        .filter_map(|(statement, principal)| {
            let Principal::Federated(arn) = principal else { return None };
            arn.split_once(":oidc-provider/").map(|(_, issuer)| (statement, issuer))
        })
}

fn is_comparison(test: Test) -> bool {
    matches!(test, Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike)
}

fn has_wildcard(value: &str) -> bool {
    value.contains(['*', '?'])
}

/// A part of a subject.
struct Claim<'a> {
    name: &'a str,
    value: &'a str,
}

impl<'a> Claim<'a> {
    fn of(name: &'a str, value: Option<&'a str>) -> Option<Self> {
        value.map(|value| Self { name, value })
    }

    fn is_fixed(&self) -> bool {
        // A repository's name has its owner in front.
        let whole = !matches!(self.name, "repo" | "repository" | "project_path") || self.value.contains('/');
        whole && !self.value.is_empty() && !has_wildcard(self.value)
    }
}

fn claims(syntax: Syntax, subject: &str) -> Vec<Claim<'_>> {
    let between = |start: &str, end: &str| {
        let rest = subject.split_once(start)?.1;
        Some(rest.split_once(end).map_or(rest, |(value, _)| value))
    };
    match syntax {
        Syntax::Colons(names) => {
            let mut claims = Vec::new();
            let mut parts = subject.split(':');
            while let Some(part) = parts.next() {
                if names.contains(&part) {
                    claims.extend(parts.next().map(|value| Claim { name: part, value }));
                }
            }
            claims
        }
        Syntax::CircleCi => {
            let project = Claim::of("project", between("/project/", "/"));
            project.into_iter().chain(Claim::of("vcs-origin", between("/vcs-origin/", "/vcs-ref/"))).collect()
        }
        Syntax::Bitbucket => {
            let repository = subject.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(id, _)| id);
            Claim::of("repositoryUuid", repository).into_iter().collect()
        }
        Syntax::AzureDevOps => Claim::of("connection", subject.strip_prefix("sc://")).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the first trust of a policy says.
    fn pinning(issuer: &str, condition: &str) -> Pinning {
        let policy = Policy::parse(&format!(
            r#"{{ "Version": "2012-10-17", "Statement": {{ "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": {{ "Federated": "arn:aws:iam::111122223333:oidc-provider/{issuer}" }},
                "Condition": {condition} }} }}"#
        ))
        .expect("a policy");
        CiTrust::all_of(&policy).first().expect("a CI service").pinning()
    }

    fn of_subject(issuer: &str, subject: &str) -> Pinning {
        pinning(issuer, &format!(r#"{{ "StringLike": {{ "{issuer}:sub": "{subject}" }} }}"#))
    }

    #[track_caller]
    fn pins(issuer: &str, subjects: &[&str]) {
        for subject in subjects {
            assert_eq!(of_subject(issuer, subject), Pinning::Pinned, "{subject}");
        }
    }

    #[track_caller]
    fn leaves_open(issuer: &str, what: &'static str, subjects: &[&str]) {
        for &subject in subjects {
            let expected = Pinning::Open { what, subject: subject.to_owned() };
            assert_eq!(of_subject(issuer, subject), expected, "{subject}");
        }
    }

    const GITHUB: &str = "token.actions.githubusercontent.com";

    #[test]
    fn a_subject_of_github_pins_repository_and_branch_in_any_of_its_formats() {
        pins(
            GITHUB,
            &[
                "repo:acme/app:ref:refs/heads/main",
                "repo:acme/app:environment:production",
                "repo:acme@1234/app@5678:ref:refs/heads/main",
                "repository_owner_id:1234:repository_id:5678:ref:refs/heads/main",
                "repository_id:5678:environment:production",
                "repo:acme/*:job_workflow_ref:acme/ci/.github/workflows/deploy.yml@refs/heads/main",
                "job_workflow_ref:acme/ci/.github/workflows/deploy.yml@refs/tags/v3",
                "repo:acme/app:*:environment:production",
            ],
        );
        leaves_open(
            GITHUB,
            "repository",
            &[
                "*",
                "repo:*",
                "repo:acme/*",
                "repo:acme*/app:ref:refs/heads/main",
                "repo:acme/app*",
                "repo:acme:ref:refs/heads/main",
                "repository_owner:acme:ref:refs/heads/main",
                "repository_owner_id:1234:environment:production",
                "repo:acme/app-?:ref:refs/heads/main",
            ],
        );
        leaves_open(
            GITHUB,
            "branch or environment",
            &[
                "repo:acme/app:*",
                "repo:acme/app",
                "repo:acme/app:ref:*",
                "repo:acme/app:ref:refs/heads/*",
                "repo:acme/app:environment:prod-*",
                "repo:acme/app:pull_request",
                "repository_id:5678:*",
            ],
        );
    }

    #[test]
    fn every_host_of_github_is_known() {
        for issuer in [
            "token.actions.githubusercontent.com/acme-inc",
            "token.actions.acme.ghe.com",
            "github.acme.example/_services/token",
        ] {
            pins(issuer, &["repo:acme/app:ref:refs/heads/main"]);
            leaves_open(issuer, "branch or environment", &["repo:acme/app:*"]);
        }
    }

    #[test]
    fn other_services_have_subjects_of_their_own() {
        pins("gitlab.com", &["project_path:acme/infra/app:ref_type:branch:ref:main", "project_id:42:ref:main"]);
        leaves_open("gitlab.com", "project", &["project_path:acme/*:ref_type:branch:ref:main"]);
        leaves_open("gitlab.com", "branch or environment", &["project_path:acme/app:ref_type:branch:ref:*"]);

        let terraform = "app.terraform.io";
        pins(terraform, &["organization:acme:project:*:workspace:prod:run_phase:*"]);
        pins(terraform, &["organization:acme:project:p:stack:s:deployment:d:operation:*"]);
        leaves_open(terraform, "organization", &["organization:*:project:p:workspace:prod:run_phase:*"]);
        leaves_open(terraform, "workspace or stack", &["organization:acme:project:p:workspace:*:run_phase:*"]);

        let bitbucket = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
        pins(bitbucket, &["{0a1b-repo}:{0a1b-environment}:*", "{0a1b-repo}:*", "{0a1b-repo}*"]);
        leaves_open(bitbucket, "repository", &["*", "{*}:{0a1b-environment}:*", "{0a1b*"]);

        let circle = "oidc.circleci.com/org/0a1b";
        pins(circle, &["org/0a1b/project/2c3d/user/*"]);
        pins(circle, &["org/0a1b/project/*/user/*/vcs-origin/github.com/acme/app/vcs-ref/refs/heads/main"]);
        leaves_open(circle, "project", &["org/0a1b/project/*", "org/0a1b/*", "org/0a1b/project/*/user/7e8f"]);

        let buildkite = "agent.buildkite.com";
        pins(buildkite, &["organization:acme:pipeline:app:ref:refs/heads/main:commit:*:step:*"]);
        leaves_open(buildkite, "pipeline", &["organization:acme:pipeline:*"]);
        leaves_open(buildkite, "branch", &["organization:acme:pipeline:app:*"]);

        let azure = "vstoken.dev.azure.com/0a1b";
        pins(azure, &["sc://acme/app/aws-production"]);
        leaves_open(azure, "service connection", &["sc://acme/app/*", "*"]);

        pins("acme.semaphoreci.com", &["org:acme:project:0a1b:repo:app:ref_type:branch:ref:refs/heads/main"]);
        pins("acme.app.spacelift.io", &["space:root-01:stack:app:run_type:*:scope:write"]);
        leaves_open("acme.app.spacelift.io", "stack", &["space:root-01:*"]);
    }

    #[test]
    fn only_a_condition_that_requires_the_subject_counts() {
        let sub = |operator: &str, value: &str| {
            pinning(GITHUB, &format!(r#"{{ "{operator}": {{ "{GITHUB}:sub": {value} }} }}"#))
        };
        let main = r#""repo:acme/app:ref:refs/heads/main""#;
        for operator in ["StringEquals", "StringLike", "StringEqualsIgnoreCase", "ForAnyValue:StringLike"] {
            assert_eq!(sub(operator, main), Pinning::Pinned, "{operator}");
        }
        for operator in ["StringEqualsIfExists", "ForAllValues:StringLike"] {
            assert_eq!(sub(operator, main), Pinning::OptionalSubject, "{operator}");
        }
        // Without StringLike, an asterisk is an asterisk, and lets nobody in.
        assert_eq!(sub("StringEquals", r#""repo:acme/*""#), Pinning::Pinned);
        assert_eq!(sub("StringNotEquals", main), Pinning::NoSubject);
        assert_eq!(sub("Null", r#""false""#), Pinning::NoSubject);
        assert_eq!(
            pinning(GITHUB, &format!(r#"{{ "StringEquals": {{ "{GITHUB}:aud": "sts.amazonaws.com" }} }}"#)),
            Pinning::NoSubject
        );
    }

    #[test]
    fn every_value_must_pin_and_one_condition_that_pins_is_enough() {
        let both = r#"["repo:acme/app:ref:refs/heads/main", "repo:acme/app:*"]"#;
        assert_eq!(
            pinning(GITHUB, &format!(r#"{{ "StringLike": {{ "{GITHUB}:sub": {both} }} }}"#)),
            Pinning::Open { what: "branch or environment", subject: "repo:acme/app:*".to_owned() }
        );
        let twice = format!(
            r#"{{ "StringLike": {{ "{GITHUB}:sub": "repo:acme/*" }},
                "StringEquals": {{ "{GITHUB}:sub": "repo:acme/app:ref:refs/heads/main" }} }}"#
        );
        assert_eq!(pinning(GITHUB, &twice), Pinning::Pinned);
    }

    #[test]
    fn claims_with_a_condition_key_of_their_own_pin_too() {
        let with = |keys: &str| {
            pinning(GITHUB, &format!(r#"{{ "StringLike": {{ "{GITHUB}:sub": "repo:acme/*", {keys} }} }}"#))
        };
        assert_eq!(
            with(&format!(r#""{GITHUB}:repository_id": "5678", "{GITHUB}:ref": "refs/heads/main""#)),
            Pinning::Pinned
        );
        assert_eq!(
            with(&format!(r#""{GITHUB}:repository": "acme/app""#)),
            Pinning::Open { what: "branch or environment", subject: "repo:acme/*".to_owned() }
        );
        assert_eq!(
            with(&format!(r#""{GITHUB}:job_workflow_ref": "acme/ci/*""#)),
            Pinning::Open { what: "repository", subject: "repo:acme/*".to_owned() }
        );
    }

    #[test]
    fn what_is_no_ci_service_is_nobody_here() {
        let trust = |principal: &str, action: &str| {
            let policy = Policy::parse(&format!(
                r#"{{ "Statement": {{ "Effect": "Allow", "Action": "{action}", "Principal": {principal} }} }}"#
            ))
            .expect("a policy");
            CiTrust::all_of(&policy).len()
        };
        let eks =
            r#"{ "Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0A1B" }"#;
        let saml = r#"{ "Federated": "arn:aws:iam::111122223333:saml-provider/okta" }"#;
        let github = format!(r#"{{ "Federated": "arn:aws:iam::111122223333:oidc-provider/{GITHUB}" }}"#);
        assert_eq!(trust(eks, "sts:AssumeRoleWithWebIdentity"), 0);
        assert_eq!(trust(saml, "sts:AssumeRoleWithSAML"), 0);
        assert_eq!(trust(&github, "sts:TagSession"), 0);
        assert_eq!(trust(&github, "sts:*"), 1);
    }
}
