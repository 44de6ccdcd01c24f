//! Properties of usernames, email addresses, names and passwords: each has one canonical form of limited length, and
//! one item.

use argon2::Params;
use latchkey::account::{Email, Identifier, User, UserId, Username, display_name};
use latchkey::config::Environment;
use latchkey::limits::Permit;
use latchkey::password::{Password, PasswordHasher, SiteWords, Verdict};
use latchkey::time::Timestamp;
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;

use crate::rules::properties::{cases, text};

/// The longest partition key of DynamoDB, in bytes.
const MAX_KEY_BYTES: usize = 2_048;

fn username() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9]{1,3}([._-]?[a-zA-Z0-9]{1,3}){3,7}"
}

fn email() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9+_-]{1,20}@[a-zA-Z0-9]{1,10}\\.[a-zA-Z]{2,5}",
        "[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[\\w-]{1,20}(\\.[\\w-]{1,63}){1,5}",
        "[a-z]{1,3}@[äöüßéσςıİK。．\u{200d}a-z-]{1,20}\\.[a-zä]{2,5}",
        "[a-z]@(ä{1,50}\\.){1,6}de",
    ]
}

/// A text, and the same text in other letter case with space around it.
fn respelled(text: String) -> impl Strategy<Value = (String, String)> {
    (Just(text), any::<u64>(), "[ \t\n]{0,2}").prop_map(|(text, flips, space)| {
        let flip = |(position, character): (usize, char)| match flips >> (position % 64) & 1 {
            0 => character.to_ascii_lowercase(),
            _ => character.to_ascii_uppercase(),
        };
        let spelling: String = text.chars().enumerate().map(flip).collect();
        (text, format!("{space}{spelling}{space}"))
    })
}

fn keys(username: &Username, email: &Email) -> [Identifier; 2] {
    let id = UserId::random().expect("random numbers");
    User::new(id, username, email, None, Timestamp::from_seconds(0)).identifiers()
}

fn hasher() -> PasswordHasher {
    PasswordHasher::new(Params::new(8, 1, 1, None).expect("parameters"))
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn a_username_has_one_canonical_form(typed in prop_oneof![text(), username()]) {
        if let Ok(username) = Username::parse(&typed) {
            let canonical = username.canonical();
            prop_assert_eq!(&Username::parse(&canonical).unwrap().canonical(), &canonical);
            prop_assert_eq!(&Username::parse(username.as_str()).unwrap(), &username);
            prop_assert!((4..=31).contains(&canonical.len()) && canonical.is_ascii());
            prop_assert!(typed.contains(username.as_str()), "no letter was removed or added");
        }
    }

    #[test]
    fn an_email_has_one_canonical_form(typed in prop_oneof![text(), email()]) {
        if let Ok(email) = Email::parse(&typed) {
            prop_assert_eq!(&Email::parse(email.as_str()).unwrap(), &email);
            let shown = Email::parse(email.shown()).unwrap();
            prop_assert_eq!(&shown, &email);
            prop_assert_eq!(shown.shown(), email.shown());
            prop_assert!(email.as_str().len() <= 254 && email.as_str().is_ascii());
            prop_assert_eq!(email.as_str().matches('@').count(), 1);
            prop_assert_eq!(email.as_str().to_ascii_lowercase(), email.as_str());
            prop_assert!(!email.as_str().contains(|c: char| c.is_whitespace() || c.is_control()));
        }
    }

    #[test]
    fn an_identifier_has_one_canonical_form_that_fits_into_a_key(
        typed in prop_oneof![text(), username(), email()],
    ) {
        if let Ok(identifier) = Identifier::parse(&typed) {
            let (kind, canonical) = identifier.as_str().split_once('#').unwrap();
            prop_assert_eq!(kind == "email", typed.contains('@'));
            prop_assert!(identifier.as_str().len() <= MAX_KEY_BYTES);
            prop_assert_eq!(Identifier::parse(canonical).unwrap(), identifier.clone());
        }
    }

    #[test]
    fn a_name_has_one_form(typed in text()) {
        if let Ok(Some(name)) = display_name::parse(&typed) {
            prop_assert_eq!(display_name::parse(&name), Ok(Some(name.clone())));
            prop_assert!((1..=100).contains(&name.chars().count()));
            prop_assert!(typed.contains(&name));
            prop_assert!(!name.contains(char::is_control));
        }
    }

    #[test]
    fn every_spelling_of_a_username_is_the_same_item((typed, spelling) in username().prop_flat_map(respelled)) {
        if let Ok(username) = Username::parse(&typed) {
            let email = Email::parse("a@b.cd").unwrap();
            let [key, _] = keys(&username, &email);
            prop_assert_eq!(&keys(&Username::parse(&spelling).unwrap(), &email)[0], &key);
            prop_assert_eq!(Identifier::parse(&spelling).unwrap(), key);
        }
    }

    #[test]
    fn every_spelling_of_an_email_is_the_same_item((typed, spelling) in email().prop_flat_map(respelled)) {
        let username = Username::parse("ada1").unwrap();
        let key = |typed: &str| Email::parse(typed).ok().map(|email| keys(&username, &email)[1].clone());
        prop_assert_eq!(key(&spelling), key(&typed));
        if let Some(key) = key(&typed) {
            prop_assert_eq!(Identifier::parse(&spelling).unwrap(), key);
        }
    }

    #[test]
    fn two_accounts_share_an_item_only_if_their_names_are_the_same(
        (a, b) in prop_oneof![
            (username(), username()),
            username().prop_flat_map(respelled),
            ("[aA]{4,5}", "[aA]{4,5}"),
        ],
        (c, d) in prop_oneof![
            (email(), email()),
            email().prop_flat_map(respelled),
            ("[aA]@b.cd", "[aA]@B.cd"),
        ],
    ) {
        let parse =
            |username: &str, email: &str| Some((Username::parse(username).ok()?, Email::parse(email).ok()?));
        if let (Some(one), Some(other)) = (parse(&a, &c), parse(&b, &d)) {
            let (first, second) = (keys(&one.0, &one.1), keys(&other.0, &other.1));
            prop_assert_eq!(first[0] == second[0], one.0.canonical() == other.0.canonical());
            prop_assert_eq!(first[1] == second[1], one.1 == other.1);
            prop_assert!(first[0] != second[1] && first[1] != second[0], "a username is never an email");
        }
    }

    #[test]
    fn a_new_password_is_within_the_limits_and_none_of_the_account_s_names(
        typed in text(), username in username(), least in 8..=64_u64,
    ) {
        let site = SiteWords::from_environment(&Environment::from_pairs(&[]));
        if let Ok(password) = Password::parse_new(&typed, least) {
            let normal: String = typed.nfc().collect();
            prop_assert!((usize::try_from(least).unwrap()..=255).contains(&normal.chars().count()));
            prop_assert!(normal.len() <= 1_024);
            prop_assert!(Password::parse(&typed).is_ok(), "login accepts what sign-up accepts");
            let username = Username::parse(&username).ok();
            prop_assert!(password.differs_from(&site, username.as_ref(), None).is_ok() || typed.len() <= 64);
        }
        let in_capitals = Password::parse(&username.to_ascii_uppercase()).unwrap();
        if let Ok(username) = Username::parse(&username) {
            prop_assert!(in_capitals.differs_from(&site, Some(&username), None).is_err());
        }
    }
}

/// A text, and the same text, the same in another normal form, or a slightly different one.
fn two_texts() -> impl Strategy<Value = (String, String)> {
    let letters = prop_oneof![text(), "[aeoAe\u{301}\u{308}\u{323}éÅ\u{212b}ﬁ가\u{1100}\u{1161}]{1,12}"];
    (letters, any::<prop::sample::Index>(), 0..7).prop_map(|(text, index, change)| {
        let mut other: Vec<char> = text.chars().collect();
        let position = index.index(other.len().max(1));
        match change {
            0 => other = text.nfc().collect(),
            1 => other = text.nfd().collect(),
            2 => other = text.nfkc().collect(),
            3 => other.insert(position, ' '),
            4 if !other.is_empty() => drop(other.remove(position)),
            5 => other.rotate_left(position),
            _ => {}
        }
        (text, other.into_iter().collect())
    })
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn a_password_verifies_another_spelling_only_if_the_two_are_one_text((hashed, typed) in two_texts()) {
        let hasher = hasher();
        if let (Ok(hashed_one), Ok(typed_one)) = (Password::parse(&hashed), Password::parse(&typed)) {
            let stored = hasher.hash(&hashed_one).unwrap();
            let is_same = hashed.nfc().eq(typed.nfc());
            let expected = if is_same { Verdict::Right } else { Verdict::Wrong };
            prop_assert_eq!(hasher.verify(Permit::for_tests(), &typed_one, Some(&stored)), expected);
            prop_assert_eq!(hasher.computed(), 2);
        }
    }
}
