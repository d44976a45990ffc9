//! Statements of bucket policies that leave the decision to access points, whose policies are not read.

use crate::policy::{Condition, Statement, Test};

/// The keys that only a request through an access point has. Source: S3 User Guide, "Configuring IAM policies for
/// using access points".
const KEYS: [&str; 3] = ["s3:DataAccessPointAccount", "s3:DataAccessPointArn", "s3:AccessPointNetworkOrigin"];

impl Statement {
    /// Whether only requests through an access point can meet its conditions.
    pub fn needs_access_point(&self) -> bool {
        self.conditions.iter().any(|condition| {
            is_about_access_points(condition)
                && match condition.operator.test {
                    Test::Null => !condition.has_value("true"),
                    _ => !condition.operator.holds_without_key(),
                }
        })
    }

    /// What it comes to if access points let everyone in: the same, but for its conditions on access points.
    pub fn with_open_access_points(&self) -> Self {
        let conditions = self.conditions.iter().filter(|condition| !is_about_access_points(condition));
        Self { conditions: conditions.cloned().collect(), ..self.clone() }
    }
}

fn is_about_access_points(condition: &Condition) -> bool {
    KEYS.iter().any(|key| condition.is_key(key))
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;

    fn needs_access_point(condition: &str) -> bool {
        let statement = format!(r#"{{"Effect": "Allow", "Principal": "*", "Action": "*", "Condition": {condition}}}"#);
        Policy::parse(&format!(r#"{{"Statement": {statement}}}"#)).unwrap().statements[0].needs_access_point()
    }

    #[test]
    fn only_some_conditions_demand_an_access_point() {
        for demanding in [
            r#"{"StringEquals": {"s3:DataAccessPointAccount": "111122223333"}}"#,
            r#"{"ArnLike": {"S3:dataaccesspointarn": "arn:aws:s3:eu-west-1:111122223333:accesspoint/*"}}"#,
            r#"{"Null": {"s3:DataAccessPointArn": "false"}}"#,
        ] {
            assert!(needs_access_point(demanding), "{demanding}");
        }
        for not_demanding in [
            r#"{"StringNotEquals": {"s3:DataAccessPointAccount": "111122223333"}}"#,
            r#"{"StringEqualsIfExists": {"s3:DataAccessPointAccount": "111122223333"}}"#,
            r#"{"Null": {"s3:DataAccessPointArn": "true"}}"#,
            r#"{"StringEquals": {"aws:PrincipalAccount": "111122223333"}}"#,
        ] {
            assert!(!needs_access_point(not_demanding), "{not_demanding}");
        }
    }
}
