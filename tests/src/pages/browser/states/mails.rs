//! The mails: plain text and HTML, in every kind.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::functions::recovery::confirmed;
use crate::harness::client::{PASSWORD, credentials};
use crate::harness::mail::{of_kind, token};
use crate::harness::{Client, Latchkey, Post};
use crate::pages::browser::Visit;
use crate::pages::browser::states::inspector::Inspector;
use crate::rules::limiter::guess;

/// The subject of each mail, and its kind. To an address that is not free, a mail of the same kind says something else.
const MAILS: [(&str, &str); 12] = [
    ("Choose a new password for Latchkey", "reset_password"),
    ("Confirm your email address for Latchkey", "confirm_email"),
    ("Confirm your new email address for Latchkey", "confirm_new_email"),
    ("Logins to Latchkey are locked", "login_locked"),
    ("New login to Latchkey", "new_sign_in"),
    ("Sign up for Latchkey", "sign_up"),
    ("You have an account at Latchkey", "sign_up"),
    ("Your account at Latchkey is deleted", "account_deleted"),
    (HELD, "sign_up"),
    ("Your email address for Latchkey has changed", "email_changed"),
    ("Your password for Latchkey has changed", "password_changed"),
    ("Your username for Latchkey has changed", "username_changed"),
];

/// The subject of the only mail without a link.
const HELD: &str = "Your email address at Latchkey";

/// Every mail, by its subject.
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
    mails.extend(of_changes(&latchkey, &mut post, &mut client).await);
    mails.into_iter().map(|mail| (mail["subject"].as_str().expect("a subject").to_owned(), mail)).collect()
}

/// The mails about the changes of an account and about its end, and those to addresses that someone typed.
async fn of_changes(latchkey: &Latchkey, post: &mut Post, client: &mut Client) -> Vec<Value> {
    let rename = json!({ "username": "ada2" });
    assert_eq!(client.post(latchkey, "/profile/username", &rename).await.status, 200);
    let other = json!({ "email": "ada2@example.com" });
    assert_eq!(client.post(latchkey, "/profile/email", &other).await.status, 202);
    let mut mails = post.deliver(latchkey).await;
    let proof = json!({ "token": token(of_kind(&mails, "confirm_new_email")) });
    assert_eq!(client.post(latchkey, "/verify", &proof).await.status, 200);
    mails.extend(post.deliver(latchkey).await);
    assert_eq!(client.post(latchkey, "/profile/delete", &rename).await.status, 204);
    mails.extend(post.deliver(latchkey).await);
    let by_email = Latchkey::before(&latchkey.database, &[("SIGNUP_MODE", "by-email")]);
    for name in ["new", "eve1", "ada2"] {
        let typed = json!({ "email": format!("{name}@example.com") });
        assert_eq!(Client::program().post(&by_email, "/signup", &typed).await.status, 202);
    }
    mails.extend(post.deliver(latchkey).await);
    mails
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
    let kinds: Vec<_> =
        mails.iter().map(|(subject, mail)| (&**subject, mail["kind"].as_str().expect("a kind"))).collect();
    assert_eq!(kinds, MAILS);
    for (subject, mail) in &mails {
        let part = |name: &str| mail[name].as_str().expect("text").to_owned();
        let (text, html) = (part("text"), part("html"));
        // Nothing that clients drop, block or load: only these elements, each with its own style.
        let allowed =
            ["!doctype", "html", "head", "meta", "title", "body", "div", "p", "h1", "a", "hr", "br"];
        for name in elements(&html) {
            assert!(allowed.contains(&name.trim_start_matches('/')), "{subject}: {name}");
        }
        let links = usize::from(subject != HELD);
        let found = html.matches("<a href=\"https://").count();
        assert_eq!(found, 2 * links, "{subject}: the button, and the link as text");
        assert!(html.len() < 4_096 && text.len() < 2_048 && !text.contains('<'), "{subject}");
        assert!(text.lines().all(|line| line.len() <= 998), "{subject}: RFC 5322, 2.1.1");
        assert_eq!(text.matches("https://").count(), links, "{subject}: {text}");
    }
    let Some(visit) = Visit::start(&[]).await else { return };
    let inspector = Inspector::new(&visit, "mail");
    for (subject, mail) in &mails {
        let html = BASE64.encode(mail["html"].as_str().expect("HTML").as_bytes());
        visit.browser.open(&format!("data:text/html;charset=utf-8;base64,{html}")).await;
        inspector.check_looks(subject).await;
    }
}
