//! The pages with which a user gets back in, confirms and changes the password, and sees the sessions.

use serde_json::{Value, json};

use crate::harness::client::{PASSWORD, credentials};
use crate::harness::mail::{link, of_kind};
use crate::harness::{Client, Latchkey, Post};
use crate::pages::states::WRONG;
use crate::pages::states::visitor::{Pages, Visitor};

/// The texts of a new password that are refused, with the name of the state.
pub const REFUSED: [(&str, &str); 4] =
    [("nothing", ""), ("short", "seven77"), ("common", "password"), ("own name", "someone@example.com")];

/// The password of `someone` after it was reset.
pub const NEW: &str = "another horse battery";

/// All of them.
pub async fn look(latchkey: &Latchkey, pages: &mut Pages) {
    let mut post = Post::start(&latchkey.database, &[]).await;
    let client = Client::signed_up(latchkey, "someone").await.in_a_browser();
    post.deliver(latchkey).await;
    let mut visitor = Visitor { latchkey, client: Client::browser(), pages };
    forgot(&mut visitor).await;
    visitor.client = client.clone();
    sessions(&mut visitor).await;
    confirm(&mut visitor).await;
    change(&mut visitor).await;
    visitor.client = client;
    reset(&mut visitor, &mut post).await;
}

async fn forgot(visitor: &mut Visitor<'_>) {
    let asked = json!({ "identifier": "someone" });
    visitor.open("forgot", "/forgot").await;
    visitor.send("forgot, nothing", 422, "/forgot", &json!({})).await;
    visitor.send("forgot, long", 422, "/forgot", &json!({ "identifier": "i".repeat(300) })).await;
    visitor.send_in_vain("unavailable at /forgot", "PutItem mails", "/forgot", &asked).await;
    for _ in 0..2 {
        visitor.succeed("/forgot", &asked).await;
    }
    visitor.open("login with a notice", "/login").await;
    visitor.send("forgot, too many attempts", 429, "/forgot", &asked).await;
}

async fn sessions(visitor: &mut Visitor<'_>) {
    visitor.open("sessions, one", "/profile/sessions").await;
    for _ in 0..2 {
        let other = Client::program().post(visitor.latchkey, "/login", &credentials("someone")).await;
        assert_eq!(other.status, 200);
    }
    visitor.open("sessions, three", "/profile/sessions").await;
}

/// The fields that every form with a password of a known user has.
fn owned(fields: &Value) -> Value {
    let mut fields = fields.clone();
    fields["owner"] = json!("someone");
    fields
}

async fn confirm(visitor: &mut Visitor<'_>) {
    visitor.open("confirm", "/confirm?return_to=/profile/sessions").await;
    visitor.send("confirm, nothing", 422, "/confirm", &owned(&json!({}))).await;
    let wrong = owned(&json!({ "password": WRONG }));
    visitor.send("confirm, wrong password", 401, "/confirm", &wrong).await;
    visitor.send_too_often("confirm, too many attempts", "/confirm", &wrong).await;
    visitor.latchkey.pass(3_600);
}

async fn change(visitor: &mut Visitor<'_>) {
    let path = "/profile/password";
    visitor.open("password", path).await;
    for (name, new) in REFUSED {
        let fields = owned(&json!({ "current_password": PASSWORD, "password": new }));
        visitor.send(&format!("password, {name}"), 422, path, &fields).await;
    }
    let unchanged = owned(&json!({ "current_password": PASSWORD, "password": PASSWORD }));
    visitor.send("password, unchanged", 422, path, &unchanged).await;
    let wrong = owned(&json!({ "current_password": WRONG, "password": NEW }));
    visitor.send("password, wrong password", 401, path, &wrong).await;
    visitor.send_too_often("password, too many attempts", path, &wrong).await;
    visitor.latchkey.pass(3_600);
}

async fn reset(visitor: &mut Visitor<'_>, post: &mut Post) {
    visitor.succeed("/forgot", &json!({ "identifier": "someone@example.com" })).await;
    let link = link(of_kind(&post.deliver(visitor.latchkey).await, "reset_password"));
    let token = link.split_once("token=").expect("a token").1;
    visitor.open("reset", &link).await;
    visitor.open("reset, dead", "/reset?token=x").await;
    let fields =
        |password: &str| json!({ "token": token, "owner": "someone@example.com", "password": password });
    for (name, new) in REFUSED {
        visitor.send(&format!("reset, {name}"), 422, "/reset", &fields(new)).await;
    }
    visitor.send_in_vain("unavailable at /reset", "TransactWriteItems", "/reset", &fields(NEW)).await;
    visitor.succeed("/reset", &fields(NEW)).await;
    visitor.open("login after a reset", "/login").await;
    visitor.send("reset, used", 410, "/reset", &fields(NEW)).await;
}
