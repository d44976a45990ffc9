"""Fills a fresh moto server with resources that pass and fail Plimsoll's checks.

    MOTO_IAM_LOAD_MANAGED_POLICIES=true python serve.py
    python seed.py --endpoint http://127.0.0.1:PORT

Without that variable there is no AdministratorAccess policy to attach, and the seed stops.

stdout is one JSON object, account -> check id -> {"pass": [ids], "fail": [ids], "not-applicable": [ids], "unknown":
[ids]}. Verdicts follow from what a setting means in AWS, not from what the server makes of it. Unknown is what moto
5.2.5 can not answer for; where all four lists are empty, whatever the check judges must come out unknown.

Everything lives in account 123456789012, in eu-west-1 (the tidy region) and us-east-1 (the untidy one). Account-wide
checks can have only one verdict there, so two more accounts have the other one: 222222222222 is untouched, and
333333333333 has what is said of it below. Of these two, only part of what a scan finds is stated.
"""

import argparse
import json
import os

import boto3

ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT = "123456789012", "222222222222", "333333333333"
TIDY, UNTIDY = "eu-west-1", "us-east-1"
ANYWHERE, ANYWHERE_V6 = "0.0.0.0/0", "::/0"
EVERYONE = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
expected = {ACCOUNT: {}, OTHER_ACCOUNT: {}, THIRD_ACCOUNT: {}}


def expect(check, passing=(), failing=(), exempt=(), unknown=(), account=ACCOUNT):
    verdicts = expected[account].setdefault(check, {"pass": [], "fail": [], "not-applicable": [], "unknown": []})
    verdicts["pass"] += passing
    verdicts["fail"] += failing
    verdicts["not-applicable"] += exempt
    verdicts["unknown"] += unknown


def client(service, region=UNTIDY, account=ACCOUNT):
    who = {}
    if account != ACCOUNT:
        role = client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/seed", RoleSessionName="seed")["Credentials"]
        who = {"aws_access_key_id": role["AccessKeyId"], "aws_secret_access_key": role["SecretAccessKey"],
               "aws_session_token": role["SessionToken"]}
    made = boto3.client(service, region_name=region, endpoint_url=ENDPOINT, **who)
    if service == "s3control":
        # S3 Control puts the account id in front of the host name; in front of an IP address that can not resolve.
        made.meta.events.register(
            "before-send", lambda request, **_: setattr(request, "url", request.url.replace(f"{account}.", "", 1)))
    return made


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", principal=None, effect="Allow", **more):
    who = {"Principal": principal} if principal else {}
    return {"Effect": effect, "Action": action, "Resource": resource, **who, **more}


def account():
    """Account-wide: one verdict each."""
    for kind, name in {"SECURITY": "Sam", "BILLING": "Bea", "OPERATIONS": "Ola"}.items():
        client("account").put_alternate_contact(
            AlternateContactType=kind, Name=name, Title="Lead", EmailAddress=f"{kind.lower()}@example.com", PhoneNumber="+1")
    expect("account-security-contact-registered", passing=[ACCOUNT])
    # moto has no GetContactInformation.
    expect("account-contact-details-present", unknown=[ACCOUNT])
    # Nothing is laid down here about regions; a test does so.
    expect("account-regions-allowed-only", exempt=[f"{ACCOUNT} {region}" for region in (TIDY, UNTIDY)])
    client("iam").update_account_password_policy(MinimumPasswordLength=14, PasswordReusePrevention=24)
    expect("iam-password-policy-min-length", passing=[ACCOUNT])
    expect("iam-password-policy-reuse-prevented", passing=[ACCOUNT])
    # The account manages an organization; moto has no ListOrganizationsFeatures to tell what that has switched on.
    organizations = client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    expect("iam-root-credentials-centrally-managed", unknown=[ACCOUNT])
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    organizations.create_account(AccountName="member", Email="member@example.com")
    guardrails = policy(
        allow("*", effect="Deny", Condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}),
        allow("organizations:LeaveOrganization", effect="Deny"))
    guardrails = organizations.create_policy(
        Name="guardrails", Description="Root and leaving", Type="SERVICE_CONTROL_POLICY", Content=guardrails)
    organizations.attach_policy(PolicyId=guardrails["Policy"]["PolicySummary"]["Id"], TargetId=root)
    expect("organizations-scp-guardrails-attached", passing=[ACCOUNT])
    client("iam").create_account_alias(AccountAlias="plimsoll-live")
    # GetAccountSummary is fixed: AccountAccessKeysPresent 0, AccountMFAEnabled 0, and nothing about a password.
    expect("iam-root-access-key-absent", passing=[ACCOUNT])
    expect("iam-root-mfa-enabled", unknown=[ACCOUNT])
    expect("iam-root-hardware-mfa-enabled", unknown=[ACCOUNT])
    # moto's credential report has no <root_account> row.
    expect("iam-root-not-used-recently")


def iam_users():
    iam = client("iam")

    def user(name, *keys, console=False, mfa=False, policies=False):
        iam.create_user(UserName=name)
        if console:
            iam.create_login_profile(UserName=name, Password="Correct-horse-battery-9")
        if mfa:
            device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
            iam.enable_mfa_device(
                UserName=name, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321")
        for key in keys:
            key_id = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
            iam.update_access_key(UserName=name, AccessKeyId=key_id, Status=key)
        verdict = {"exempt": [name]} if not console else {"passing": [name]} if mfa else {"failing": [name]}
        expect("iam-user-console-mfa-enabled", **verdict)
        # Keys and passwords can not be made to look old: no failing user for these two, unless the scan's clock is
        # set 45 or 90 days ahead.
        expect("iam-access-key-rotated", **({"passing": [name]} if "Active" in keys else {"exempt": [name]}))
        in_use = console or "Active" in keys
        expect("iam-user-unused-credentials-disabled", **({"passing": [name]} if in_use else {"exempt": [name]}))
        expect("iam-user-single-active-access-key", **{"failing" if keys.count("Active") > 1 else "passing": [name]})
        # All keys are made here and now, and never used.
        verdict = "exempt" if not console else "failing" if "Active" in keys else "passing"
        expect("iam-user-no-unused-initial-access-key", **{verdict: [name]})
        expect("iam-user-permissions-through-groups", **{"failing" if policies else "passing": [name]})
        # Judged by its inline policies; one user gets some below.
        expect("iam-policy-no-full-admin", **({"failing": [name]} if name == "frank-nothing" else {"exempt": [name]}))

    user("alice-mfa", console=True, mfa=True)
    user("bob-no-mfa", "Active", console=True, policies=True)
    user("carol-key-only", "Active")
    user("dave-inactive-key", "Inactive")
    user("erin-admin-no-mfa", console=True, policies=True)
    user("frank-nothing", policies=True)
    user("gina-two-keys", "Active", "Active")
    admin, read_only, shell = (
        f"arn:aws:iam::aws:policy/{name}" for name in ("AdministratorAccess", "ReadOnlyAccess", "AWSCloudShellFullAccess"))
    iam.attach_user_policy(UserName="erin-admin-no-mfa", PolicyArn=admin)
    iam.attach_user_policy(UserName="bob-no-mfa", PolicyArn=read_only)
    iam.attach_user_policy(UserName="bob-no-mfa", PolicyArn=shell)
    for group, arn in {"admins": admin, "readers": read_only}.items():
        iam.create_group(GroupName=group)
        iam.attach_group_policy(GroupName=group, PolicyArn=arn)
    expect("iam-policy-no-full-admin", exempt=["admins", "readers"])
    iam.add_user_to_group(GroupName="readers", UserName="alice-mfa")
    expect("iam-admin-managed-policy-restricted",
           passing=["alice-mfa", "bob-no-mfa", "carol-key-only", "dave-inactive-key", "frank-nothing", "gina-two-keys", "readers"],
           failing=["erin-admin-no-mfa", "admins"])
    expect("iam-policy-cloudshell-access-restricted",
           passing=["alice-mfa", "carol-key-only", "dave-inactive-key", "erin-admin-no-mfa", "frank-nothing", "gina-two-keys",
                    "admins", "readers"],
           failing=["bob-no-mfa"])
    # It expired in 2012, as all do that moto lists.
    iam.upload_server_certificate(ServerCertificateName="www", CertificateBody="any", PrivateKey="any")
    expect("iam-server-certificate-not-expired", failing=["www"])


def iam_policies():
    iam = client("iam")
    admin, harmless = policy(allow("*")), policy(allow("s3:*"))

    def create(name, document):
        return iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]

    # Only the default version is in force.
    former = create("former-admin", admin)
    iam.create_policy_version(PolicyArn=former, PolicyDocument=harmless, SetAsDefault=True)
    expect("iam-policy-no-full-admin",
           passing=[former, create("all-of-s3", harmless), create("deny-all", policy(allow("*", effect="Deny"))),
                    create("all-on-one-bucket", policy(allow("*", "arn:aws:s3:::plimsoll-tidy")))],
           failing=[create("full-admin", admin),
                    create("full-admin-in-lists", policy(allow("s3:Get*"), allow(["ec2:*", "*:*"], ["*"])))])
    # An inline policy has no id of its own in AWS; the user it is part of is judged.
    iam.put_user_policy(UserName="frank-nothing", PolicyName="inline-admin", PolicyDocument=admin)


def iam_roles():
    iam = client("iam")
    host = "token.actions.githubusercontent.com"
    github = iam.create_open_id_connect_provider(
        Url=f"https://{host}", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["6938fd4d98bab03faadb97b34396831e3780aea1"]
    )["OpenIDConnectProviderArn"]
    saml = iam.create_saml_provider(Name="people", SAMLMetadataDocument="<x>".ljust(1000))["SAMLProviderArn"]

    def trust(principal, action="sts:AssumeRole", effect="Allow", **condition):
        extra = {"Condition": condition} if condition else {}
        return {"Effect": effect, "Principal": principal, "Action": action, **extra}

    def ci(**condition):
        condition.setdefault("StringEquals", {})[f"{host}:aud"] = "sts.amazonaws.com"
        return trust({"Federated": github}, "sts:AssumeRoleWithWebIdentity", **condition)

    own = trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    no_mfa = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    roles = {  # name: (trust policy, the check this role fails)
        "ec2-reader": ([trust({"Service": "ec2.amazonaws.com"})], None),
        "people": ([trust({"Federated": saml}, "sts:AssumeRoleWithSAML",
                          StringEquals={"SAML:aud": "https://signin.aws.amazon.com/saml"})], None),
        "support": ([own], None),
        "admin-role": ([own], "iam-admin-managed-policy-restricted"),
        "anyone-as-star": ([trust("*")], "iam-role-trust-no-wildcard-principal"),
        "anyone-as-aws-star": ([trust({"AWS": [f"arn:aws:iam::{OTHER_ACCOUNT}:root", "*"]})], "iam-role-trust-no-wildcard-principal"),
        "nobody-without-mfa": ([own, trust("*", effect="Deny", **no_mfa)], None),  # a wildcard, but in a Deny
        "github-main-branch": ([ci(StringEquals={f"{host}:sub": "repo:acme/app:ref:refs/heads/main"})], None),
        "github-no-subject": ([ci()], "iam-oidc-cicd-subject-restricted"),
        "github-any-repository": ([ci(StringLike={f"{host}:sub": "repo:acme/*"})], "iam-oidc-cicd-subject-restricted"),
        "github-any-branch": ([ci(StringLike={f"{host}:sub": "repo:acme/app:*"})], "iam-oidc-cicd-subject-restricted"),
    }
    for name, (statements, _) in roles.items():
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(*statements))
    iam.attach_role_policy(RoleName="admin-role", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.attach_role_policy(RoleName="support", PolicyArn="arn:aws:iam::aws:policy/AWSSupportAccess")
    expect("iam-support-role-exists", passing=[ACCOUNT])
    expect("iam-federated-sign-in-used", passing=[ACCOUNT])
    iam.create_instance_profile(InstanceProfileName="reader")
    iam.add_role_to_instance_profile(InstanceProfileName="reader", RoleName="ec2-reader")
    # AWS would write "Config"; moto makes the name from that of the service.
    linked = iam.create_service_linked_role(AWSServiceName="config.amazonaws.com")["Role"]["RoleName"]
    roles[linked] = ([], None)
    expect("iam-policy-no-full-admin", exempt=roles)
    expect("iam-policy-cloudshell-access-restricted", passing=roles)
    for check in ("iam-admin-managed-policy-restricted", "iam-role-trust-no-wildcard-principal"):
        expect(check, passing=[r for r in roles if roles[r][1] != check], failing=[r for r in roles if roles[r][1] == check])
    check = "iam-oidc-cicd-subject-restricted"
    expect(check, passing=["github-main-branch"], failing=[r for r in roles if roles[r][1] == check],
           exempt=[r for r in roles if not r.startswith("github-")])


def s3():
    read, write, cross = "s3-bucket-no-public-read", "s3-bucket-no-public-write", "s3-bucket-cross-account-restricted"
    block, tls = "s3-bucket-public-access-blocked", "s3-bucket-tls-required"
    full = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
    half = ["IgnorePublicAcls", "RestrictPublicBuckets"]  # the account has the other half; S3 applies the union
    insecure = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    vpce = {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}}
    partner = {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}
    trail = {"Service": "cloudtrail.amazonaws.com"}

    def settings(*flags):
        return {flag: flag in flags for flag in full}

    def bucket(name, fails, acl=None, region=UNTIDY, blocked=(), statements=()):
        api = client("s3", region)
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        # AWS ignores ACLs on new buckets (BucketOwnerEnforced) unless told otherwise.
        ownership = "ObjectWriter" if acl else "BucketOwnerEnforced"
        api.create_bucket(Bucket=name, ObjectOwnership=ownership, **where)
        if acl == "public-read-write":
            # Written out, because moto answers with one grant where this canned ACL stands for two.
            owner = api.get_bucket_acl(Bucket=name)["Owner"]
            grants = [({"Type": "CanonicalUser", "ID": owner["ID"]}, "FULL_CONTROL"), (EVERYONE, "READ"), (EVERYONE, "WRITE")]
            api.put_bucket_acl(Bucket=name, AccessControlPolicy={
                "Owner": owner, "Grants": [{"Grantee": grantee, "Permission": permission} for grantee, permission in grants]})
        elif acl:
            api.put_bucket_acl(Bucket=name, ACL=acl)
        if statements:
            arns = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
            api.put_bucket_policy(Bucket=name, Policy=policy(*({**s, "Resource": arns} for s in statements)))
        if blocked:
            api.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=settings(*blocked))
        for check in (read, write, cross, block, tls):
            expect(check, **({"failing": [name]} if check in fails else {"passing": [name]}))
        # moto's GetBucketVersioning answers in a way that SDKs do not understand.
        expect("s3-bucket-mfa-delete-enabled", unknown=[name])

    bucket("plimsoll-tidy", [], region=TIDY, blocked=full, statements=[allow("s3:*", principal="*", effect="Deny", **insecure)])
    bucket("plimsoll-bare", [block, tls])
    bucket("plimsoll-public-acl", [read, block, tls], acl="public-read")
    bucket("plimsoll-any-aws-account-acl", [read, block, tls], acl="authenticated-read", region=TIDY)
    bucket("plimsoll-public-write-acl", [read, write, block, tls], acl="public-read-write")
    bucket("plimsoll-public-acl-ignored", [tls], acl="public-read", blocked=half)
    bucket("plimsoll-public-policy", [read, block, tls], region=TIDY, statements=[allow("s3:GetObject", principal="*")])
    bucket("plimsoll-public-write-policy", [write, block, tls], statements=[allow("s3:PutObject", principal={"AWS": "*"})])
    bucket("plimsoll-public-policy-restricted", [tls], blocked=half, statements=[allow("s3:GetObject", principal="*")])
    # Public in name only: AWS counts a fixed VPC endpoint as not public.
    bucket("plimsoll-vpce-only", [block, tls], statements=[allow("s3:GetObject", principal="*", **vpce)])
    bucket("plimsoll-partner-reads", [tls], blocked=full, statements=[allow("s3:GetObject", principal=partner)])
    bucket("plimsoll-partner-rules", [cross, tls], blocked=full,
           statements=[allow(["s3:PutBucketPolicy", "s3:PutBucketAcl"], principal=partner)])
    # Reads over plain HTTP still work.
    bucket("plimsoll-tls-writes-only", [tls], blocked=full,
           statements=[allow("s3:PutObject", principal="*", effect="Deny", **insecure)])
    # Where the trails below deliver to.
    bucket("plimsoll-trail-logs", [tls], region=TIDY, blocked=full,
           statements=[allow(["s3:GetBucketAcl", "s3:PutObject"], principal=trail)])
    bucket("plimsoll-trail-public", [read, block, tls], acl="public-read",
           statements=[allow(["s3:GetBucketAcl", "s3:PutObject"], principal=trail)])

    bucket("plimsoll-access-logs", [block, tls], acl="log-delivery-write", region=TIDY)
    tidy = client("s3", TIDY)
    tidy.put_bucket_logging(Bucket="plimsoll-trail-logs", BucketLoggingStatus={
        "LoggingEnabled": {"TargetBucket": "plimsoll-access-logs", "TargetPrefix": "trail-logs/"}})
    tidy.put_bucket_versioning(Bucket="plimsoll-tidy", VersioningConfiguration={"Status": "Enabled"})

    # Half a block on the account: it fails, and leaves the buckets above to their own devices.
    client("s3control").put_public_access_block(
        AccountId=ACCOUNT, PublicAccessBlockConfiguration=settings("BlockPublicAcls", "BlockPublicPolicy"))
    expect("s3-account-public-access-blocked", failing=[ACCOUNT])
    client("s3control", account=THIRD_ACCOUNT).put_public_access_block(
        AccountId=THIRD_ACCOUNT, PublicAccessBlockConfiguration=settings(*full))
    expect("s3-account-public-access-blocked", passing=[THIRD_ACCOUNT], account=THIRD_ACCOUNT)


def ec2_settings():
    client("ec2", TIDY).enable_ebs_encryption_by_default()
    expect("ec2-ebs-default-encryption-on", passing=[f"{ACCOUNT} {TIDY}"], failing=[f"{ACCOUNT} {UNTIDY}"])
    # GetSnapshotBlockPublicAccessState and GetImageBlockPublicAccessState do not exist in moto.
    expect("ec2-public-sharing-blocked")


def ec2_network(region):
    ec2 = client("ec2", region)

    def default_group(vpc):
        mine = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
        return ec2.describe_security_groups(Filters=mine)["SecurityGroups"][0]

    # The default VPC that every region has: no flow logs, and a default group that lets everything out.
    default_vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    # A VPC as it should be: flow logs on, default group emptied.
    logged_vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.create_flow_logs(ResourceType="VPC", ResourceIds=[logged_vpc], TrafficType="ALL", LogDestinationType="s3",
                         LogDestination="arn:aws:s3:::plimsoll-tidy")
    emptied = default_group(logged_vpc)
    ec2.revoke_security_group_egress(GroupId=emptied["GroupId"], IpPermissions=emptied["IpPermissionsEgress"])
    if emptied["IpPermissions"]:
        ec2.revoke_security_group_ingress(GroupId=emptied["GroupId"], IpPermissions=emptied["IpPermissions"])
    peering(ec2, default_vpc, logged_vpc, "10.9.8.0/24" if region == TIDY else "10.9.0.0/16")
    network_acls(ec2, default_vpc, logged_vpc)
    expect("ec2-vpc-flow-logs-enabled", passing=[logged_vpc], failing=[default_vpc])
    default = default_group(default_vpc)["GroupId"]
    expect("ec2-default-sg-closed", passing=[emptied["GroupId"]], failing=[default])

    def rule(protocol, low=None, high=None, v4=None, v6=None, **source):
        ports = {} if low is None else {"FromPort": low, "ToPort": low if high is None else high}
        ranges = {"IpRanges": [{"CidrIp": v4}] if v4 else [], "Ipv6Ranges": [{"CidrIpv6": v6}] if v6 else []}
        return {"IpProtocol": protocol, **ports, **ranges, **source}

    prefixes = ec2.create_managed_prefix_list(
        PrefixListName="office", MaxEntries=1, AddressFamily="IPv4", Entries=[{"Cidr": "10.0.0.0/8"}])["PrefixList"]["PrefixListId"]
    ssh, rdp, everything = "ec2-sg-ssh-not-open", "ec2-sg-rdp-not-open", "ec2-sg-all-ports-not-open"
    database, risky = "ec2-sg-database-ports-not-open", "ec2-sg-high-risk-ports-not-open"
    sharing = "ec2-sg-file-sharing-not-open"
    checks = [ssh, rdp, everything, database, risky, sharing]
    groups = {  # name: (ingress, the checks it fails)
        "ssh-open-v4": (rule("tcp", 22, v4=ANYWHERE), [ssh]),
        "ssh-open-v6": (rule("tcp", 22, v6=ANYWHERE_V6), [ssh]),
        "rdp-open-v6": (rule("tcp", 3389, v4="10.0.0.0/8", v6=ANYWHERE_V6), [rdp]),
        "postgres-open": (rule("tcp", 5432, v4=ANYWHERE), [database]),
        "telnet-open": (rule("tcp", 23, v4=ANYWHERE), [risky]),
        "smb-open-v6": (rule("tcp", 445, v6=ANYWHERE_V6), [risky, sharing]),
        "range-3300-3400-open": (rule("tcp", 3300, 3400, v4=ANYWHERE), [rdp, database]),  # MySQL 3306, RDP 3389
        "all-tcp-open": (rule("tcp", 0, 65535, v4=ANYWHERE), checks),
        "all-protocols-open-v6": (rule("-1", v6=ANYWHERE_V6), checks),
        "https-open": (rule("tcp", 443, v4=ANYWHERE, v6=ANYWHERE_V6), []),
        "ssh-from-office": (rule("tcp", 22, v4="203.0.113.0/24"), []),
        "ssh-from-prefix-list": (rule("tcp", 22, PrefixListIds=[{"PrefixListId": prefixes}]), []),
        "all-from-a-group": (rule("-1", UserIdGroupPairs=[{"GroupId": default}]), []),
        "udp-22-open": (rule("udp", 22, v4=ANYWHERE), []),
        "all-icmp-open": (rule("icmp", -1, v4=ANYWHERE), []),  # -1 is a type here, not a port
        "no-rules-in": (None, []),
    }
    ids = {}
    for name, (ingress, fails) in groups.items():
        ids[name] = ec2.create_security_group(GroupName=name, Description=name, VpcId=default_vpc)["GroupId"]
        if ingress:
            ec2.authorize_security_group_ingress(GroupId=ids[name], IpPermissions=[ingress])
        for check in checks:
            expect(check, **({"failing": [ids[name]]} if check in fails else {"passing": [ids[name]]}))
    for check in checks:
        expect(check, passing=[default, emptied["GroupId"]])
    expect("ec2-default-sg-closed", exempt=ids.values())
    # Every group is in use, so that the verdicts hold whether or not a check forgives unused groups.
    subnet = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [default_vpc]}])["Subnets"][0]["SubnetId"]
    ec2.create_network_interface(SubnetId=subnet, Groups=list(ids.values()))


def peering(ec2, vpc, peer, destination):
    """Two connections between VPCs of one region: over one, a route to a part of the peer or to all of it."""
    def ask():
        return ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer)["VpcPeeringConnection"]["VpcPeeringConnectionId"]

    refused = ask()
    ec2.reject_vpc_peering_connection(VpcPeeringConnectionId=refused)
    active = ask()
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=active)
    table = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=destination, VpcPeeringConnectionId=active)
    # All of the peer's network is 10.9.0.0/16.
    verdict = {"failing": [active]} if destination.endswith("/16") else {"passing": [active]}
    expect("ec2-vpc-peering-routes-narrow", exempt=[refused], **verdict)


def network_acls(ec2, default_vpc, vpc):
    check = "ec2-nacl-admin-ports-closed"
    defaults = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [default_vpc, vpc]}])["NetworkAcls"]
    expect(check, failing=[acl["NetworkAclId"] for acl in defaults])

    def acl(*rules, used=True):
        made = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
        for number, (action, protocol, low, high) in enumerate(rules, 1):
            ports = {} if low is None else {"PortRange": {"From": low, "To": high}}
            ec2.create_network_acl_entry(NetworkAclId=made, RuleNumber=number * 10, RuleAction=action, Protocol=protocol,
                                         Egress=False, CidrBlock=ANYWHERE, **ports)
        if used:
            acl.subnets += 1
            subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{acl.subnets}.0/24")["Subnet"]["SubnetId"]
            of_subnet = [{"Name": "association.subnet-id", "Values": [subnet]}]
            associated = ec2.describe_network_acls(Filters=of_subnet)["NetworkAcls"][0]["Associations"]
            association = next(it["NetworkAclAssociationId"] for it in associated if it["SubnetId"] == subnet)
            ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=made)
        return made

    acl.subnets = 0
    every, tcp, udp = "-1", "6", "17"
    expect(check,
           passing=[acl(("allow", tcp, 443, 443)),
                    acl(("deny", tcp, 22, 22), ("deny", tcp, 3389, 3389), ("deny", udp, 3389, 3389), ("allow", every, None, None))],
           failing=[acl(("allow", tcp, 20, 25)), acl(("allow", every, None, None), ("deny", tcp, 22, 22))],
           exempt=[acl(("allow", every, None, None), used=False)])


def ec2_machines(region, key):
    ec2 = client("ec2", region)
    base = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]

    def launch(tokens, encrypted, **more):
        # With a key of the account: moto would make one for aws/ebs and call it the customer's.
        how = {"KmsKeyId": key} if encrypted else {}
        disk = {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "Encrypted": encrypted, "DeleteOnTermination": True, **how}}
        return ec2.run_instances(ImageId=base, MinCount=1, MaxCount=1, InstanceType="t3.micro", BlockDeviceMappings=[disk],
                                 MetadataOptions={"HttpTokens": tokens, "HttpEndpoint": "enabled"}, **more)["Instances"][0]["InstanceId"]

    def disk_of(instance):
        attached = [{"Name": "attachment.instance-id", "Values": [instance]}]
        return ec2.describe_volumes(Filters=attached)["Volumes"][0]["VolumeId"]

    good = launch("required", True, IamInstanceProfile={"Name": "reader"})
    bad, gone = launch("optional", False), launch("optional", False)
    ec2.terminate_instances(InstanceIds=[gone])
    for check in ("ec2-instance-imdsv2-required", "ec2-instance-role-attached"):
        expect(check, passing=[good], failing=[bad], exempt=[gone])
    # Encrypted=False is said outright: encryption by default, on in eu-west-1, would override it in AWS but not in moto.
    loose = ec2.create_volume(AvailabilityZone=f"{region}a", Size=1, Encrypted=False)["VolumeId"]
    expect("ec2-ebs-volume-encrypted", passing=[disk_of(good)], failing=[disk_of(bad)], exempt=[loose])

    private, shared, public = (ec2.create_snapshot(VolumeId=loose)["SnapshotId"] for _ in range(3))
    share = {"Attribute": "createVolumePermission", "OperationType": "add"}
    ec2.modify_snapshot_attribute(SnapshotId=shared, UserIds=[OTHER_ACCOUNT], **share)
    ec2.modify_snapshot_attribute(SnapshotId=public, GroupNames=["all"], **share)
    # A region's block on public sharing would overrule the attribute, and moto has no
    # GetSnapshotBlockPublicAccessState to tell.
    expect("ec2-ebs-snapshot-not-public", passing=[private, shared], unknown=[public])

    images = [ec2.create_image(InstanceId=bad, Name=f"{name}-image")["ImageId"] for name in ("private", "shared", "public")]
    ec2.modify_image_attribute(ImageId=images[1], LaunchPermission={"Add": [{"UserId": OTHER_ACCOUNT}]})
    ec2.modify_image_attribute(ImageId=images[2], LaunchPermission={"Add": [{"Group": "all"}]})
    expect("ec2-ami-not-public", passing=images[:2], failing=images[2:])
    # A public image does not make its snapshot public.
    for image in ec2.describe_images(ImageIds=images)["Images"]:
        expect("ec2-ebs-snapshot-not-public", passing=[image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]])


def kms(region):
    api = client("kms", region)
    owner = allow("kms:*", principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    anyone = allow("kms:Decrypt", principal="*")
    within = allow("kms:Decrypt", principal={"AWS": "*"}, Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}})

    def key(name, *statements, rotate=False, **how):
        new = api.create_key(Description=name, Policy=policy(owner, *statements), **how)["KeyMetadata"]["KeyId"]
        api.create_alias(AliasName=f"alias/{name}", TargetKeyId=new)
        if rotate:
            api.enable_key_rotation(KeyId=new)
        return new

    rotated = key("rotated", rotate=True)
    unrotated = key("unrotated")
    public = key("public", anyone, rotate=True)
    scoped = key("anyone-in-this-account", within, rotate=True)
    asymmetric = key("asymmetric", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    imported = key("imported", Origin="EXTERNAL")
    doomed = key("doomed")
    api.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=7)
    # Rotation is a choice only for the customer's own usable symmetric keys with AWS-made material.
    expect("kms-key-rotation-enabled", passing=[rotated, public, scoped], failing=[unrotated],
           exempt=[asymmetric, imported, doomed])
    expect("kms-key-policy-not-public", passing=[rotated, unrotated, scoped, asymmetric, imported, doomed], failing=[public])
    expect("kms-key-not-pending-deletion", passing=[rotated, unrotated, public, scoped, asymmetric, imported], failing=[doomed])
    return rotated


def cloudtrail(key):
    def trail(name, region, selector, data=(), **options):
        api = client("cloudtrail", region)
        arn = api.create_trail(Name=name, **options)["TrailARN"]
        # Said outright, for moto forgets the default selector that AWS gives a new trail.
        api.put_event_selectors(TrailName=name, EventSelectors=[
            {"ReadWriteType": selector, "IncludeManagementEvents": True, "DataResources": list(data)}])
        return arn, api.start_logging

    group = client("logs", TIDY)
    group.create_log_group(logGroupName="trails")
    to_group = {"CloudWatchLogsLogGroupArn": f"arn:aws:logs:{TIDY}:{ACCOUNT}:log-group:trails:*",
                "CloudWatchLogsRoleArn": f"arn:aws:iam::{ACCOUNT}:role/trails"}
    # An organization trail, seen in every region as a shadow of the one in eu-west-1.
    good, start = trail("organization", TIDY, "All", S3BucketName="plimsoll-trail-logs", IsMultiRegionTrail=True,
                        IsOrganizationTrail=True, EnableLogFileValidation=True, KmsKeyId=f"arn:aws:kms:{TIDY}:{ACCOUNT}:key/{key}",
                        data=[{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}], **to_group)
    start(Name="organization")
    # Multi-region and running, but blind to reads.
    blind, start = trail("writes-only", UNTIDY, "WriteOnly", S3BucketName="plimsoll-trail-logs", IsMultiRegionTrail=True,
                         EnableLogFileValidation=True)
    start(Name="writes-only")
    # Everything wrong: one region, never started, unsigned, unencrypted, in a public bucket.
    bad, _ = trail("stopped", UNTIDY, "All", S3BucketName="plimsoll-trail-public", IsMultiRegionTrail=False)
    # The organization's trail alone covers both regions.
    expect("cloudtrail-multi-region-trail-logging", passing=[f"{ACCOUNT} {region}" for region in (TIDY, UNTIDY)])
    expect("cloudtrail-bucket-not-public", passing=[good, blind], failing=[bad])
    expect("cloudtrail-log-integrity-validated", passing=[good, blind], failing=[bad])
    expect("cloudtrail-logs-kms-encrypted", passing=[good], failing=[blind, bad])
    expect("cloudtrail-bucket-access-logged", passing=[good, blind], failing=[bad])
    for check in ("cloudtrail-s3-object-reads-logged", "cloudtrail-s3-object-writes-logged"):
        expect(check, passing=[ACCOUNT])
    # The first one would pass, but moto tells of deliveries to buckets only: all that went to the group is missing.
    expect("cloudtrail-delivers-to-cloudwatch-logs", failing=[good, blind, bad])


def named(source, *names):
    """A pattern of events of a service, by their names."""
    either = " || ".join(f"($.eventName = {name})" for name in names)
    return f"{{ ($.eventSource = {source}.amazonaws.com) && ({either}) }}"


CHANGES = {  # check: a pattern of all that it asks for
    "unauthorized-calls": '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
    "console-sign-in-without-mfa": '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") }',
    "console-sign-in-failures": '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }',
    "root-usage": '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }',
    "iam-policy-changes": named(
        "iam", *(f"{verb}{of}Policy" for of in ("Group", "Role", "User") for verb in ("Delete", "Put", "Attach", "Detach")),
        "CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion"),
    "cloudtrail-changes": named("cloudtrail", "CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),
    "kms-key-disabled-or-deleted": named("kms", "DisableKey", "ScheduleKeyDeletion"),
    "s3-policy-changes": named(
        "s3", "PutBucketAcl", *(f"{verb}Bucket{of}" for of in ("Policy", "Cors", "Lifecycle", "Replication") for verb in ("Put", "Delete"))),
    "config-changes": named(
        "config", "StopConfigurationRecorder", "DeleteDeliveryChannel", "PutDeliveryChannel", "PutConfigurationRecorder"),
    "security-group-changes": named(
        "ec2", *(f"{verb}SecurityGroup{way}" for verb in ("Authorize", "Revoke") for way in ("Ingress", "Egress")),
        "CreateSecurityGroup", "DeleteSecurityGroup"),
    "nacl-changes": named(
        "ec2", "CreateNetworkAcl", "CreateNetworkAclEntry", "DeleteNetworkAcl", "DeleteNetworkAclEntry", "ReplaceNetworkAclEntry",
        "ReplaceNetworkAclAssociation"),
    "gateway-changes": named(
        "ec2", "CreateCustomerGateway", "DeleteCustomerGateway", "AttachInternetGateway", "CreateInternetGateway",
        "DeleteInternetGateway", "DetachInternetGateway"),
    "route-table-changes": named(
        "ec2", "CreateRoute", "CreateRouteTable", "ReplaceRoute", "ReplaceRouteTableAssociation", "DeleteRouteTable", "DeleteRoute",
        "DisassociateRouteTable"),
    "vpc-changes": named(
        "ec2", "CreateVpc", "DeleteVpc", "ModifyVpcAttribute", "AttachClassicLinkVpc", "DetachClassicLinkVpc",
        "DisableVpcClassicLink", "EnableVpcClassicLink",
        *(f"{verb}VpcPeeringConnection" for verb in ("Accept", "Create", "Delete", "Reject"))),
    "organizations-changes": "{ ($.eventSource = organizations.amazonaws.com) }",
}
# Those that nobody hears of in the first account: a filter that leaves something out, one whose metric no alarm watches, an
# alarm that tells nobody, and a topic without subscribers.
NEAR_MISSES = ["cloudtrail-changes", "gateway-changes", "root-usage", "nacl-changes"]


def alarms(account=ACCOUNT, checks=tuple(CHANGES)):
    logs, alarm, sns = (client(service, TIDY, account) for service in ("logs", "cloudwatch", "sns"))
    heard, unheard = (sns.create_topic(Name=name)["TopicArn"] for name in ("security", "nobody"))
    # moto takes every subscription for confirmed.
    sns.subscribe(TopicArn=heard, Protocol="email", Endpoint="security@example.com")
    for name in checks:
        missed = name if account == ACCOUNT and name in NEAR_MISSES else None
        pattern = CHANGES[name].replace(" || ($.eventName = StopLogging)", "") if missed == "cloudtrail-changes" else CHANGES[name]
        logs.put_metric_filter(logGroupName="trails", filterName=name, filterPattern=pattern, metricTransformations=[
            {"metricName": name, "metricNamespace": "Trails", "metricValue": "1"}])
        if missed != "gateway-changes":
            alarm.put_metric_alarm(
                AlarmName=name, Namespace="Trails", MetricName=name, Statistic="Sum", Period=300, EvaluationPeriods=1, Threshold=1,
                ComparisonOperator="GreaterThanOrEqualToThreshold", ActionsEnabled=missed != "root-usage",
                AlarmActions=[unheard if missed == "nacl-changes" else heard])
        expect(f"cloudwatch-alarm-{name}", account=account, **{"failing" if missed else "passing": [account]})


def monitoring():
    """Config, GuardDuty, Security Hub and Macie: on in eu-west-1, absent in us-east-1."""
    config = client("config", TIDY)
    role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    config.put_configuration_recorder(ConfigurationRecorder={
        "name": "default", "roleARN": role, "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True}})
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "plimsoll-tidy"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")
    # eu-west-1 would pass, but moto has no DescribeDeliveryChannelStatus: unknown.
    expect("config-recorder-active", failing=[f"{ACCOUNT} {UNTIDY}"], unknown=[f"{ACCOUNT} {TIDY}"])
    client("guardduty", TIDY).create_detector(Enable=True)
    expect("guardduty-enabled", passing=[f"{ACCOUNT} {TIDY}"], failing=[f"{ACCOUNT} {UNTIDY}"])
    client("securityhub", TIDY).enable_security_hub()
    expect("securityhub-enabled", passing=[f"{ACCOUNT} {TIDY}"], failing=[f"{ACCOUNT} {UNTIDY}"])
    # On in every region, as far as moto is concerned.
    client("macie2", UNTIDY).disable_macie()
    # eu-west-1 would pass, but the times in moto's answer lack a zone, and are not understood.
    expect("macie-enabled", unknown=[f"{ACCOUNT} {TIDY}"], failing=[f"{ACCOUNT} {UNTIDY}"])
    # moto has no AWS Artifact, and no IAM Access Analyzer.
    expect("artifact-required-agreements-active", unknown=[ACCOUNT])
    expect("accessanalyzer-external-analyzer-active", unknown=[f"{ACCOUNT} {region}" for region in (TIDY, UNTIDY)])
    # moto has no ListFindings.
    expect("guardduty-high-findings-resolved")


def efs():
    for region, encrypted, verdict in ((TIDY, True, "passing"), (UNTIDY, False, "failing")):
        made = client("efs", region).create_file_system(CreationToken=region, Encrypted=encrypted)["FileSystemId"]
        expect("efs-file-system-encrypted", **{verdict: [made]})


def rds():
    """Passing databases in eu-west-1, failing ones in us-east-1: an identifier is unique in its region only."""
    public, encrypted = "rds-instance-not-public", "rds-storage-encrypted"
    tls, backups, snapshots = "rds-tls-required", "rds-backup-retention-adequate", "rds-snapshot-not-public"
    zones, upgrades = "rds-multi-az", "rds-minor-upgrades-automatic"
    login = {"MasterUsername": "plimsoll", "MasterUserPassword": "Correct-horse-9"}
    size = {"DBInstanceClass": "db.t3.medium"}
    for region, good in ((TIDY, True), (UNTIDY, False)):
        api = client("rds", region)
        verdict = "passing" if good else "failing"
        suffix = "tidy" if good else "untidy"

        def group(kind, family, parameter, value):
            """A parameter group that says outright whether TLS is required."""
            api_name = "ClusterParameterGroup" if kind == "cluster" else "ParameterGroup"
            name = f"{family.replace('.', '-')}-{suffix}"
            create = api.create_db_cluster_parameter_group if kind == "cluster" else api.create_db_parameter_group
            modify = api.modify_db_cluster_parameter_group if kind == "cluster" else api.modify_db_parameter_group
            create(**{f"DB{api_name}Name": name}, DBParameterGroupFamily=family, Description=name)
            setting = {"ParameterName": parameter, "ParameterValue": value, "ApplyMethod": "immediate"}
            modify(**{f"DB{api_name}Name": name}, Parameters=[setting])
            return name

        force_ssl = "1" if good else "0"
        engines = {
            "postgres": ("16.3", group("instance", "postgres16", "rds.force_ssl", force_ssl)),
            "mysql": ("8.4.3", group("instance", "mysql8.4", "require_secure_transport", "ON" if good else "OFF")),
        }
        for engine, (version, parameters) in engines.items():
            name = f"{engine}-{suffix}"
            api.create_db_instance(
                DBInstanceIdentifier=name, Engine=engine, EngineVersion=version, AllocatedStorage=20, DBParameterGroupName=parameters,
                PubliclyAccessible=not good, StorageEncrypted=good, BackupRetentionPeriod=7 if good else 1, MultiAZ=good,
                AutoMinorVersionUpgrade=good, **size, **login)
            for check in (public, encrypted, tls, zones, upgrades):
                expect(check, **{verdict: [name]})
        name = f"aurora-{suffix}"
        api.create_db_cluster(
            DBClusterIdentifier=name, Engine="aurora-postgresql", EngineVersion="16.3", StorageEncrypted=good,
            DBClusterParameterGroupName=group("cluster", "aurora-postgresql16", "rds.force_ssl", force_ssl),
            BackupRetentionPeriod=7 if good else 1, AutoMinorVersionUpgrade=good, **login)
        # Two members in the tidy cluster, one in the other.
        for zone in "ab" if good else "a":
            member = f"{name}-{zone}"
            api.create_db_instance(
                DBInstanceIdentifier=member, DBClusterIdentifier=name, Engine="aurora-postgresql", EngineVersion="16.3",
                PubliclyAccessible=not good, AutoMinorVersionUpgrade=good, AvailabilityZone=f"{region}{zone}", **size)
            for check in (public, upgrades):
                expect(check, **{verdict: [member]})
            for check in (encrypted, tls, backups, zones):
                expect(check, exempt=[member])
        for check in (encrypted, tls, zones, upgrades):
            expect(check, **{verdict: [name]})
        if good:
            expect(backups, passing=["postgres-tidy", "mysql-tidy", "aurora-tidy"])
        else:
            # These may still be in a backup plan; moto has no backup:ListProtectedResources to tell.
            expect(backups, unknown=["postgres-untidy", "mysql-untidy", "aurora-untidy"])

        # Snapshots, of an instance and of a cluster. Only unencrypted ones can be public.
        api.create_db_snapshot(DBInstanceIdentifier=f"postgres-{suffix}", DBSnapshotIdentifier=f"postgres-{suffix}-snapshot")
        api.create_db_cluster_snapshot(DBClusterIdentifier=name, DBClusterSnapshotIdentifier=f"aurora-{suffix}-snapshot")
        if not good:
            share = {"AttributeName": "restore", "ValuesToAdd": ["all"]}
            api.modify_db_snapshot_attribute(DBSnapshotIdentifier="postgres-untidy-snapshot", **share)
            api.modify_db_cluster_snapshot_attribute(DBClusterSnapshotIdentifier="aurora-untidy-snapshot", **share)
        expect(snapshots, **{verdict: [f"postgres-{suffix}-snapshot", f"aurora-{suffix}-snapshot"]})

        of_default_vpc = [{"Name": "default-for-az", "Values": ["true"]}]
        subnets = [s["SubnetId"] for s in client("ec2", region).describe_subnets(Filters=of_default_vpc)["Subnets"][:2]]
        api.create_db_proxy(DBProxyName=f"proxy-{suffix}", EngineFamily="POSTGRESQL", RequireTLS=good, VpcSubnetIds=subnets,
                            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/ec2-reader", Auth=[{"AuthScheme": "SECRETS"}])
        expect(tls, **{verdict: [f"proxy-{suffix}"]})


def other_accounts():
    """What an account has that nobody has touched, and that account 123456789012 can not have."""
    for check in ("account-security-contact-registered", "iam-password-policy-min-length", "s3-account-public-access-blocked",
                  "iam-password-policy-reuse-prevented", "iam-support-role-exists",
                  # Without an organization there are no changes to it.
                  *(f"cloudwatch-alarm-{name}" for name in CHANGES if name != "organizations-changes")):
        expect(check, failing=[OTHER_ACCOUNT], account=OTHER_ACCOUNT)
    expect("iam-root-access-key-absent", passing=[OTHER_ACCOUNT], account=OTHER_ACCOUNT)
    for region in (TIDY, UNTIDY):
        for check in ("cloudtrail-multi-region-trail-logging", "config-recorder-active", "guardduty-enabled",
                      "ec2-ebs-default-encryption-on", "securityhub-enabled"):
            expect(check, failing=[f"{OTHER_ACCOUNT} {region}"], account=OTHER_ACCOUNT)
    organizations = client("organizations", account=THIRD_ACCOUNT)
    organizations.create_organization(FeatureSet="ALL")
    organizations.create_account(AccountName="third-member", Email="third-member@example.com")
    # Somebody who signs in without an identity provider, and a bucket of whose objects nothing is recorded.
    iam = client("iam", account=THIRD_ACCOUNT)
    iam.create_user(UserName="harry")
    iam.create_login_profile(UserName="harry", Password="Correct-horse-battery-9")
    client("s3", account=THIRD_ACCOUNT).create_bucket(Bucket="plimsoll-third")
    trails, group = client("cloudtrail", TIDY, THIRD_ACCOUNT), f"arn:aws:logs:{TIDY}:{THIRD_ACCOUNT}:log-group:trails:*"
    client("logs", TIDY, THIRD_ACCOUNT).create_log_group(logGroupName="trails")
    trails.create_trail(Name="third", S3BucketName="plimsoll-third", IsMultiRegionTrail=True, CloudWatchLogsLogGroupArn=group,
                        CloudWatchLogsRoleArn=f"arn:aws:iam::{THIRD_ACCOUNT}:role/trails")
    trails.put_event_selectors(TrailName="third", EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": True}])
    trails.start_logging(Name="third")
    alarms(THIRD_ACCOUNT, NEAR_MISSES)
    for check in ("iam-federated-sign-in-used", "cloudtrail-s3-object-reads-logged", "cloudtrail-s3-object-writes-logged",
                  "cloudwatch-alarm-organizations-changes", "organizations-scp-guardrails-attached"):
        expect(check, failing=[THIRD_ACCOUNT], account=THIRD_ACCOUNT)


def main():
    account()
    iam_users()
    iam_policies()
    iam_roles()
    s3()
    ec2_settings()
    keys = {}
    for region in (TIDY, UNTIDY):
        ec2_network(region)
        keys[region] = kms(region)
        ec2_machines(region, keys[region])
    cloudtrail(keys[TIDY])
    alarms()
    monitoring()
    efs()
    rds()
    other_accounts()
    print(json.dumps(expected, indent=2, sort_keys=True))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", required=True, help="where moto_server listens, such as http://127.0.0.1:5000")
    ENDPOINT = parser.parse_args().endpoint.rstrip("/")
    os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
    main()
