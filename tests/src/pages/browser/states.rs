//! Every page in every state: axe-core finds nothing on it in light, in dark and with forced colours; it is one light request; it
//! needs no more than 320 pixels; and everything on it is large enough to be hit. Pictures of all of it are in `target/screenshots`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::harness::browser::axe;
use crate::harness::client::PASSWORD;
use crate::harness::gateway::stranger;
use crate::harness::{Client, Fault, root};
use crate::pages::browser::{ACCOUNT, Visit};
use crate::pages::{content, states};

/// Runs axe-core with all its rules; what it finds, what it cannot decide, and the smallest contrast of a text.
const RUN_AXE: &str = "
    const done = arguments[arguments.length - 1];
    const tell = results => results.flatMap(found => found.nodes.map(node => found.id + ' ' + node.html + ' ' + node.failureSummary));
    axe.run(document, { rules: { 'target-size': { enabled: true }, 'color-contrast': { enabled: COLORS } } }).then(({ violations, incomplete, passes }) => {
        const contrast = passes.filter(rule => rule.id === 'color-contrast').flatMap(rule => rule.nodes);
        const ratios = contrast.flatMap(node => node.any.map(check => check.data.contrastRatio));
        done({ violations: tell(violations), incomplete: tell(incomplete), passed: passes.length, contrast: Math.min(...ratios) });
    }, error => done(String(error)))";

/// Everything that can be hit, with its size in pixels.
const TARGETS: &str = "
    return [...document.querySelectorAll('a, button, input:not([type=hidden])')].map(target => {
        const { width, height } = target.getBoundingClientRect();
        return [target.outerHTML, Math.min(width, height)];
    })";

/// Looks at page after page.
struct Inspector<'a> {
    visit: &'a Visit,
    axe: String,
    /// The name of the deployment, for the pictures.
    of: &'a str,
    seen: Mutex<BTreeSet<String>>,
    contrast: Mutex<f64>,
    weight: AtomicUsize,
}

impl<'a> Inspector<'a> {
    fn new(visit: &'a Visit, of: &'a str) -> Self {
        std::fs::create_dir_all(root().join("target/screenshots")).expect("a folder");
        let contrast = Mutex::new(f64::INFINITY);
        Self { visit, axe: axe(), of, seen: Mutex::default(), contrast, weight: AtomicUsize::new(0) }
    }

    /// Looks at the page that is open, which has just been loaded.
    async fn look(&self, name: &str) {
        let browser = &self.visit.browser;
        assert!(self.seen.lock().expect("a lock").insert(name.to_owned()), "{name} stands twice");
        let requests = self.visit.gateway.take_requests();
        let pages: Vec<_> = requests.iter().filter(|request| request.status != 303).collect();
        assert_eq!(pages.len(), 1, "{name} is one request: {requests:?}");
        assert!(pages[0].bytes <= content::WEIGHT, "{name}: {requests:?}");
        self.weight.fetch_max(pages[0].bytes, Ordering::Relaxed);
        assert_eq!(
            browser.script("return performance.getEntriesByType('resource').length").await,
            0,
            "{name}"
        );

        browser.script(&self.axe).await;
        for (look, features) in [
            ("light", json!([{ "name": "prefers-color-scheme", "value": "light" }])),
            ("dark", json!([{ "name": "prefers-color-scheme", "value": "dark" }])),
            ("forced", json!([{ "name": "forced-colors", "value": "active" }])),
        ] {
            browser.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
            self.resize(480, 900).await;
            self.accessible(name, look).await;
            self.picture(name, look).await;
        }
        browser.devtools("Emulation.setEmulatedMedia", json!({ "features": [] })).await;
        // As wide as a small phone, and as a screen of 1280 by 1024 at 400 %.
        self.resize(320, 256).await;
        let width = browser.script("return document.documentElement.scrollWidth").await;
        assert!(width.as_u64() <= Some(320), "{name} must be scrolled in one direction only: {width}");
        self.accessible(name, "320").await;
        let targets = browser.script(TARGETS).await;
        for target in targets.as_array().expect("targets") {
            assert!(target[1].as_f64().expect("pixels") >= 24.0, "{name}: {target}");
        }
        self.picture(name, "320").await;
        let log = browser.log().await;
        assert!(!log.iter().any(|entry| entry.contains("Content Security Policy")), "{name}: {log:?}");
        browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    async fn accessible(&self, name: &str, look: &str) {
        // Forced colours are the system's, which axe-core does not know of.
        let are_ours = look != "forced";
        let script = RUN_AXE.replace("COLORS", &are_ours.to_string());
        let found = self.visit.browser.client.execute_async(&script, Vec::new()).await.expect("axe-core");
        assert_eq!(found["violations"], json!([]), "{name}, {look}");
        assert_eq!(found["incomplete"], json!([]), "{name}, {look}");
        assert!(found["passed"].as_u64().expect("a count") > 10, "{found}");
        let mut contrast = self.contrast.lock().expect("a lock");
        *contrast = found["contrast"].as_f64().unwrap_or(f64::INFINITY).min(*contrast);
        assert!(*contrast >= 4.5, "{name}, {look}: {found}");
    }

    async fn resize(&self, width: u64, height: u64) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.visit.browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    async fn picture(&self, name: &str, look: &str) {
        let size = self
            .visit
            .browser
            .script("return [document.documentElement.scrollWidth, document.body.scrollHeight]")
            .await;
        let pixels = |size: &Value| size.as_u64().expect("pixels");
        self.resize(pixels(&size[0]), pixels(&size[1])).await;
        let name: String =
            name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
        let path: PathBuf = root().join(format!("target/screenshots/{}-{name}-{look}.png", self.of));
        self.visit.browser.screenshot(&path).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_in_every_state_is_small_and_accessible() {
    let variables = [("SIGNUP_PER_HOUR", "12"), ("LOGIN_FREE_FAILURES", "2")];
    let Some(visit) = Visit::start(&variables).await else { return };
    let inspector = Inspector::new(&visit, "latchkey");
    forms(&visit, &inspector).await;
    failures(&visit, &inspector).await;
    refusals(&visit, &inspector).await;
    signed_in(&visit, &inspector).await;
    too_many(&visit, &inspector).await;
    let expected: BTreeSet<String> =
        states::every_state(&[]).await.into_iter().map(|(name, _)| name).collect();
    let seen = inspector.seen.into_inner().expect("a lock");
    assert!(seen.is_superset(&expected), "not seen: {:?}", expected.difference(&seen).collect::<Vec<_>>());
    let (contrast, weight) = (inspector.contrast.into_inner(), inspector.weight.into_inner());
    println!("{} states; smallest contrast {contrast:?}, heaviest page {weight:?} bytes", seen.len());
}

/// Sets a field to what nobody can type.
async fn set(visit: &Visit, id: &str, text: &str) {
    visit.browser.script(&format!("document.getElementById('{id}').value = {}", json!(text))).await;
}

async fn forms(visit: &Visit, inspector: &Inspector<'_>) {
    let browser = &visit.browser;
    for (name, path) in [("home", "/"), ("sign-up", "/signup"), ("log-in", "/login")] {
        visit.open(path).await;
        inspector.look(name).await;
    }
    Client::signed_up(&visit.gateway.latchkey, "taken").await;
    visit.open("/signup").await;
    let long = ["email", "name", "username", "password"].map(|id| (id, "x".repeat(300)));
    let invalid = states::INVALID.map(|(id, text)| (id, text.to_owned()));
    let unknown =
        "document.querySelector('form').insertAdjacentHTML('beforeend', '<input name=role value=admin>')";
    let of = |username: &str, email: &str, password: &str| {
        [("email", email), ("name", ""), ("username", username), ("password", password)]
            .map(|(id, text)| (id, text.to_owned()))
    };
    for (name, fields) in [
        ("sign-up, nothing", of("", "", "")),
        ("sign-up, invalid", invalid),
        ("sign-up, short", of("ada", "a@b.cd", "seven77")),
        ("sign-up, long", long),
        ("sign-up, common", of("root", "ada@example.com", "password")),
        ("sign-up, unknown field", of("", "", "")),
        ("sign-up, username taken", of("TAKEN", "ada@example.com", PASSWORD)),
        ("sign-up, email taken", of("ada1", "taken@example.com", PASSWORD)),
        ("sign-up, both taken", of("taken", "taken@example.com", PASSWORD)),
    ] {
        for (id, text) in &fields {
            set(visit, id, text).await;
        }
        if name.contains("unknown") {
            browser.script(unknown).await;
        }
        visit.gateway.take_requests();
        browser.click("main button").await;
        inspector.look(name).await;
    }
    visit.open("/login").await;
    for (name, identifier, password) in [
        ("log-in, nothing", "", ""),
        ("log-in, long", &*"i".repeat(300), &*"p".repeat(300)),
        ("log-in, unknown field", "ada", "a wrong password"),
        ("log-in, wrong password", "taken", "a wrong password"),
    ] {
        set(visit, "identifier", identifier).await;
        set(visit, "password", password).await;
        if name.contains("unknown") {
            browser.script(unknown).await;
        }
        visit.gateway.take_requests();
        browser.click("main button").await;
        inspector.look(name).await;
    }
    while !browser.text().await.contains("Try again in") {
        visit.gateway.take_requests();
        browser.submit(&[("password", "a wrong password")]).await;
    }
    assert_eq!(browser.focus().await, "summary", "no field is to blame");
    inspector.look("log-in, too many attempts").await;
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
            assert_eq!(browser.focus().await, "summary", "no field is to blame");
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
    browser.open(&format!("https://127.0.0.1:{}/", stranger(form).await)).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_readable_with_any_colour_and_logo() {
    const LOGO: &str = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0naHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmcnIHZpZXdCb3g9JzAgMCA2MCAzMic+\
        PHJlY3Qgd2lkdGg9JzYwJyBoZWlnaHQ9JzMyJyByeD0nOCcgZmlsbD0nI2Q0MDAwMCcvPjxjaXJjbGUgY3g9JzMwJyBjeT0nMTYnIHI9JzEwJyBmaWxsPScjZmZmJy8+PC9zdmc+";
    for (of, accent) in
        [("yellow", "#ffee00"), ("white", "#ffffff"), ("black", "#000000"), ("grey", "#777777")]
    {
        let name = "Acme & Söhne <b>\"Ltd\"</b>, a name as long as names";
        let variables = [("APPLICATION_NAME", name), ("ACCENT_COLOR", accent), ("LOGO", LOGO)];
        let Some(visit) = Visit::start(&variables).await else { return };
        let inspector = Inspector::new(&visit, of);
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
        println!("{of}: smallest contrast {:?}", inspector.contrast.into_inner());
    }
}
