//! The tokens of a stack: JWTs (RFC 7519), each bound to one purpose by its `typ`, and encrypted.
//!
//! A token has exactly the claims of its type. Everything that a library would check, or forget to check, is checked
//! here (RFC 8725, 3.8 to 3.11): the type, the stack and the times.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::keys::cache::Keys;
use crate::keys::key::Subkey;
use crate::time::{Seconds, Timestamp};
use crate::token::claims::Claims;
use crate::token::{jwe, plain};

/// The longest token that is parsed, in bytes. Latchkey's own tokens have about 500.
const MAX_BYTES: usize = 2_048;
/// How far the clock of the execution environment that issued a token may be ahead of this one's.
const CLOCK_SKEW: Seconds = Seconds(60);

/// Issues and verifies the tokens of a stack.
pub struct Tokens {
    /// The name of the stack: `iss` and `aud` of its tokens.
    pub(super) stack: String,
    pub(super) keys: Arc<Keys>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tokens(…)")
    }
}

impl Tokens {
    /// The tokens of the stack with this name, made with these keys.
    #[must_use]
    pub fn new(stack: String, keys: impl Into<Arc<Keys>>) -> Self {
        Self { stack, keys: keys.into() }
    }

    /// The claims of a token, and the subkey of its purpose, if it has one. `None` unless the token has this type,
    /// belongs to this stack and is valid at `now`.
    pub(super) fn open<C: Claims>(&self, token: &str, now: Timestamp) -> Option<(C, Option<Arc<Subkey>>)> {
        if token.len() > MAX_BYTES {
            return None;
        }
        let keys = self.keys.current().ok()?;
        // The number of its parts says what a token is, and never its `alg`.
        let (claims, key): (C, _) =
            if plain::has_its_parts(token) { plain::open(&keys, token) } else { jwe::open(&keys, token) }?;
        let is_of_stack = claims.stacks().iter().all(|stack| *stack == self.stack);
        let [issued_at, expires_at] = claims.times();
        let is_valid_now = expires_at > now.as_seconds() && issued_at <= (now + CLOCK_SKEW).as_seconds();
        (is_of_stack && is_valid_now).then_some((claims, key))
    }

    /// Issues the token with these claims, under the key that is used at `now`.
    pub(super) fn seal<C: Claims>(&self, claims: &C, now: Timestamp) -> Result<String, Error> {
        jwe::seal(self.keys.current()?.signing(now), claims)
    }
}

/// The name of the key of a token. `None` unless Latchkey may have issued the token. Nothing is verified.
pub(crate) fn key_id(token: &str) -> Option<String> {
    if token.len() > MAX_BYTES {
        return None;
    }
    if plain::has_its_parts(token) { plain::key_id(token) } else { jwe::key_id(token) }
}
