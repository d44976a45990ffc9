use super::resources::Instance;
use crate::contract::{Answer, Unknown, fail, not_applicable, pass};

crate::check! {
    /// Instances answer only session-based metadata requests
    ///
    /// The metadata service hands out the credentials of the instance's role. Its first version answers any plain
    /// request, so one flaw in a web application that fetches an address of the attacker's choice gives them away;
    /// the second wants a session token first, which such flaws cannot get.
    ///
    /// # Fix
    /// See in the metric `MetadataNoToken` that nothing on it uses the first version any more, then:
    /// `aws ec2 modify-instance-metadata-options --instance-id ID --http-tokens required`
    ///
    /// # Source
    /// Amazon EC2 User Guide, "Use the Instance Metadata Service to access instance metadata"; Security Hub EC2.8
    over: Instance,
    duty: ServiceIdentities,
    severity: High,
}

async fn judge(instance: &Instance, _: &Cloud) -> Answer {
    if instance.is_gone() {
        return Ok(not_applicable(format!("is {}, and never runs again", instance.state)));
    }
    let Some(options) = &instance.metadata_options else {
        return Err(Unknown::undecided::<Instance>("AWS did not tell the instance's metadata options"));
    };
    // A stopped instance has nothing to go on with: it starts with the new options.
    if instance.state == "running" && options.state.as_deref() == Some("pending") {
        return Err(Unknown::undecided::<Instance>("a change of the metadata options is on its way, not in force yet"));
    }
    let verdict = match (&*options.http_endpoint, &*options.http_tokens) {
        ("disabled", _) => pass("answers no metadata requests at all"),
        ("enabled", "required") => pass("answers metadata requests only with a session token"),
        ("enabled", "optional") => fail("answers metadata requests without a session token"),
        (endpoint, tokens) => {
            let detail =
                format!("what HttpEndpoint {endpoint} and HttpTokens {tokens} mean is not known to this version");
            return Err(Unknown::undecided::<Instance>(detail));
        }
    };
    Ok(verdict
        .showing("MetadataOptions.HttpEndpoint", &*options.http_endpoint)
        .showing("MetadataOptions.HttpTokens", &*options.http_tokens))
}
