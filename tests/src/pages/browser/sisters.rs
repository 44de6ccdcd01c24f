//! Pages of other hosts of the same site in Chromium: those of trusted origins, and the others.

use serde_json::{Value, json};

use crate::harness::client::PASSWORD;
use crate::harness::gateway::other_site;
use crate::pages::browser::Visit;

/// A page that calls a route of the site, and shows the status and the names of what it gets.
const PAGE: &str = "<title>An application</title><h1>An application</h1><script>
    async function call(origin, method, path) {
        try {
            const options = { method, credentials: 'include' };
            const response = await fetch(origin + path, options);
            const text = await response.text();
            return [response.status, text ? Object.keys(JSON.parse(text)).sort().join() : ''];
        } catch (error) { return error.name; }
    }
    </script>";

/// A browser, the origin of a page that the site trusts, and that of one of the same host that it does not.
async fn start() -> Option<(Visit, String, String)> {
    let [trusted, other] = [other_site(PAGE.to_owned()).await, other_site(PAGE.to_owned()).await];
    let [trusted, other] = [trusted, other].map(|port| format!("https://localhost:{port}"));
    let visit = Visit::start(&[("TRUSTED_ORIGINS", &*trusted)]).await?;
    Some((visit, trusted, other))
}

impl Visit {
    /// What the page gets that is open, from a route of the site.
    async fn call(&self, method: &str, path: &str) -> Value {
        let call = format!("return await call('{}', '{method}', '{path}')", self.gateway.origin);
        self.browser.script(&call).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_trusted_origin_uses_three_routes_and_another_page_none() {
    let Some((visit, trusted, other)) = start().await else { return };
    let browser = &visit.browser;
    browser.open(&trusted).await;
    let problem = "code,detail,error,error_description,request_id,status,title,type";
    assert_eq!(visit.call("POST", "/token").await, json!([401, problem]), "it reads the error");
    visit.sign_up().await;
    browser.open(&other).await;
    for (method, path) in [("GET", "/profile"), ("POST", "/token"), ("POST", "/logout")] {
        assert_eq!(visit.call(method, path).await, "TypeError", "{path}");
    }
    browser.open(&format!("https://127.0.0.1:{}", trusted.rsplit(':').next().expect("a port"))).await;
    assert_eq!(visit.call("POST", "/token").await, "TypeError", "of another site");
    browser.open(&trusted).await;
    let token = json!([200, "access_token,expires_in,session,token_type,user"]);
    assert_eq!(visit.call("POST", "/token").await, token);
    assert_eq!(visit.call("GET", "/profile").await, json!([200, "session,user"]));
    for path in ["/login", "/signup", "/profile/sessions", "/profile/delete"] {
        assert_eq!(visit.call("POST", path).await, "TypeError", "{path}");
    }
    assert_eq!(visit.call("POST", "/logout").await, json!([204, ""]));
    assert_eq!(visit.call("POST", "/token").await, json!([401, problem]));
    assert_eq!(visit.gateway.latchkey.database.counts(), (1, 2, 0));
}

/// Sends a form to the application from the page that is open; the text of the response.
async fn post_a_form(visit: &Visit) -> String {
    let form = format!(
        "const form = document.createElement('form');
        Object.assign(form, {{ method: 'post', action: '{}/orders', enctype: 'text/plain' }});
        document.body.append(form);
        form.submit();",
        visit.gateway.origin
    );
    visit.browser.expect_navigation(visit.browser.client.execute(&form, Vec::new())).await;
    visit.browser.text().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authorizer_refuses_what_a_sister_host_forges() {
    let Some((visit, trusted, other)) = start().await else { return };
    let browser = &visit.browser;
    visit.sign_up().await;
    visit.gateway.take_requests();
    for sister in [&trusted, &other] {
        browser.open(sister).await;
        assert_eq!(post_a_form(&visit).await, r#"{"message":"Forbidden"}"#, "{sister}");
        let requests = visit.gateway.take_requests();
        let seen = requests.iter().find(|request| request.what == "POST /orders").expect("a request");
        assert!(seen.status == 403 && seen.has_session, "Chromium sends the cookie: {seen:?}");
    }
    visit.open("/orders").await;
    assert_eq!(browser.text().await, "{}");
    let call = "return (await fetch('/orders', { method: 'POST' })).status";
    assert_eq!(browser.script(call).await, 200);
    browser.client.delete_all_cookies().await.expect("no cookies");
    assert_eq!(browser.script(call).await, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_leads_back_to_a_page_of_a_trusted_origin() {
    let Some((visit, trusted, other)) = start().await else { return };
    let browser = &visit.browser;
    visit.sign_up().await;
    browser.follow("Latchkey").await;
    browser.click("main button").await;
    let there = |origin: &str| format!("/login?return_to={origin}/orders?id=1");
    let login = [("identifier", "ada.l"), ("password", PASSWORD)];
    let place = async || browser.client.current_url().await.expect("a URL").to_string();

    visit.open(&there(&other)).await;
    browser.submit(&login).await;
    assert_eq!(place().await, format!("{}/profile", visit.gateway.origin), "not to any other page");
    visit.open(&there(&trusted)).await;
    assert_eq!(place().await, format!("{trusted}/orders?id=1"), "at once, with a session");

    visit.gateway.latchkey.pass(15 * 86_400);
    visit.open(&there(&trusted)).await;
    browser.submit(&[("identifier", "ada.l"), ("password", "wrong horse battery")]).await;
    browser.submit(&[("password", PASSWORD)]).await;
    assert_eq!(place().await, format!("{trusted}/orders?id=1"), "after the form, also after a mistake");
    visit.open(&format!("/confirm?return_to={trusted}/orders")).await;
    browser.submit(&[("password", PASSWORD)]).await;
    assert_eq!(place().await, format!("{trusted}/orders"));
}
