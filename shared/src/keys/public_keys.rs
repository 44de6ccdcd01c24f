//! The public keys of access tokens, with which everyone verifies them.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::time::Timestamp;

/// A public RSA key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// The modulus, as an unsigned big-endian number in base64url.
    pub n: String,
    /// The exponent, likewise.
    pub e: String,
    /// The time from which the key signs.
    pub signs_from: Timestamp,
    /// When a rotation has taken the private key away, which signed no longer by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_at: Option<Timestamp>,
}

/// Public keys by their names.
pub type PublicKeys = BTreeMap<String, PublicKey>;

/// A public key as a JWK (RFC 7517). `alg` and `use` are in it, so that no token can choose another algorithm.
#[derive(Debug, Serialize)]
pub struct Jwk<'a> {
    kty: &'static str,
    r#use: &'static str,
    alg: &'static str,
    kid: &'a str,
    n: &'a str,
    e: &'a str,
}

impl PublicKey {
    /// The name of the key: its thumbprint (RFC 7638), so a name can never mean another key.
    #[must_use]
    pub fn kid(&self) -> String {
        let members = format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, self.e, self.n);
        BASE64URL_NOPAD.encode(&Sha256::digest(members))
    }

    /// The key of this name as a JWK.
    #[must_use]
    pub fn jwk<'a>(&'a self, kid: &'a str) -> Jwk<'a> {
        Jwk { kty: "RSA", r#use: "sig", alg: "RS256", kid, n: &self.n, e: &self.e }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_as_in_the_example_of_rfc_7638() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXj\
            BZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZg\
            nYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0L\
            s1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let key = PublicKey {
            n: n.to_owned(),
            e: "AQAB".to_owned(),
            signs_from: Timestamp::from_seconds(0),
            gone_at: None,
        };
        assert_eq!(key.kid(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }
}
