//! The CloudFormation template of the role with which an account is read, for a StackSet over an organization.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::bail;

use super::Policy;
use crate::scan::Chosen;

/// How long a managed policy may be, blanks not counted. Source: IAM User Guide, "IAM and AWS STS quotas".
const CHARACTERS: usize = 6144;
/// How many managed policies a role may have unless its account has asked for more. Source: as above.
const POLICIES: usize = 10;

const HEAD: &str = r#"# Made by `plimsoll permissions --format cloudformation`.
AWSTemplateFormatVersion: "2010-09-09"
Description: >-
  The role with which Plimsoll reads this account. It permits exactly what Plimsoll's checks read: nothing that changes
  anything, and nothing that hands out contents, secrets or credentials.

Parameters:
  RoleName:
    Description: What the role is called; the same in all accounts, so that a scan of the organization finds it
    Type: String
    Default: {role}
    AllowedPattern: ^[\w+=,.@-]{1,64}$
  TrustedAccount:
    Description: The account whose identities may take on the role
    Type: String
    AllowedPattern: ^[0-9]{12}$
  TrustedRole:
    Description: >-
      The name, with its path if it has one, of the only role there that may; it has to exist already. Empty: whoever is
      permitted to in that account.
    Type: String
    Default: ""
    AllowedPattern: ^([\w+=,.@/-]{1,576})?$
  ExternalId:
    Description: >-
      What whoever takes on the role has to know. Empty: nothing. It matters if somebody else scans for you.
    Type: String
    Default: ""
    AllowedPattern: ^([\w+=,.@:/-]{2,1224})?$
  MaxSessionDuration:
    Description: For how many seconds the role is taken on at most; from another role, AWS allows one hour in any case
    Type: Number
    Default: 3600
    MinValue: 3600
    MaxValue: 43200

Conditions:
  TrustsOneRole: !Not [!Equals [!Ref TrustedRole, ""]]
  AsksForExternalId: !Not [!Equals [!Ref ExternalId, ""]]

Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Ref RoleName
      Description: Plimsoll reads this account with it
      MaxSessionDuration: !Ref MaxSessionDuration
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal:
              AWS: !If
                - TrustsOneRole
                - !Sub arn:${AWS::Partition}:iam::${TrustedAccount}:role/${TrustedRole}
                - !Sub arn:${AWS::Partition}:iam::${TrustedAccount}:root
            Action: sts:AssumeRole
            Condition: !If
              - AsksForExternalId
              - StringEquals:
                  sts:ExternalId: !Ref ExternalId
              - !Ref AWS::NoValue
      Tags:
        - Key: application
          Value: plimsoll
      ManagedPolicyArns:
"#;

const TAIL: &str = "
Outputs:
  RoleArn:
    Description: To be given to `plimsoll scan --role-arn`
    Value: !GetAtt Role.Arn
";

/// The template of a role that may do exactly what some checks need.
pub fn template(role: &str, checks: &[Chosen], imports: bool) -> anyhow::Result<String> {
    let policies = shared_out(Policy::of(checks).actions());
    let needed = policies.len() + usize::from(imports);
    if needed > POLICIES {
        bail!("the checks need {needed} managed policies, and a role has at most {POLICIES}; select fewer");
    }
    let mut out = HEAD.replace("{role}", role);
    for number in 1..=policies.len() {
        writeln!(out, "        - !Ref Reads{number}")?;
    }
    if imports {
        out.push_str("        - !Ref Imports\n");
    }
    for (number, policy) in (1..).zip(&policies) {
        let statement = &policy.statement[0];
        write!(
            out,
            "  Reads{number}:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      \
             Description: What Plimsoll reads, {number} of {}\n      PolicyDocument:\n        \
             Version: \"{}\"\n        Statement:\n          - Sid: {}\n            Effect: {}\n            \
             Resource: {}\n            Action:\n",
            policies.len(),
            policy.version,
            statement.sid,
            statement.effect,
            statement.resource
        )?;
        for action in &statement.action {
            writeln!(out, "              - {action}")?;
        }
    }
    if imports {
        write_imports(&mut out)?;
    }
    out.push_str(TAIL);
    Ok(out)
}

/// The only policy that permits more than reading, so that it can be seen, and taken away, by itself.
fn write_imports(out: &mut String) -> std::fmt::Result {
    out.push_str(
        "  Imports:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      \
         Description: What Plimsoll imports into Security Hub\n      PolicyDocument:\n        \
         Version: \"2012-10-17\"\n        Statement:\n",
    );
    for statement in super::importing() {
        write!(
            out,
            "          - Sid: {}\n            Effect: {}\n            Resource: {}\n            Action:\n",
            statement.sid, statement.effect, statement.resource
        )?;
        for action in &statement.action {
            writeln!(out, "              - {action}")?;
        }
    }
    Ok(())
}

/// The actions in as few policies as hold them, in their order.
fn shared_out<'a>(actions: impl Iterator<Item = &'a str>) -> Vec<Policy> {
    let (mut full, mut open) = (Vec::new(), BTreeSet::new());
    for action in actions {
        open.insert(action.to_owned());
        if length(&open) > CHARACTERS {
            open.remove(action);
            full.push(Policy::reading(std::mem::replace(&mut open, BTreeSet::from([action.to_owned()]))));
        }
    }
    full.push(Policy::reading(open));
    full
}

/// How long a policy of these actions is, as IAM counts.
fn length(actions: &BTreeSet<String>) -> usize {
    serde_json::to_string(&Policy::reading(actions.clone())).expect("a policy is JSON").len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_policy_cannot_hold_is_shared_out_and_nothing_is_lost() {
        let actions: Vec<String> = (0..1000).map(|number| format!("service:DescribeSomething{number:04}")).collect();
        let policies = shared_out(actions.iter().map(String::as_str));
        assert_eq!(policies.iter().flat_map(Policy::actions).collect::<Vec<_>>(), actions);
        for (at, policy) in policies.iter().enumerate() {
            let length = length(&policy.statement[0].action);
            assert!(length <= CHARACTERS, "{length}");
            assert!(length + 40 > CHARACTERS || at + 1 == policies.len(), "{length} leaves room for another action");
        }
        assert_eq!(shared_out(std::iter::once("iam:ListUsers")).len(), 1);
    }
}
