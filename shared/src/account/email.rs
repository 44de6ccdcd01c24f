//! Email addresses: ASCII before the `@`, a domain name after it, compared in lower case.

use validator::{ValidateLength, ValidationError};

use crate::invisible::{is_invisible, is_joiner, trim};
use crate::violation::violation;

/// A valid email address. A tag (`ada+news@…`) is part of the address.
#[derive(Debug, Clone)]
pub struct Email {
    canonical: String,
    shown: String,
}

impl Email {
    /// The most characters of an address (RFC 5321, 4.5.3.1.3, less the angle brackets).
    pub const MAX_LENGTH: u64 = 254;

    /// Parses an email address. Blanks around it are removed.
    ///
    /// # Errors
    /// The first rule that it violates: `required`, `too_long` or `invalid`.
    pub fn parse(text: &str) -> Result<Self, ValidationError> {
        let text = trim(text);
        if text.is_empty() {
            return Err(violation("required", "Enter your email address."));
        }
        let too_long = || {
            let message = format!("Enter an email address of at most {} characters.", Self::MAX_LENGTH);
            violation("too_long", message)
        };
        if !text.validate_length(None, Some(Self::MAX_LENGTH), None) {
            return Err(too_long());
        }
        // IDNA would remove them from a domain without a message.
        if text.contains(|character| is_invisible(character) && !is_joiner(character)) {
            return Err(violation("invalid", problem(text)));
        }
        let (local, domain) = parts(text).ok_or_else(|| violation("invalid", problem(text)))?;
        let canonical = format!("{}@{domain}", local.to_ascii_lowercase());
        // The ASCII form of the domain can be longer than the typed one.
        if !canonical.validate_length(None, Some(Self::MAX_LENGTH), None) {
            return Err(too_long());
        }
        let (domain, _) = idna::domain_to_unicode(&domain);
        Ok(Self { canonical, shown: format!("{local}@{domain}") })
    }

    /// The canonical form, in which addresses are compared: lower case, with the domain in the ASCII form of IDNA.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.canonical
    }

    /// The form to which mail goes: before the `@` as it was typed, and the domain in its ASCII form, which SES and
    /// every other server understand.
    #[must_use]
    pub fn mail_address(&self) -> String {
        mail_address(&self.shown, &self.canonical)
    }

    /// The form that people read: before the `@` as it was typed, because the server of the
    /// address decides whether case matters there (RFC 5321, 2.4); after it, the domain in its own script.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The part before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.canonical.split_once('@').map_or("", |(local, _)| local)
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for Email {}

/// The local part as typed, and the domain in its ASCII form. `None` if the text is not one address.
fn parts(text: &str) -> Option<(&str, String)> {
    let (local, domain) = text.split_once('@')?;
    if !is_local_part(local) {
        return None;
    }
    let domain = idna::domain_to_ascii_strict(domain).ok()?;
    let (_, top_level) = domain.rsplit_once('.')?;
    if top_level.is_empty() || top_level.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((local, domain))
}

/// What is wrong with a text that is not one address, as far as a rule knows it.
fn problem(text: &str) -> &'static str {
    let (local, domain) = text.split_once('@').unwrap_or((text, ""));
    let has_misplaced_dot = |part: &str| part.split('.').any(str::is_empty);
    if text.contains(is_invisible) {
        "Remove the invisible character from the email address."
    } else if text.contains(|c: char| c.is_whitespace() || "<>,;".contains(c)) {
        "Enter one email address alone, without a name, spaces or commas."
    } else if text.contains(['\u{ff20}', '\u{fe6b}']) {
        "Replace the wide @ in the email address with an ordinary @."
    } else if domain.is_empty() || local.is_empty() {
        "Enter a full email address, like ada@example.com."
    } else if !local.is_ascii() {
        "Before the @, use only letters from a to z, digits and signs like . + - _ in the email address."
    } else if has_misplaced_dot(local) || has_misplaced_dot(domain) {
        "Remove the dot from the email address that is at the start or end, beside the @, or beside another dot."
    } else {
        "Enter a full email address, like ada@example.com."
    }
}

/// Whether a text is an unquoted local part: a `Dot-string` (RFC 5321, 4.1.2) of at most 64 bytes (4.5.3.1.1).
///
/// The check of the crate `validator` is not used. It would add three regular expressions, a quarter of a megabyte of
/// code, for a grammar that allows dots anywhere.
fn is_local_part(text: &str) -> bool {
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && atom.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
    };
    // A server that reads `=?` as the start of an encoded word (RFC 2047) would send the mail elsewhere.
    text.len() <= 64 && text.split('.').all(is_atom) && !text.contains("=?")
}

/// The form of an address to which mail goes, from the one that people read and the canonical one.
pub(super) fn mail_address(shown: &str, canonical: &str) -> String {
    let local = shown.split_once('@').map_or("", |(local, _)| local);
    let domain = canonical.split_once('@').map_or("", |(_, domain)| domain);
    format!("{local}@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_canonical_form() {
        for (typed, canonical) in [
            ("Ada@Example.COM", "ada@example.com"),
            (" ada@example.com\t", "ada@example.com"),
            ("ada+news@example.com", "ada+news@example.com"),
            ("ada@bücher.example", "ada@xn--bcher-kva.example"),
            ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
            ("ada@example。com", "ada@example.com"),
            ("\u{202a}ada@example.com\u{202c}", "ada@example.com"),
            ("\u{feff}ada@example.com\u{200b}", "ada@example.com"),
            ("o'neil@example.co.uk", "o'neil@example.co.uk"),
            ("a@b.cd", "a@b.cd"),
        ] {
            let email = Email::parse(typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
            assert_eq!(email.as_str(), canonical);
            assert_eq!(Email::parse(canonical).unwrap(), email, "the canonical form parses to itself");
        }
    }

    #[test]
    fn an_address_is_shown_as_typed_with_its_domain_in_its_own_script() {
        for (typed, canonical, shown) in [
            ("Ada@Bücher.example", "ada@xn--bcher-kva.example", "Ada@bücher.example"),
            ("Ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example", "Ada@bücher.example"),
            (" ada+News@EXAMPLE.com\u{200b}", "ada+news@example.com", "ada+News@example.com"),
            ("a@نامه\u{200c}ای.com", "a@xn--mgba3gch31f060k.com", "a@نامه\u{200c}ای.com"),
        ] {
            let email = Email::parse(typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
            assert_eq!((email.as_str(), email.shown()), (canonical, shown));
            assert_eq!(
                Email::parse(shown).unwrap().as_str(),
                canonical,
                "the shown form is the same address"
            );
        }
    }

    #[test]
    fn a_message_names_the_reason() {
        for (text, reason) in [
            ("a\u{200b}da@example.com", "invisible"),
            ("ada@exam\u{ad}ple.com", "invisible"),
            ("ada@exam\u{200d}ple.com", "invisible"),
            ("ada\u{3164}@example.com", "invisible"),
            ("Ada <ada@example.com>", "alone"),
            ("ada@exa mple.com", "alone"),
            ("ada@example.com,eve@example.com", "alone"),
            ("ada＠example.com", "wide @"),
            ("ada\u{fe6b}example.com", "wide @"),
            ("用户@example.com", "Before the @"),
            ("a..b@example.com", "beside another dot"),
            (".ada@example.com", "at the start"),
            ("ada@example.com.", "at the start or end"),
            ("ada", "full email address"),
            ("@example.com", "full email address"),
            ("ada@localhost", "full email address"),
        ] {
            let error = Email::parse(text).unwrap_err();
            let message = error.message.unwrap_or_default();
            assert!(error.code == "invalid" && message.contains(reason), "{text:?}: {message}");
        }
    }

    #[test]
    fn a_text_that_is_not_one_address_is_refused() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        for text in [
            "ada",
            "@",
            "ada@",
            "@example.com",
            "ada@localhost",
            "ada@[127.0.0.1]",
            "ada@127.0.0.1",
            "ada@example.com.",
            "a..b@example.com",
            ".ada@example.com",
            "ada.@example.com",
            "\"a b\"@example.com",
            "ada@exa mple.com",
            "ada@example.com,eve@example.com",
            "ada@@example.com",
            "ada@eve@example.com",
            "ada@-example.com",
            "ada@example-.com",
            "ada@xn--a",
            "ada@xn--a.com",
            "ädä@example.com",
            "ada\u{ff20}example.com",
            "ada@exam\u{200b}ple\0.com",
            "ada@.com",
            "ada@example..com",
            "ada@ex_ample.com",
            long_local.as_str(),
            "ada\r\nbcc: eve@example.com",
            "ada\0@example.com",
        ] {
            assert_eq!(
                Email::parse(text).map_err(|error| error.code.into_owned()),
                Err("invalid".to_owned()),
                "{text:?}"
            );
        }
        assert_eq!(Email::parse("  ").unwrap_err().code, "required");
        assert_eq!(Email::parse("\u{200b}\u{3164}").unwrap_err().code, "required");
        assert_eq!(Email::parse(&format!("ada@{}.com", "a.".repeat(130))).unwrap_err().code, "too_long");
    }
}
