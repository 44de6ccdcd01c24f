//! The fields of a login, from the names and forms in which they may be sent to values that are valid.

use latchkey::account::Identifier;
use latchkey::error::Error;
use latchkey::input::Input;
use latchkey::password::Password;
use latchkey::time::{Seconds, Timestamp};
use latchkey::violation::violation;

/// How much the clocks of two execution environments may differ. One has logged the user out, and the other one has
/// shown the form.
const CLOCKS_DIFFER_BY: Seconds = Seconds(2);

const STALE: &str = "This form is from before the last logout. Get a new form, and enter the password again.";

/// The names under which a request may send the identifier.
pub(crate) const NAMES: [&str; 3] = ["identifier", "username", "email"];

/// The fields of a login, all valid.
pub(crate) struct Typed {
    pub(crate) identifier: Identifier,
    pub(crate) password: Password,
}

impl Typed {
    /// Parses the fields. `logged_out_at` is the time of the last logout in the same browser.
    ///
    /// Browsers keep submitted forms with their passwords, and send them again when a user goes back. So a password
    /// from a form that is older than the last logout is not accepted.
    pub(crate) fn parse(mut input: Input<'_>, logged_out_at: Option<Timestamp>) -> Result<Self, Error> {
        let identifier = identifier(&mut input);
        let shown_at = input.optional("shown_at", |text| {
            let invalid =
                || violation("invalid", "Send `shown_at` as the form contained it, or leave it out.");
            Timestamp::parse_seconds(text).ok_or_else(invalid)
        });
        let is_stale = shown_at
            .is_some_and(|shown_at| logged_out_at.is_some_and(|out_at| shown_at + CLOCKS_DIFFER_BY < out_at));
        let password = input.required("password", |text| {
            let password = Password::parse(text)?;
            if is_stale { Err(violation("stale", STALE)) } else { Ok(password) }
        });
        input.finish()?;
        let (identifier, password) = identifier
            .zip(password)
            .ok_or_else(|| Error::internal("a field was neither valid nor reported"))?;
        Ok(Self { identifier, password })
    }
}

/// The identifier, under the one name with which it was sent.
fn identifier(input: &mut Input<'_>) -> Option<Identifier> {
    let sent: Vec<&'static str> = NAMES.into_iter().filter(|name| input.has(name)).collect();
    let identifier = match sent.as_slice() {
        [] => input.required("identifier", Identifier::parse),
        [name] => input.required(name, Identifier::parse),
        several => {
            for name in several {
                let only_one =
                    |_: &str| Err(violation("invalid", "Send only one of identifier, username and email."));
                input.required(name, only_one).unwrap_or(());
            }
            None
        }
    };
    for name in NAMES {
        // What is left is null, which counts as not sent.
        input.optional(name, |_| Ok(()));
    }
    identifier
}
