//! Notices: what has just happened, said once on the next page.
//!
//! The response that does something sets a cookie with the word of a notice. The next page shows its sentence, and
//! clears the cookie. A cookie can hold no other text, so no one can make a page say anything else.

/// What has just happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// A mail is on its way.
    MailSent,
    /// A mail is on its way if there is an account.
    ResetAsked,
    /// The email address is confirmed.
    EmailConfirmed,
    /// The password is a new one, and all other sessions have ended.
    PasswordChanged,
    /// The password is a new one, and all sessions have ended.
    PasswordReset,
    /// A session has ended.
    SessionEnded,
    /// All other sessions have ended.
    SessionsEnded,
    /// The email address is another one.
    EmailChanged,
    /// The username is another one.
    UsernameChanged,
    /// The display name is another one.
    NameChanged,
    /// The account is deleted.
    AccountDeleted,
    /// The account is deleted, and can be taken back.
    AccountDeletedForNow,
    /// The account is as it was, with a new password.
    AccountRestored,
}

impl Notice {
    /// All notices.
    pub const ALL: [Self; 13] = [
        Self::MailSent,
        Self::ResetAsked,
        Self::EmailConfirmed,
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::SessionEnded,
        Self::SessionsEnded,
        Self::EmailChanged,
        Self::UsernameChanged,
        Self::NameChanged,
        Self::AccountDeleted,
        Self::AccountDeletedForNow,
        Self::AccountRestored,
    ];

    /// The word in the cookie.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MailSent => "mail-sent",
            Self::ResetAsked => "reset-asked",
            Self::EmailConfirmed => "email-confirmed",
            Self::PasswordChanged => "password-changed",
            Self::PasswordReset => "password-reset",
            Self::SessionEnded => "session-ended",
            Self::SessionsEnded => "sessions-ended",
            Self::EmailChanged => "email-changed",
            Self::UsernameChanged => "username-changed",
            Self::NameChanged => "name-changed",
            Self::AccountDeleted => "account-deleted",
            Self::AccountDeletedForNow => "account-deleted-for-now",
            Self::AccountRestored => "account-restored",
        }
    }

    /// The sentence on the page.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::MailSent => {
                "Check your email: we have sent you a link. It can take some minutes to arrive."
            }
            Self::ResetAsked => {
                "If there is an account with that name or address, a mail with a link is on its way. It can take some \
                 minutes to arrive."
            }
            Self::EmailConfirmed => "Your email address is confirmed.",
            Self::PasswordChanged => "Your password is changed, and you are logged out everywhere else.",
            Self::PasswordReset => "Your password is changed. Log in with the new one.",
            Self::SessionEnded => "That session has ended.",
            Self::SessionsEnded => "You are logged out everywhere else.",
            Self::EmailChanged => "Your email address is changed.",
            Self::UsernameChanged => "Your username is changed.",
            Self::NameChanged => "Your name is changed.",
            Self::AccountDeleted => "Your account is deleted.",
            Self::AccountDeletedForNow => {
                "Your account is deleted. If you change your mind, use the link in the mail within seven days."
            }
            Self::AccountRestored => "Your account is yours again. Log in with the new password.",
        }
    }

    /// The notice of a word.
    #[must_use]
    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.as_str() == word)
    }
}
