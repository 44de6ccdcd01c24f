//! The pages of deployments with other settings, in every state: where sign-up is by email, and where mail is off.

use std::collections::BTreeSet;

use serde_json::json;

use crate::functions::signup::by_email::joined;
use crate::harness::client::PASSWORD;
use crate::harness::mail::{OFF, link};
use crate::harness::{Client, Post};
use crate::pages::browser::Visit;
use crate::pages::browser::states::inspector::Inspector;
use crate::pages::browser::states::looker::Looker;
use crate::pages::states::deployments::{BY_EMAIL, addresses, confirm, refused};

/// Looks at all of them, and returns the names of their states.
pub(super) async fn look() -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    if let Some(visit) = Visit::start(&BY_EMAIL).await {
        let inspector = Inspector::new(&visit, "by-email");
        let page = Looker { visit: &visit, inspector: &inspector };
        let mut post = Post::start(&visit.gateway.latchkey.database, &[]).await;
        page.address().await;
        page.second(&mut post).await;
        seen.extend(inspector.seen());
    }
    if let Some(visit) = Visit::start(&[OFF]).await {
        let inspector = Inspector::new(&visit, "no-mail");
        let page = Looker { visit: &visit, inspector: &inspector };
        visit.sign_up().await;
        page.open("profile, no mail", "/profile").await;
        confirm(&visit.gateway.latchkey);
        page.open("delete, no mail", "/profile/delete").await;
        seen.extend(inspector.seen());
    }
    seen
}

impl Looker<'_> {
    async fn address(&self) {
        self.open("sign-up by email", "/signup").await;
        for (name, text) in addresses() {
            self.send_and_look(&format!("sign-up by email, {name}"), &[("email", &*text)]).await;
        }
        self.send_in_vain("sign-up by email, unavailable", "PutItem mails", &[("email", "busy@example.com")])
            .await;
        let new = [("email", "new@example.com")];
        self.send_and_look("sign-up by email, mail sent", &new).await;
        self.send_too_often("sign-up by email, too many mails", &new).await;
    }

    async fn second(&self, post: &mut Post) {
        let latchkey = &self.visit.gateway.latchkey;
        let links: Vec<String> = post.deliver(latchkey).await.iter().map(link).collect();
        joined(latchkey, post, "taken").await;
        self.open("sign-up by link, dead", "/signup?token=x").await;
        self.open("sign-up by link", &links[0]).await;
        for (name, [own_name, username, password]) in refused() {
            let fields = [("name", &*own_name), ("username", &*username), ("password", &*password)];
            self.send_and_look(&format!("sign-up by link, {name}"), &fields).await;
        }
        let new = |username| [("name", "New One"), ("username", username), ("password", PASSWORD)];
        self.send_in_vain("sign-up by link, unavailable", "TransactWriteItems", &new("new1")).await;
        self.send_and_look("sign-up by link, username taken", &new("TAKEN")).await;

        self.visit.open(&links[1]).await;
        let token = links[1].split_once("token=").expect("a token").1;
        let fields = json!({ "token": token, "username": "new1", "password": PASSWORD });
        assert_eq!(Client::program().post(latchkey, "/signup", &fields).await.status, 201);
        self.send_and_look("sign-up by link, used", &new("new1")).await;
        self.visit.open(&links[0]).await;
        self.send_and_look("sign-up by link, address taken", &new("new2")).await;
        self.send_and_look("sign-up by link, both taken", &new("TAKEN")).await;
        self.send_and_look("sign-up by link, too many attempts", &new("new2")).await;
    }
}
