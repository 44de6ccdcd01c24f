//! Interceptors of the SDK: one that counts the calls of a request, and one that turns others off.

use std::cell::Cell;
use std::fmt;

use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::user_agent::UserAgentInterceptor;
use aws_sdk_dynamodb::config::interceptors::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::disable_interceptor;

tokio::task_local! {
    static CALLS: Cell<u32>;
}

/// Runs a future, and counts the attempts of calls to DynamoDB that it makes.
pub(crate) async fn counted<F: Future>(future: F) -> (F::Output, u32) {
    CALLS.scope(Cell::new(0), async { (future.await, CALLS.with(Cell::get)) }).await
}

/// Counts one attempt of a call for the current request. Outside of a request it does nothing.
pub(crate) fn count() {
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
}

/// An interceptor that runs a function before each attempt of a call.
pub(crate) struct OnAttempt<F>(pub F);

impl<F> fmt::Debug for OnAttempt<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OnAttempt(…)")
    }
}

impl<F: Fn() + Send + Sync> Intercept for OnAttempt<F> {
    fn name(&self) -> &'static str {
        "OnAttempt"
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        (self.0)();
        Ok(())
    }
}

/// An interceptor that turns others off: those of headers in which the SDK describes itself and counts its attempts.
/// They take a twelfth of a call's CPU time, and no one reads them: AWS finds a call by the id in its response.
#[derive(Debug)]
pub struct WithoutExtras;

impl Intercept for WithoutExtras {
    fn name(&self) -> &'static str {
        "WithoutExtras"
    }

    fn read_before_execution(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        const WHY: &str = "no one reads the header";
        let state = config.interceptor_state();
        state.store_put(disable_interceptor::<UserAgentInterceptor>(WHY));
        state.store_put(disable_interceptor::<InvocationIdInterceptor>(WHY));
        state.store_put(disable_interceptor::<RequestInfoInterceptor>(WHY));
        Ok(())
    }
}
