//! AWS's limits as it publishes them, for the server to keep.

use std::collections::BTreeMap;

use plimsoll::pace::{Family, Limits};
use plimsoll_load::{Limit, Scope, iam_prefix, operations};

/// What is asked of the organization, which is not recorded.
const OF_SESSION: [(&str, &str); 3] =
    [("ec2", "DescribeRegions"), ("iam", "ListAccountAliases"), ("sts", "GetCallerIdentity")];

/// A service's name as limits have it: two APIs with one prefix have limits of their own.
pub fn limited_as(service: &str) -> &str {
    if service == "s3control" { service } else { iam_prefix(service) }
}

/// A limit for each family of the operations that the server answers.
pub fn published() -> Vec<Limit> {
    let recorded = operations().into_iter().map(|(service, operation, _)| (service, operation));
    let of_session = OF_SESSION.map(|(service, operation)| (service.to_owned(), operation.to_owned()));
    let mut families: BTreeMap<(String, Family), Vec<String>> = BTreeMap::new();
    for (service, operation) in recorded.chain(of_session) {
        let (family, _) = Limits::published().of(limited_as(&service), &operation);
        families.entry((service, family)).or_default().push(operation);
    }
    let limit = |((service, family), operations): ((String, Family), Vec<String>)| {
        let (_, limit) = Limits::published().of(&family.service, &operations[0]);
        Limit {
            scope: Scope::operations(&service, operations),
            together: true,
            per_second: limit.rate,
            // Where no bucket is published, a second's worth may come at once.
            burst: limit.burst.unwrap_or(limit.rate).max(1.0),
        }
    };
    families.into_iter().map(limit).collect()
}
