//! The hashes of other systems, as an operator brings them in.

use std::sync::atomic::Ordering;

use crate::error::Error;
use crate::limits::permit::Permit;
use crate::password::hash::{PasswordHasher, StoredHash, Verdict, parse_capped};
use crate::password::legacy::incoming::Incoming;
use crate::password::legacy::{Legacy, Unusable, is_weak};
use crate::password::rules::Password;

/// Why a hash is not imported.
#[derive(Debug)]
pub enum ImportError {
    /// No login could verify it.
    Unusable(Unusable),
    /// This machine could not compute the argon2id over it.
    Failed(Error),
}

impl PasswordHasher {
    /// The form that [`Self::import`] would give a hash, as [`StoredHash::form()`] names it. It computes none.
    ///
    /// # Errors
    /// Why no login could verify it.
    pub fn form_of_import(&self, text: &str) -> Result<String, Unusable> {
        Ok(match incoming(text)? {
            Some(incoming) if incoming.is_weak() => StoredHash(incoming.wrapped("")).form(),
            _ => StoredHash(text.to_owned()).form(),
        })
    }

    /// The form in which a hash of another system is stored, with argon2id over what is weak. A hash like Latchkey's
    /// own stays as it is.
    ///
    /// # Errors
    /// Why no login could verify it.
    pub fn import(&self, text: &str) -> Result<StoredHash, ImportError> {
        let incoming = incoming(text).map_err(ImportError::Unusable)?;
        let Some(incoming) = incoming else { return Ok(StoredHash(text.to_owned())) };
        if incoming.is_weak() {
            self.computed.fetch_add(1, Ordering::Relaxed);
        }
        incoming.stored(&self.params, &self.argon2id).map(StoredHash).map_err(ImportError::Failed)
    }

    /// The form of today's hashes, as [`StoredHash::form()`] names it.
    #[must_use]
    pub fn form(&self) -> String {
        StoredHash(self.dummy.clone()).form()
    }

    /// Whether a hash that an operator has in a file is that of a password. Without a hash it computes one of today's.
    /// Who has the file can guess without Latchkey, so nothing counts the attempts. No function may call it.
    #[must_use]
    pub fn matches_in_file(&self, password: &Password, stored: Option<&StoredHash>) -> bool {
        self.verify(Permit::for_file(), password, stored) != Verdict::Wrong
    }
}

/// What an import makes of a hash. `None` for one like Latchkey's own, or of an export of Latchkey.
fn incoming(text: &str) -> Result<Option<Incoming>, Unusable> {
    let is_own = parse_capped(text).is_some_and(|usable| !is_weak(&usable.params));
    let is_over = Legacy::parse(text).is_ok_and(|legacy| legacy.is_under_argon2id() && !legacy.is_weak());
    if is_own || is_over {
        return Ok(None);
    }
    let incoming = Incoming::parse(text)?;
    // What a login could not read must not come.
    let is_readable = Legacy::parse(&incoming.wrapped(SAMPLE)).is_ok();
    if incoming.is_weak() && !is_readable { Err(Unusable::Malformed) } else { Ok(Some(incoming)) }
}

/// What follows the name of an argon2id hash.
const SAMPLE: &str = "v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
