//! What a mail says: a template of plain text and one of HTML for each.

use askama::Template;
use latchkey::error::{Cause, Error};
use latchkey::mail::Mail;

use crate::addressee::Addressee;
use crate::letter::Letterhead;

/// What the templates need.
pub(super) struct Content<'a> {
    pub letterhead: &'a Letterhead,
    pub mail: &'a Mail,
    pub addressee: &'a Addressee,
    /// The only link of the mail.
    pub link: &'a str,
}

/// What a mail says. Each has two templates of the same name, and a subject, in which `{}` is the application.
macro_rules! says {
    ($($says:ident $module:ident $text:tt $html:tt $subject:tt),+ $(,)?) => {
        /// What a mail says.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Says { $($says),+ }

        $(mod $module {
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
        })+

        impl Says {
            /// The subject of the mail from an application.
            pub(super) fn subject(self, application: &str) -> String {
                let subject = match self { $(Self::$says => $subject),+ };
                subject.replace("{}", application)
            }
        }

        impl Content<'_> {
            /// The plain text and the HTML.
            pub(super) fn render(&self) -> Result<[String; 2], Error> {
                let [text, html] = match self.addressee.says {
                    $(Says::$says => [
                        $module::Text { content: self }.render(),
                        $module::Html { content: self }.render(),
                    ]),+
                };
                let failed = |error: askama::Error| Error::Internal(Cause::from_error(&error));
                Ok([text.map_err(failed)?, html.map_err(failed)?])
            }
        }
    };
}

says! {
    ConfirmEmail confirm_email "confirm_email.txt" "confirm_email.html" "Confirm your email address for {}",
    ResetPassword reset_password "reset_password.txt" "reset_password.html" "Choose a new password for {}",
    PasswordChanged password_changed "password_changed.txt" "password_changed.html" "Your password for {} has changed",
    NewSignIn new_sign_in "new_sign_in.txt" "new_sign_in.html" "New login to {}",
    LoginLocked login_locked "login_locked.txt" "login_locked.html" "Logins to {} are locked",
    SignUp sign_up "sign_up.txt" "sign_up.html" "Sign up for {}",
    ConfirmNewEmail confirm_new_email "confirm_new_email.txt" "confirm_new_email.html"
        "Confirm your new email address for {}",
    AddressTaken address_taken "address_taken.txt" "address_taken.html" "You have an account at {}",
    AddressHeld address_held "address_held.txt" "address_held.html" "Your email address at {}",
    EmailChanged email_changed "email_changed.txt" "email_changed.html" "Your email address for {} has changed",
    UsernameChanged username_changed "username_changed.txt" "username_changed.html"
        "Your username for {} has changed",
    AccountDeleted account_deleted "account_deleted.txt" "account_deleted.html" "Your account at {} is deleted",
}
