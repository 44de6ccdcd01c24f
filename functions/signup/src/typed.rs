//! The fields of a sign-up, from what was sent to values that are valid.

use latchkey::account::{Email, ReservedUsernames, Username, display_name};
use latchkey::error::Error;
use latchkey::http::{Request, wanted_kind};
use latchkey::input::Input;
use latchkey::password::{NewPasswords, Password};
use latchkey::session::SessionKind;

/// The fields of a sign-up, all valid.
pub(crate) struct NewAccount {
    pub(crate) username: Username,
    pub(crate) email: Email,
    pub(crate) password: Password,
    pub(crate) name: Option<String>,
    /// How the client wants to hold the session.
    pub(crate) kind: SessionKind,
}

/// The fields of the second form of a sign-up by email, all valid.
pub(crate) struct Second {
    /// The token of the link.
    pub(crate) token: String,
    pub(crate) username: Username,
    pub(crate) password: Password,
    pub(crate) name: Option<String>,
    /// How the client wants to hold the session.
    pub(crate) kind: SessionKind,
}

impl NewAccount {
    pub(crate) fn parse(
        mut input: Input<'_>,
        request: &Request,
        reserved: &ReservedUsernames,
        passwords: &NewPasswords,
    ) -> Result<Self, Error> {
        let username = input.required("username", |text| Username::parse_new(text, reserved));
        let email = input.required("email", Email::parse);
        let name = input.optional("name", display_name::parse).flatten();
        let password =
            input.required("password", |text| passwords.parse(text, username.as_ref(), email.as_ref()));
        let kind = wanted_kind::take(&mut input, request);
        let parsed = username.zip(email).zip(password);
        input.finish(parsed.map(|((username, email), password)| Self {
            username,
            email,
            password,
            name,
            kind,
        }))
    }
}

impl Second {
    pub(crate) fn parse(
        mut input: Input<'_>,
        request: &Request,
        reserved: &ReservedUsernames,
        passwords: &NewPasswords,
    ) -> Result<Self, Error> {
        let token = input.required("token", |text| Ok(text.to_owned()));
        let username = input.required("username", |text| Username::parse_new(text, reserved));
        let name = input.optional("name", display_name::parse).flatten();
        let password = input.required("password", |text| passwords.parse(text, username.as_ref(), None));
        let kind = wanted_kind::take(&mut input, request);
        let parsed = token.zip(username).zip(password);
        input.finish(parsed.map(|((token, username), password)| Self {
            token,
            username,
            password,
            name,
            kind,
        }))
    }
}
