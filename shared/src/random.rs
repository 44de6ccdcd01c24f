//! Random bytes from the operating system. All of Latchkey's randomness comes from here.

use crate::error::{Cause, Error};

/// `N` random bytes, fit for secrets.
///
/// # Errors
/// [`Error::Internal`] when the system provides no random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Internal(Cause::from_error(&error)))?;
    Ok(bytes)
}
