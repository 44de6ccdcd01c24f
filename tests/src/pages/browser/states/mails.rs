//! The mails: plain text and HTML, in every kind.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::functions::recovery::confirmed;
use crate::harness::client::{PASSWORD, credentials};
use crate::harness::{Client, Latchkey};
use crate::pages::browser::Visit;
use crate::pages::browser::states::inspector::Inspector;
use crate::rules::limiter::guess;

/// A mail of each kind.
async fn of_each_kind() -> BTreeMap<String, Value> {
    let (start, mut post, mut client) = confirmed("ada1").await;
    let latchkey = Latchkey::before(&start.database, &[("LOGIN_DISABLE_AT", "11")]);
    assert_eq!(Client::program().post(&latchkey, "/login", &credentials("ada1")).await.status, 200);
    assert_eq!(client.post(&latchkey, "/forgot", &json!({ "identifier": "ada1" })).await.status, 202);
    let fields = json!({ "current_password": PASSWORD, "password": "another horse battery" });
    assert_eq!(client.post(&latchkey, "/profile/password", &fields).await.status, 200);
    guess(&latchkey, &Client::program(), "ada1").await;
    latchkey.pass(31);
    guess(&latchkey, &Client::program(), "ada1").await;
    let mut mails = post.deliver(&latchkey).await;
    Client::signed_up(&latchkey, "eve1").await;
    mails.extend(post.deliver(&latchkey).await);
    mails.into_iter().map(|mail| (mail["kind"].as_str().expect("a kind").to_owned(), mail)).collect()
}

/// The names of the elements of a document. Panics unless each has its end, in the right order.
fn elements(html: &str) -> Vec<&str> {
    let (mut open, mut all) = (Vec::new(), Vec::new());
    for tag in html.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("the end of a tag");
        let name = tag.split_whitespace().next().expect("a name");
        match name.strip_prefix('/') {
            Some(ended) => assert_eq!(open.pop(), Some(ended), "{html}"),
            None if ["!doctype", "meta", "hr", "br"].contains(&name) => {}
            None => open.push(name),
        }
        all.push(name);
    }
    assert!(open.is_empty(), "{open:?}: {html}");
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mail_is_simple_readable_and_accessible() {
    let mails = of_each_kind().await;
    let kinds: Vec<_> = mails.keys().map(String::as_str).collect();
    assert_eq!(kinds, ["confirm_email", "login_locked", "new_sign_in", "password_changed", "reset_password"]);
    for (kind, mail) in &mails {
        let part = |name: &str| mail[name].as_str().expect("text").to_owned();
        let (text, html) = (part("text"), part("html"));
        // Nothing that clients drop, block or load: only these elements, each with its own style.
        let allowed =
            ["!doctype", "html", "head", "meta", "title", "body", "div", "p", "h1", "a", "hr", "br"];
        for name in elements(&html) {
            assert!(allowed.contains(&name.trim_start_matches('/')), "{kind}: {name}");
        }
        assert_eq!(html.matches("<a href=\"https://").count(), 2, "{kind}: the button, and the link as text");
        assert!(html.len() < 4_096 && text.len() < 2_048 && !text.contains('<'), "{kind}");
        assert!(text.lines().all(|line| line.len() <= 998), "{kind}: RFC 5322, 2.1.1");
        assert_eq!(text.matches("https://").count(), 1, "{kind}: {text}");
    }
    let Some(visit) = Visit::start(&[]).await else { return };
    let inspector = Inspector::new(&visit, "mail");
    for (kind, mail) in &mails {
        let html = BASE64.encode(mail["html"].as_str().expect("HTML").as_bytes());
        visit.browser.open(&format!("data:text/html;charset=utf-8;base64,{html}")).await;
        inspector.check_looks(kind).await;
    }
}
