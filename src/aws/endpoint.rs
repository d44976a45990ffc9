//! How requests find their server, also when it is one of the user's own.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;
use plimsoll_checks::live::EmptyAnswer;

use super::pacing::Trip;

/// A server of the user's own that stands for all of AWS (`AWS_ENDPOINT_URL`, or a profile's `endpoint_url`), named by
/// an IP address or as `localhost`.
///
/// Some operations put a label in front of the host: S3 Control the account's id, S3 the bucket's name. No name server
/// knows `111122223333.127.0.0.1`, so such names lead to the address itself.
#[derive(Debug, Clone, Default)]
pub struct OwnEndpoint(Arc<OnceLock<Host>>);

#[derive(Debug)]
struct Host {
    name: String,
    address: IpAddr,
}

impl OwnEndpoint {
    /// Takes note of the endpoint in use, and gives the URL to use for it.
    pub fn note(&self, url: &str) -> String {
        let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
        let (authority, path) = rest.split_once('/').map_or((rest, String::new()), |(a, p)| (a, format!("/{p}")));
        let literal = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        if let Some((Ok(address), port)) = literal.map(|(literal, port)| (literal.parse::<IpAddr>(), port)) {
            // Nothing can be put in front of [::1], so the address gets a name.
            let name = "endpoint.localhost".to_owned();
            let url = format!("{scheme}://{name}{port}{path}");
            self.set(Host { name, address });
            return url;
        }
        let name = authority.split_once(':').map_or(authority, |(name, _)| name);
        let address = if name == "localhost" { Some(IpAddr::from([127, 0, 0, 1])) } else { name.parse().ok() };
        if let Some(address) = address {
            self.set(Host { name: name.to_owned(), address });
        }
        url.to_owned()
    }

    fn set(&self, host: Host) {
        self.0.get_or_init(|| host);
    }

    /// Whether there is one.
    pub fn is_in_use(&self) -> bool {
        self.0.get().is_some()
    }

    fn address_of(&self, name: &str) -> Option<IpAddr> {
        let host = self.0.get()?;
        let own = name == host.name || name.strip_suffix(&host.name).is_some_and(|label| label.ends_with('.'));
        own.then_some(host.address)
    }
}

impl ResolveDns for OwnEndpoint {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            if let Some(address) = self.address_of(name) {
                return Ok(vec![address]);
            }
            let found = tokio::net::lookup_host((name, 0)).await.map_err(ResolveDnsError::new)?;
            Ok(found.map(|address: SocketAddr| address.ip()).collect())
        })
    }
}

/// The HTTP client of every service that is read.
pub fn http_client(endpoint: OwnEndpoint) -> SharedHttpClient {
    attentive(plain_client(endpoint))
}

/// The HTTP client below it: rustls, connections shared, proxies as the environment names them. It is for what answers
/// nothing when all is well, as S3 does to whoever uploads.
pub fn plain_client(endpoint: OwnEndpoint) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring));
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        // A server on this machine is reached directly.
        let proxy = if endpoint.is_in_use() { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
        connector.set_proxy_config(Some(proxy));
        connector.build_with_resolver(endpoint.clone())
    })
}

/// A client that lets requests wait for their turn, and looks at what comes back.
pub fn attentive(client: impl HttpClient + 'static) -> SharedHttpClient {
    SharedHttpClient::new(Attentive(SharedHttpClient::new(client)))
}

/// A client or connection that lets a request wait for its turn, and takes a success without a body for a failure; see
/// [`Trip`] and [`EmptyAnswer`].
#[derive(Debug)]
struct Attentive<T>(T);

impl HttpClient for Attentive<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Attentive(self.0.http_connector(settings, components)))
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.validate_base_client_config(components, config)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, config: &ConfigBag) -> Result<(), BoxError> {
        self.0.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

impl HttpConnector for Attentive<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connection, trip) = (self.0.clone(), request.extension::<Trip>().cloned());
        HttpConnectorFuture::new(async move {
            let answer = match trip {
                Some(trip) => trip.make(|| connection.call(request)).await?,
                // What gets credentials is not paced: it is little, and everything waits for it.
                None => connection.call(request).await?,
            };
            match (answer.status().as_u16(), answer.body().content_length()) {
                (200, Some(0)) => Err(ConnectorError::other(EmptyAnswer.into(), None)),
                _ => Ok(answer),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_in_front_of_an_address_lead_to_it() {
        let endpoint = OwnEndpoint::default();
        assert_eq!(endpoint.note("http://127.0.0.1:5000"), "http://127.0.0.1:5000");
        let address = Some(IpAddr::from([127, 0, 0, 1]));
        assert_eq!(endpoint.address_of("127.0.0.1"), address);
        assert_eq!(endpoint.address_of("111122223333.127.0.0.1"), address);
        assert_eq!(endpoint.address_of("1127.0.0.1"), None);
        assert_eq!(endpoint.address_of("sts.eu-west-1.amazonaws.com"), None);
    }

    #[test]
    fn an_ipv6_address_gets_a_name_that_labels_can_stand_before() {
        let endpoint = OwnEndpoint::default();
        assert_eq!(endpoint.note("http://[::1]:5000/base"), "http://endpoint.localhost:5000/base");
        assert_eq!(endpoint.address_of("111122223333.endpoint.localhost"), "::1".parse().ok());
    }

    #[test]
    fn a_named_endpoint_is_left_to_the_name_server() {
        let endpoint = OwnEndpoint::default();
        assert_eq!(endpoint.note("https://aws.example.com"), "https://aws.example.com");
        assert!(!endpoint.is_in_use());
    }
}
