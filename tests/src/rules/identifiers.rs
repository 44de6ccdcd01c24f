//! Usernames and email addresses that imitate others, and the response of sign-up to each.

mod accounts;

use serde_json::json;

use crate::harness::client::{account, credentials, form};
use crate::harness::{Client, Event, Latchkey, Response};

/// A text, and the result of sign-up for it as a username and as an email address: `=` and the canonical form, or the
/// code of the error.
pub const IDENTIFIERS: &[(&str, &str, &str)] = &[
    // Case.
    ("ADMIN", "reserved", "invalid"),
    ("AdaL", "=adal", "invalid"),
    ("ADA@EXAMPLE.COM", "invalid", "=ada@example.com"),
    // Letters that case folding changes. Only a domain may have them, and IDNA gives it one form.
    ("\u{212a}elvin", "invalid", "invalid"),
    ("\u{212a}@example.com", "invalid", "invalid"),
    ("ada@\u{212a}elvin.example", "invalid", "=ada@kelvin.example"),
    ("ada@expre\u{17f}s.example", "invalid", "=ada@express.example"),
    ("\u{130}stanbul", "invalid", "invalid"),
    ("ada@\u{130}stanbul.example", "invalid", "=ada@xn--istanbul-o0e.example"),
    ("\u{131}stanbul", "invalid", "invalid"),
    ("ada@\u{131}stanbul.example", "invalid", "=ada@xn--stanbul-qfb.example"),
    ("stra\u{df}e", "invalid", "invalid"),
    ("strasse", "=strasse", "invalid"),
    ("ada@stra\u{df}e.example", "invalid", "=ada@xn--strae-oqa.example"),
    ("o\u{fb03}ce", "invalid", "invalid"),
    ("ada@o\u{fb03}ce.example", "invalid", "=ada@office.example"),
    // Letters of other widths and other scripts that look the same.
    ("\u{ff41}\u{ff44}\u{ff4d}\u{ff49}\u{ff4e}", "invalid", "invalid"),
    ("ada@\u{ff45}\u{ff58}ample.com", "invalid", "=ada@example.com"),
    ("ad\u{430}m", "invalid", "invalid"),
    ("ad\u{430}@example.com", "invalid", "invalid"),
    ("ada@ex\u{430}mple.com", "invalid", "=ada@xn--exmple-4nf.com"),
    // Characters that normalisation changes to an `@` or a dot.
    ("ada\u{ff20}example.com", "invalid", "invalid"),
    ("ada\u{fe6b}example.com", "invalid", "invalid"),
    ("ada@eve\u{ff20}example.com", "invalid", "invalid"),
    ("ada@eve@example.com", "invalid", "invalid"),
    ("ada@@example.com", "invalid", "invalid"),
    ("ada\u{ff0e}lovelace", "invalid", "invalid"),
    ("ada\u{2024}lovelace", "invalid", "invalid"),
    ("ada\u{3002}lovelace", "invalid", "invalid"),
    ("ada@example\u{ff0e}com", "invalid", "=ada@example.com"),
    ("ada@example\u{2024}com", "invalid", "invalid"),
    ("ada@example\u{3002}com", "invalid", "=ada@example.com"),
    ("ada@example\u{ff61}com", "invalid", "=ada@example.com"),
    ("ada\u{2024}l@example.com", "invalid", "invalid"),
    // Invisible characters. Around a name they do not count. Inside they are refused, also where IDNA drops them.
    ("ada\u{3164}lovelace", "invalid", "invalid"),
    ("ada@exam\u{3164}ple.com", "invalid", "invalid"),
    ("ada\u{200b}lovelace", "invalid", "invalid"),
    ("ada@exam\u{200b}ple.com", "invalid", "invalid"),
    ("ada\u{200d}lovelace", "invalid", "invalid"),
    ("ada@exam\u{200d}ple.com", "invalid", "invalid"),
    ("\u{feff}adalovelace", "=adalovelace", "invalid"),
    ("ada\u{feff}lovelace", "invalid", "invalid"),
    ("ada@exam\u{feff}ple.com", "invalid", "invalid"),
    ("ada\u{ad}lovelace", "invalid", "invalid"),
    ("ada@exam\u{ad}ple.com", "invalid", "invalid"),
    ("ada\u{202e}lovelace", "invalid", "invalid"),
    ("ada@exam\u{202e}ple.com", "invalid", "invalid"),
    ("ada\u{180e}lovelace", "invalid", "invalid"),
    ("ada@exam\u{180e}ple.com", "invalid", "invalid"),
    ("ada\u{fe0f}lovelace", "invalid", "invalid"),
    ("ada@exam\u{fe0f}ple.com", "invalid", "invalid"),
    ("ada\u{e0061}lovelace", "invalid", "invalid"),
    ("ada@exam\u{e0061}ple.com", "invalid", "invalid"),
    ("ada\u{200b}@example.com", "invalid", "invalid"),
    ("\u{200b}adalovelace\u{2060}", "=adalovelace", "invalid"),
    ("\u{feff}ada@example.com\u{200b}", "invalid", "=ada@example.com"),
    ("\u{202a}ada@example.com\u{202c}", "invalid", "=ada@example.com"),
    ("\u{200e}\u{a0}ada@example.com \u{3164}", "invalid", "=ada@example.com"),
    ("ada@نامه\u{200c}ای.com", "invalid", "=ada@xn--mgba3gch31f060k.com"),
    ("\u{2800}\u{3164}", "required", "required"),
    // All kinds of space. Around a name it does not count.
    ("\u{a0}adalovelace\u{a0}", "=adalovelace", "invalid"),
    ("ada\u{a0}lovelace", "invalid", "invalid"),
    ("ada\u{1680}lovelace", "invalid", "invalid"),
    ("\u{3000}adalovelace", "=adalovelace", "invalid"),
    ("ada@example.com\u{a0}", "invalid", "=ada@example.com"),
    ("ada@exam\u{a0}ple.com", "invalid", "invalid"),
    // Characters that end or break a line.
    ("ada\0lovelace", "invalid", "invalid"),
    ("ada\0@example.com", "invalid", "invalid"),
    ("ada@example.com\0", "invalid", "invalid"),
    ("ada\r\nlovelace", "invalid", "invalid"),
    ("adalovelace\r\n", "=adalovelace", "invalid"),
    ("ada@example.com\r\n", "invalid", "=ada@example.com"),
    ("ada@example.com\r\nbcc: eve@example.com", "too_long", "invalid"),
    ("ada\tlovelace", "invalid", "invalid"),
    ("ada\u{2028}lovelace", "invalid", "invalid"),
    ("ada@example.com\u{2028}", "invalid", "=ada@example.com"),
    ("ada@exam\u{2028}ple.com", "invalid", "invalid"),
    // Characters that normalisation makes longer, or that can be composed in two ways.
    ("\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}", "invalid", "invalid"),
    ("\u{fdfa}@example.com", "invalid", "invalid"),
    ("ada@\u{fdfa}.example", "invalid", "invalid"),
    (
        "ada@\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}.example",
        "invalid",
        "invalid",
    ),
    ("a\u{308}da@example.com", "invalid", "invalid"),
    ("ada@\u{e4}a\u{308}.example", "invalid", "=ada@xn--4caa.example"),
    // Addresses that only some software accepts, or reads as several addresses.
    ("a@b", "too_short", "invalid"),
    ("\"a b\"@c.de", "invalid", "invalid"),
    ("\"a\"@c.de", "invalid", "invalid"),
    ("a@[127.0.0.1]", "invalid", "invalid"),
    ("a@[IPv6:::1]", "invalid", "invalid"),
    ("a@127.0.0.1", "invalid", "invalid"),
    ("a@b.", "invalid", "invalid"),
    ("a@b.cd.", "invalid", "invalid"),
    ("a@-b.com", "invalid", "invalid"),
    ("a@b-.com", "invalid", "invalid"),
    ("a@b..com", "invalid", "invalid"),
    ("a@xn--", "invalid", "invalid"),
    ("a@xn--a.com", "invalid", "invalid"),
    ("a@xn--bcher-kva.example", "invalid", "=a@xn--bcher-kva.example"),
    ("a@XN--BCHER-KVA.example", "invalid", "=a@xn--bcher-kva.example"),
    ("a@xn--80ak6aa92e.com", "invalid", "=a@xn--80ak6aa92e.com"),
    ("a@b,c@d", "invalid", "invalid"),
    ("a@b.cd,c@d.ef", "invalid", "invalid"),
    ("a@b.cd;c@d.ef", "invalid", "invalid"),
    ("a@b.cd c@d.ef", "invalid", "invalid"),
    ("a@b.cd>", "invalid", "invalid"),
    ("Ada <a@b.cd>", "invalid", "invalid"),
    ("mailto:a@b.cd", "invalid", "invalid"),
    ("a(x)@b.cd", "invalid", "invalid"),
    ("a@b.cd(x)", "invalid", "invalid"),
    ("a..b@c.de", "invalid", "invalid"),
    (".a@b.cd", "invalid", "invalid"),
    ("a.@b.cd", "invalid", "invalid"),
    (
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com",
        "too_long",
        "=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com",
    ),
    ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com", "too_long", "invalid"),
    (
        "a@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
        "too_long",
        "=a@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
    ),
    ("a@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example", "too_long", "invalid"),
    // Odd but valid addresses.
    ("Ada+News@example.com", "invalid", "=ada+news@example.com"),
    ("+@b.cd", "invalid", "=+@b.cd"),
    ("a!#$%&'*+/?=^_`{|}~-b@c.de", "invalid", "=a!#$%&'*+/?=^_`{|}~-b@c.de"),
    // The start of an encoded word.
    ("=?x?q?a=40b?=@c.de", "invalid", "invalid"),
    // The shape of a username.
    ("_ada", "invalid", "invalid"),
    ("-ada", "invalid", "invalid"),
    (".ada", "invalid", "invalid"),
    ("ada.", "invalid", "invalid"),
    ("ada-", "invalid", "invalid"),
    ("a.-_", "invalid", "invalid"),
    ("ada..l", "invalid", "invalid"),
    ("ada_-l", "invalid", "invalid"),
    ("a.d-a_l", "=a.d-a_l", "invalid"),
    ("ada", "too_short", "invalid"),
    ("ada1", "=ada1", "invalid"),
    ("1234", "=1234", "invalid"),
    ("null", "reserved", "invalid"),
    ("undefined", "reserved", "invalid"),
    // Characters with a special meaning in Latchkey's keys, in paths and in escapes.
    ("username#ada1", "invalid", "invalid"),
    ("email#ada1", "invalid", "invalid"),
    ("ada1#", "invalid", "invalid"),
    ("../ada", "invalid", "invalid"),
    ("ada%00", "invalid", "invalid"),
    ("ada/lovelace", "invalid", "invalid"),
    ("ada\\lovelace", "invalid", "invalid"),
    // Reserved names and their lookalikes.
    ("root", "reserved", "invalid"),
    ("r\u{43e}\u{43e}t", "invalid", "invalid"),
    ("ro.ot", "reserved", "invalid"),
    ("Adm1n", "reserved", "invalid"),
    ("r00t_7", "reserved", "invalid"),
    ("latch-key", "reserved", "invalid"),
    ("login", "reserved", "invalid"),
    ("LATCHKEY", "reserved", "invalid"),
    // The longest username, and one that is a character longer.
    ("x23456789012345678901234567890z", "=x23456789012345678901234567890z", "invalid"),
    ("x23456789012345678901234567890zy", "too_long", "invalid"),
];

/// The result of sign-up for one field of a request.
fn verdict(response: &Response, latchkey: &Latchkey, field: &str, attribute: &str) -> String {
    let users = latchkey.database.items("UsersTable");
    match (response.status, users.as_slice()) {
        (201, [user]) => format!("={}", user[attribute]["S"].as_str().expect("a string")),
        (422, []) => {
            let errors = response.field_errors();
            assert_eq!((errors.len(), errors[0].0.as_str()), (1, field), "{response:?}");
            errors[0].1.clone()
        }
        _ => panic!("{response:?}"),
    }
}

#[tokio::test]
async fn every_odd_identifier_is_refused_or_has_its_one_canonical_form() {
    let mut latchkey = Latchkey::start().await;
    for (text, username, email) in IDENTIFIERS.iter().copied() {
        for (field, attribute, expected) in
            [("username", "username_canonical", username), ("email", "email", email)]
        {
            let mut fields = account("another");
            fields[field] = json!(text);
            for (content_type, body) in [
                ("application/json", fields.to_string()),
                ("application/x-www-form-urlencoded", form(&fields)),
            ] {
                let event = Event::new("POST", "/signup").header("sec-fetch-site", "same-origin");
                let response = latchkey.send(&event.body(content_type, &body)).await;
                assert_eq!(verdict(&response, &latchkey, field, attribute), expected, "{field} {text:?}");
                if response.status == 201 {
                    for typed in [text, &expected[1..]] {
                        let response = Client::program().post(&latchkey, "/login", &credentials(typed)).await;
                        assert_eq!(response.status, 200, "{typed:?}: {response:?}");
                    }
                    latchkey = Latchkey::start().await;
                }
            }
        }
    }
}
