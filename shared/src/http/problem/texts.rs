//! The texts of errors. They may change: [`Code::advice`] is for the developer of a program, and [`Code::title`] and
//! [`Code::explanation`] are for the user who reads a page.

use crate::http::problem::code::Code;

impl Code {
    /// What a program should do next.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::MalformedBody => "The body cannot be read. Send what its type says.",
            Self::Unauthenticated | Self::CookieNotKept => {
                "Log in, and send the session cookie with the request."
            }
            Self::InvalidCredentials => "Incorrect username, email or password. Check them and try again.",
            Self::CrossOrigin => "The request comes from another site. Send it from a page of this one.",
            Self::UnknownOrigin => {
                "The request does not say which page it comes from. Add the header Origin."
            }
            Self::ConfirmationRequired => {
                "The user has to confirm the password: send it to POST /confirm, then send this request again."
            }
            Self::WrongAccount => {
                "The session is of another account. Log in to the one that the link is for."
            }
            Self::NotFound => "There is nothing at this path, or nothing with this id. Check the spelling.",
            Self::MethodNotAllowed => "Use one of the methods that this path supports.",
            Self::UsernameTaken => "Choose another username, or log in if this one is yours.",
            Self::EmailTaken => {
                "Use another email address, or log in if this one is yours. After a deletion or a change of the \
                 address, the link in the mail about it takes the account back."
            }
            Self::AlreadyVerified => "The email address is confirmed already. There is nothing to do.",
            Self::LinkExpired => {
                "The link was used, or is too old. Ask for another where you asked for this one."
            }
            Self::InvalidGrant => {
                "The refresh token no longer counts. Read the stored one again, or let the user log in again."
            }
            Self::PayloadTooLarge => "Send a shorter body.",
            Self::UnsupportedMediaType => {
                "Send the body as application/json or application/x-www-form-urlencoded, in UTF-8."
            }
            Self::InvalidInput => "Correct the listed fields and send the request again.",
            Self::TooManyAttempts => "There were too many attempts. Try again later.",
            Self::EmailChangedRecently => {
                "The email address has changed within the last seven days. Until they are over, that change can be \
                 undone by the link in the mail to the former address, and no other one is possible."
            }
            Self::Internal => "Something went wrong in Latchkey. Tell the operator the request id.",
            Self::Unavailable => {
                "Try again in a few seconds. If this continues, tell the operator the request id."
            }
        }
    }

    /// The heading of its page.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::MalformedBody | Self::UnsupportedMediaType => "The form could not be read",
            Self::Unauthenticated => "You are not logged in",
            Self::CookieNotKept => "Your browser did not keep our cookie",
            Self::CrossOrigin => "This was sent by another site",
            Self::UnknownOrigin => "We could not tell where this came from",
            Self::WrongAccount => "This link is for another account",
            Self::LinkExpired => "This link no longer works",
            Self::NotFound => "Page not found",
            Self::MethodNotAllowed => "This address does not support that action",
            Self::PayloadTooLarge => "That was too long",
            Self::TooManyAttempts => "Too many attempts",
            Self::EmailChangedRecently => "Your address cannot change yet",
            Self::Unavailable => "Not available right now",
            Self::Internal => "Something went wrong",
            // After these, a browser gets a form instead of a page with this heading, or no page at all.
            Self::InvalidCredentials
            | Self::InvalidGrant
            | Self::UsernameTaken
            | Self::EmailTaken
            | Self::ConfirmationRequired
            | Self::AlreadyVerified
            | Self::InvalidInput => "That did not work",
        }
    }

    /// The explanation on its page. `{delay}` is replaced by the delay before another try.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::InvalidCredentials => "Incorrect username or password",
            Self::MalformedBody => "Nothing was done. Go back, reload the page and send the form again.",
            Self::Unauthenticated => "Log in, and try again.",
            Self::CookieNotKept => {
                "What you entered was correct, but without the cookie we cannot know that you are logged in. \
                 Allow cookies for this site in the settings of your browser, and log in again."
            }
            Self::CrossOrigin => {
                "Nothing was done, so that no other site can act in your name. \
                 If you meant to do this, start from our own home page."
            }
            Self::UnknownOrigin => {
                "Nothing was done, because your browser did not say which page this came from. \
                 Allow it to send the address of the page (the Referer) to this site, or use another browser."
            }
            Self::ConfirmationRequired => "Nothing was done. Confirm your password, and try again.",
            Self::WrongAccount => "Nothing was done. Log out, and open the link again.",
            Self::AlreadyVerified => "Your email address is confirmed already.",
            Self::LinkExpired => "It was used, or it is too old. Ask for another mail.",
            Self::NotFound => {
                "There is nothing at this address. Check its spelling, or start from the home page."
            }
            Self::MethodNotAllowed => {
                "Nothing was done. This address only works from a button or a form: start from the home page."
            }
            Self::PayloadTooLarge => {
                "Nothing was done. Go back, shorten what you entered, and send the form again."
            }
            Self::UnsupportedMediaType => {
                "Nothing was done. Your browser sent it in a way that this site does not understand. \
                 Start from the home page."
            }
            Self::TooManyAttempts => "There were too many attempts. Try again in {delay}.",
            Self::EmailChangedRecently => {
                "Your email address has changed within the last seven days. Until they are over, that change can be \
                 undone by the link in the mail to the former address, so no other one is possible. \
                 Try again in {delay}."
            }
            Self::Unavailable => {
                "This could not be finished right now. It is not your fault. Try again in {delay}."
            }
            Self::Internal => {
                "This is our fault, not yours. Try again later. If it happens again, send us the request id."
            }
            Self::UsernameTaken | Self::EmailTaken | Self::InvalidInput | Self::InvalidGrant => {
                "Nothing was done. Check what you entered, and try again."
            }
        }
    }
}
