//! An organization that exists nowhere else: its accounts, its tree, and who may become whom.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::{Request, Response, form_value};

/// The account that manages the organization, and whose keys a scan begins with.
pub const MANAGEMENT: &str = "123456789012";
const ID: &str = "o-a1b2c3d4e5";
const ROOT: &str = "r-a1b2";
/// Accounts and units on a page. Source: Organizations API Reference, `ListAccounts`, `MaxResults`.
const PAGE: usize = 20;
/// What AWS says a session lasts, unless it is asked for another time. Source: STS API Reference, `AssumeRole`.
const HOUR: Duration = Duration::from_hours(1);

/// A member of the organization, or its management account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// As it is listed.
    pub name: String,
    /// The unit it is in: an index into [`Organization::units`], or `None` for the root.
    pub unit: Option<usize>,
    /// Whether roles of it can be taken on.
    pub has_role: bool,
    /// Whether it is suspended: still listed, but open to nobody.
    pub is_suspended: bool,
}

/// A unit of the organization.
#[derive(Debug, Clone)]
pub struct Unit {
    /// As in `ou-a1b2-00000001`.
    pub id: String,
    /// As it is listed.
    pub name: String,
    /// The unit it is in, or `None` for the root.
    pub parent: Option<usize>,
}

/// An organization.
#[derive(Debug, Clone)]
pub struct Organization {
    /// All accounts, in the order in which they are listed. The first is [`MANAGEMENT`], in which nobody can take on a
    /// role: AWS creates none there, and stack sets leave it out.
    pub accounts: Vec<Account>,
    /// All units.
    pub units: Vec<Unit>,
}

impl Organization {
    /// An organization of so many accounts, the management account among them, in four units.
    pub fn of(accounts: usize) -> Self {
        let unit = |index: usize, name: &str, parent| Unit {
            id: format!("ou-a1b2-{index:08}"),
            name: name.to_owned(),
            parent,
        };
        let units = vec![
            unit(0, "Security", None),
            unit(1, "Workloads", None),
            unit(2, "Production", Some(1)),
            unit(3, "Development", Some(1)),
        ];
        let member = |n: usize| Account {
            id: format!("2{n:011}"),
            name: format!("workload-{n:03}"),
            unit: Some(if n.is_multiple_of(10) { 0 } else { 2 + n % 2 }),
            has_role: true,
            is_suspended: false,
        };
        let management = Account {
            id: MANAGEMENT.to_owned(),
            name: "management".to_owned(),
            unit: None,
            has_role: false,
            is_suspended: false,
        };
        let accounts = std::iter::once(management).chain((1..accounts).map(member)).collect();
        Self { accounts, units }
    }

    /// An account by its id.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    fn unit(&self, id: &str) -> Option<usize> {
        self.units.iter().position(|unit| unit.id == id)
    }

    fn parent(&self, unit: Option<usize>) -> Value {
        match unit {
            Some(unit) => json!({"Id": self.units[unit].id, "Type": "ORGANIZATIONAL_UNIT"}),
            None => json!({"Id": ROOT, "Type": "ROOT"}),
        }
    }

    /// An account as it is listed. Source: Organizations API Reference, `Account`.
    fn listed(account: &Account) -> Value {
        let (id, state) = (&account.id, if account.is_suspended { "SUSPENDED" } else { "ACTIVE" });
        json!({
            "Arn": format!("arn:aws:organizations::{MANAGEMENT}:account/{ID}/{id}"),
            "Email": format!("{}@example.com", account.name),
            "Id": id,
            "JoinedMethod": if id == MANAGEMENT { "INVITED" } else { "CREATED" },
            "JoinedTimestamp": 1_700_000_000.0,
            "Name": account.name,
            "State": state,
            "Status": state,
        })
    }

    fn unit_listed(unit: &Unit) -> Value {
        let arn = format!("arn:aws:organizations::{MANAGEMENT}:ou/{ID}/{}", unit.id);
        json!({"Arn": arn, "Id": unit.id, "Name": unit.name})
    }

    /// The answer to a request of AWS Organizations by an account.
    fn answer(&self, request: &Request, caller: &str) -> Response {
        let operation = request.operation.as_str();
        if operation == "DescribeOrganization" {
            return success(&json!({"Organization": {
                "Arn": format!("arn:aws:organizations::{MANAGEMENT}:organization/{ID}"),
                "AvailablePolicyTypes": [],
                "FeatureSet": "ALL",
                "Id": ID,
                "MasterAccountArn": format!("arn:aws:organizations::{MANAGEMENT}:account/{ID}/{MANAGEMENT}"),
                "MasterAccountEmail": "management@example.com",
                "MasterAccountId": MANAGEMENT,
            }}));
        }
        // The rest is for the management account and those it delegates to, of which there are none.
        if caller != MANAGEMENT {
            let message = "You don't have permissions to access this resource.";
            return Response::error("organizations", 400, "AccessDeniedException", message);
        }
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let of = |field: &str| asked[field].as_str().unwrap_or("");
        match operation {
            "ListAccounts" => page(&asked, "Accounts", self.accounts.iter().map(Self::listed)),
            "DescribeAccount" => match self.account(of("AccountId")) {
                Some(account) => success(&json!({"Account": Self::listed(account)})),
                None => not_found("AccountNotFoundException"),
            },
            "ListRoots" => {
                let arn = format!("arn:aws:organizations::{MANAGEMENT}:root/{ID}/{ROOT}");
                let types = [json!({"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"})];
                page(
                    &asked,
                    "Roots",
                    [json!({"Arn": arn, "Id": ROOT, "Name": "Root", "PolicyTypes": types})].into_iter(),
                )
            }
            "ListPolicies" => page(&asked, "Policies", POLICIES.iter().map(policy_listed)),
            "DescribePolicy" => match POLICIES.iter().find(|(id, ..)| *id == of("PolicyId")) {
                Some(policy) => {
                    success(&json!({"Policy": {"Content": policy.2, "PolicySummary": policy_listed(policy)}}))
                }
                None => not_found("PolicyNotFoundException"),
            },
            "ListTargetsForPolicy" => {
                let arn = format!("arn:aws:organizations::{MANAGEMENT}:root/{ID}/{ROOT}");
                let root = json!({"Arn": arn, "Name": "Root", "TargetId": ROOT, "Type": "ROOT"});
                page(&asked, "Targets", [root].into_iter())
            }
            "DescribeOrganizationalUnit" => match self.unit(of("OrganizationalUnitId")) {
                Some(unit) => success(&json!({"OrganizationalUnit": Self::unit_listed(&self.units[unit])})),
                None => not_found("OrganizationalUnitNotFoundException"),
            },
            "ListOrganizationalUnitsForParent" | "ListAccountsForParent" => {
                let parent = match of("ParentId") {
                    ROOT => None,
                    id => match self.unit(id) {
                        Some(unit) => Some(unit),
                        None => return not_found("ParentNotFoundException"),
                    },
                };
                if operation == "ListAccountsForParent" {
                    let accounts = self.accounts.iter().filter(|account| account.unit == parent);
                    return page(&asked, "Accounts", accounts.map(Self::listed));
                }
                let units = self.units.iter().filter(|unit| unit.parent == parent);
                page(&asked, "OrganizationalUnits", units.map(Self::unit_listed))
            }
            "ListParents" => {
                let child = of("ChildId");
                let parent = match (self.account(child), self.unit(child)) {
                    (Some(account), _) => account.unit,
                    (None, Some(unit)) => self.units[unit].parent,
                    (None, None) => return not_found("ChildNotFoundException"),
                };
                page(&asked, "Parents", [self.parent(parent)].into_iter())
            }
            _ => Response::error("organizations", 400, "UnsupportedAPIEndpointException", "no synthetic answer"),
        }
    }
}

/// The service control policies, all of them attached to the root: id, name and content.
const POLICIES: [(&str, &str, &str); 2] = [
    ("p-FullAWSAccess", "FullAWSAccess", r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#),
    (
        "p-a1b2c3d4",
        "guardrails",
        r#"{"Statement": [
            {"Effect": "Deny", "Action": "*", "Resource": "*",
             "Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}},
            {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}]}"#,
    ),
];

fn policy_listed((id, name, _): &(&str, &str, &str)) -> Value {
    json!({
        "Arn": format!("arn:aws:organizations::{MANAGEMENT}:policy/{ID}/service_control_policy/{id}"),
        "AwsManaged": *id == "p-FullAWSAccess",
        "Description": "",
        "Id": id,
        "Name": name,
        "Type": "SERVICE_CONTROL_POLICY",
    })
}

fn success(answer: &Value) -> Response {
    Response::success("organizations", answer.to_string())
}

fn not_found(code: &str) -> Response {
    Response::error("organizations", 400, code, "You specified something that doesn't exist.")
}

/// A page of a list, which begins where the token says.
fn page(asked: &Value, field: &str, items: impl Iterator<Item = Value>) -> Response {
    let token = asked["NextToken"].as_str().map_or(Ok(0), str::parse::<usize>);
    let Ok(from) = token else {
        return Response::error("organizations", 400, "InvalidInputException", "You provided invalid values.");
    };
    let wanted = asked["MaxResults"].as_u64().and_then(|max| usize::try_from(max).ok());
    let size = wanted.unwrap_or(PAGE).min(PAGE);
    let mut items: Vec<Value> = items.skip(from).take(size + 1).collect();
    let mut answer = json!({});
    if items.len() > size {
        items.truncate(size);
        answer["NextToken"] = json!((from + size).to_string());
    }
    answer[field] = Value::Array(items);
    success(&answer)
}

/// Who a key belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The account.
    pub account: String,
    /// Who it is in the account; the end of an ARN of IAM or, if it names a role, of STS.
    pub who: String,
    /// Since when the key is known here.
    pub since: Instant,
    /// What the key's owner was told of how long it lasts.
    pub lasts: Option<Duration>,
}

impl Caller {
    /// Whether the key is refused at a time: it is over, or the key is older than any may become.
    pub fn has_expired(&self, expire_after: Option<Duration>, at: Instant) -> bool {
        let age = at.saturating_duration_since(self.since);
        [self.lasts, expire_after].into_iter().flatten().any(|lasts| age >= lasts)
    }

    fn arn(&self) -> String {
        let service = if self.who.starts_with("user/") { "iam" } else { "sts" };
        format!("arn:aws:{service}::{}:{}", self.account, self.who)
    }
}

/// An organization with the keys that have been handed out.
#[derive(Debug)]
pub(crate) struct Directory {
    pub organization: Organization,
    regions: Vec<String>,
    issued: Mutex<HashMap<String, Caller>>,
}

/// Regions that an account has to opt in to, and has not.
const NOT_OPTED_IN: [&str; 2] = ["ap-east-1", "me-south-1"];

impl Directory {
    pub fn new(organization: Organization, regions: Vec<String>) -> Self {
        Self { organization, regions, issued: Mutex::default() }
    }

    /// Who signs with a key. One that was not handed out here is the management account's.
    pub fn caller(&self, key: &str) -> Caller {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let base = || Caller {
            account: MANAGEMENT.to_owned(),
            who: "user/audit".to_owned(),
            since: Instant::now(),
            lasts: None,
        };
        issued.entry(key.to_owned()).or_insert_with(base).clone()
    }

    /// The answer to what is asked of accounts and sessions; `None` to all else.
    pub fn answer(&self, request: &Request, caller: &Caller) -> Option<Response> {
        match (request.service, request.operation.as_str()) {
            ("sts", "GetCallerIdentity") => Some(sts(
                request,
                &format!(
                    "<Arn>{}</Arn><UserId>AIDAPLIMSOLL</UserId><Account>{}</Account>",
                    caller.arn(),
                    caller.account
                ),
            )),
            ("sts", "AssumeRole") => Some(self.assume(request, caller)),
            ("organizations", _) => Some(self.organization.answer(request, &caller.account)),
            ("iam", "ListOrganizationsFeatures") if caller.account != MANAGEMENT => {
                let code = "AccountNotManagementOrDelegatedAdministrator";
                Some(Response::error("iam", 403, code, "the account neither manages the organization nor acts for it"))
            }
            ("iam", "ListAccountAliases") => {
                let name = self.organization.account(&caller.account).map_or("", |account| &account.name);
                let aliases = format!("<AccountAliases><member>{name}</member></AccountAliases>");
                let result = format!("{aliases}<IsTruncated>false</IsTruncated>");
                Some(query(request, "https://iam.amazonaws.com/doc/2010-05-08/", &result))
            }
            ("ec2", "DescribeRegions") => Some(self.regions(request)),
            _ => None,
        }
    }

    fn assume(&self, request: &Request, caller: &Caller) -> Response {
        let value = |key: &str| form_value(&request.body, key).map(percent_decoded);
        // arn:aws:iam::111122223333:role/path/name
        let arn = value("RoleArn").unwrap_or_else(String::new);
        let mut parts = arn.splitn(6, ':').skip(4);
        let (account, role) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let name = role.rsplit('/').next().unwrap_or("");
        let open = self.organization.account(account).filter(|account| account.has_role && !account.is_suspended);
        let (Some(account), true) = (open, role.starts_with("role/") && !name.is_empty()) else {
            let who = caller.arn();
            let message = format!("User: {who} is not authorized to perform: sts:AssumeRole on resource: {arn}");
            return Response::error("sts", 403, "AccessDenied", &message);
        };
        let session = value("RoleSessionName").unwrap_or_else(|| "session".to_owned());
        let lasts = value("DurationSeconds").and_then(|seconds| seconds.parse().ok()).map_or(HOUR, Duration::from_secs);
        let assumed = Caller {
            account: account.id.clone(),
            who: format!("assumed-role/{name}/{session}"),
            since: Instant::now(),
            lasts: Some(lasts),
        };
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("ASIA{}{:04X}", account.id, issued.len());
        let end = jiff::Timestamp::now() + jiff::SignedDuration::try_from(lasts).expect("a session ends some day");
        let result = format!(
            "<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
             <SessionToken>token-{key}</SessionToken><Expiration>{}</Expiration></Credentials>\
             <AssumedRoleUser><AssumedRoleId>AROAPLIMSOLL:{session}</AssumedRoleId><Arn>{}</Arn></AssumedRoleUser>",
            end.strftime("%Y-%m-%dT%H:%M:%SZ"),
            assumed.arn(),
        );
        issued.insert(key, assumed);
        sts(request, &result)
    }

    fn regions(&self, request: &Request) -> Response {
        let form = String::from_utf8_lossy(&request.body);
        let all = form.contains("AllRegions=true");
        let known: BTreeSet<&str> = self.regions.iter().map(String::as_str).collect();
        let others = NOT_OPTED_IN.into_iter().filter(|region| all && !known.contains(region));
        let item = |region: &str, status: &str| {
            let endpoint = format!("<regionEndpoint>ec2.{region}.amazonaws.com</regionEndpoint>");
            format!("<item><regionName>{region}</regionName>{endpoint}<optInStatus>{status}</optInStatus></item>")
        };
        let on = known.iter().map(|region| item(region, "opt-in-not-required"));
        let items: String = on.chain(others.map(|region| item(region, "not-opted-in"))).collect();
        let namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";
        let body = format!(
            r#"<DescribeRegionsResponse xmlns="{namespace}"><requestId>{ID}</requestId><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"#
        );
        Response::success(request.service, body)
    }
}

fn sts(request: &Request, result: &str) -> Response {
    query(request, "https://sts.amazonaws.com/doc/2011-06-15/", result)
}

/// A success of a service that is asked in forms.
fn query(request: &Request, namespace: &str, result: &str) -> Response {
    let operation = &request.operation;
    let result = format!("<{operation}Result>{result}</{operation}Result>");
    let id = "<ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>";
    let body = format!(r#"<{operation}Response xmlns="{namespace}">{result}{id}</{operation}Response>"#);
    Response::success(request.service, body)
}

/// A value of a form, decoded. What is not encoded as it should be stays as it is.
fn percent_decoded(value: &str) -> String {
    let (mut decoded, mut rest) = (Vec::new(), value.as_bytes());
    while let Some((byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        match (byte, code) {
            (b'%', Some(code)) => {
                decoded.push(code);
                rest = &after[2..];
            }
            (b'+', _) => {
                decoded.push(b' ');
                rest = after;
            }
            _ => {
                decoded.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(service: &str, key: &str, operation: &str, body: &str) -> Request {
        let scope = format!("{key}/20261124/us-east-1/{service}/aws4_request");
        let mut headers =
            vec![("authorization".to_owned(), format!("AWS4-HMAC-SHA256 Credential={scope}, Signature=0"))];
        if service == "organizations" {
            headers.push(("x-amz-target".to_owned(), format!("AWSOrganizationsV20161128.{operation}")));
        }
        Request::new("POST", "/", headers, body.as_bytes().to_vec())
    }

    fn answer(directory: &Directory, request: &Request) -> Response {
        directory.answer(request, &directory.caller(&request.key)).expect("an answer of the organization")
    }

    fn asked(directory: &Directory, operation: &str, body: &Value) -> Value {
        let answer = answer(directory, &request("organizations", "test", operation, &body.to_string()));
        serde_json::from_slice(&answer.body).expect("JSON")
    }

    fn directory(accounts: usize) -> Directory {
        Directory::new(Organization::of(accounts), vec!["us-east-1".to_owned()])
    }

    #[test]
    fn accounts_are_listed_by_twenties_and_all_of_them_are_in_the_tree() {
        let directory = directory(45);
        let (mut listed, mut pages, mut token) = (BTreeSet::new(), Vec::new(), None);
        loop {
            let body = token.map_or(json!({}), |token| json!({"NextToken": token}));
            let page = asked(&directory, "ListAccounts", &body);
            let ids: Vec<String> = page["Accounts"].as_array().unwrap().iter().map(|it| it["Id"].to_string()).collect();
            pages.push(ids.len());
            listed.extend(ids);
            token = page["NextToken"].as_str().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        assert_eq!((pages, listed.len()), (vec![20, 20, 5], 45));

        let (mut parents, mut found) = (vec![ROOT.to_owned()], BTreeSet::new());
        while let Some(parent) = parents.pop() {
            let units = asked(&directory, "ListOrganizationalUnitsForParent", &json!({"ParentId": parent}));
            let units = units["OrganizationalUnits"].as_array().unwrap().iter();
            parents.extend(units.map(|unit| unit["Id"].as_str().unwrap().to_owned()));
            let mut body = json!({"ParentId": parent});
            loop {
                let page = asked(&directory, "ListAccountsForParent", &body);
                found.extend(page["Accounts"].as_array().unwrap().iter().map(|it| it["Id"].to_string()));
                let Some(token) = page.get("NextToken") else { break };
                body["NextToken"] = token.clone();
            }
        }
        assert_eq!(found, listed);
        let parent = asked(&directory, "ListParents", &json!({"ChildId": "200000000010"}));
        assert_eq!(parent["Parents"], json!([{"Id": "ou-a1b2-00000000", "Type": "ORGANIZATIONAL_UNIT"}]));
    }

    #[test]
    fn a_key_is_its_accounts_until_it_is_over() {
        let directory = directory(2);
        let form = "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A200000000001%3Arole%2Faudit%2Freader&\
                    RoleSessionName=nightly&DurationSeconds=900";
        let told = answer(&directory, &request("sts", "test", "AssumeRole", form));
        let text = String::from_utf8(told.body).unwrap();
        let key = text.split_once("<AccessKeyId>").and_then(|(_, rest)| rest.split_once('<')).unwrap().0;
        let caller = directory.caller(key);
        assert_eq!(caller.arn(), "arn:aws:sts::200000000001:assumed-role/reader/nightly");
        let after = |seconds| caller.since + Duration::from_secs(seconds);
        assert!(!caller.has_expired(None, after(899)) && caller.has_expired(None, after(900)));
        assert!(caller.has_expired(Some(Duration::from_secs(5)), after(6)), "sooner than it was told");
        // Only the management account sees the organization.
        let listed = answer(&directory, &request("organizations", key, "ListAccounts", "{}"));
        assert_eq!(listed.status, 400);
        assert!(String::from_utf8_lossy(&listed.body).contains("AccessDeniedException"));
        assert_eq!(directory.caller("test").arn(), "arn:aws:iam::123456789012:user/audit");
    }
}
