//! Notices: what has just happened, said once on the next page.
//!
//! The response that does something sets a cookie with the word of a notice. The next page shows its sentence, and
//! clears the cookie. A cookie can hold no other text, so no one can make a page say anything else.

/// What has just happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// A mail is on its way.
    MailSent,
    /// The email address is confirmed.
    EmailConfirmed,
}

impl Notice {
    /// All notices.
    pub const ALL: [Self; 2] = [Self::MailSent, Self::EmailConfirmed];

    /// The word in the cookie.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MailSent => "mail-sent",
            Self::EmailConfirmed => "email-confirmed",
        }
    }

    /// The sentence on the page.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::MailSent => {
                "Look into your mail: we have sent you a link. It can take some minutes to arrive."
            }
            Self::EmailConfirmed => "Your email address is confirmed.",
        }
    }

    /// The notice of a word.
    #[must_use]
    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.as_str() == word)
    }
}
