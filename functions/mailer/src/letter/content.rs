//! What a mail says: a template of plain text and one of HTML for each kind.

use askama::Template;
use latchkey::error::{Cause, Error};
use latchkey::mail::{Mail, Message};

use crate::letter::Letterhead;

/// What the templates say.
pub(super) struct Content<'a> {
    pub letterhead: &'a Letterhead,
    pub mail: &'a Mail,
    /// The user's name. Only a mail to a confirmed address says it.
    pub username: &'a str,
    /// The only link of the mail.
    pub link: &'a str,
    /// How long the link works, in words, if it holds a secret.
    pub lifetime: &'a str,
}

macro_rules! templates {
    ($($kind:ident: $text:tt $html:tt),+ $(,)?) => { $(
        mod $kind {
            use super::{Content, Template};

            #[derive(Template)]
            #[template(path = $text)]
            pub(super) struct Text<'a> {
                pub(super) content: &'a Content<'a>,
            }

            #[derive(Template)]
            #[template(path = $html)]
            pub(super) struct Html<'a> {
                pub(super) content: &'a Content<'a>,
            }
        }
    )+ };
}

templates! {
    confirm_email: "confirm_email.txt" "confirm_email.html",
    reset_password: "reset_password.txt" "reset_password.html",
    password_changed: "password_changed.txt" "password_changed.html",
    new_sign_in: "new_sign_in.txt" "new_sign_in.html",
    login_locked: "login_locked.txt" "login_locked.html",
}

impl Content<'_> {
    /// The plain text and the HTML.
    pub(super) fn render(&self) -> Result<[String; 2], Error> {
        macro_rules! both {
            ($kind:ident) => {
                [$kind::Text { content: self }.render(), $kind::Html { content: self }.render()]
            };
        }
        let [text, html] = match &self.mail.message {
            Message::ConfirmEmail { .. } => both!(confirm_email),
            Message::ResetPassword { .. } => both!(reset_password),
            Message::PasswordChanged { .. } => both!(password_changed),
            Message::NewSignIn { .. } => both!(new_sign_in),
            Message::LoginLocked { .. } => both!(login_locked),
        };
        let failed = |error: askama::Error| Error::Internal(Cause::from_error(&error));
        Ok([text.map_err(failed)?, html.map_err(failed)?])
    }
}
