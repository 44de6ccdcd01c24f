//! The pages with which a user deletes the account and takes it back, in every state.

use serde_json::json;

use crate::harness::mail::{link, of_kind};
use crate::harness::{Client, Latchkey, Post};
use crate::pages::states::account::{NEW, REFUSED};
use crate::pages::states::visitor::{Pages, Visitor, proof};

/// The password of `someone` after the account was deleted and taken back.
pub const NEWEST: &str = "yet another battery";

const PATH: &str = "/profile/delete";

/// All of them, for a user with the password [`NEW`] and a confirmed address, and for one without.
pub async fn look(latchkey: &Latchkey, pages: &mut Pages) {
    let mut post = Post::start(&latchkey.database, &[]).await;
    let client = Client::signed_up(latchkey, "fleeting").await.in_a_browser();
    let mut visitor = Visitor { latchkey, client, pages };
    visitor.open("delete, not confirmed", PATH).await;
    visitor.succeed(PATH, &json!({ "username": "Fleeting" })).await;
    visitor.open("home, account deleted at once", "/").await;
    delete(&mut visitor).await;
    undo(&mut visitor, &mut post).await;
}

async fn delete(visitor: &mut Visitor<'_>) {
    visitor.succeed("/login", &json!({ "identifier": "someone", "password": NEW })).await;
    let fields = |username: &str| json!({ "confirmed": "1", "username": username });
    visitor.open("delete", PATH).await;
    visitor.send("delete, nothing", 422, PATH, &fields("")).await;
    visitor.send("delete, another username", 422, PATH, &fields("someone else")).await;
    visitor
        .send_in_vain("unavailable at /profile/delete", "TransactWriteItems", PATH, &fields("someone"))
        .await;
    visitor.succeed(PATH, &fields("someone")).await;
    visitor.open("home, account deleted", "/").await;
}

async fn undo(visitor: &mut Visitor<'_>, post: &mut Post) {
    let link = link(of_kind(&post.deliver(visitor.latchkey).await, "account_deleted"));
    let fields = |password: &str| {
        let mut fields = proof(&link);
        fields["owner"] = json!("someone@example.com");
        fields["password"] = json!(password);
        fields
    };
    visitor.open("undo", &link).await;
    visitor.open("undo, dead", "/undo?token=x").await;
    for (name, new) in REFUSED {
        visitor.send(&format!("undo, {name}"), 422, "/undo", &fields(new)).await;
    }
    visitor.send_in_vain("unavailable at /undo", "TransactWriteItems", "/undo", &fields(NEWEST)).await;
    visitor.succeed("/undo", &fields(NEWEST)).await;
    visitor.open("login after an undo", "/login").await;
    visitor.send("undo, used", 410, "/undo", &fields(NEWEST)).await;
}
