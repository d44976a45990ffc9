//! IAM Identity Center: the token that `aws sso login` leaves in the cache opens the account, and one that has run out is
//! told with the command that renews it.

use std::sync::{Arc, Mutex};

use plimsoll_load::{MANAGEMENT, Options, Request, Response, Server, header, read_request, recorded_at, write_answer};
use serde_json::json;
use tokio::net::TcpListener;

use crate::scan::{Ran, User};

const TOKEN: &str = "seeded-access-token-of-identity-center";
const START_URL: &str = "https://example.awsapps.com/start";
const SESSION: &str = "corporate";
const SECRET: &str = "seeded-secret-key-of-the-role";

/// The portal of IAM Identity Center: it gives the credentials of a role to whoever shows the token. Source: IAM Identity
/// Center Portal API Reference, `GetRoleCredentials`.
struct Portal {
    endpoint: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Portal {
    /// Starts one; `is_over` if the sign-in that the token stands for has run out.
    async fn start(is_over: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port is free");
        let endpoint = format!("http://{}", listener.local_addr().expect("the listener is bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let noted = noted.clone();
                tokio::spawn(async move {
                    let mut buffer = Vec::new();
                    while let Ok(Some(request)) = read_request(&mut stream, &mut buffer).await {
                        let answer = answer(&request, is_over);
                        noted.lock().expect("no test panicked").push(request);
                        if write_answer(&mut stream, "GET", &answer).await.is_err() {
                            break;
                        }
                    }
                });
            }
        });
        Self { endpoint, asked }
    }

    fn asked(&self) -> Vec<Request> {
        self.asked.lock().expect("no test panicked").clone()
    }
}

fn answer(request: &Request, is_over: bool) -> Response {
    if is_over || header(&request.headers, "x-amz-sso_bearer_token") != Some(TOKEN) {
        let mut refused = Response::new(401, "application/json", r#"{"message":"Session token not found or invalid"}"#);
        refused.headers.push(("x-amzn-errortype".to_owned(), "UnauthorizedException".to_owned()));
        return refused;
    }
    let until = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1)).as_millisecond();
    let credentials = json!({"roleCredentials": {
        "accessKeyId": "ASIAROLE", "secretAccessKey": SECRET, "sessionToken": "session", "expiration": until,
    }});
    Response::new(200, "application/json", credentials.to_string())
}

/// How a profile names its sign-in.
#[derive(Clone, Copy)]
enum Form {
    Session,
    Legacy,
}

impl Form {
    /// A user with such a profile. The credentials file has no keys.
    fn user(self, server: &Server) -> User {
        let role = format!("sso_account_id = {MANAGEMENT}\nsso_role_name = Audit\n");
        let more = match self {
            Self::Session => format!(
                "sso_session = {SESSION}\n{role}\n[sso-session {SESSION}]\nsso_region = eu-west-1\n\
                 sso_start_url = {START_URL}\nsso_registration_scopes = sso:account:access\n"
            ),
            Self::Legacy => format!("sso_start_url = {START_URL}\nsso_region = eu-west-1\n{role}"),
        };
        let user = User::with(&server.endpoint, &more);
        std::fs::write(user.path("credentials"), "").expect("the file is there");
        user
    }

    /// The file in which the AWS CLI keeps the token. Source: AWS SDKs and Tools Reference Guide, "IAM Identity Center
    /// credential provider": the SHA-1 of the session's name or, in the legacy form, of the start URL.
    fn cached_as(self) -> &'static str {
        match self {
            Self::Session => "e276d18d65653fa285155bfd3e11ab029306830c.json",
            Self::Legacy => "e8be5486177c5b5392bd9aa76563515b29358e6e.json",
        }
    }

    fn sign_in(self) -> &'static str {
        match self {
            Self::Session => "aws sso login --sso-session corporate",
            Self::Legacy => "aws sso login --profile plimsoll",
        }
    }
}

/// Leaves a token in the cache, as a sign-in does.
fn cache(user: &User, form: Form, until: &str) {
    let folder = user.path(".aws/sso/cache");
    std::fs::create_dir_all(&folder).expect("a new folder");
    let token = json!({"startUrl": START_URL, "region": "eu-west-1", "accessToken": TOKEN, "expiresAt": until});
    std::fs::write(folder.join(form.cached_as()), token.to_string()).expect("a new file");
}

async fn scan(user: &User, portal: &Portal) -> Ran {
    let now = recorded_at().to_string();
    let args = ["scan", "--profile", "plimsoll", "--format", "json", "--fail-on", "never", "--service", "kms"];
    let mut command = user.command(&[&args[..], &["--now", &now]].concat());
    // The SDK and the CLI take the portal's address from here.
    command.env("AWS_ENDPOINT_URL_SSO", &portal.endpoint).env("PLIMSOLL_LOG", "trace");
    Ran::of(command.spawn().expect("the program can be started")).await
}

fn server() -> Server {
    Server::start(Options::of(1).in_regions(&["us-east-1"]))
}

#[tokio::test]
async fn a_token_in_the_cache_opens_the_account() {
    for form in [Form::Session, Form::Legacy] {
        let (server, portal) = (server(), Portal::start(false).await);
        let user = form.user(&server);
        cache(&user, form, "2099-01-01T00:00:00Z");
        let ran = scan(&user, &portal).await;
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let report = ran.report();
        assert_eq!(report.scan.account, MANAGEMENT);
        assert!(report.findings.iter().any(|it| it.check.starts_with("kms-") && it.status != "unknown"));
        let asked = portal.asked();
        assert_eq!(asked.len(), 1, "asked once, for all calls of the scan: {asked:?}");
        let target = &asked[0].target;
        assert!(target.starts_with("/federation/credentials?"), "{target}");
        assert!(target.contains("role_name=Audit") && target.contains(&format!("account_id={MANAGEMENT}")), "{target}");
        for secret in [TOKEN, SECRET] {
            assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{secret} is shown");
        }
    }
}

#[tokio::test]
async fn a_sign_in_that_ran_out_or_never_was_says_how_to_renew_it() {
    for form in [Form::Session, Form::Legacy] {
        for is_cached in [true, false] {
            let (server, portal) = (server(), Portal::start(true).await);
            let user = form.user(&server);
            if is_cached {
                cache(&user, form, "2026-01-01T00:00:00Z");
            }
            let ran = scan(&user, &portal).await;
            assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
            assert!(ran.stderr.contains(form.sign_in()), "{}", ran.stderr);
            assert!(!ran.stderr.contains(TOKEN), "{}", ran.stderr);
            assert_eq!(server.count(), 0, "nothing is scanned without credentials");
            // In the legacy form the portal says that the token has run out; otherwise the file does.
            let asks = is_cached && matches!(form, Form::Legacy);
            assert_eq!(portal.asked().len(), usize::from(asks), "{:?}", portal.asked());
        }
    }
}
