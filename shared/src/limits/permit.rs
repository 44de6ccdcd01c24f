//! The permission to verify a password.

/// Permission to verify one password. Only the limiter gives it, for an attempt that it has counted. So no route can
/// verify passwords without a limit on guesses.
#[derive(Debug)]
pub struct Permit(());

impl Permit {
    /// The permission for an attempt that was counted.
    pub(crate) fn for_counted_attempt() -> Self {
        Self(())
    }

    /// The permission of an operator who has the hash in a file.
    pub(crate) fn for_file() -> Self {
        Self(())
    }

    /// A permission for tests of the hash itself. No function is deployed with the feature `testing`.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn for_tests() -> Self {
        Self(())
    }
}
