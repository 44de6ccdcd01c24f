//! The text of the mails.

use askama::Template;
use data_encoding::BASE64;
use latchkey::account::User;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::{Cause, Error};
use latchkey::http::branding::{Branding, Color};
use latchkey::http::origin::PublicOrigin;
use latchkey::mail::Mail;
use latchkey::secret::BearerSecret;
use latchkey::time::Seconds;

/// A mail as SES takes it. SES makes MIME of it.
#[derive(Debug)]
pub(crate) struct Letter {
    /// The kind of mail, for the statistics of SES.
    pub kind: &'static str,
    /// The header `From`.
    pub from: String,
    /// The address to which it goes.
    pub to: String,
    /// The address to which replies go.
    pub reply_to: Option<String>,
    /// The header `Subject`.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// What all mails have in common. A template gets it as `letterhead`.
#[derive(Debug)]
pub(crate) struct Letterhead {
    name: String,
    accent: Color,
    from: String,
    support: Option<String>,
    /// The origin of all links. Nothing of a request reaches it.
    origin: String,
}

impl Letterhead {
    /// Reads `MAIL_FROM`, `SUPPORT_ADDRESS`, `PUBLIC_ORIGIN` and the branding.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub(crate) fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let Branding { name, accent, .. } = Branding::from_environment(environment)?;
        let address = environment.required("MAIL_FROM", "set it to the address from which mail comes")?;
        let origin = PublicOrigin::from_environment(environment)?.origin;
        let hint = "is missing: set it to the origin that links begin with, like https://auth.example.com";
        Ok(Self {
            from: format!("{} <{address}>", phrase(&name)),
            support: environment.get("SUPPORT_ADDRESS").map(str::to_owned),
            origin: origin.ok_or_else(|| ConfigError::new("PUBLIC_ORIGIN", hint))?,
            name,
            accent,
        })
    }

    fn link(&self, path: &str, secret: &BearerSecret) -> String {
        format!("{}{path}?token={}", self.origin, secret.reveal())
    }

    /// A mail to a user, which says nothing yet.
    fn blank(&self, mail: &Mail, user: &User) -> Letter {
        Letter {
            kind: mail.message.kind(),
            from: self.from.clone(),
            to: user.email_shown().to_owned(),
            reply_to: self.support.clone(),
            subject: String::new(),
            text: String::new(),
            html: String::new(),
        }
    }

    /// Asks a user to confirm their email address. The address may be a stranger's, so the mail has nothing that anyone
    /// typed.
    pub(crate) fn confirm_email(
        &self,
        mail: &Mail,
        user: &User,
        secret: &BearerSecret,
        lifetime: Seconds,
    ) -> Result<Letter, Error> {
        let link = self.link("/verify", secret);
        let subject = format!("Confirm your email address for {}", self.name);
        let (link, lifetime) = (link.as_str(), lifetime.in_words());
        let text = ConfirmEmailText { letterhead: self, mail, link, lifetime: &lifetime };
        let html = ConfirmEmailHtml { letterhead: self, mail, link, lifetime: &lifetime };
        let (text, html) = (render(&text)?, render(&html)?);
        Ok(Letter { subject: encoded(&subject), text, html, ..self.blank(mail, user) })
    }
}

#[derive(Template)]
#[template(path = "confirm_email.txt")]
struct ConfirmEmailText<'a> {
    letterhead: &'a Letterhead,
    mail: &'a Mail,
    link: &'a str,
    lifetime: &'a str,
}

#[derive(Template)]
#[template(path = "confirm_email.html")]
struct ConfirmEmailHtml<'a> {
    letterhead: &'a Letterhead,
    mail: &'a Mail,
    link: &'a str,
    lifetime: &'a str,
}

fn render(template: &impl Template) -> Result<String, Error> {
    template.render().map_err(|error| Error::Internal(Cause::from_error(&error)))
}

/// The name in a header `From`: a quoted string, or encoded words if it is not ASCII (RFC 5322, 3.2.4 and RFC 2047).
fn phrase(name: &str) -> String {
    if name.is_ascii() {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        encoded(name)
    }
}

/// The text of a header: as it is if it is ASCII, otherwise as encoded words (RFC 2047).
fn encoded(text: &str) -> String {
    /// An encoded word has at most 75 characters: 12 around 60 of base64, which stand for 45 bytes.
    const BYTES: usize = 45;
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, others) = rest.split_at(rest.floor_char_boundary(BYTES));
        words.push(format!("=?UTF-8?B?{}?=", BASE64.encode(word.as_bytes())));
        rest = others;
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_and_what_is_not_ascii_is_encoded() {
        assert_eq!(phrase(r#"Ada "A" \ Co"#), r#""Ada \"A\" \\ Co""#);
        assert_eq!(phrase("Söhne"), "=?UTF-8?B?U8O2aG5l?=");
        let words = encoded(&"é".repeat(50));
        let lengths: Vec<usize> = words.split(' ').map(str::len).collect();
        assert_eq!(lengths, [72, 72, 28]);
        assert!(words.is_ascii());
    }
}
