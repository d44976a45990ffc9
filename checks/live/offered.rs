//! Where AWS does not offer a service, as far as it has published that.

/// Services that we ask, by the names of their APIs, with the regions where AWS has no endpoint of theirs. Source:
/// `endpoints.json` of botocore 1.44.8 (November 2026); AWS General Reference, "Amazon Macie endpoints and quotas".
///
/// Such lists have lacked endpoints that there were, so this one is believed only where a name server agrees with it:
/// see [`is_missing`].
const NOT_OFFERED: &[(&str, &[&str])] = &[(
    "macie2",
    &[
        "ap-east-2",
        "ap-south-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "ca-west-1",
        "cn-north-1",
        "cn-northwest-1",
        "eu-central-2",
        "eu-south-2",
        "me-central-1",
        "mx-central-1",
        "us-gov-east-1",
        "us-gov-west-1",
    ],
)];

/// Whether AWS has published no endpoint of a service in a region. That alone is no proof, and neither is a name server
/// that knows no host there, which may be one of a closed network: together they are.
pub fn is_missing(service: &str, region: &str) -> bool {
    NOT_OFFERED.iter().any(|(missing, regions)| *missing == service && regions.contains(&region))
}
