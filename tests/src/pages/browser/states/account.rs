//! The pages with which a user gets back in, confirms and changes the password, and sees the sessions, in every state.

use serde_json::json;

use crate::harness::client::{PASSWORD, credentials};
use crate::harness::mail::{link, of_kind};
use crate::harness::{Client, Post};
use crate::pages::browser::Visit;
use crate::pages::browser::states::inspector::Inspector;
use crate::pages::browser::states::looker::Looker;
use crate::pages::states::account::{NEW, REFUSED};

/// The password after the reset.
pub(super) const RESET: &str = "a battery of horses";

/// All of them.
pub(super) async fn look(visit: &Visit, inspector: &Inspector<'_>) {
    let latchkey = &visit.gateway.latchkey;
    visit.browser.devtools("Network.clearBrowserCookies", json!({})).await;
    let mut someone = Client::signed_up(latchkey, "someone").await;
    assert_eq!(someone.post(latchkey, "/logout", &json!({})).await.status, 204);
    let page = Looker { visit, inspector };
    visit.gateway.take_requests();
    page.forgot().await;
    page.sessions().await;
    page.confirm().await;
    page.change().await;
    page.reset().await;
}

impl Looker<'_> {
    async fn forgot(&self) {
        self.open("forgot", "/forgot").await;
        self.send_and_look("forgot, nothing", &[]).await;
        self.send_and_look("forgot, long", &[("identifier", &*"i".repeat(300))]).await;
        self.send_in_vain("unavailable at /forgot", "PutItem mails", &[("identifier", "someone")]).await;
        self.send(&[("identifier", "someone")]).await;
        self.inspector.look("login with a notice").await;
        self.visit.open("/forgot").await;
        self.send(&[("identifier", "someone")]).await;
        self.visit.open("/forgot").await;
        self.send_too_often("forgot, too many attempts", &[("identifier", "someone")]).await;
    }

    async fn sessions(&self) {
        self.visit.open("/login").await;
        self.send(&[("identifier", "someone"), ("password", PASSWORD)]).await;
        self.open("sessions, one", "/profile/sessions").await;
        let latchkey = &self.visit.gateway.latchkey;
        for _ in 0..2 {
            let other = Client::program().post(latchkey, "/login", &credentials("someone")).await;
            assert_eq!(other.status, 200);
        }
        self.open("sessions, three", "/profile/sessions").await;
    }

    async fn confirm(&self) {
        self.open("confirm", "/confirm?return_to=/profile/sessions").await;
        self.send_and_look("confirm, nothing", &[]).await;
        let wrong = [("password", "a wrong password")];
        self.send_and_look("confirm, wrong password", &wrong).await;
        self.send_too_often("confirm, too many attempts", &wrong).await;
        self.visit.open("/profile/sessions").await;
        self.send(&[]).await;
        assert_eq!(self.visit.browser.path().await, "/confirm", "the session is no longer fresh");
        self.send(&[("password", PASSWORD)]).await;
        assert_eq!(self.visit.browser.path().await, "/profile/sessions");
        self.send(&[]).await;
        assert!(self.visit.browser.text().await.contains("That session has ended."));
        self.visit.gateway.take_requests();
    }

    async fn change(&self) {
        self.open("password", "/profile/password").await;
        for (name, new) in REFUSED {
            let fields = [("current_password", PASSWORD), ("password", new)];
            self.send_and_look(&format!("password, {name}"), &fields).await;
        }
        let unchanged = [("current_password", PASSWORD), ("password", PASSWORD)];
        self.send_and_look("password, unchanged", &unchanged).await;
        let wrong = [("current_password", "a wrong password"), ("password", NEW)];
        self.send_and_look("password, wrong password", &wrong).await;
        self.send_too_often("password, too many attempts", &wrong).await;
        self.send(&[("current_password", PASSWORD), ("password", NEW)]).await;
        assert!(self.visit.browser.text().await.contains("Your password is changed"));
        self.visit.gateway.take_requests();
    }

    async fn reset(&self) {
        let latchkey = &self.visit.gateway.latchkey;
        let mut post = Post::start(&latchkey.database, &[]).await;
        let asked = json!({ "identifier": "someone@example.com" });
        assert_eq!(Client::program().post(latchkey, "/forgot", &asked).await.status, 202);
        let link = link(of_kind(&post.deliver(latchkey).await, "reset_password"));
        self.open("reset", &link).await;
        for (name, new) in REFUSED {
            self.send_and_look(&format!("reset, {name}"), &[("password", new)]).await;
        }
        let new = [("password", RESET)];
        self.send_in_vain("unavailable at /reset", "TransactWriteItems", &new).await;
        self.send(&new).await;
        self.inspector.look("login after a reset").await;
        self.open("reset, used", &link).await;
        self.open("reset, dead", "/reset?token=x").await;
        self.visit.gateway.take_requests();
    }
}
