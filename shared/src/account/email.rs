//! Email addresses: ASCII before the `@`, a domain name after it, compared in lower case.

use validator::{ValidateLength, ValidationError};

use crate::violation::violation;

/// A valid email address in its canonical form: lower case, with the domain in the ASCII form of IDNA. A tag
/// (`ada+news@…`) is part of the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// The most characters of an address (RFC 5321, 4.5.3.1.3, less the angle brackets).
    pub const MAX_LENGTH: u64 = 254;

    /// Parses an email address. White space around it is removed.
    ///
    /// # Errors
    /// The first rule that it violates: `required`, `too_long` or `invalid`.
    pub fn parse(text: &str) -> Result<Self, ValidationError> {
        let text = text.trim();
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
        let canonical = canonical(text)
            .ok_or_else(|| violation("invalid", "Enter one email address, like ada@example.com."))?;
        // The ASCII form of the domain can be longer than the typed one.
        if canonical.validate_length(None, Some(Self::MAX_LENGTH), None) {
            Ok(Self(canonical))
        } else {
            Err(too_long())
        }
    }

    /// The canonical form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }
}

fn canonical(text: &str) -> Option<String> {
    let (local, domain) = text.split_once('@')?;
    if !is_local_part(local) {
        return None;
    }
    let domain = idna::domain_to_ascii_strict(domain).ok()?;
    let (_, top_level) = domain.rsplit_once('.')?;
    if top_level.is_empty() || top_level.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(format!("{}@{domain}", local.to_ascii_lowercase()))
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
    text.len() <= 64 && text.split('.').all(is_atom)
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
            ("o'neil@example.co.uk", "o'neil@example.co.uk"),
            ("a@b.cd", "a@b.cd"),
        ] {
            let email = Email::parse(typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
            assert_eq!(email.as_str(), canonical);
            assert_eq!(Email::parse(canonical).unwrap(), email, "the canonical form parses to itself");
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
        assert_eq!(Email::parse(&format!("ada@{}.com", "a.".repeat(130))).unwrap_err().code, "too_long");
    }
}
