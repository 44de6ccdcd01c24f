//! The HTTPS client of the SDK, and the root certificates that it trusts.
//!
//! The certificates of AWS's services chain to the five roots of [Amazon Trust
//! Services](https://www.amazontrust.com/repository/). Only these are trusted and read. Reading the 140 and more roots
//! of an operating system took most of a start.
//!
//! If a service has another root, `TRUSTED_ROOTS=system` trusts the roots of the system. That is the case in a
//! partition other than `aws`, or behind a proxy that opens TLS. `docs/operating.md` says how to renew the five roots.

use std::sync::OnceLock;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector, http_client_fn};

use crate::config::{ConfigError, Environment};

/// Amazon Root CA 1 to 4 and Starfield Services Root Certificate Authority - G2. The first one expires on 2037-12-31.
const AMAZON: &[u8] = include_bytes!("roots.pem");

/// The HTTP client. All clients of services share it and its connections.
///
/// The SDK's own client would read the roots twice for each of them. Like that one, this client uses the proxy that
/// `HTTPS_PROXY` and `NO_PROXY` name.
///
/// # Errors
/// When `TRUSTED_ROOTS` is set, and is neither `amazon` nor `system`.
pub(super) fn client(environment: &Environment) -> Result<SharedHttpClient, ConfigError> {
    const VARIABLE: &str = "TRUSTED_ROOTS";
    let roots = match environment.get(VARIABLE) {
        None | Some("amazon") => TrustStore::empty().with_pem_certificate(AMAZON),
        Some("system") => TrustStore::default(),
        Some(_) => return Err(ConfigError::new(VARIABLE, "must be amazon or system")),
    };
    let tls = TlsContext::builder().with_trust_store(roots).build();
    let tls = tls.map_err(|error| ConfigError::new(VARIABLE, format!("cannot be used: {error}")))?;
    Ok(https_client(tls))
}

/// The same with these root certificates.
#[must_use]
pub fn https_client(tls: TlsContext) -> SharedHttpClient {
    let connector = OnceLock::new();
    http_client_fn(move |settings, components| {
        let connect = || {
            let mut builder = Connector::builder().connector_settings(settings.clone());
            builder.set_sleep_impl(components.sleep_impl()).set_proxy_config(Some(ProxyConfig::from_env()));
            let builder = builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls.clone());
            SharedHttpConnector::new(builder.build())
        };
        // All clients have the same settings, so those of the first one serve for all.
        connector.get_or_init(connect).clone()
    })
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE64, HEXLOWER};
    use sha2::{Digest as _, Sha256};

    use super::AMAZON;

    #[test]
    fn the_roots_are_the_five_that_amazon_publishes() {
        let text = str::from_utf8(AMAZON).unwrap();
        let fingerprints: Vec<String> = text
            .split("-----BEGIN CERTIFICATE-----\n")
            .skip(1)
            .map(|certificate| certificate.split("-----END").next().unwrap().replace('\n', ""))
            .map(|base64| HEXLOWER.encode(&Sha256::digest(BASE64.decode(base64.as_bytes()).unwrap())))
            .collect();
        assert_eq!(
            fingerprints,
            [
                "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
                "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
                "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
                "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
                "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
            ]
        );
    }
}
