//! New key pairs for access tokens.

use data_encoding::BASE64URL_NOPAD;
use getrandom::SysRng;
use latchkey::error::{Cause, Error};
use rsa::PrivateKey;
use rsa::pkcs8::EncodePrivateKey as _;

/// The length of the modulus. API Gateway takes no other kind of key than RSA.
const BITS: usize = 2_048;

/// A new RSA key pair of 2,048 bits in PKCS #8, in base64url.
///
/// # Errors
/// [`Error::Internal`] when it cannot be made.
pub(crate) fn generate() -> Result<String, Error> {
    let pair = PrivateKey::new(&mut SysRng, BITS);
    let pair = pair.map_err(|error| Error::Internal(Cause::from_error(&error)))?;
    let pair = pair.to_pkcs8_der().map_err(|error| Error::Internal(Cause::from_error(&error)))?;
    Ok(BASE64URL_NOPAD.encode(pair.as_bytes()))
}
