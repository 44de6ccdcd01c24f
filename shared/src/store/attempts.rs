//! The number of times that the SDK sends a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_dynamodb::config::Intercept;

use crate::aws::OnAttempt;

/// Counts the attempts of one call. If there are two, the first may have been applied although its response was lost.
#[derive(Debug, Clone, Default)]
pub(super) struct Attempts(Arc<AtomicU32>);

impl Attempts {
    pub(super) fn is_retried(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 1
    }

    /// The interceptor that the call needs.
    pub(super) fn counter(&self) -> impl Intercept + 'static {
        let attempts = self.0.clone();
        OnAttempt(move || {
            attempts.fetch_add(1, Ordering::Relaxed);
        })
    }
}
