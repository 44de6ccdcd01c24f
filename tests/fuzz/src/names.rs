//! What users type: the text is a username, an email address, an identifier, a display name and a password.

use latchkey::account::{Email, Identifier, Username, display_name};
use latchkey::config::Environment;
use latchkey::password::{Password, SiteWords};

/// An accepted name has a limited length and one canonical form, which is its own canonical form. What a user types at
/// sign-up also logs them in.
pub fn names(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let identifier = Identifier::parse(text).ok();
    if let Some(identifier) = &identifier {
        let (_, canonical) = identifier.as_str().split_once('#').expect("a kind");
        assert_eq!(Identifier::parse(canonical).ok().as_ref(), Some(identifier));
        assert!(identifier.as_str().len() <= 2_048, "longer than a key of DynamoDB may be");
    }
    let key = |kind: &str, canonical: &str| Some(format!("{kind}#{canonical}"));
    let identifier = identifier.map(|identifier| identifier.as_str().to_owned());
    let username = Username::parse(text).ok();
    if let Some(username) = &username {
        let canonical = username.canonical();
        assert_eq!(identifier, key("username", &canonical));
        assert_eq!(Username::parse(&canonical).map(|again| again.canonical()), Ok(canonical));
        assert!(username.as_str().is_ascii() && (4..=31).contains(&username.as_str().len()));
    }
    let email = Email::parse(text).ok();
    if let Some(email) = &email {
        assert_eq!(identifier, key("email", email.as_str()));
        assert_eq!(Email::parse(email.as_str()).as_ref(), Ok(email));
        assert_eq!(Email::parse(email.shown()).as_ref(), Ok(email));
        assert!(email.as_str().is_ascii() && email.as_str().len() <= 254);
        assert!(
            !email.as_str().contains(|c: char| c.is_ascii_uppercase() || c.is_ascii_control() || c == ' ')
        );
        assert_eq!(email.as_str().matches('@').count(), 1);
    }
    assert!(username.is_none() || email.is_none(), "a username is never an email");
    if let Ok(Some(name)) = display_name::parse(text) {
        assert_eq!(display_name::parse(&name), Ok(Some(name.clone())));
        assert!((1..=100).contains(&name.chars().count()) && !name.contains(char::is_control));
    }
    if let Ok(password) = Password::parse_new(text, 8) {
        assert!(Password::parse(text).is_ok(), "login accepts every password that sign-up accepts");
        let site = SiteWords::from_environment(&Environment::from_pairs(&[]));
        assert!(password.differs_from(&site, None, None).is_ok());
    }
}
