//! The identifier in a form or in JSON, under one of its names.

use crate::account::identifier::Identifier;
use crate::http::form::Form;
use crate::input::Input;
use crate::violation::violation;

/// The names under which a request may send the identifier.
const NAMES: [&str; 3] = ["identifier", "username", "email"];

/// Takes the identifier, under the one name with which it was sent. `None` if it is missing or wrong, or if several
/// were sent; [`Input::finish`] then says why.
pub fn take(input: &mut Input<'_>) -> Option<Identifier> {
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

/// What was typed into a form as the identifier, under any of its names.
#[must_use]
pub fn typed<'a>(form: &Form<'a>) -> &'a str {
    NAMES.map(|name| form.typed(name)).into_iter().find(|typed| !typed.is_empty()).unwrap_or_default()
}
