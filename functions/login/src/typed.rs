//! The fields of a login, from the names and forms in which they may be sent to values that are valid.

use latchkey::account::Identifier;
use latchkey::error::Error;
use latchkey::http::{Request, typed_identifier, wanted_kind};
use latchkey::input::Input;
use latchkey::password::Password;
use latchkey::session::SessionKind;
use latchkey::time::{Seconds, Timestamp};
use latchkey::violation::violation;

/// How much the clocks of two execution environments may differ. One has logged the user out, and the other one has
/// shown the form.
const CLOCKS_DIFFER_BY: Seconds = Seconds(2);

const STALE: &str = "This form is from before the last logout. Get a new form, and enter the password again.";

/// The fields of a login, all valid.
pub(crate) struct Typed {
    pub(crate) identifier: Identifier,
    pub(crate) password: Password,
    /// How the client wants to hold the session.
    pub(crate) kind: SessionKind,
}

impl Typed {
    /// Parses the fields. `logged_out_at` is the time of the last logout in the same browser.
    pub(crate) fn parse(
        mut input: Input<'_>,
        request: &Request,
        logged_out_at: Option<Timestamp>,
    ) -> Result<Self, Error> {
        let identifier = typed_identifier::take(&mut input);
        let password = password(&mut input, logged_out_at);
        let kind = wanted_kind::take(&mut input, request);
        let (identifier, password) = input.finish(identifier.zip(password))?;
        Ok(Self { identifier, password, kind })
    }
}

/// Takes the password. `None` if it is missing or wrong; [`Input::finish`] then says why.
///
/// Browsers keep submitted forms with their passwords, and send them again when a user goes back. So a password from a
/// form that is older than the last logout in the same browser is not accepted.
pub(crate) fn password(input: &mut Input<'_>, logged_out_at: Option<Timestamp>) -> Option<Password> {
    let shown_at = input.optional("shown_at", |text| {
        let invalid = || violation("invalid", "Send `shown_at` as the form contained it, or leave it out.");
        Timestamp::parse_seconds(text).ok_or_else(invalid)
    });
    let is_stale = shown_at
        .is_some_and(|shown_at| logged_out_at.is_some_and(|out_at| shown_at + CLOCKS_DIFFER_BY < out_at));
    input.required("password", |text| {
        let password = Password::parse(text)?;
        if is_stale { Err(violation("stale", STALE)) } else { Ok(password) }
    })
}
