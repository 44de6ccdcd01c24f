//! One hash of each form at a low cost, computed with the libraries of other systems: pyca's bcrypt and cryptography,
//! argon2-cffi, and Python's hashlib.

use argon2::Params;

use crate::password::argon2id::Argon2id;
use crate::password::hash::{PasswordHasher, StoredHash};
use crate::password::import::ImportError;
use crate::password::legacy::{Legacy, Unusable};
use crate::password::rules::Password;

/// It is not ASCII, differs in NFKC, and has spaces at both ends.
const PASSWORD: &str = "  Grüße, ﬁne №1 ";

const FORMS: [&str; 22] = [
    "$2b$04$abcdefghijklmnopqrstuuLnOamkfe124Y9i5hNYZ7J5vT3NERky6",
    "$wp$2y$04$abcdefghijklmnopqrstuudZz6dJmwjvDBVDSGQeGQdtjG2KWDd.m",
    "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuu3/x2s4FTUa5cuqNGWRV210G0/CsCk9q",
    "$pbkdf2-sha1$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$nbUqnHopD0Rn8kRrlLHaWIuF3Uo",
    "$pbkdf2-sha256$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$52TUcXBu7fzTIT/PULG5v0aaozTmhGtLaF3otLlj8x8",
    "$pbkdf2-sha512$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$FcXoLyTwb6nyrkc7+ePvnI7OPGcKTqxyKotMh/ZACoLWmW4fPhBm+5C\
     Tx2SafEpEBcO8foGxutRPH0s5aQA/Ug",
    "$pbkdf2-sha512$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$FcXoLyTwb6nyrkc7+ePvnI7OPGcKTqxyKotMh/ZACoI",
    "$scrypt$ln=4,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$Ia9GB8N6Dya+hr8QUEuIu+nX+PmbPKsjdzzB0uUgL6AZrCDiEzsP9Ro0\
     NrUpo3scZHACR0Okvm15FZ8/lDE5uA",
    "$scrypt-nfkc$ln=4,r=16,p=1$MDEyMzQ1Njc4OWFiY2RlZg$8nrrApTPFDJMVInOAlvC3/ShNbMSBrkD87hxIYmM10FZKJHBg1\
     wexbMqOA/39fKSTwucsw3JdCSQYp8SDkcmUg",
    "$fbscrypt$v=1,n=4,r=8,p=1,ss=Cw==,sk=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4\
     vMDEyMzQ1Njc4OTo7PD0+Pw==$c2FsdHNhbHQxMg==$4mJcAEgrAE+7zZU1GvJSV7T0D9H/2hi3AhT6Luu0qC0mnOClH9sGtvdGL\
     y2MXLj1AuYmtlERKnjsnSAz9W4VGg",
    "$argon2i$v=16$m=256,t=1,p=2$MDEyMzQ1Njc4OWFiY2RlZg$gKCGiH0fTxYxSGFm2IUDFx9k5rNoom2xdjGZ1/tl3Zw",
    "$argon2d$v=19$m=256,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$bIBKSBBspk/j5HRkM1ggHmshjzEZT9o+yCoLYd3ftZs",
    "$argon2id$v=19$m=512,t=2,p=8$MDEyMzQ1Njc4OWFiY2RlZg$igJsnyiurix5AwfBRjpgnjokaAHKPdBmIhugp7V8afI",
    "$over$phpass$7$saltsalt$argon2id$v=19$m=256,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$4ij35VEYstpiY3zUDHQ6EPK1e\
     1QLlsG4qqeqA6RFrEM",
    "$over$phpass-wp$8$saltsalt$argon2id$v=19$m=256,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$YmxOQeT64D4vvRT9e9z5CK\
     4GBk5VudgbAe9rUgwgL/8",
    "$over$ssha1$c2FsdA$argon2id$v=19$m=256,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$neh7hnj6r1KI0nPR1ps1kgNtDJPd8c\
     RQELDTd7JWNwE",
    "$over$ssha256$c2FsdA$argon2id$v=19$m=256,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$+HmHENXxeumif8F6839klW6d0kK4\
     zhyplRJby5TdylI",
    "$over$ssha512$c2FsdA$argon2id$v=19$m=256,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$nErd/CXQZTy9iyBAYzDvWLTKvlG+\
     5r4rAE8dZsEoDUU",
    "$over$2b$04$abcdefghijklmnopqrstuu$argon2id$v=19$m=256,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AgpLQy1/XgUF2J\
     R4Mo6J4/QeSTf0cSG6XreRTH1e2cY",
    "$over$pbkdf2-sha512$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$argon2id$v=19$m=256,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg\
     $CiyafSUtwIXc8Q8Q1u7e4O3cPLLCgpbED1Kvs7Vn/DQ",
    "$over$argon2i$v=16$m=256,t=1,p=2$MDEyMzQ1Njc4OWFiY2RlZg$argon2id$v=19$m=256,t=1,p=1$MDEyMzQ1Njc4OWFi\
     Y2RlZg$F6VTjrGb1P6WIdotY0LOrZaHrYCx+1/bKb/+R/L6uYo",
    "$over$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$argon2id$v=19$m=256,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$\
     u4Z1OHErNTfWkscEZ4g456QcSpXE3t5GAi8b368NL2U",
];

fn matches(form: &str, password: &str) -> bool {
    let password = Password::parse(password).unwrap();
    Legacy::parse(form).unwrap().matches(&password, &Argon2id::default()).unwrap()
}

#[test]
fn each_form_takes_its_password_and_no_other() {
    for form in FORMS {
        assert!(matches(form, PASSWORD), "{form}");
        for wrong in ["  Grüße, ﬁne №2 ", "Gruesse", "x"] {
            assert!(!matches(form, wrong), "{form} {wrong}");
        }
        let is_trimmed = form.contains("wp$");
        assert_eq!(matches(form, PASSWORD.trim()), is_trimmed, "{form}");
        let is_nfkc = form.starts_with("$scrypt-nfkc$");
        assert_eq!(matches(form, "  Grüße, fine No1 "), is_nfkc, "{form}");
    }
    // bcrypt sees 72 bytes.
    let long = "$2b$04$abcdefghijklmnopqrstuuLnOamkfe124Y9i5hNYZ7J5vT3NERky6";
    assert!(!matches(long, &format!("{PASSWORD}x")));
}

#[test]
fn a_password_of_wordpress_has_a_backslash_before_its_quotes() {
    let hasher = PasswordHasher::new(Params::new(256, 1, 1, None).unwrap());
    let phpass = hasher.import("$phpass-wp$8$IaxvM2Fd$GTCskS5Pg4epufXON4pZtw").unwrap();
    for form in ["$wp$2y$04$jLsx5EhVzY8ilz1NmpNZz.p6TAXQ95U3sPdsJv8mBLK68bwvEzzPK", phpass.reveal()] {
        assert!(matches(form, r#"O'Neil says "\""#), "{form}");
        assert!(matches(form, r#" O'Neil says "\" "#), "{form}");
        for wrong in [r#"O\'Neil says \"\\\""#, r#"O'Neil says """#] {
            assert!(!matches(form, wrong), "{form} {wrong}");
        }
    }
}

#[test]
fn the_hash_of_an_empty_password_lets_no_one_in() {
    for form in [
        "$2y$04$f9lf0oef6MNOa5ACKIJCv.4Vf4ovn9IjALv4t3dmomFj/UD0GlBK2",
        "$wp$2y$04$a88wCxLzX2vEeGt.4twvROQaWxw4YWWPzzQGOqL9HEwgKeDtUtQXO",
        "$pbkdf2-sha256$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$1SowFvcyM8WmWKE5mw1mE6SzWhTrQkI1ozLfFjQpvY4",
    ] {
        for typed in ["\0", "\0\0", " ", " \t"] {
            assert!(!matches(form, typed), "{form} {typed:?}");
        }
    }
    assert!(!matches(FORMS[3], &format!("{PASSWORD}\0")), "HMAC does not see it");
}

#[test]
fn a_form_has_its_costs_and_no_salt() {
    for (text, expected) in [
        (FORMS[0], "bcrypt cost=04"),
        (FORMS[1], "wp cost=04"),
        (FORMS[2], "bcrypt_sha256 cost=04"),
        (FORMS[3], "pbkdf2-sha1 i=1000"),
        (FORMS[8], "scrypt-nfkc ln=4,r=16,p=1"),
        (FORMS[9], "scrypt of Firebase n=4,r=8,p=1"),
        (FORMS[10], "argon2i m=256,t=1,p=2"),
        (FORMS[14], "argon2id over phpass-wp 2^8"),
        (FORMS[15], "argon2id over ssha1"),
        (FORMS[18], "argon2id over bcrypt cost=04"),
        (FORMS[19], "argon2id over pbkdf2-sha512 i=1000"),
        (FORMS[20], "argon2id over argon2i m=256,t=1,p=2"),
        (FORMS[21], "argon2id over scrypt ln=4,r=8,p=1"),
    ] {
        let stored: StoredHash = serde_json::from_value(serde_json::json!(text)).unwrap();
        assert_eq!(stored.form(), expected, "{text}");
    }
}

#[test]
fn what_is_weak_is_stored_under_argon2id_and_the_rest_as_it_is() {
    let hasher = PasswordHasher::new(Params::new(256, 1, 1, None).unwrap());
    let strong = ["$2b$10$abcdefghijklmnopqrstuuLnOamkfe124Y9i5hNYZ7J5vT3NERky6"];
    assert_eq!(hasher.import(strong[0]).unwrap().reveal(), strong[0]);
    for form in FORMS.into_iter().filter(|form| !form.starts_with("$over$")) {
        // Half of a block of SHA-512 is too short for what a login computes.
        let Ok(stored) = hasher.import(form) else {
            assert_eq!(form, FORMS[6], "{form}");
            continue;
        };
        assert!(stored.reveal().starts_with("$over$"), "{form}");
        assert!(matches(stored.reveal(), PASSWORD), "{form}");
        assert!(!matches(stored.reveal(), "another one"), "{form}");
        let digest = form.rsplit('$').next().unwrap();
        assert!(!stored.reveal().contains(&digest[digest.len().saturating_sub(20)..]), "{form}");
    }
    for bare in ["$phpass$7$saltsalt$AAAAAAAAAAAAAAAAAAAAAA", "$ssha1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(Legacy::parse(bare), Err(Unusable::Unknown), "no login reads it");
        assert!(hasher.import(bare).unwrap().reveal().starts_with("$over$"));
    }
    // An export has forms that are stored already.
    let own =
        "$over$ssha1$c2FsdA$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(hasher.import(own).unwrap().reveal(), own);
    let cheap = own.replace("m=19456", "m=256");
    assert!(matches!(hasher.import(&cheap), Err(ImportError::Unusable(Unusable::Unknown))));
    for (text, expected) in [
        ("", Unusable::Unknown),
        ("$over$2b", Unusable::Unknown),
        (&*format!("$2b$14{}", &FORMS[0][6..]), Unusable::TooCostly),
        (&*format!("{}$", FORMS[0]), Unusable::Malformed),
        (&*FORMS[4].replace("sha256", "sha1"), Unusable::Malformed),
    ] {
        assert!(
            matches!(hasher.import(text), Err(ImportError::Unusable(found)) if found == expected),
            "{text}"
        );
    }
}

#[test]
fn what_is_cut_or_changed_is_no_form() {
    for form in FORMS {
        for end in 0..form.len() {
            let cut = &form[..end];
            // Half of such a digest is what other systems keep.
            let is_prefix = form.contains("scrypt") || form.contains("pbkdf2-sha512");
            assert!(Legacy::parse(cut).is_err() || is_prefix || !matches(cut, PASSWORD), "{cut}");
        }
        for (position, _) in form.match_indices('$') {
            let (before, after) = form.split_at(position);
            assert!(Legacy::parse(&format!("{before}{}", &after[1..])).is_err(), "{form} {position}");
        }
    }
}

#[test]
fn a_cost_above_its_cap_is_never_obeyed() {
    let salt = "$MDEyMzQ1Njc4OWFiY2RlZg$nbUqnHopD0Rn8kRrlLHaWIuF3Uo";
    let argon2 = "$MDEyMzQ1Njc4OWFiY2RlZg$gKCGiH0fTxYxSGFm2IUDFx9k5rNoom2xdjGZ1/tl3Zw";
    for costly in [
        "$2b$14$abcdefghijklmnopqrstuuLnOamkfe124Y9i5hNYZ7J5vT3NERky6".to_owned(),
        "$2b$31$abcdefghijklmnopqrstuuLnOamkfe124Y9i5hNYZ7J5vT3NERky6".to_owned(),
        format!("$pbkdf2-sha1$i=1500001{salt}"),
        format!("$pbkdf2-sha256$i=2000001{salt}"),
        format!("$pbkdf2-sha512$i=4294967295{salt}"),
        format!("$scrypt$ln=15,r=8,p=9{salt}"),
        format!("$scrypt$ln=18,r=8,p=1{salt}"),
        format!("$scrypt-nfkc$ln=63,r=8,p=1{salt}"),
        format!("$scrypt$ln=1,r=4294967295,p=4294967295{salt}"),
        format!("$argon2id$v=19$m=131073,t=1,p=1{argon2}"),
        format!("$argon2d$v=19$m=256,t=11,p=1{argon2}"),
        format!("$argon2i$v=16$m=256,t=1,p=9{argon2}"),
        format!("$scrypt$ln=1,r=1,p=1048576{salt}"),
        format!("$over$phpass$17$saltsalt$argon2id$v=19$m=256,t=1,p=1{argon2}"),
        format!("$over$phpass$7$saltsalt$argon2id$v=19$m=131073,t=1,p=1{argon2}"),
        format!("$over$2b$31$abcdefghijklmnopqrstuu$argon2id$v=19$m=256,t=1,p=1{argon2}"),
    ] {
        assert_eq!(Legacy::parse(&costly), Err(Unusable::TooCostly), "{costly}");
    }
    for (unknown, reason) in [
        ("", Unusable::Unknown),
        ("password", Unusable::Unknown),
        ("$6$oHLX6Qc/0IXzvSJQ$Tm.pWgF.x632otoEgrGx9bI5p1", Unusable::Unknown),
        ("$phpass$7$saltsalt$x", Unusable::Malformed),
        ("$ssha1$c2FsdA$nbUqnHopD0Rn8kRrlLHaWIuF3Uo", Unusable::Unknown),
        ("$over$phpass$7$saltsalt", Unusable::Malformed),
        ("$over$nothing$argon2id$v=19$m=256,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg", Unusable::Unknown),
        ("$pbkdf2-sha1$i=0$MDEyMzQ1Njc4OWFiY2RlZg$nbUqnHopD0Rn8kRrlLHaWIuF3Uo", Unusable::Malformed),
        ("$pbkdf2-sha1$i=+1$MDEyMzQ1Njc4OWFiY2RlZg$nbUqnHopD0Rn8kRrlLHaWIuF3Uo", Unusable::Malformed),
        ("$2x$04$abcdefghijklmnopqrstuuLnOamkfe124Y9i5hNYZ7J5vT3NERky6", Unusable::Unknown),
    ] {
        assert_eq!(Legacy::parse(unknown), Err(reason), "{unknown}");
    }
}
