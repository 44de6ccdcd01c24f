//! Hashes of which several members of an export are a part: those of Keycloak and of Firebase.

use data_encoding::{BASE64, BASE64_NOPAD};
use serde::Deserialize;
use serde_json::Value;

use crate::import::dialect::base64;

/// The credential of a Keycloak export.
pub(crate) fn keycloak(credential: &Value) -> Option<String> {
    let inner = |name: &str| -> Option<Value> { serde_json::from_str(credential.get(name)?.as_str()?).ok() };
    let (secret, data) = (inner("secretData")?, inner("credentialData")?);
    let bytes = |name: &str| BASE64.decode(secret.get(name)?.as_str()?.as_bytes()).ok();
    let (salt, digest) = (bytes("salt")?, bytes("value")?);
    let iterations = data.get("hashIterations")?.as_u64()?;
    let (hash, length) = match data.get("algorithm")?.as_str()? {
        "pbkdf2" => ("sha1", 20),
        "pbkdf2-sha256" => ("sha256", 32),
        "pbkdf2-sha512" => ("sha512", 64),
        "argon2" => return keycloak_argon2(&data, &salt, &digest),
        _ => return None,
    };
    // What is longer than a block begins with it.
    let digest = digest.get(..digest.len().min(length))?;
    Some(format!("$pbkdf2-{hash}$i={iterations}${}${}", base64(&salt), base64(digest)))
}

fn keycloak_argon2(data: &Value, salt: &[u8], digest: &[u8]) -> Option<String> {
    let parameters = data.get("additionalParameters")?;
    let parameter = |name: &str| parameters.get(name)?.get(0)?.as_str();
    let (kind, memory) = (parameter("type")?, parameter("memory")?);
    let (lanes, passes) = (parameter("parallelism")?, data.get("hashIterations")?.as_u64()?);
    let version = match parameter("version")? {
        "1.3" => 19,
        "1.0" => 16,
        _ => return None,
    };
    let costs = format!("m={memory},t={passes},p={lanes}");
    Some(format!("$argon2{kind}$v={version}${costs}${}${}", base64(salt), base64(digest)))
}

/// What Firebase's console says of the hashes of a project.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct FirebaseConfig {
    /// The signer key in base64.
    #[serde(alias = "signerKey", alias = "base64_signer_key")]
    pub signer_key: String,
    /// What is between the salt and the end, in base64.
    #[serde(alias = "saltSeparator", alias = "base64_salt_separator")]
    pub salt_separator: String,
    /// The parameter r of scrypt.
    pub rounds: u32,
    /// The logarithm of its parameter N.
    #[serde(alias = "memCost", alias = "mem_cost")]
    pub memory_cost: u32,
}

/// The hash of a Firebase export, with its salt.
pub(crate) fn firebase(hash: &str, salt: &str, config: &FirebaseConfig) -> Option<String> {
    // Exports have the alphabet of URLs, too.
    let bytes = |text: &str| {
        let text = text.replace('-', "+").replace('_', "/");
        BASE64_NOPAD.decode(text.trim_end_matches('=').as_bytes()).ok()
    };
    let [hash, salt] = [bytes(hash)?, bytes(salt)?];
    let [key, separator] =
        [bytes(&config.signer_key)?, bytes(&config.salt_separator)?].map(|one| BASE64.encode(&one));
    let costs = format!("n={},r={},p=1", config.memory_cost, config.rounds);
    // With the padding of GoTrue, which has the same form.
    let [salt, hash] = [salt, hash].map(|one| BASE64.encode(&one));
    Some(format!("$fbscrypt$v=1,{costs},ss={separator},sk={key}${salt}${hash}"))
}
