//! Changes of the user's item alone.

use latchkey::account::{Attributes, Status, User};
use serde_json::{Map, Value, json};

use crate::arguments::user::{Attributes as Arguments, Reasoned, Role};
use crate::output::{escaped, escaped_json};
use crate::question::confirm;
use crate::stop::{Code, Stop};
use crate::user::{Desk, changed_meanwhile};

impl Desk<'_> {
    pub(super) async fn disable(&self, reasoned: &Reasoned) -> Result<(), Stop> {
        let user = self.find(&reasoned.named.who).await?;
        if user.status == Status::Disabled {
            self.done(&user, "is disabled already.");
            return Ok(());
        }
        let next = User { status: Status::Disabled, ..self.next(&user, reasoned.why.as_deref()) };
        let user = self.change(&user, next).await?;
        self.done(&user, "is disabled. From now on no login, session or link of this user works.");
        Ok(())
    }

    pub(super) async fn enable(&self, reasoned: &Reasoned) -> Result<(), Stop> {
        let user = self.find(&reasoned.named.who).await?;
        // A deleted account stays one, which its user can take back.
        let status = if user.erase_at.is_some() { Status::Deleted } else { Status::Active };
        if user.status == status {
            let state = if user.is_deleted() {
                "is deleted by the user, and not disabled."
            } else {
                "is not disabled."
            };
            self.done(&user, state);
            return Ok(());
        }
        let user = self.change(&user, User { status, ..self.next(&user, reasoned.why.as_deref()) }).await?;
        let sentence = if status == Status::Active {
            "can log in again. Sessions that have not ended are active again."
        } else {
            "is deleted, and can take the account back by the link of the mail."
        };
        self.done(&user, sentence);
        Ok(())
    }

    pub(super) async fn role(&self, arguments: &Role) -> Result<(), Stop> {
        let role = role(&arguments.role)?;
        let user = self.find_existing(&arguments.reasoned.named.who).await?;
        if role == "admin" {
            let verified = if user.email_verified_at.is_some() { "confirmed" } else { "NOT confirmed" };
            let name = escaped(&user.username);
            let about = format!("This makes {name} an admin, whose email address is {verified}");
            confirm(self.common, &about, "yes").await?;
        }
        let next = User { role: role.to_owned(), ..self.next(&user, arguments.reasoned.why.as_deref()) };
        let user = self.change(&user, next).await?;
        self.done(&user, &format!("has the role {role}."));
        Ok(())
    }

    pub(super) async fn attributes(&self, arguments: &Arguments) -> Result<(), Stop> {
        let attributes = attributes(&arguments.attributes)?;
        let user = self.find(&arguments.reasoned.named.who).await?;
        let next = User { attributes, ..self.next(&user, arguments.reasoned.why.as_deref()) };
        let user = self.change(&user, next).await?;
        self.done(&user, &format!("has the attributes {}.", escaped_json(&json!(user.attributes))));
        Ok(())
    }

    pub(super) async fn verify_email(&self, reasoned: &Reasoned) -> Result<(), Stop> {
        let user = self.find_existing(&reasoned.named.who).await?;
        if user.email_verified_at.is_some() {
            self.done(&user, "has a confirmed email address already.");
            return Ok(());
        }
        let user = self
            .change(
                &user,
                User { email_verified_at: Some(self.now), ..self.next(&user, reasoned.why.as_deref()) },
            )
            .await?;
        self.done(&user, &format!("has the confirmed email address {}.", escaped(user.email_shown())));
        Ok(())
    }

    pub(super) async fn change(&self, user: &User, next: User) -> Result<User, Stop> {
        self.accounts.change(user, next).await?.ok_or_else(changed_meanwhile)
    }
}

/// Attributes of which none would be left out.
fn attributes(text: &str) -> Result<Attributes, Stop> {
    let wrong = |detail: &str| Stop::new(Code::Usage, detail);
    let members: Map<String, Value> = serde_json::from_str(text)
        .map_err(|_| wrong("write the attributes as a JSON object, in single quotes"))?;
    Attributes::whole(members).ok_or_else(|| {
        wrong(
            "at most 20 attributes: a name has letters, digits and `_`, begins with a letter, and has at most 40 \
             characters; a value is a text of at most 256 bytes, a boolean, a number, or a list of at most 32 texts",
        )
    })
}

/// A role that is one.
pub(crate) fn role(text: &str) -> Result<&str, Stop> {
    let is_good = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    if (1..=32).contains(&text.len()) && text.bytes().all(is_good) {
        return Ok(text);
    }
    Err(Stop::new(Code::Usage, "a role has 1 to 32 of a to z, 0 to 9, `_` and `-`"))
}
