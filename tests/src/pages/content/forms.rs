//! The forms: their rules, their errors, and the input that they keep.

use std::collections::BTreeSet;

use latchkey::password::Password;
use serde_json::json;

use crate::harness::client::{PASSWORD, account};
use crate::harness::{Client, Fault, Latchkey, Response};
use crate::pages::content::values;
use crate::pages::states::account::NEW;
use crate::pages::states::deletion::NEWEST;
use crate::pages::states::{WRONG, every_state};

/// The attributes of each input of the sign-up form, if the shortest password has 15 characters.
const ATTRIBUTES: [(&str, &[&str]); 4] = [
    ("email", &["type=\"email\"", "autocomplete=\"email\"", "inputmode=\"email\"", "required"]),
    ("name", &["autocomplete=\"name\""]),
    ("username", &["autocomplete=\"username\"", "autocapitalize=\"none\"", "minlength=\"4\"", "required"]),
    (
        "password",
        &[
            "type=\"password\"",
            "autocomplete=\"new-password\"",
            "minlength=\"15\"",
            "passwordrules=\"minlength: 15; maxlength: 255;\"",
            "required",
        ],
    ),
];

#[tokio::test]
async fn a_form_keeps_all_but_the_password_and_marks_each_wrong_field() {
    for (name, Response { status, body, .. }) in every_state(&[]).await {
        let (_, title) = body.split_once("<title>").expect("a title");
        let is_error = status >= 400;
        assert_eq!(title.starts_with("Error: "), is_error, "{name}: {title:.80}");
        for password in [PASSWORD, WRONG, "seven77", NEW, NEWEST, &"p".repeat(300)] {
            let inputs = body.split("<input ").filter_map(|rest| rest.split('>').next());
            let mut inputs = inputs.filter(|input| input.contains("type=\"password\""));
            let is_shown = inputs.any(|input| input.contains(" value="))
                || body.contains(&format!("value=\"{password}\""));
            assert!(!is_shown, "{name}: {body}");
        }
        check_ids(&name, &body);
        let wrong = wrong_fields(&body);
        let fragments = values(&body, "href").into_iter().filter_map(|link| link.strip_prefix('#'));
        let linked: Vec<&str> = fragments.collect();
        if status == 401 {
            assert_eq!(linked, wrong[..1], "{name}: the summary links to the first field");
            let is_login = name.starts_with("login");
            assert_eq!(
                wrong.len(),
                if is_login { 2 } else { 1 },
                "{name}: a login does not say which is wrong"
            );
        } else {
            assert_eq!(linked, wrong, "{name}: the summary links to each marked field, in order");
        }
        let is_form = body.contains("novalidate");
        assert_eq!(body.matches(" autofocus").count(), usize::from(is_form && is_error), "{name}");
        if let Some(first) = wrong.first() {
            let (before, _) = body.split_once(" autofocus").expect("a focus");
            let focused = before.rsplit("<input ").next().expect("an input");
            assert!(focused.starts_with(&format!("id=\"{first}\"")), "{name}");
        }
        let lacks_text = body.contains("Correct this field") || body.contains("That did not work");
        assert!(!lacks_text, "{name}: an error without a text: {body}");
    }
}

/// Checks that ids are unique, and that references to ids have a target.
fn check_ids(name: &str, page: &str) {
    let ids = values(page, "id");
    let unique: BTreeSet<_> = ids.iter().collect();
    assert_eq!(ids.len(), unique.len(), "{name}: an id is used twice: {ids:?}");
    let described = values(page, "aria-describedby").into_iter().flat_map(|list| list.split(' '));
    for id in described.chain(values(page, "for")) {
        assert!(ids.contains(&id), "{name}: no element has the id {id:?}");
    }
}

/// The ids of the inputs that a page marks as wrong.
fn wrong_fields(page: &str) -> Vec<&str> {
    let is_wrong =
        |input: &&str| input.split('>').next().is_some_and(|input| input.contains(" aria-invalid=\"true\""));
    let wrong = page.split("<input ").skip(1).filter(is_wrong);
    wrong.filter_map(|input| input.strip_prefix("id=\"")?.split('"').next()).collect()
}

#[tokio::test]
async fn the_form_states_the_rules_that_the_server_applies() {
    let latchkey = Latchkey::start_with(&[("PASSWORD_MIN_LENGTH", "15")]).await;
    let page = Client::browser().get(&latchkey, "/signup").await.body;
    let input = |id: &str| -> String {
        let (_, input) = page.split_once(&format!("<input id=\"{id}\"")).expect("an input");
        input.split('>').next().expect("its end").replace('\n', "")
    };
    for (id, attributes) in ATTRIBUTES {
        for attribute in attributes {
            assert!(input(id).contains(&format!(" {attribute}")), "{attribute}: {}", input(id));
        }
    }
    assert!(page.contains("At least 15 characters") && !input("name").contains("required"));
    let login = Client::browser().get(&latchkey, "/login").await.body;
    for autocomplete in ["username", "current-password"] {
        assert!(login.contains(&format!("autocomplete=\"{autocomplete}\"")));
    }
    assert!(!login.contains("minlength"), "the minimum may have been lower when the user set the password");
}

#[tokio::test]
async fn input_survives_failures_that_it_did_not_cause() {
    let pages = every_state(&[]).await;
    let of = |name: &str| &pages.iter().find(|(known, _)| known == name).expect("a page").1.body;
    for name in ["unavailable at /signup", "a fault at /signup"] {
        assert!(of(name).contains("value=\"ada1\""), "{name}");
        assert!(of(name).contains("value=\"ada1@example.com\""), "{name}");
    }
    for name in ["unavailable at /login", "a fault at /login"] {
        assert!(of(name).contains("value=\"ada1\""), "{name}");
    }
    assert!(of("login, too many attempts").contains("value=\"taken\""));
    assert!(
        !of("another site").contains("value=\"ada1\""),
        "the page does not repeat the input of another site"
    );
    let latchkey = Latchkey::start().await;
    for name in ["identifier", "username", "email"] {
        let page =
            Client::browser().post(&latchkey, "/login", &json!({ name: "ada1", "password": WRONG })).await;
        assert!(page.status == 401 && page.body.contains("value=\"ada1\""), "in the field {name}: {page:?}");
    }
}

#[tokio::test]
async fn the_same_form_sent_twice_ends_signed_in() {
    let latchkey = Latchkey::start().await;
    let mut browser = Client::browser();
    assert_eq!(browser.post(&latchkey, "/signup", &account("ada1")).await.status, 303);
    let before = latchkey.database.everything();
    let again = browser.post(&latchkey, "/signup", &account("ADA1")).await;
    assert_eq!((again.status, again.header("location"), again.cookies.len()), (303, Some("/profile"), 0));
    let other_name =
        json!({ "username": "ada1", "email": "ada1@example.com", "password": PASSWORD, "name": "Ada" });
    assert_eq!(browser.post(&latchkey, "/signup", &other_name).await.status, 409, "not the same form");
    latchkey.pass(31);
    let later = browser.post(&latchkey, "/signup", &account("ada1")).await;
    assert_eq!(later.status, 409, "the form may have another password, which must not seem accepted");
    assert_eq!(latchkey.database.everything(), before);
    // The username or email address of another user is taken.
    Client::signed_up(&latchkey, "grace").await;
    let with_grace = latchkey.database.everything();
    assert_ne!(with_grace, before);
    let half = json!({ "username": "ada1", "email": "grace@example.com", "password": PASSWORD });
    for fields in [account("grace"), half] {
        assert_eq!(browser.post(&latchkey, "/signup", &fields).await.status, 409, "{fields}");
    }
    let stranger = Client::browser().post(&latchkey, "/signup", &account("ada1")).await;
    assert_eq!(stranger.status, 409, "the username is taken for a browser that is not signed in");
    let mut program = Client::program();
    program.cookies = browser.cookies;
    assert_eq!(program.post(&latchkey, "/signup", &account("ada1")).await.status, 409);
    assert_eq!(latchkey.database.everything(), with_grace);
}

#[tokio::test]
async fn a_form_from_before_a_logout_does_not_log_in() {
    let latchkey = Latchkey::start().await;
    let mut browser = Client::signed_up(&latchkey, "ada1").await.in_a_browser();
    browser.post(&latchkey, "/logout", &json!({})).await;
    latchkey.pass(1);
    let shown_at = |page: &Response| {
        let (_, rest) = page.body.split_once("name=\"shown_at\" value=\"").expect("the time");
        rest.split('"').next().expect("an end").to_owned()
    };
    let form = browser.get(&latchkey, "/login").await;
    let sent = json!({ "identifier": "ada1", "password": PASSWORD, "shown_at": shown_at(&form) });

    // The login fails while the database does, and succeeds later. Then the user logs out.
    latchkey.database.fail_always("GetItem credentials", Fault::error(400, "ThrottlingException"));
    let failed = browser.post(&latchkey, "/login", &sent).await;
    latchkey.database.clear_faults();
    latchkey.pass(5);
    let again = json!({ "identifier": "ada1", "password": PASSWORD, "shown_at": shown_at(&failed) });
    assert_eq!(browser.post(&latchkey, "/login", &again).await.status, 303);
    latchkey.pass(60);
    browser.post(&latchkey, "/logout", &json!({})).await;

    // Another user of the browser goes back, and submits the forms in the history again.
    let before = latchkey.database.everything();
    for old in [&sent, &again] {
        let refused = browser.post(&latchkey, "/login", old).await;
        assert_eq!((refused.status, refused.cookies.len()), (422, 0), "{refused:?}");
        assert!(refused.body.contains("This form is from before you logged out"), "{}", refused.body);
        assert!(!refused.body.contains("Enter your password"), "{}", refused.body);
    }
    let empty = json!({ "identifier": "ada1", "password": "", "shown_at": shown_at(&form) });
    assert!(browser.post(&latchkey, "/login", &empty).await.body.contains("Enter your password"));
    let as_program =
        browser.event("POST", "/login").header("accept", "*/*").body("application/json", &sent.to_string());
    let response = browser.send(&latchkey, &as_program).await;
    assert_eq!(response.field_errors(), [("password".to_owned(), "stale".to_owned())]);
    assert_eq!(latchkey.database.everything(), before);
    let page = browser.get(&latchkey, "/login").await;
    let new = json!({ "identifier": "ada1", "password": PASSWORD, "shown_at": shown_at(&page) });
    assert_eq!(browser.post(&latchkey, "/login", &new).await.status, 303);
    for odd in ["", "-1", "1e3", "9999999999999", "\u{661}"] {
        let fields = json!({ "identifier": "ada1", "password": PASSWORD, "shown_at": odd });
        assert_eq!(browser.post(&latchkey, "/login", &fields).await.status, 422, "{odd:?}");
    }
}

#[tokio::test]
async fn no_field_cuts_a_pasted_text_to_another_one_that_is_accepted() {
    let (mut fields, mut passwords) = (0, 0);
    for (name, page) in every_state(&[]).await {
        for input in page.body.split("<input ").skip(1).filter_map(|rest| rest.split('>').next()) {
            let is_password = input.contains("type=\"password\"");
            let longest = format!(" maxlength=\"{}\"", Password::MAXLENGTH);
            assert_eq!(input.contains(&longest), is_password, "{name}: {input}");
            assert_eq!(input.matches("maxlength=").count(), usize::from(is_password), "{name}: {input}");
            fields += 1;
            passwords += usize::from(is_password);
        }
    }
    assert!(fields > 50 && passwords > 10, "{fields} {passwords}");
}

#[tokio::test]
async fn clocks_that_differ_by_a_second_make_no_form_stale() {
    let latchkey = Latchkey::start().await;
    Client::signed_up(&latchkey, "ada1").await;
    for (seconds, status) in [(0, 303), (-1, 303), (-2, 303), (-3, 422)] {
        let mut browser = Client::signed_up(&latchkey, &format!("user{}", 0 - seconds)).await.in_a_browser();
        assert_eq!(browser.post(&latchkey, "/logout", &json!({})).await.status, 303);
        let shown_at = (latchkey.now() + seconds).to_string();
        let fields = json!({ "identifier": "ada1", "password": PASSWORD, "shown_at": shown_at });
        assert_eq!(browser.post(&latchkey, "/login", &fields).await.status, status, "{seconds}");
    }
}
