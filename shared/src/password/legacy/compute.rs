//! The digests of other systems.

use std::num::NonZeroU32;

use aes::Aes256;
use aes::cipher::{KeyIvInit as _, StreamCipher as _};
use argon2::Argon2;
use argon2::password_hash::phc::Output;
use ctr::Ctr128BE;
use data_encoding::{BASE64, HEXLOWER};
use md5::{Digest as _, Md5};
use ring::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512};
use ring::{hmac, pbkdf2};
use unicode_normalization::UnicodeNormalization as _;

use crate::error::{Cause, Error};
use crate::password::argon2id::Argon2id;
use crate::password::legacy::parse::BCRYPT_BASE64;
use crate::password::legacy::{BeforeBcrypt, Hash, Legacy, Scheme, ScryptCosts};
use crate::password::rules::Password;

/// The longest password that bcrypt sees, with the zero byte at its end.
const BCRYPT_LIMIT: usize = 72;
/// The key of WordPress's HMAC.
const WORDPRESS_KEY: &[u8] = b"wp-sha384";

impl Legacy {
    /// Whether the password is the one of the hash.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system has no more memory.
    pub(in crate::password) fn matches(
        &self,
        password: &Password,
        argon2id: &Argon2id,
    ) -> Result<bool, Error> {
        let mut digest = self.scheme.digest(password.typed(), self.length())?;
        if let Some(over) = &self.over {
            let mut tag = vec![0; self.expected.len()];
            argon2id.fill(&over.params, &digest, &over.salt, &mut tag)?;
            digest = tag;
        }
        // The type compares in constant time.
        let [digest, expected] = [&digest, &self.expected].map(|bytes| Output::new(bytes));
        let is_same = digest.is_ok_and(|digest| expected.is_ok_and(|expected| digest == expected));
        Ok(is_same && !self.scheme.is_as_if_empty(password.typed()))
    }

    /// The length of the digest that is computed, where the scheme leaves it open. Under argon2id it is a whole block
    /// of PBKDF2, and otherwise 32 bytes.
    fn length(&self) -> usize {
        match (&self.over, &self.scheme) {
            (None, _) => self.expected.len(),
            (Some(_), Scheme::Pbkdf2 { hash, .. }) => hash.algorithm().output_len(),
            (Some(_), _) => 32,
        }
    }
}

fn failed(error: impl std::error::Error + 'static) -> Error {
    Error::Internal(Cause::from_error(&error))
}

impl Scheme {
    /// Whether other passwords have the same digest, down to the empty one: bcrypt and HMAC do not tell zeros at the
    /// end from none, and WordPress trims. Some systems store the hash of an empty password, and rely on their forms.
    fn is_as_if_empty(&self, typed: &str) -> bool {
        let is_trimmed = matches!(
            self,
            Self::Bcrypt { before: BeforeBcrypt::WordPress, .. } | Self::Phpass { is_trimmed: true, .. }
        );
        typed.contains('\0') || is_trimmed && typed.trim_matches(WHITE).is_empty()
    }

    /// The digest of a password, of this length where the scheme leaves it open.
    pub(super) fn digest(&self, typed: &str, length: usize) -> Result<Vec<u8>, Error> {
        Ok(match self {
            Self::Bcrypt { before, cost, salt } => bcrypt(&before.apply(typed), *cost, *salt),
            Self::Pbkdf2 { hash, iterations, salt } => {
                let mut block = pbkdf2(*hash, *iterations, salt, typed);
                block.truncate(length);
                block
            }
            Self::Scrypt { costs, salt, is_nfkc: false } => scrypt(*costs, salt, typed, length)?,
            Self::Scrypt { costs, salt, is_nfkc: true } => {
                scrypt(*costs, salt, &typed.nfkc().collect::<String>(), length)?
            }
            Self::Firebase { costs, salt, signer_key } => {
                let key: [u8; 32] = scrypt(*costs, salt, typed, 32)?
                    .try_into()
                    .map_err(|_| Error::internal("a short key"))?;
                let mut text = signer_key.clone();
                Ctr128BE::<Aes256>::new(&key.into(), &[0; 16].into()).apply_keystream(&mut text);
                text
            }
            Self::Argon2 { algorithm, version, params, salt } => {
                let mut tag = vec![0; length];
                let argon2 = Argon2::new(*algorithm, *version, params.clone());
                argon2.hash_password_into(typed.as_bytes(), salt, &mut tag).map_err(failed)?;
                tag
            }
            Self::Phpass { log2, salt, is_trimmed } => {
                phpass(*log2, *salt, &if *is_trimmed { of_wordpress(typed) } else { typed.to_owned() })
            }
            Self::Ssha { hash, salt } => {
                let mut context = digest::Context::new(hash.algorithm());
                context.update(typed.as_bytes());
                context.update(salt);
                context.finish().as_ref().to_vec()
            }
        })
    }
}

/// What PHP's `trim` removes.
const WHITE: [char; 6] = [' ', '\t', '\n', '\r', '\0', '\u{b}'];

/// A password as WordPress hashes it: trimmed, and with a backslash before each quote and each backslash, because it
/// takes the text of a form as PHP once escaped it (<https://core.trac.wordpress.org/ticket/13655>).
fn of_wordpress(typed: &str) -> String {
    let escaped = typed.trim_matches(WHITE).chars();
    escaped
        .flat_map(|one| matches!(one, '\'' | '"' | '\\').then_some('\\').into_iter().chain([one]))
        .collect()
}

impl BeforeBcrypt {
    fn apply(self, typed: &str) -> Vec<u8> {
        match self {
            Self::Nothing => typed.as_bytes().to_vec(),
            Self::WordPress => {
                let key = hmac::Key::new(hmac::HMAC_SHA384, WORDPRESS_KEY);
                let tag = hmac::sign(&key, of_wordpress(typed).as_bytes());
                BASE64.encode(tag.as_ref()).into_bytes()
            }
            Self::Sha256 => HEXLOWER.encode(digest::digest(&SHA256, typed.as_bytes()).as_ref()).into_bytes(),
        }
    }
}

impl Hash {
    pub(super) fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &SHA256,
            Self::Sha512 => &SHA512,
        }
    }
}

/// The last 31 characters of bcrypt's text, because an argon2id may be over them.
fn bcrypt(password: &[u8], cost: u32, salt: [u8; 16]) -> Vec<u8> {
    let mut ended: Vec<u8> = password.iter().copied().chain([0]).collect();
    ended.truncate(BCRYPT_LIMIT);
    let digest = bcrypt::bcrypt(cost, salt, &ended);
    let text = digest.get(..23).map(|digest| BCRYPT_BASE64.encode(digest));
    text.unwrap_or_default().into_bytes()
}

fn pbkdf2(hash: Hash, iterations: u32, salt: &[u8], typed: &str) -> Vec<u8> {
    let algorithm = match hash {
        Hash::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
        Hash::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        Hash::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
    };
    let mut digest = vec![0; hash.algorithm().output_len()];
    let iterations = NonZeroU32::new(iterations).unwrap_or(NonZeroU32::MIN);
    pbkdf2::derive(algorithm, iterations, salt, typed.as_bytes(), &mut digest);
    digest
}

fn scrypt(costs: ScryptCosts, salt: &[u8], typed: &str, length: usize) -> Result<Vec<u8>, Error> {
    let params = scrypt::Params::new(costs.log_n, costs.r, costs.p).map_err(failed)?;
    let mut digest = vec![0; length];
    scrypt::scrypt(typed.as_bytes(), salt, &params, &mut digest).map_err(failed)?;
    Ok(digest)
}

/// The portable hashes of PHP, <https://www.openwall.com/phpass/>.
fn phpass(log2: u8, salt: [u8; 8], typed: &str) -> Vec<u8> {
    let mut digest = Md5::new().chain_update(salt).chain_update(typed).finalize();
    for _ in 0..1_u32 << log2 {
        digest = Md5::new().chain_update(digest).chain_update(typed).finalize();
    }
    digest.to_vec()
}
