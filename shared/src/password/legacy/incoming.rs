//! The form in which an import stores a hash. What is weak gets argon2id over it, so that a copy of the tables is never
//! easier to guess through than with Latchkey's own hashes.

use argon2::Params;
use data_encoding::BASE64_NOPAD;

use crate::error::Error;
use crate::password::argon2id::Argon2id;
use crate::password::legacy::parse::OVER;
use crate::password::legacy::{Legacy, Scheme, Unusable};
use crate::random;

/// The length of a digest under argon2id, where the scheme leaves it open.
const LENGTH: usize = 32;

/// What an import makes of a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::password) struct Incoming {
    /// The hash, as it came.
    text: String,
    legacy: Legacy,
}

impl Incoming {
    /// Reads a hash of another system.
    ///
    /// # Errors
    /// Why it cannot be verified.
    pub(in crate::password) fn parse(text: &str) -> Result<Self, Unusable> {
        let incoming = Self { text: text.to_owned(), legacy: Legacy::parse_incoming(text)? };
        if incoming.is_weak() && incoming.digest().is_none() { Err(Unusable::Unknown) } else { Ok(incoming) }
    }

    /// Whether argon2id goes over it.
    pub(in crate::password) fn is_weak(&self) -> bool {
        self.legacy.is_weak()
    }

    /// The form that is stored, with argon2id of these parameters over what is weak.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system has no more memory or no random bytes.
    pub(in crate::password) fn stored(&self, params: &Params, argon2id: &Argon2id) -> Result<String, Error> {
        let Some(digest) = self.digest().filter(|_| self.is_weak()) else { return Ok(self.text.clone()) };
        let salt: [u8; 16] = random::bytes()?;
        let mut tag = [0; LENGTH];
        argon2id.fill(params, digest, &salt, &mut tag)?;
        let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
        let [salt, tag] = [&salt[..], &tag].map(|bytes| BASE64_NOPAD.encode(bytes));
        Ok(self.wrapped(&format!("v=19$m={m},t={t},p={p}${salt}${tag}")))
    }

    /// The text with argon2id of these parameters, salt and tag over it.
    pub(in crate::password) fn wrapped(&self, argon2id: &str) -> String {
        format!("{OVER}{}$argon2id${argon2id}", self.without_digest())
    }

    /// The digest that argon2id goes over. `None` if it is shorter than the one that a login computes.
    fn digest(&self) -> Option<&[u8]> {
        let digest = &*self.legacy.expected;
        match &self.legacy.scheme {
            Scheme::Pbkdf2 { hash, .. } => {
                Some(digest).filter(|digest| digest.len() == hash.algorithm().output_len())
            }
            // A longer one begins with the shorter one.
            Scheme::Scrypt { .. } => digest.get(..LENGTH),
            Scheme::Argon2 { .. } => Some(digest).filter(|digest| digest.len() == LENGTH),
            Scheme::Bcrypt { .. } | Scheme::Firebase { .. } | Scheme::Phpass { .. } | Scheme::Ssha { .. } => {
                Some(digest)
            }
        }
    }

    /// The text without its digest, and without the dollar at its beginning.
    fn without_digest(&self) -> &str {
        let text = &*self.text;
        let end = match &self.legacy.scheme {
            Scheme::Bcrypt { .. } => text.len().saturating_sub(self.legacy.expected.len()),
            _ => text.rfind('$').unwrap_or_default(),
        };
        let text = text.get(..end).unwrap_or_default();
        text.strip_prefix('$').unwrap_or(text)
    }
}
