//! The mails, as SES takes them.

pub(crate) mod content;

use data_encoding::BASE64;
use latchkey::config::{ConfigError, Environment};
use latchkey::error::Error;
use latchkey::http::branding::{Branding, Color};
use latchkey::http::origin::PublicOrigin;
use latchkey::mail::Mail;
use latchkey::secret::BearerSecret;

use crate::addressee::Addressee;
use crate::letter::content::Content;

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

/// What all mails have in common.
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

    /// Writes a mail. `secret` is that of its link.
    pub(crate) fn write(
        &self,
        mail: &Mail,
        addressee: &Addressee,
        secret: Option<&BearerSecret>,
    ) -> Result<Letter, Error> {
        let query = secret.map_or_else(String::new, |secret| format!("?token={}", secret.reveal()));
        let link = &format!("{}{}{query}", self.origin, addressee.path);
        let [text, html] = Content { letterhead: self, mail, addressee, link }.render()?;
        Ok(Letter {
            kind: mail.message.kind(),
            from: self.from.clone(),
            to: addressee.to.clone(),
            reply_to: self.support.clone(),
            subject: encoded(&addressee.says.subject(&self.name)),
            text,
            html,
        })
    }
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
