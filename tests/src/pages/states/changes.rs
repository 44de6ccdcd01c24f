//! The pages with which a user changes the name, the username and the email address, in every state.

use serde_json::json;

use crate::harness::mail::{link, of_kind};
use crate::harness::{Client, Latchkey, Post};
use crate::pages::states::deletion::NEWEST;
use crate::pages::states::visitor::{Pages, Visitor, proof};

/// The names that are refused, with the name of the state.
pub fn names() -> [(&'static str, String); 3] {
    [("long", "n".repeat(200)), ("invalid", "a\u{1}b".to_owned()), ("deceptive", "a\u{202e}b".to_owned())]
}

/// The new usernames of `someone` that are refused, with the name of the state.
pub fn usernames() -> [(&'static str, String); 7] {
    [
        ("nothing", String::new()),
        ("short", "ada".to_owned()),
        ("long", "u".repeat(40)),
        ("invalid", "-ada".to_owned()),
        ("spaces", "some one".to_owned()),
        ("reserved", "root".to_owned()),
        ("unchanged", "someone".to_owned()),
    ]
}

/// The new email addresses of `someone` that are refused, with the name of the state.
pub fn emails() -> [(&'static str, String); 4] {
    [
        ("nothing", String::new()),
        ("long", "e".repeat(300)),
        ("invalid", "ada".to_owned()),
        ("unchanged", "Someone@Example.com".to_owned()),
    ]
}

/// All of them, for a user with the password [`NEWEST`].
pub async fn look(latchkey: &Latchkey, pages: &mut Pages) {
    let mut post = Post::start(&latchkey.database, &[]).await;
    let mut visitor = Visitor { latchkey, client: Client::browser(), pages };
    visitor.succeed("/login", &json!({ "identifier": "someone", "password": NEWEST })).await;
    name(&mut visitor).await;
    email(&mut visitor, &mut post).await;
    username(&mut visitor).await;
}

async fn name(visitor: &mut Visitor<'_>) {
    let path = "/profile/name";
    visitor.open("name, none yet", path).await;
    visitor.succeed(path, &json!({ "name": "Some One" })).await;
    visitor.open("profile, another name", "/profile").await;
    visitor.open("name", path).await;
    for (name, text) in names() {
        visitor.send(&format!("name, {name}"), 422, path, &json!({ "name": text })).await;
    }
    let other = json!({ "name": "Another One" });
    visitor.send_in_vain("unavailable at /profile/name", "TransactWriteItems", path, &other).await;
    visitor.send_too_often("name, too many changes", path, &other).await;
}

async fn username(visitor: &mut Visitor<'_>) {
    let path = "/profile/username";
    let fields = |username: &str| json!({ "present": "someone", "username": username });
    visitor.open("username", path).await;
    for (name, text) in usernames() {
        visitor.send(&format!("username, {name}"), 422, path, &fields(&text)).await;
    }
    visitor.send("username, taken", 409, path, &fields("TAKEN")).await;
    visitor
        .send_in_vain("unavailable at /profile/username", "TransactWriteItems", path, &fields("some.one"))
        .await;
    visitor.succeed(path, &fields("Some.One")).await;
    visitor.open("profile, another username", "/profile").await;
    visitor.succeed(path, &fields("someone2")).await;
    visitor.send("username, too many changes", 429, path, &fields("someone3")).await;
}

async fn email(visitor: &mut Visitor<'_>, post: &mut Post) {
    let path = "/profile/email";
    let fields = |email: &str| json!({ "present": "someone@example.com", "email": email });
    visitor.open("email", path).await;
    for (name, text) in emails() {
        visitor.send(&format!("email, {name}"), 422, path, &fields(&text)).await;
    }
    visitor
        .send_in_vain("unavailable at /profile/email", "PutItem mails", path, &fields("busy@example.com"))
        .await;
    visitor.send_too_often("email, too many mails", path, &fields("often@example.com")).await;

    let mut links = Vec::new();
    for to in ["claimed@example.com", "new1@example.com", "new2@example.com"] {
        post.deliver(visitor.latchkey).await;
        visitor.succeed(path, &fields(to)).await;
        links.push(link(of_kind(&post.deliver(visitor.latchkey).await, "confirm_new_email")));
    }
    visitor.open("profile, mail sent", "/profile").await;
    visitor.open("/verify, another address", &links[1]).await;
    Client::signed_up(visitor.latchkey, "claimed").await;
    visitor.send("/verify, taken", 409, "/verify", &proof(&links[0])).await;
    visitor.succeed("/verify", &proof(&links[1])).await;
    visitor.open("profile, another address", "/profile").await;
    visitor.open("/verify, too early", &links[2]).await;
    visitor.open("email, too early", path).await;
}
