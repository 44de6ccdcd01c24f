//! The page behind the link of a mail, in every state.

use serde_json::json;

use crate::harness::client::PASSWORD;
use crate::harness::mail::link;
use crate::harness::{Client, Post};
use crate::pages::browser::Visit;
use crate::pages::browser::states::inspector::Inspector;

/// The page behind the link of a mail, for the user who is signed in, and for others.
pub(super) async fn look(visit: &Visit, inspector: &Inspector<'_>) {
    let (browser, latchkey) = (&visit.browser, &visit.gateway.latchkey);
    let mut post = Post::start(&latchkey.database, &[]).await;
    visit.gateway.take_requests();
    browser.click("form[action='/profile/verify'] button").await;
    inspector.look("profile with a notice").await;
    let own = link(&post.deliver(latchkey).await[0]);
    Client::signed_up(latchkey, "another").await;
    let foreign = link(&post.deliver(latchkey).await[0]);
    for (name, path) in
        [("/verify, another user", &*foreign), ("/verify, dead", "/verify?token=x"), ("/verify", &*own)]
    {
        visit.open(path).await;
        inspector.look(name).await;
    }
    visit.gateway.take_requests();
    browser.click("main button").await;
    assert!(browser.text().await.contains("Your email address is confirmed."));
    visit.gateway.take_requests();
    visit.open(&own).await;
    inspector.look("/verify, confirmed").await;
    browser.devtools("Network.clearBrowserCookies", json!({})).await;
    visit.open(&foreign).await;
    inspector.look("/verify, no session").await;
    browser.follow("Log in").await;
    browser.submit(&[("identifier", "another"), ("password", PASSWORD)]).await;
    assert_eq!(browser.path().await, "/verify", "the login leads back to the link");
    visit.gateway.take_requests();
    browser.click("main button").await;
    assert!(browser.text().await.contains("Your email address is confirmed."));
    visit.gateway.take_requests();
}
