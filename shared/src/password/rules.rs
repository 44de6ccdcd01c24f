//! Passwords: which ones sign-up accepts, and how login reads them.
//!
//! The rules are those of NIST SP 800-63B-4, 3.1.1.2: any characters, no rules of composition, nothing trimmed or cut,
//! NFC, and a list of common passwords, which are also refused with a few digits and signs around them. The list is the
//! table of the crate `passwords` 3.1.19 (MIT; the licence is in `common.LICENSE`): its entries of at least 8
//! characters, in lower case, sorted by their bytes.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use validator::{ValidateLength, ValidationError};

use crate::account::email::Email;
use crate::account::username::Username;
use crate::password::site_words::{SiteWords, core};
use crate::violation::violation;

/// The common passwords in lower case, each between two ends of line. So the text also begins with an end of line.
static COMMON: &str = include_str!("common.txt");

/// Words that are too short for the list, and that often begin a password.
const SHORT: [&str; 24] = [
    "abc", "access", "admin", "april", "august", "autumn", "changeme", "december", "dragon", "february",
    "hello", "iloveyou", "letmein", "login", "master", "monkey", "passw", "qwerty", "secret", "spring",
    "summer", "test", "welcome", "winter",
];

/// Whether a password is common. The search goes through the whole text. It takes 25 µs, compared with milliseconds for
/// a hash, and needs no preparation at the start.
fn is_common(password: &str) -> bool {
    !password.contains('\n') && COMMON.contains(&format!("\n{}\n", password.to_lowercase()))
}

/// A password in NFC, beside the text that was typed. It is never printed.
pub struct Password {
    normal: String,
    typed: String,
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password(…)")
    }
}

impl Password {
    /// The most code points, in NFC. In UTF-8 they are at most 1,020 bytes.
    pub const MAX_LENGTH: u64 = 255;

    /// The `maxlength` of an input for a password, in UTF-16 code units, which browsers count.
    ///
    /// A browser cuts a longer text without a message. No code point in NFC is made of more than six code units. So a
    /// text that was cut here still has more than [`Self::MAX_LENGTH`] code points, and is refused. No password is cut
    /// to another one that would be accepted.
    pub const MAXLENGTH: u64 = 6 * (Self::MAX_LENGTH + 1);

    /// Parses the password of a login. Only its maximum length is checked, because the other rules may have been
    /// different when the password was chosen.
    ///
    /// # Errors
    /// `required` if it is empty, `too_long` above [`Self::MAX_LENGTH`].
    pub fn parse(text: &str) -> Result<Self, ValidationError> {
        if text.is_empty() {
            return Err(violation("required", "Enter your password."));
        }
        let normal: String = text.nfc().collect();
        if !normal.validate_length(None, Some(Self::MAX_LENGTH), None) {
            return Err(violation("too_long", format!("Use at most {} characters.", Self::MAX_LENGTH)));
        }
        Ok(Self { normal, typed: text.to_owned() })
    }

    /// Parses a new password of at least `min_length` code points.
    ///
    /// # Errors
    /// The first rule that it violates: `required`, `too_long`, `too_short` or `common`.
    pub fn parse_new(text: &str, min_length: u64) -> Result<Self, ValidationError> {
        let password = Self::parse(text)?;
        if !password.normal.validate_length(Some(min_length), None, None) {
            return Err(violation("too_short", format!("Use at least {min_length} characters.")));
        }
        if is_common(&password.normal) {
            let message = "Choose another password: this one is among the first that an attacker tries.";
            return Err(violation("common", message));
        }
        let lower = password.normal.to_lowercase();
        if core(&lower).is_some_and(|core| SHORT.contains(&core) || core != lower && is_common(core)) {
            let message =
                "Choose another password: this one is a common word with only digits or signs around it.";
            return Err(violation("common", message));
        }
        Ok(password)
    }

    /// Refuses a password that is easy to guess for an attacker who knows the site and the account.
    ///
    /// # Errors
    /// `common` if it equals a word of the site, the username, the email address, or the part of it before the `@`, in
    /// any case of letters, perhaps with digits and signs around it.
    pub fn differs_from(
        &self,
        site: &SiteWords,
        username: Option<&Username>,
        email: Option<&Email>,
    ) -> Result<(), ValidationError> {
        // Also in another spelling of the same address, such as a domain that is not in its ASCII form.
        let is_email =
            email.is_some_and(|email| Email::parse(&self.normal).is_ok_and(|typed| typed == *email));
        if is_email || site.contains(&self.normal, username, email) {
            let message = "Choose another password: this one is your username, your email address or the name of this \
                           site, perhaps with digits or signs around it.";
            return Err(violation("common", message));
        }
        Ok(())
    }

    /// The text that was typed, for the hashes of systems that do not normalise it.
    pub(super) fn typed(&self) -> &str {
        &self.typed
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.normal.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn code(text: &str) -> String {
        Password::parse_new(text, 8).map_or_else(|error| error.code.into_owned(), |_| "ok".to_owned())
    }

    #[test]
    fn a_new_password_follows_the_rules() {
        for (text, expected) in [
            ("correct horse", "ok"),
            ("        ", "ok"),
            ("👩‍💻👩‍💻👩‍💻", "ok"),
            ("ünïcödé!", "ok"),
            ("", "required"),
            ("seven77", "too_short"),
            ("password", "common"),
            ("PassWord1", "common"),
            ("qwertyuiop", "common"),
            ("Password123!", "common"),
            ("password2026", "common"),
            ("!!Winter2026!", "common"),
            ("Welcome1!", "common"),
            ("12345678", "common"),
            ("password84719384", "ok"),
            ("passwords for horses", "ok"),
            ("my password 1", "ok"),
            ("winterhorse", "ok"),
        ] {
            assert_eq!(code(text), expected, "{text:?}");
        }
        assert_eq!(code(&"a".repeat(255)), "ok");
        assert_eq!(code(&"a".repeat(256)), "too_long");
        assert_eq!(code(&"👩".repeat(255)), "ok", "255 code points of 4 bytes are 1,020 bytes");
        assert_eq!(Password::parse_new("fourteen chars", 15).unwrap_err().code, "too_short");
    }

    #[test]
    fn no_code_point_is_made_of_more_code_units_than_maxlength_allows_for() {
        let code_units = |character: char| character.nfd().map(char::len_utf16).sum::<usize>();
        let is_composed = |character: &char| character.nfc().eq([*character]);
        let longest = ('\0'..=char::MAX).filter(is_composed).map(code_units).max();
        assert_eq!(longest.map(|units| units as u64 * (Password::MAX_LENGTH + 1)), Some(Password::MAXLENGTH));
    }

    #[test]
    fn the_list_of_common_passwords_is_long_and_well_formed() {
        let lines: Vec<&str> = COMMON.lines().skip(1).collect();
        assert!(lines.len() >= 10_000, "{}", lines.len());
        assert!(COMMON.starts_with('\n') && COMMON.ends_with('\n'));
        assert!(is_common(lines[0]) && is_common(lines[lines.len() - 1]) && is_common(lines[1_000]));
        assert!(!is_common(&lines[..2].join("\n")), "a password is one line, not two");
        assert!(lines.iter().all(|line| line.chars().count() >= 8 && line.to_lowercase() == **line));
        assert!(lines.is_sorted());
    }

    #[test]
    fn what_is_strong_is_not_refused() {
        let mut seed = 1_u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % below
        };
        let words: Vec<&str> = COMMON.lines().skip(1).collect();
        let signs: Vec<char> = ('!'..='~').collect();
        let site = SiteWords::from_environment(&Environment::from_pairs(&[("APPLICATION_NAME", "Latchkey")]));
        let username = Username::parse("ada.l").unwrap();
        for _ in 0..500 {
            let phrase = [(); 3].map(|()| words[random(words.len())]).join(["-", " ", "1"][random(3)]);
            let with_digits = format!("{}{}", words[random(words.len())], 100_000_000 + random(900_000_000));
            let noise: String = (0..12).map(|_| signs[random(signs.len())]).collect();
            for text in [phrase, with_digits, noise] {
                let password =
                    Password::parse_new(&text, 8).unwrap_or_else(|error| panic!("{text}: {error}"));
                assert!(password.differs_from(&site, Some(&username), None).is_ok(), "{text}");
            }
        }
    }

    #[test]
    fn two_spellings_of_one_text_are_one_password() {
        let composed = Password::parse("caf\u{e9} cr\u{e8}me").unwrap();
        let decomposed = Password::parse("cafe\u{301} cre\u{300}me").unwrap();
        assert_eq!(composed.as_bytes(), decomposed.as_bytes());
        assert_ne!(Password::parse("ﬁ").unwrap().as_bytes(), Password::parse("fi").unwrap().as_bytes());
        assert_ne!(Password::parse("a ").unwrap().as_bytes(), Password::parse("a").unwrap().as_bytes());
    }

    #[test]
    fn a_password_is_neither_the_username_nor_the_email_nor_the_site() {
        let site = SiteWords::from_environment(&Environment::from_pairs(&[("APPLICATION_NAME", "Latchkey")]));
        let username = Username::parse("Ada.Lovelace").unwrap();
        let email = Email::parse("countess@bücher.example").unwrap();
        for text in [
            "ada.lovelace",
            "ADA.LOVELACE",
            "countess",
            "Countess@BÜCHER.example",
            "countess@xn--bcher-kva.example",
            "ada.lovelace1234",
            "(Countess)1815!",
            "Latchkey2026",
            "latchkey",
        ] {
            let password = Password::parse(text).unwrap();
            let error = password.differs_from(&site, Some(&username), Some(&email)).unwrap_err();
            assert!(
                error.message.unwrap().contains("your username, your email address or the name"),
                "{text}"
            );
        }
        for text in ["ada.lovelace and a horse", "countess12345678", "latchkeys for all"] {
            let password = Password::parse(text).unwrap();
            assert!(password.differs_from(&site, Some(&username), Some(&email)).is_ok(), "{text}");
        }
        assert!(Password::parse("ada.lovelace1").unwrap().differs_from(&site, None, None).is_ok());
    }

    #[test]
    fn a_password_is_never_printed() {
        assert_eq!(format!("{:?}", Password::parse("secret secret").unwrap()), "Password(…)");
    }
}
