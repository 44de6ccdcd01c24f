//! The variables of the functions in the local stack.

use std::collections::BTreeMap;

use crate::Failure;
use crate::data::Data;

/// Where the services are that the functions call.
#[derive(Debug)]
pub struct Endpoints {
    /// The database.
    pub database: String,
    /// The mailbox, in place of SES.
    pub mailbox: String,
}

/// The variables that a stack on this machine has in common with no deployment, whatever runs the functions.
///
/// # Errors
/// When the keys cannot be read or written.
pub fn local(port: u16, data: &Data, endpoints: &Endpoints) -> Result<BTreeMap<String, String>, Failure> {
    let variables = [
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoints.database.clone()),
        ("AWS_ENDPOINT_URL_SESV2", endpoints.mailbox.clone()),
        ("SIGNING_KEYS", data.signing_keys()?),
        ("ACCESS_TOKEN_KEYS", data.access_token_keys()?),
        ("PUBLIC_ORIGIN", origin(port)),
        // Of the authorizer alone.
        ("ISSUER", origin(port)),
        // Mail is on. The address is one that no one has (RFC 2606).
        ("MAILS_TABLE", "MailsTable".to_owned()),
        ("MAIL_FROM", "no-reply@example.com".to_owned()),
        // No limit by address, because all requests come from one, and none of mails, because they go to no one.
        ("LOGIN_PER_MINUTE", "0".to_owned()),
        ("LOGIN_PER_HOUR", "0".to_owned()),
        ("SIGNUP_PER_HOUR", "0".to_owned()),
        ("MAILS_PER_ADDRESS_PER_HOUR", "0".to_owned()),
        ("FORGOT_PER_HOUR", "0".to_owned()),
    ];
    Ok(variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The variables that all functions of `make dev` get in addition to those of the template.
///
/// # Errors
/// When the keys cannot be read or written.
pub fn functions(port: u16, data: &Data, endpoints: &Endpoints) -> Result<BTreeMap<String, String>, Failure> {
    let mut variables = local(port, data, endpoints)?;
    for (name, value) in [
        ("STACK_NAME", "latchkey-local"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "local"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
    ] {
        variables.insert(name.to_owned(), value.to_owned());
    }
    // From the environment of `make dev`: developers try these before they deploy them. The last three have no effect,
    // as on Lambda.
    for name in [
        "APPLICATION_NAME",
        "ACCENT_COLOR",
        "LOGO",
        "SIGNUP_MODE",
        "MAIL_FROM",
        "SUPPORT_ADDRESS",
        "CONFIRM_LINK_SECONDS",
        "RESET_LINK_SECONDS",
        "CONFIRMED_SECONDS",
        "TRUSTED_ORIGINS",
        "ACCESS_TOKEN_SECONDS",
        "ACCESS_TOKEN_AUDIENCES",
        "ACCESS_TOKEN_CLAIMS",
        "NEW_SIGN_IN_MAILS",
        "MAILS_PER_ADDRESS_PER_HOUR",
        "FORGOT_PER_HOUR",
        "LOGIN_DISABLE_AT",
        "AWS_LAMBDA_LOG_FORMAT",
        "AWS_LAMBDA_LOG_LEVEL",
        "RUST_LOG",
    ] {
        variables.extend(own(name).map(|value| (name.to_owned(), value)));
    }
    Ok(variables)
}

/// The origin of the stack, as browsers write it.
#[must_use]
pub fn origin(port: u16) -> String {
    if port == 80 { "http://127.0.0.1".to_owned() } else { format!("http://127.0.0.1:{port}") }
}

/// A variable in the environment of this process.
#[expect(
    clippy::disallowed_methods,
    reason = "the stack passes it on to the functions, which read it in latchkey::config"
)]
fn own(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
