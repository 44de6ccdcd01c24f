//! Every page in every state, in a browser. axe-core finds no error in light, dark and forced colours. A page is one
//! small request, fits into a width of 320 pixels, and has targets that are large enough. The tests put pictures of all
//! states into `target/screenshots`.

mod account;
mod changes;
mod deletion;
mod deployments;
mod inspector;
mod looker;
mod mails;
mod verification;

use std::collections::BTreeSet;

use data_encoding::BASE64;
use serde_json::json;

use self::inspector::Inspector;
use crate::harness::client::PASSWORD;
use crate::harness::gateway::other_site;
use crate::harness::{Client, Fault};
use crate::pages::browser::{ACCOUNT, Visit};
use crate::pages::states;

#[tokio::test(flavor = "multi_thread")]
async fn every_page_in_every_state_is_small_and_accessible() {
    let variables = [("SIGNUP_PER_HOUR", "12"), ("LOGIN_FREE_FAILURES", "2")];
    let Some(visit) = Visit::start(&variables).await else { return };
    let inspector = Inspector::new(&visit, "latchkey");
    sign_up_forms(&visit, &inspector).await;
    login_forms(&visit, &inspector).await;
    failures(&visit, &inspector).await;
    refusals(&visit, &inspector).await;
    signed_in(&visit, &inspector).await;
    account::look(&visit, &inspector).await;
    deletion::look(&visit, &inspector).await;
    changes::look(&visit, &inspector).await;
    too_many(&visit, &inspector).await;
    // Chromium always says where a form comes from, and no form has the type of JSON.
    let is_of_chromium = |name: &String| !["unknown origin", "login, unknown field"].contains(&name.as_str());
    let states = states::every_state(&[]).await.into_iter().map(|(name, _)| name);
    let expected: BTreeSet<String> = states.filter(is_of_chromium).collect();
    let mut seen = inspector.seen();
    seen.extend(deployments::look().await);
    assert!(seen.is_superset(&expected), "not seen: {:?}", expected.difference(&seen).collect::<Vec<_>>());
    let (contrast, largest) = (inspector.contrast(), inspector.largest());
    println!("{} states, smallest contrast {contrast}, largest page {largest} bytes", seen.len());
}

/// Sets the text of a field by a script, because the input limits its length.
async fn set(visit: &Visit, id: &str, text: &str) {
    visit.browser.script(&format!("document.getElementById('{id}').value = {}", json!(text))).await;
}

async fn sign_up_forms(visit: &Visit, inspector: &Inspector<'_>) {
    let browser = &visit.browser;
    for (name, path) in [("home", "/"), ("sign-up", "/signup"), ("login", "/login")] {
        visit.open(path).await;
        inspector.look(name).await;
    }
    Client::signed_up(&visit.gateway.latchkey, "taken").await;
    visit.open("/signup").await;
    let long = ["email", "name", "username", "password"].map(|id| (id, "x".repeat(300)));
    let invalid = states::INVALID.map(|(id, text)| (id, text.to_owned()));
    let fields = |username: &str, email: &str, password: &str| {
        [("email", email), ("name", ""), ("username", username), ("password", password)]
            .map(|(id, text)| (id, text.to_owned()))
    };
    for (name, fields) in [
        ("sign-up, nothing", fields("", "", "")),
        ("sign-up, invalid", invalid),
        ("sign-up, short", fields("ada", "a@b.cd", "seven77")),
        ("sign-up, long", long),
        ("sign-up, common", fields("root", "ada@example.com", "password")),
        ("sign-up, username taken", fields("TAKEN", "ada@example.com", PASSWORD)),
        ("sign-up, email taken", fields("ada1", "taken@example.com", PASSWORD)),
        ("sign-up, both taken", fields("taken", "taken@example.com", PASSWORD)),
    ] {
        for (id, text) in &fields {
            set(visit, id, text).await;
        }
        visit.gateway.take_requests();
        browser.click("main button").await;
        inspector.look(name).await;
    }
}

async fn login_forms(visit: &Visit, inspector: &Inspector<'_>) {
    let browser = &visit.browser;
    visit.open("/login").await;
    for (name, identifier, password) in [
        ("login, nothing", "", ""),
        ("login, long", &*"i".repeat(300), &*"p".repeat(300)),
        ("login, wrong password", "taken", "a wrong password"),
    ] {
        set(visit, "identifier", identifier).await;
        set(visit, "password", password).await;
        visit.gateway.take_requests();
        browser.click("main button").await;
        inspector.look(name).await;
    }
    while !browser.text().await.contains("Try again in") {
        visit.gateway.take_requests();
        browser.submit(&[("password", "a wrong password")]).await;
    }
    assert_eq!(browser.focus().await, "summary", "no field is wrong");
    inspector.look("login, too many attempts").await;
}

async fn failures(visit: &Visit, inspector: &Inspector<'_>) {
    let (browser, database) = (&visit.browser, &visit.gateway.latchkey.database);
    for (name, code) in [("unavailable", "ThrottlingException"), ("a fault", "AccessDeniedException")] {
        for (path, operation, fields) in [
            ("/signup", "TransactWriteItems", ACCOUNT.to_vec()),
            ("/login", "GetItem credentials", vec![("identifier", "ada.l"), ("password", PASSWORD)]),
        ] {
            visit.open(path).await;
            visit.gateway.take_requests();
            database.fail_always(operation, Fault::error(400, code));
            browser.submit(&fields).await;
            database.clear_faults();
            assert_eq!(browser.focus().await, "summary", "no field is wrong");
            assert_eq!(browser.value(fields[0].0).await, fields[0].1);
            inspector.look(&format!("{name} at {path}")).await;
        }
    }
    visit.sign_up().await;
    visit.gateway.take_requests();
    visit.open("/profile").await;
    inspector.look("profile of Ada").await;
    for (name, code) in [("unavailable", "ThrottlingException"), ("a fault", "AccessDeniedException")] {
        visit.open("/profile").await;
        visit.gateway.take_requests();
        database.fail_always("DeleteItem sessions", Fault::error(400, code));
        browser.click("main button").await;
        inspector.look(&format!("{name} at /logout")).await;
        database.clear_faults();
        database.fail_always("BatchGetItem", Fault::error(400, code));
        visit.open("/profile").await;
        inspector.look(&format!("{name} at /profile")).await;
        database.clear_faults();
    }
    visit.open("/profile").await;
    browser.click("main button").await;
}

async fn refusals(visit: &Visit, inspector: &Inspector<'_>) {
    let browser = &visit.browser;
    visit.gateway.take_requests();
    for (name, path) in [("not found", "/nothing"), ("method", "/logout")] {
        visit.open(path).await;
        inspector.look(name).await;
    }
    let form =
        format!("<form method=post action='{}/login'><button>Win</button></form>", visit.gateway.origin);
    browser.open(&format!("https://127.0.0.1:{}/", other_site(form).await)).await;
    browser.click("button").await;
    inspector.look("another site").await;
    for (name, change) in [
        ("type", "document.querySelector('form').enctype = 'multipart/form-data'"),
        ("too large", "document.getElementById('name').value = 'x'.repeat(9000)"),
        (
            "malformed",
            "document.querySelector('form').insertAdjacentHTML('beforeend', '<input name=email value=x>')",
        ),
    ] {
        visit.open("/signup").await;
        browser.script(change).await;
        visit.gateway.take_requests();
        browser.click("main button").await;
        inspector.look(name).await;
    }
}

async fn signed_in(visit: &Visit, inspector: &Inspector<'_>) {
    visit.open("/signup").await;
    for (id, text) in states::longest() {
        set(visit, id, &text).await;
    }
    visit.gateway.take_requests();
    visit.browser.click("main button").await;
    inspector.look("profile").await;
    verification::look(visit, inspector).await;
    visit.open("/").await;
    inspector.look("home signed in").await;
    visit.browser.click("main button").await;
}

async fn too_many(visit: &Visit, inspector: &Inspector<'_>) {
    visit.open("/signup").await;
    while !visit.browser.text().await.contains("Try again in") {
        visit.gateway.take_requests();
        visit
            .browser
            .submit(&[("email", "taken@example.com"), ("username", "taken"), ("password", PASSWORD)])
            .await;
    }
    inspector.look("sign-up, too many attempts").await;
}

/// A logo with a width of 60 and a height of 32 pixels.
const LOGO: &str = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 60 32'>\
    <rect width='60' height='32' rx='8' fill='#d40000'/>\
    <circle cx='30' cy='16' r='10' fill='#fff'/></svg>";

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_readable_with_any_colour_and_logo() {
    let logo = format!("data:image/svg+xml;base64,{}", BASE64.encode(LOGO.as_bytes()));
    for (colour, accent) in
        [("yellow", "#ffee00"), ("white", "#ffffff"), ("black", "#000000"), ("grey", "#777777")]
    {
        let name = "Acme & Söhne <b>\"Ltd\"</b>, a name as long as names";
        let variables = [("APPLICATION_NAME", name), ("ACCENT_COLOR", accent), ("LOGO", &*logo)];
        let Some(visit) = Visit::start(&variables).await else { return };
        let inspector = Inspector::new(&visit, colour);
        visit.open("/").await;
        assert_eq!(visit.browser.title().await, format!("Home – {name}"));
        assert!(visit.browser.text().await.contains(name));
        let drawn =
            "const logo = document.querySelector('header img'); return [logo.naturalWidth > 0, logo.height]";
        assert_eq!(visit.browser.script(drawn).await, json!([true, 32]));
        inspector.look("home").await;
        visit.open("/signup").await;
        inspector.look("sign-up").await;
        visit.browser.click("main button").await;
        inspector.look("sign-up, nothing").await;
        println!("{colour}: smallest contrast {}", inspector.contrast());
    }
}
