//! The pages with which a user changes the name, the username and the email address, in every state.

use serde_json::{Value, json};

use crate::harness::mail::{link, of_kind};
use crate::harness::{Client, Post};
use crate::pages::browser::Visit;
use crate::pages::browser::states::inspector::Inspector;
use crate::pages::browser::states::looker::Looker;
use crate::pages::states::changes::{emails, names, usernames};
use crate::pages::states::deletion::NEWEST;

/// All of them, for a user with the password [`NEWEST`].
pub(super) async fn look(visit: &Visit, inspector: &Inspector<'_>) {
    let latchkey = &visit.gateway.latchkey;
    let mut post = Post::start(&latchkey.database, &[]).await;
    let page = Looker { visit, inspector };
    page.log_in("someone", NEWEST).await;
    page.name().await;
    page.email(&mut post).await;
    page.username().await;
    // The first button of the profile logs out.
    page.send_at("/profile", &[]).await;
    visit.gateway.take_requests();
}

impl Looker<'_> {
    /// Opens a form without a look at it, and sends it.
    async fn send_at(&self, path: &str, fields: &[(&str, &str)]) {
        self.visit.open(path).await;
        self.send(fields).await;
    }

    /// Uses up what the user may send in an hour or a day, with a program.
    async fn exhaust(&self, path: &str, fields: &Value) {
        let (latchkey, mut program) = (&self.visit.gateway.latchkey, Client::program());
        let user = json!({ "identifier": "someone", "password": NEWEST });
        assert_eq!(program.post(latchkey, "/login", &user).await.status, 200);
        while program.post(latchkey, path, fields).await.status != 429 {}
    }

    async fn name(&self) {
        let path = "/profile/name";
        self.open("name, none yet", path).await;
        self.send_and_look("profile, another name", &[("name", "Some One")]).await;
        self.open("name", path).await;
        for (name, text) in names() {
            self.send_and_look(&format!("name, {name}"), &[("name", &*text)]).await;
        }
        let other = [("name", "Another One")];
        self.send_in_vain("unavailable at /profile/name", "TransactWriteItems", &other).await;
        self.exhaust(path, &json!({ "name": "Another One" })).await;
        self.send_and_look("name, too many changes", &other).await;
    }

    async fn username(&self) {
        let path = "/profile/username";
        self.open("username", path).await;
        for (name, text) in usernames() {
            self.send_and_look(&format!("username, {name}"), &[("username", &*text)]).await;
        }
        self.send_and_look("username, taken", &[("username", "TAKEN")]).await;
        let other = [("username", "Some.One")];
        self.send_in_vain("unavailable at /profile/username", "TransactWriteItems", &other).await;
        self.send_and_look("profile, another username", &other).await;
        self.send_at(path, &[("username", "someone2")]).await;
        self.send_at(path, &[("username", "someone3")]).await;
        self.inspector.look("username, too many changes").await;
    }

    async fn email(&self, post: &mut Post) {
        let (path, latchkey) = ("/profile/email", &self.visit.gateway.latchkey);
        self.open("email", path).await;
        for (name, text) in emails() {
            self.send_and_look(&format!("email, {name}"), &[("email", &*text)]).await;
        }
        self.send_in_vain("unavailable at /profile/email", "PutItem mails", &[("email", "busy@example.com")])
            .await;
        self.exhaust(path, &json!({ "email": "often@example.com" })).await;
        self.send_and_look("email, too many mails", &[("email", "often@example.com")]).await;

        let mut links = Vec::new();
        for to in ["claimed@example.com", "new1@example.com", "new2@example.com"] {
            post.deliver(latchkey).await;
            self.send_at(path, &[("email", to)]).await;
            links.push(link(of_kind(&post.deliver(latchkey).await, "confirm_new_email")));
        }
        self.inspector.look("profile, mail sent").await;
        self.open("/verify, another address", &links[1]).await;
        Client::signed_up(latchkey, "claimed").await;
        for (name, link) in [("/verify, taken", &links[0]), ("profile, another address", &links[1])] {
            self.send_at(link, &[]).await;
            self.inspector.look(name).await;
        }
        self.open("/verify, too early", &links[2]).await;
        self.open("email, too early", path).await;
    }
}
