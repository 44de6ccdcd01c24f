//! `latchkey import --try`: whether a person's password is that of the file. An import that succeeds and then lets no
//! one in has the wrong parameters, or the wrong column.

use latchkey::password::Password;
use serde_json::json;

use crate::import::Importer;
use crate::output::{Output, escaped};
use crate::question::typed_password;
use crate::stop::{Code, Stop};
use crate::who::Who;

impl Importer<'_> {
    pub(super) fn try_password(&self, who: &str, output: &Output) -> Result<(), Stop> {
        let name = escaped(who);
        let wanted = Who::parse(who)?;
        for row in self.rows()? {
            let row = row?;
            let Ok(value) = &row.value else { continue };
            let looked = match self.rules.look(value) {
                Ok(looked) if wanted.is(&looked.user) => looked,
                Err(codes) if value.is_called(who) => {
                    let detail = format!("{name} cannot come (line {}): {}", row.line, codes.join(", "));
                    return Err(Stop::new(Code::Findings, detail));
                }
                _ => continue,
            };
            let Some(form) = looked.form.clone() else {
                let detail = format!("{name} (line {}) has no password in the file", row.line);
                return Err(Stop::new(Code::Findings, detail));
            };
            let stored = self.rules.store(looked)?.password_hash;
            let password = Password::parse(&typed_password()?).map_err(|_| {
                Stop::new(
                    Code::Usage,
                    "no login takes this password: it is empty, or longer than 255 characters",
                )
            })?;
            if !self.hasher().matches_in_file(&password, stored.as_ref()) {
                let detail = format!(
                    "the password is NOT that of {name} (line {}), stored as {form}: is it the right column, has the \
                     other system a pepper or a signer key of its own, or is it Lucia 1 (--lucia-1)?",
                    row.line
                );
                return Err(Stop::new(Code::Findings, detail));
            }
            let sentence = format!("The password is that of {name} (line {}), stored as {form}.", row.line);
            output.answer(&json!({ "line": row.line, "form": form, "is_right": true }), &sentence);
            return Ok(());
        }
        Err(Stop::new(Code::NotFound, format!("no one in the file is called {name}")))
    }
}
