//! Random bytes from the operating system: the one place that asks for them.

use crate::error::{Cause, Error};

/// Random bytes.
///
/// # Errors
/// [`Error::Internal`] when the system has none.
pub fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Internal(Cause::from_error(&error)))?;
    Ok(bytes)
}
