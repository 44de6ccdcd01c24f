//! The forms of an account, and of a sign-up by email: what fills their fields, and what they hold from one error to
//! the next.

use crate::harness::Response;
use crate::pages::content::values;
use crate::pages::states::every_state;

/// The name of a field, and its attributes.
type Field = (&'static str, &'static [&'static str]);

/// The visible fields of forms without an error, in their order.
const FIELDS: &[(&str, &[Field])] = &[
    ("name", &[("name", &["value=\"Some One\"", "autocomplete=\"name\"", "dir=\"auto\""])]),
    ("username", &[("username", NEW_USERNAME)]),
    ("email", &[("email", ADDRESS)]),
    (
        "delete",
        &[(
            "username",
            &[
                "value=\"\"",
                "autocomplete=\"off\"",
                "autocapitalize=\"none\"",
                "spellcheck=\"false\"",
                "required",
            ],
        )],
    ),
    ("undo", &[("owner", OWNER), ("password", NEW_PASSWORD)]),
    ("sign-up by email", &[("email", ADDRESS)]),
    (
        "sign-up by link",
        &[
            ("owner", &["value=\"new@example.com\"", "autocomplete=\"username\"", "readonly"]),
            ("name", &["value=\"\"", "autocomplete=\"name\""]),
            ("username", NEW_USERNAME),
            ("password", NEW_PASSWORD),
        ],
    ),
];

const ADDRESS: &[&str] =
    &["type=\"email\"", "value=\"\"", "autocomplete=\"email\"", "inputmode=\"email\"", "required"];
const NEW_USERNAME: &[&str] =
    &["value=\"\"", "autocomplete=\"username\"", "autocapitalize=\"none\"", "minlength=\"4\"", "required"];
const OWNER: &[&str] = &["value=\"someone@example.com\"", "autocomplete=\"username\"", "readonly"];
const NEW_PASSWORD: &[&str] =
    &["type=\"password\"", "autocomplete=\"new-password\"", "minlength=\"8\"", "required"];

/// The hidden fields of forms, in every state whose name begins like this. A token may be any.
const HIDDEN: [(&str, &[(&str, &str)]); 9] = [
    ("name", &[]),
    ("username", &[("present", "someone")]),
    ("email", &[("present", "someone@example.com")]),
    ("delete, not confirmed", &[]),
    ("delete", &[("confirmed", "1")]),
    ("undo", &[("token", "")]),
    ("sign-up by email", &[]),
    ("sign-up by link", &[("token", "")]),
    ("/verify, another address", &[("token", "")]),
];

/// What a form still holds after a failure that the input did not cause.
const KEPT: [(&str, &str); 8] = [
    ("unavailable at /profile/name", "Another One"),
    ("name, too many changes", "Another One"),
    ("unavailable at /profile/username", "some.one"),
    ("unavailable at /profile/email", "busy@example.com"),
    ("unavailable at /profile/delete", "someone"),
    ("sign-up by email, unavailable", "busy@example.com"),
    ("sign-up by link, unavailable", "New One"),
    ("sign-up by link, unavailable", "new1"),
];

/// The inputs of a page: the hidden ones, or the others.
fn inputs(page: &str, is_hidden: bool) -> Vec<String> {
    let inputs = page.split("<input ").skip(1).filter_map(|rest| rest.split('>').next());
    let inputs = inputs.filter(|input| input.contains("type=\"hidden\"") == is_hidden);
    inputs.map(|input| format!(" {}", input.replace('\n', " "))).collect()
}

/// The value of an attribute of an input.
fn value<'a>(input: &'a str, attribute: &str) -> &'a str {
    values(input, attribute).first().copied().unwrap_or_default()
}

#[tokio::test]
async fn the_fields_of_an_account_say_what_fills_them() {
    let pages = every_state(&[]).await;
    let of = |name: &str| &pages.iter().find(|(known, _)| known == name).expect("a page").1.body;
    for (page, fields) in FIELDS {
        let inputs = inputs(of(page), false);
        let names: Vec<&str> = inputs.iter().map(|input| value(input, "name")).collect();
        let expected: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, expected, "{page}");
        for (input, (name, attributes)) in inputs.iter().zip(*fields) {
            for attribute in *attributes {
                assert!(
                    format!("{input} ").contains(&format!(" {attribute} ")),
                    "{page}, {attribute}: {input}"
                );
            }
            let is_required = !["name", "owner"].contains(name);
            assert_eq!(input.contains(" required"), is_required, "{page}: {input}");
        }
    }
    assert!(inputs(of("name, none yet"), false)[0].contains(" value=\"\""), "no name is not the username");
    for (page, text) in KEPT {
        assert!(of(page).contains(&format!("value=\"{text}\"")), "{page}: {text}");
    }
}

#[tokio::test]
async fn a_form_holds_its_hidden_fields_from_one_error_to_the_next() {
    let mut seen = [0; HIDDEN.len()];
    for (name, Response { body, .. }) in every_state(&[]).await {
        // A dead link has no form.
        let has_form = body.contains(" novalidate") || body.contains("action=\"/verify\"");
        let is_of = |(start, _): &(&str, _)| name == *start || name.starts_with(&format!("{start},"));
        let Some(position) = HIDDEN.iter().position(is_of).filter(|_| has_form) else { continue };
        let (hidden, (_, expected)) = (inputs(&body, true), HIDDEN[position]);
        let names: Vec<&str> = hidden.iter().map(|input| value(input, "name")).collect();
        assert_eq!(names, expected.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "{name}");
        for (input, (_, text)) in hidden.iter().zip(expected) {
            let held = value(input, "value");
            assert!(if text.is_empty() { held.len() == 43 } else { held == *text }, "{name}: {input}");
        }
        seen[position] += 1;
    }
    println!("forms by kind: {seen:?}");
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}
