//! What a browser must never show or do, and what still works when a user has two tabs, goes back or clicks twice.

use serde_json::json;

use crate::harness::browser::Browser;
use crate::harness::client::PASSWORD;
use crate::harness::gateway::{Gateway, Seen, other_site};
use crate::harness::{Client, Fault};
use crate::pages::browser::{ACCOUNT, Visit};

#[tokio::test(flavor = "multi_thread")]
async fn back_after_a_logout_shows_nothing_of_the_profile() {
    let Some(visit) = Visit::start(&[]).await else { return };
    let browser = &visit.browser;
    visit.sign_up().await;
    browser.client.back().await.expect("back");
    assert_eq!(browser.path().await, "/profile", "the browser does not keep the submitted form, either");
    browser.client.forward().await.expect("forward");
    browser.click("main button").await;
    assert_eq!(browser.path().await, "/");
    browser.client.back().await.expect("back");
    let text = browser.text().await;
    assert_eq!(browser.path().await, "/login", "{text}");
    assert!(!text.contains("ada@example.com") && !text.contains("Ada"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_in_one_tab_take_effect_in_the_other() {
    let Some(visit) = Visit::start(&[]).await else { return };
    let browser = &visit.browser;
    let first = browser.client.window().await.expect("a tab");
    let second = browser.client.new_window(true).await.expect("a tab").handle;
    for tab in [&second, &first] {
        browser.client.switch_to_window(tab.clone()).await.expect("a tab");
        visit.open("/signup").await;
    }
    for tab in [&first, &second] {
        browser.client.switch_to_window(tab.clone()).await.expect("a tab");
        browser.submit(&ACCOUNT).await;
        assert_eq!(browser.path().await, "/profile", "also in the tab that submits last");
    }
    browser.follow("Latchkey").await;
    browser.click("main button").await;
    assert!(browser.find("h1").await.text().await.expect("a text") == "Welcome");

    // The first tab still shows the profile. Its button has no session to end, and leads to the home page.
    browser.client.switch_to_window(first.clone()).await.expect("a tab");
    browser.click("main button").await;
    assert_eq!((browser.path().await, browser.title().await), ("/".to_owned(), "Home – Latchkey".to_owned()));

    // A login form that was open before a login in the other tab is submitted after it.
    visit.open("/login").await;
    browser.client.switch_to_window(second).await.expect("a tab");
    visit.open("/login").await;
    browser.submit(&[("identifier", "ada.l"), ("password", PASSWORD)]).await;
    browser.client.switch_to_window(first).await.expect("a tab");
    browser.submit(&[("identifier", "ada.l"), ("password", PASSWORD)]).await;
    assert_eq!(browser.path().await, "/profile");
    // Each login began a session. The second one ended the first session.
    assert_eq!(visit.gateway.latchkey.database.counts(), (1, 2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_session_leads_to_the_login_and_back() {
    let Some(visit) = Visit::start(&[]).await else { return };
    let browser = &visit.browser;
    visit.sign_up().await;
    visit.gateway.latchkey.pass(15 * 86_400);
    browser.client.refresh().await.expect("a reload");
    assert_eq!(browser.path().await, "/login");
    visit.open("/").await;
    assert!(browser.text().await.contains("Sign up"));
    visit.open("/login").await;
    browser.submit(&[("identifier", "ada@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(browser.path().await, "/profile");
}

/// The left edges of the texts of the profile.
const LEFTS: &str = "
    const texts = [...document.querySelectorAll('dd')];
    return texts.map(text => Math.round(text.getBoundingClientRect().left))";

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_any_kind_is_text_on_every_page() {
    const NAMES: [&str; 4] = [
        "<script>document.title='owned'</script>",
        "\"'><img src=x onerror=document.title='owned'> &amp; {{7*7}}",
        "\u{5d0}\u{5d1}\u{5d2} مرحبا (admin)",
        "👩‍💻 漢字 e\u{301}",
    ];
    let Some(visit) = Visit::start(&[("SIGNUP_PER_HOUR", "0")]).await else { return };
    let browser = &visit.browser;
    for (number, name) in NAMES.into_iter().enumerate() {
        visit.open("/signup").await;
        let (username, email) = (format!("user{number}"), format!("user{number}@example.com"));
        // Chromium's driver cannot type emoji, so a script does.
        let type_name = format!("document.getElementById('name').value = {}", json!(name));
        browser.script(&type_name).await;
        browser.submit(&[("email", &email), ("username", "-"), ("password", PASSWORD)]).await;
        assert_eq!(browser.value("name").await, name, "the form keeps the name");
        assert_eq!(browser.title().await, "Error: Sign up – Latchkey");
        browser.submit(&[("username", &username), ("password", PASSWORD)]).await;
        assert_eq!(browser.path().await, "/profile", "{}", browser.text().await);
        let shown = browser.script("return document.querySelector('dd').textContent").await;
        assert_eq!((shown, browser.title().await), (json!(name), "Profile – Latchkey".to_owned()));
        let elements = "return document.querySelectorAll('main script, main img').length";
        assert_eq!(browser.script(elements).await, 0);
        // A name that runs from right to left does not move the other texts.
        let lefts = browser.script(LEFTS).await;
        assert!(lefts.as_array().expect("positions").iter().all(|left| left == &lefts[0]), "{lefts}");
        browser.click("main button").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_does_nothing_and_the_page_says_why() {
    let Some(visit) = Visit::start(&[]).await else { return };
    let (browser, origin) = (&visit.browser, &visit.gateway.origin);
    Client::signed_up(&visit.gateway.latchkey, "mallory").await;
    let before = visit.gateway.latchkey.database.everything();
    let form = |path: &str| {
        format!(
            "<form method=post action='{origin}{path}'>\
            <input name=identifier value=mallory>\
            <input name=username value=victim1>\
            <input name=email value=victim@example.com>\
            <input name=password value='{PASSWORD}'>\
            <button>Win</button></form>"
        )
    };
    for path in ["/signup", "/login", "/logout"] {
        let port = other_site(form(path)).await;
        // The first host is another site. The second one is the same site, but another origin.
        for host in ["127.0.0.1", "localhost"] {
            browser.open(&format!("https://{host}:{port}/")).await;
            browser.click("button").await;
            assert_eq!(browser.title().await, "Error: This was sent by another site – Latchkey");
            let text = browser.text().await;
            assert!(text.contains("no other site can act in your name"), "{text}");
            assert!(!text.contains("victim"), "{text}");
            assert_eq!(browser.path().await, path);
            assert_eq!(browser.cookies().await, Vec::<String>::new());
            browser.follow("Go to the home page").await;
            assert_eq!(browser.title().await, "Home – Latchkey");
        }
    }
    assert_eq!(visit.gateway.latchkey.database.everything(), before);
    // Another site cannot embed a page in a frame, either.
    let port = other_site(format!("<title>around</title><iframe src='{origin}/login'></iframe>")).await;
    browser.open(&format!("https://127.0.0.1:{port}/")).await;
    browser.client.enter_frame(0).await.expect("a frame");
    assert!(!browser.client.source().await.expect("a source").contains("identifier"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_keeps_no_cookies_says_so_after_a_sign_up_and_a_login() {
    let blocked = json!({ "profile.default_content_setting_values.cookies": 2 });
    let Some(browser) = Browser::start_with(&blocked).await else { return };
    let visit = Visit { browser, gateway: Gateway::start(&[]).await };
    let browser = &visit.browser;
    let login = [("identifier", "ada.l"), ("password", PASSWORD)];
    for (path, fields) in [("/signup", &ACCOUNT[..]), ("/login", &login[..])] {
        visit.open(path).await;
        visit.gateway.take_requests();
        browser.submit(fields).await;
        let text = browser.text().await;
        assert!(text.contains("Your browser did not keep our cookie"), "{text}");
        assert!(text.contains("Allow cookies for this site"), "{text}");
        let requests = visit.gateway.take_requests().into_iter().map(|request| request.what);
        assert_eq!(requests.collect::<Vec<_>>(), [format!("POST {path}"), "GET /profile".to_owned()]);
        browser.follow("Log in").await;
        assert_eq!(browser.title().await, "Log in – Latchkey");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_creates_one_account_and_the_page_explains_it() {
    // As fast as a user. Chromium sends one form for two clicks of its driver, which are faster.
    const TWO_CLICKS: &str = "
        const button = document.querySelector('main button');
        button.click();
        setTimeout(() => button.click(), 100)";
    let Some(visit) = Visit::start(&[]).await else { return };
    let browser = &visit.browser;
    visit.open("/signup").await;
    browser.fill(&ACCOUNT).await;
    visit.gateway.take_requests();
    visit.gateway.hold_next_post();
    browser.expect_navigation(browser.client.execute(TWO_CLICKS, Vec::new())).await;
    let statuses: Vec<i64> = visit.gateway.take_requests().iter().map(|request| request.status).collect();
    assert_eq!(statuses, [303, 409], "the response to the first form comes too late");
    assert_eq!(browser.title().await, "Error: Sign up – Latchkey");
    let text = browser.text().await;
    assert!(text.contains("you have just sent the form once already, your account is there"), "{text}");
    assert_eq!(visit.gateway.latchkey.database.counts(), (1, 2, 1), "one account");

    browser.click("#summary a[href='/login']").await;
    browser.submit(&[("identifier", "ada.l"), ("password", PASSWORD)]).await;
    assert_eq!(browser.path().await, "/profile");
}

#[tokio::test(flavor = "multi_thread")]
async fn resubmitting_an_old_login_from_the_history_does_not_log_in() {
    let Some(visit) = Visit::start(&[]).await else { return };
    let (browser, latchkey) = (&visit.browser, &visit.gateway.latchkey);
    visit.sign_up().await;
    browser.click("main button").await;
    latchkey.pass(60);
    visit.open("/login").await;
    // A form with the correct password fails, and stays in the history of the browser.
    latchkey.database.fail_always("GetItem credentials", Fault::error(400, "ThrottlingException"));
    browser.submit(&[("identifier", "ada.l"), ("password", PASSWORD)]).await;
    assert_eq!(browser.title().await, "Error: Log in – Latchkey");
    latchkey.database.clear_faults();
    latchkey.pass(5);
    browser.submit(&[("password", PASSWORD)]).await;
    assert_eq!(browser.path().await, "/profile");
    latchkey.pass(60);
    browser.click("main button").await;
    latchkey.pass(60);
    for _ in 0..2 {
        browser.client.back().await.expect("back");
    }
    visit.gateway.take_requests();
    browser.client.refresh().await.expect("a reload");
    let requests = visit.gateway.take_requests();
    let is_refused = |request: &Seen| request.what == "POST /login" && request.status == 422;
    assert!(requests.iter().any(is_refused), "{requests:?}");
    let text = browser.text().await;
    assert!(text.contains("This form is from before you logged out"), "{text}");
    visit.open("/profile").await;
    assert_eq!(browser.path().await, "/login");
}
