use super::resources::{ServerCertificate, days_since};
use crate::contract::{Answer, fail, pass};

crate::check! {
    /// No expired certificate is kept in the IAM certificate store
    ///
    /// IAM renews nothing and warns of nothing. An expired certificate is either in use, and browsers turn their users
    /// away, or lies ready to be put on a load balancer by mistake.
    ///
    /// # Fix
    /// Have AWS Certificate Manager issue one, which it renews by itself, and put that in its place; then
    /// `aws iam delete-server-certificate --server-certificate-name NAME`
    ///
    /// # Source
    /// IAM User Guide, "Manage server certificates in IAM"; AWS Security Hub control IAM.26; CIS AWS Foundations
    /// Benchmark 6.0, 2.18
    over: ServerCertificate,
    duty: EncryptionInTransit,
    severity: Medium,
}

async fn judge(certificate: &ServerCertificate, cloud: &Cloud) -> Answer {
    let date = certificate.expiration.strftime("%Y-%m-%d");
    let verdict = if certificate.expiration > cloud.now() {
        pass(format!("is valid until {date}"))
    } else {
        let ago = match days_since(certificate.expiration, cloud.now()) {
            0 => "less than a day ago".to_owned(),
            1 => "a day ago".to_owned(),
            days => format!("{days} days ago"),
        };
        fail(format!("expired on {date}, {ago}"))
    };
    Ok(verdict.showing("Expiration", certificate.expiration.to_string()))
}
