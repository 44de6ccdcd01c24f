//! The fields of a change, from what was sent to values that are valid.

use latchkey::error::Error;
use latchkey::input::Input;
use latchkey::password::{NewPasswords, Password};
use latchkey::violation::violation;

/// The fields of a change, all valid.
pub(crate) struct Typed {
    pub(crate) current: Password,
    pub(crate) new: Password,
}

impl Typed {
    /// Parses the fields of a change.
    pub(crate) fn parse(mut input: Input<'_>, passwords: &NewPasswords) -> Result<Self, Error> {
        let current_text = input.shown("current_password");
        let current = input.required("current_password", Password::parse);
        let new = input.required("password", |text| {
            let password = passwords.parse(text, None, None)?;
            if text == current_text {
                return Err(violation("unchanged", "Choose another password than the current one."));
            }
            Ok(password)
        });
        let (current, new) = input.finish(current.zip(new))?;
        Ok(Self { current, new })
    }
}
