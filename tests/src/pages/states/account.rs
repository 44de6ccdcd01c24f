//! The pages with which a user gets back in, confirms and changes the password, and sees the sessions.

use serde_json::{Value, json};

use crate::harness::client::{PASSWORD, credentials};
use crate::harness::mail::link;
use crate::harness::{Client, Fault, Latchkey, Post, Response};
use crate::pages::states::WRONG;

/// The texts of a new password that are refused, with the name of the state.
pub const REFUSED: [(&str, &str); 4] =
    [("nothing", ""), ("short", "seven77"), ("common", "password"), ("own name", "someone@example.com")];

type Pages = Vec<(String, Response)>;

/// Sends forms, and keeps the pages with their names.
struct Visitor<'a> {
    latchkey: &'a Latchkey,
    client: Client,
    pages: &'a mut Pages,
}

impl Visitor<'_> {
    async fn open(&mut self, name: &str, path: &str) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let event = self.client.event("GET", path).with("/rawQueryString", json!(query));
        let page = self.client.send(self.latchkey, &event).await;
        self.pages.push((name.to_owned(), page));
    }

    async fn send(&mut self, name: &str, status: i64, path: &str, fields: &Value) {
        let page = self.client.post(self.latchkey, path, fields).await;
        assert_eq!(page.status, status, "{name}: {page:?}");
        self.pages.push((name.to_owned(), page));
    }
}

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
    let database = &visitor.latchkey.database;
    database.fail_always("PutItem mails", Fault::error(400, "ThrottlingException"));
    visitor.send("unavailable at /forgot", 503, "/forgot", &asked).await;
    visitor.latchkey.database.clear_faults();
    for _ in 0..2 {
        assert_eq!(visitor.client.post(visitor.latchkey, "/forgot", &asked).await.status, 303);
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
    while visitor.client.post(visitor.latchkey, "/confirm", &wrong).await.status != 429 {}
    visitor.send("confirm, too many attempts", 429, "/confirm", &wrong).await;
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
    let wrong = owned(&json!({ "current_password": WRONG, "password": "another horse battery" }));
    visitor.send("password, wrong password", 401, path, &wrong).await;
    while visitor.client.post(visitor.latchkey, path, &wrong).await.status != 429 {}
    visitor.send("password, too many attempts", 429, path, &wrong).await;
    visitor.latchkey.pass(3_600);
}

async fn reset(visitor: &mut Visitor<'_>, post: &mut Post) {
    let asked = json!({ "identifier": "someone@example.com" });
    assert_eq!(visitor.client.post(visitor.latchkey, "/forgot", &asked).await.status, 303);
    let mails = post.deliver(visitor.latchkey).await;
    let link = link(mails.iter().rfind(|mail| mail["kind"] == "reset_password").expect("a link"));
    let token = link.split_once("token=").expect("a token").1.to_owned();
    visitor.open("reset", &link).await;
    visitor.open("reset, dead", "/reset?token=x").await;
    let fields =
        |password: &str| json!({ "token": token, "owner": "someone@example.com", "password": password });
    for (name, new) in REFUSED {
        visitor.send(&format!("reset, {name}"), 422, "/reset", &fields(new)).await;
    }
    let database = &visitor.latchkey.database;
    database.fail_always("TransactWriteItems", Fault::error(400, "ThrottlingException"));
    visitor.send("unavailable at /reset", 503, "/reset", &fields("another horse battery")).await;
    visitor.latchkey.database.clear_faults();
    let done = visitor.client.post(visitor.latchkey, "/reset", &fields("another horse battery")).await;
    assert_eq!(done.status, 303);
    visitor.open("login after a reset", "/login").await;
    visitor.send("reset, used", 410, "/reset", &fields("another horse battery")).await;
}
