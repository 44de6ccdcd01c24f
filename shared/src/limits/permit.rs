//! Leave to verify a password.

/// Leave to verify one password. Only a limiter gives it, for an attempt that it has counted, so that no route
/// can verify a password that anybody may guess at.
#[derive(Debug)]
pub struct Permit(());

impl Permit {
    /// For an attempt that was counted.
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// For tests of the hash itself.
    #[must_use]
    pub fn for_tests() -> Self {
        Self(())
    }
}
