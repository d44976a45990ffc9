//! The names AWS sells its services under, and the name of the SDK that reads them.

/// Product to SDK; the first product of an SDK is the name it is shown by.
const PRODUCTS: &[(&str, &str)] = &[
    ("API Gateway", "apigateway"),
    ("API Gateway v2", "apigatewayv2"),
    ("AppStream", "appstream"),
    ("AppSync", "appsync"),
    ("Athena", "athena"),
    ("Auto Scaling", "autoscaling"),
    ("Backup", "backup"),
    ("Batch", "batch"),
    ("Bedrock", "bedrock"),
    ("Bedrock Agents", "bedrockagent"),
    ("Bedrock AgentCore", "bedrockagentcorecontrol"),
    ("Certificate Manager", "acm"),
    ("CloudFormation", "cloudformation"),
    ("CloudFront", "cloudfront"),
    ("CloudTrail", "cloudtrail"),
    ("CloudWatch", "cloudwatch"),
    ("CloudWatch Logs", "cloudwatchlogs"),
    ("CodeBuild", "codebuild"),
    ("Cognito user pools", "cognitoidentityprovider"),
    ("Cognito", "cognitoidentityprovider"),
    ("Cognito identity pools", "cognitoidentity"),
    ("Config", "config"),
    ("Connect", "connect"),
    ("Control Tower", "controltower"),
    ("Database Migration Service", "databasemigration"),
    ("DMS", "databasemigration"),
    ("Direct Connect", "directconnect"),
    ("Directory Service", "directory"),
    ("DynamoDB", "dynamodb"),
    ("DynamoDB Accelerator", "dax"),
    ("Elastic Beanstalk", "elasticbeanstalk"),
    ("Elastic Compute Cloud", "ec2"),
    ("EC2", "ec2"),
    ("EBS", "ec2"),
    ("Elastic Block Store", "ec2"),
    ("VPC", "ec2"),
    ("Virtual Private Cloud", "ec2"),
    ("Elastic Container Registry", "ecr"),
    ("Elastic Container Service", "ecs"),
    ("Fargate", "ecs"),
    ("Elastic File System", "efs"),
    ("Elastic Kubernetes Service", "eks"),
    ("Kubernetes", "eks"),
    ("Elastic Load Balancing", "elasticloadbalancingv2"),
    ("ELB", "elasticloadbalancingv2"),
    ("Classic Load Balancer", "elasticloadbalancing"),
    ("ElastiCache", "elasticache"),
    ("EventBridge", "eventbridge"),
    ("Firewall Manager", "fms"),
    ("Glue", "glue"),
    ("GuardDuty", "guardduty"),
    ("IAM", "iam"),
    ("Identity and Access Management", "iam"),
    ("IAM Access Analyzer", "accessanalyzer"),
    ("IAM Identity Center", "ssoadmin"),
    ("Identity Center", "ssoadmin"),
    ("Single Sign-On", "ssoadmin"),
    ("Inspector", "inspector2"),
    ("Key Management Service", "kms"),
    ("Kinesis", "kinesis"),
    ("Lambda", "lambda"),
    ("Lightsail", "lightsail"),
    ("Macie", "macie"),
    ("Managed Streaming for Apache Kafka", "kafka"),
    ("MSK", "kafka"),
    ("MQ", "mq"),
    ("Network Firewall", "networkfirewall"),
    ("OpenSearch", "opensearch"),
    ("Organizations", "organizations"),
    ("QuickSight", "quicksight"),
    ("Redshift", "redshift"),
    ("Relational Database Service", "rds"),
    ("RDS", "rds"),
    ("Aurora", "rds"),
    ("DocumentDB", "rds"),
    ("Neptune", "rds"),
    ("Resource Access Manager", "ram"),
    ("Route 53", "route53"),
    ("Route 53 Resolver", "route53resolver"),
    ("SageMaker", "sagemaker"),
    ("SageMaker AI", "sagemaker"),
    ("Secrets Manager", "secretsmanager"),
    ("Security Hub", "securityhub"),
    ("Security Token Service", "sts"),
    ("Simple Email Service", "sesv2"),
    ("SES", "sesv2"),
    ("Simple Notification Service", "sns"),
    ("Simple Queue Service", "sqs"),
    ("Simple Storage Service", "s3"),
    ("Step Functions", "sfn"),
    ("Systems Manager", "ssm"),
    ("Parameter Store", "ssm"),
    ("Transfer Family", "transfer"),
    ("VPC Lattice", "vpclattice"),
    ("WAF", "wafv2"),
    ("WorkMail", "workmail"),
    ("WorkSpaces", "workspaces"),
];

/// The product's full name, or the SDK's where no product is listed.
pub fn name_of(sdk: &str) -> &str {
    PRODUCTS.iter().find(|(_, of)| *of == sdk).map_or(sdk, |(product, _)| product)
}

/// Every product with the name of its SDK.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    PRODUCTS.iter().copied()
}

#[cfg(test)]
mod tests {
    use plimsoll_checks::SERVICES;
    use plimsoll_checks::contract::Model;

    use super::*;

    #[test]
    fn every_product_leads_to_a_service_of_the_model() {
        for (product, sdk) in all() {
            assert!(Model::get().service_type(sdk).is_some(), "{product}: the model has no {sdk}");
        }
    }

    #[test]
    fn every_service_with_checks_is_in_the_model() {
        for service in SERVICES {
            assert!(Model::get().service_type(service.id).is_some(), "the model has no {}", service.id);
        }
    }
}
