//! What a browser must never show or do, and what it must still do when a person acts in two tabs, goes back or clicks twice.

use serde_json::json;

use crate::harness::client::{PASSWORD, account};
use crate::harness::gateway::stranger;
use crate::harness::{Client, Fault};
use crate::pages::browser::{ACCOUNT, Visit};

#[tokio::test(flavor = "multi_thread")]
async fn back_after_a_logout_shows_nothing_of_the_profile() {
    let Some(visit) = Visit::start(&[]).await else { return };
    let browser = &visit.browser;
    visit.sign_up().await;
    browser.client.back().await.expect("back");
    assert_eq!(browser.path().await, "/profile", "the form that was filled in is not kept either");
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
        assert_eq!(browser.path().await, "/profile", "also in the tab that was too late");
    }
    browser.follow("Latchkey").await;
    browser.click("main button").await;
    assert!(browser.find("h1").await.text().await.expect("a text") == "Welcome");

    // The first tab still shows the profile: its button logs nobody out any more, and says nothing strange.
    browser.client.switch_to_window(first.clone()).await.expect("a tab");
    browser.click("main button").await;
    assert_eq!((browser.path().await, browser.title().await), ("/".to_owned(), "Home – Latchkey".to_owned()));

    // A form that was open before somebody signed in elsewhere, sent afterwards.
    visit.open("/login").await;
    browser.client.switch_to_window(second).await.expect("a tab");
    visit.open("/login").await;
    browser.submit(&[("identifier", "ada.l"), ("password", PASSWORD)]).await;
    browser.client.switch_to_window(first).await.expect("a tab");
    browser.submit(&[("identifier", "ada.l"), ("password", PASSWORD)]).await;
    assert_eq!(browser.path().await, "/profile");
    // Each log-in began a session; the second one ended the first one's.
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

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_any_kind_is_text_on_every_page() {
    const NAMES: [&str; 4] = [
        "<script>document.title='owned'</script>",
        "\"'><img src=x onerror=document.title='owned'> &amp; {{7*7}}",
        "\u{202e}\u{5d0}\u{5d1}\u{5d2} مرحبا (admin)",
        "👩‍💻 漢字 e\u{301}",
    ];
    let Some(visit) = Visit::start(&[("SIGNUP_PER_HOUR", "0")]).await else { return };
    let browser = &visit.browser;
    for (number, name) in NAMES.into_iter().enumerate() {
        visit.open("/signup").await;
        let (username, email) = (format!("user{number}"), format!("user{number}@example.com"));
        // Typed by a script: the driver of Chromium has no keys for emoji.
        let typed = format!("document.getElementById('name').value = {}", json!(name));
        browser.script(&typed).await;
        browser.submit(&[("email", &email), ("username", "-"), ("password", PASSWORD)]).await;
        assert_eq!(browser.value("name").await, name, "kept as it was typed");
        assert_eq!(browser.title().await, "Error: Sign up – Latchkey");
        browser.submit(&[("username", &username), ("password", PASSWORD)]).await;
        assert_eq!(browser.path().await, "/profile", "{}", browser.text().await);
        let shown = browser.script("return document.querySelector('dd').textContent").await;
        assert_eq!((shown, browser.title().await), (json!(name), "Profile – Latchkey".to_owned()));
        assert_eq!(
            browser.script("return document.querySelectorAll('main script, main img').length").await,
            0
        );
        // A name that runs from right to left leaves its neighbours where they are.
        let rows = "return [...document.querySelectorAll('dd')].map(dd => Math.round(dd.getBoundingClientRect().left))";
        let lefts = browser.script(rows).await;
        assert!(lefts.as_array().expect("rows").iter().all(|left| left == &lefts[0]), "{lefts}");
        browser.click("main button").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_does_nothing_and_the_page_says_why() {
    let Some(visit) = Visit::start(&[]).await else { return };
    let (browser, origin) = (&visit.browser, &visit.gateway.origin);
    visit
        .gateway
        .latchkey
        .send(
            &Client::program()
                .event("POST", "/signup")
                .body("application/json", &account("mallory").to_string()),
        )
        .await;
    let before = visit.gateway.latchkey.database.everything();
    let form = |path: &str| {
        format!(
            "<form method=post action='{origin}{path}'><input name=identifier value=mallory><input name=username value=victim1>\
            <input name=email value=victim@example.com><input name=password value='{PASSWORD}'><button>Win</button></form>"
        )
    };
    for path in ["/signup", "/login", "/logout"] {
        let port = stranger(form(path)).await;
        // Of another site, and of the same site but another origin.
        for host in ["127.0.0.1", "localhost"] {
            browser.open(&format!("https://{host}:{port}/")).await;
            browser.click("button").await;
            assert_eq!(browser.title().await, "Error: This was sent by another site – Latchkey");
            let text = browser.text().await;
            assert!(
                text.contains("no other site can act in your name") && !text.contains("victim"),
                "{text}"
            );
            assert_eq!(browser.path().await, path);
            assert_eq!(browser.cookies().await, Vec::<String>::new());
            browser.follow("Go to the home page").await;
            assert_eq!(browser.title().await, "Home – Latchkey");
        }
    }
    assert_eq!(visit.gateway.latchkey.database.everything(), before);
    // Nor may another site put a page of ours into a frame of its own.
    let port = stranger(format!("<title>around</title><iframe src='{origin}/login'></iframe>")).await;
    browser.open(&format!("https://127.0.0.1:{port}/")).await;
    browser.client.enter_frame(0).await.expect("a frame");
    assert!(!browser.client.source().await.expect("a source").contains("identifier"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_creates_one_account_and_the_page_explains_it() {
    // As fast as people are; the driver's own two clicks are so fast that Chromium sends one form.
    const TWO_CLICKS: &str = "const button = document.querySelector('main button'); button.click(); setTimeout(() => button.click(), 100)";
    let Some(visit) = Visit::start(&[]).await else { return };
    let browser = &visit.browser;
    visit.open("/signup").await;
    browser.fill(&ACCOUNT).await;
    visit.gateway.take_requests();
    visit.gateway.hold_next_post();
    browser.leave(browser.client.execute(TWO_CLICKS, Vec::new())).await;
    let statuses: Vec<i64> = visit.gateway.take_requests().iter().map(|request| request.status).collect();
    assert_eq!(statuses, [303, 409], "the response to the first form came too late");
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
    // The right password, in a form that fails and stays in the browser's history.
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
    assert!(
        requests.iter().any(|request| request.what == "POST /login" && request.status == 422),
        "{requests:?}"
    );
    assert!(browser.text().await.contains("Enter your password"), "{}", browser.text().await);
    visit.open("/profile").await;
    assert_eq!(browser.path().await, "/login");
}
