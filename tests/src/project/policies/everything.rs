//! Everything that the functions do.

use latchkey::password::PasswordHasher;
use serde_json::json;

use crate::functions::Functions;
use crate::harness::app::App;
use crate::harness::authorizer::Gate;
use crate::harness::client::{PASSWORD, account, credentials};
use crate::harness::latchkey::keys;
use crate::harness::mail::{of_kind, token};
use crate::harness::{Client, Database, Latchkey, Post, SecretsManager};
use crate::rules::limiter::wrong;

/// Everything that a visitor, Secrets Manager and time can bring about.
pub async fn happen(database: &Database) {
    let secrets = SecretsManager::start(database, &keys()).await;
    let mut latchkey = secrets.latchkey(&[]).await;
    let mut post = Post::start(database, &[]).await;
    let mut client = Client::signed_up(&latchkey, "ada1").await;
    let routes = Functions::NAMES.iter().flat_map(|name| Functions::routes(name));
    for (_, path) in routes.filter(|(method, _)| *method == "GET") {
        client.get(&latchkey, path).await;
    }
    let mail = post.deliver(&latchkey).await.remove(0);
    assert_eq!(client.post(&latchkey, "/profile/verify", &json!({})).await.status, 202);
    assert_eq!(client.post(&latchkey, "/verify", &json!({ "token": token(&mail) })).await.status, 200);
    assert_eq!(client.post(&latchkey, "/signup", &account("ada2")).await.status, 201, "ends the session");
    assert_eq!(post.deliver(&latchkey).await.len(), 1, "the first address is confirmed");
    assert_eq!(client.post(&latchkey, "/login", &wrong("ada2")).await.status, 401);
    latchkey.functions.login.verifier.hasher =
        PasswordHasher::new(argon2::Params::new(16, 1, 1, None).expect("parameters"));
    assert_eq!(client.post(&latchkey, "/login", &credentials("ada2")).await.status, 200, "renews the hash");
    latchkey.pass(86_400);
    assert_eq!(client.get(&latchkey, "/profile").await.status, 200, "renews the session");
    latchkey.pass(86_400);
    assert_eq!(client.post(&latchkey, "/token", &json!({})).await.status, 200, "renews the session");
    assert_eq!(client.post(&latchkey, "/forgot", &json!({ "identifier": "ada2" })).await.status, 202);
    let mails = post.deliver(&latchkey).await;
    let link = token(of_kind(&mails, "reset_password"));
    let new = json!({ "token": link, "password": "another horse battery" });
    assert_eq!(client.post(&latchkey, "/reset", &new).await.status, 204);
    let mut client = Client::program();
    let fields = json!({ "identifier": "ada2", "password": "another horse battery" });
    assert_eq!(client.post(&latchkey, "/login", &fields).await.status, 200, "tells of the login by a mail");
    latchkey.pass(1);
    let fields = json!({ "current_password": "another horse battery", "password": PASSWORD });
    assert_eq!(client.post(&latchkey, "/profile/password", &fields).await.status, 200);
    assert_eq!(client.post(&latchkey, "/profile/sessions/end-others", &json!({})).await.status, 204);
    let list = client.get(&latchkey, "/profile/sessions").await.json();
    let session = json!({ "session": list["sessions"][0]["id"] });
    assert_eq!(client.post(&latchkey, "/profile/sessions/end", &session).await.status, 204);
    assert_eq!(client.post(&latchkey, "/login", &credentials("ada2")).await.status, 200);
    assert_eq!(client.post(&latchkey, "/logout", &json!({})).await.status, 204);
    tokens(&latchkey, database).await;
    changes(&latchkey, &mut post).await;
    by_email(&secrets, &mut post).await;
    for secret in [secrets.access_token_keys(), secrets] {
        secret.rotate("00000001-0000-4000-8000-000000000000", latchkey.now()).await.expect("a rotation");
    }
}

/// The life of a session that is held in a refresh token, to its theft, and a request to an API of the application.
async fn tokens(latchkey: &Latchkey, database: &Database) {
    let connection = [("SIGNING_KEYS", ""), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", database.endpoint())];
    let gate = Gate::start(latchkey, &connection);
    let mut app = App::logged_in(latchkey, "ada2").await;
    let mut stolen = app.clone();
    for _ in 0..2 {
        let body = app.refresh(latchkey).await.json();
        let token = body["access_token"].as_str().expect("a token");
        let event = Client::program().event("GET", "/orders");
        assert!(gate.passes(latchkey, &event.header("authorization", &format!("Bearer {token}"))).await);
    }
    assert_eq!(stolen.refresh(latchkey).await.status, 400);
    assert!(!gate.passes(latchkey, &Client::with_token("x").event("GET", "/orders")).await);
}

/// A sign-up by email.
async fn by_email(secrets: &SecretsManager, post: &mut Post) {
    let by_email = secrets.latchkey(&[("SIGNUP_MODE", "by-email")]).await;
    let mut client = Client::program();
    assert_eq!(client.post(&by_email, "/signup", &json!({ "email": "kim1@example.com" })).await.status, 202);
    let mails = post.deliver(&by_email).await;
    let link = token(of_kind(&mails, "sign_up"));
    let fields = json!({ "token": link, "username": "kim1", "password": PASSWORD });
    assert_eq!(client.post(&by_email, "/signup", &fields).await.status, 201);
}

/// Everything that a user does with an account, to its end.
async fn changes(latchkey: &Latchkey, post: &mut Post) {
    let mut client = Client::program();
    assert_eq!(client.post(latchkey, "/login", &credentials("ada2")).await.status, 200);
    post.deliver(latchkey).await;
    assert_eq!(client.post(latchkey, "/profile/name", &json!({ "name": "Ada" })).await.status, 200);
    assert_eq!(client.post(latchkey, "/profile/username", &json!({ "username": "ada3" })).await.status, 200);
    let fields = json!({ "email": "ada3@example.org" });
    assert_eq!(client.post(latchkey, "/profile/email", &fields).await.status, 202);
    let mails = post.deliver(latchkey).await;
    let link = token(of_kind(&mails, "confirm_new_email"));
    latchkey.pass(60);
    assert_eq!(client.post(latchkey, "/verify", &json!({ "token": link })).await.status, 200);
    let mails = post.deliver(latchkey).await;
    let undo = token(of_kind(&mails, "email_changed"));
    assert_eq!(client.get(latchkey, "/profile/data").await.status, 200);
    let fields = json!({ "username": "ada3" });
    assert_eq!(client.post(latchkey, "/profile/delete", &fields).await.status, 204);
    post.deliver(latchkey).await;
    latchkey.pass(60);
    let fields = json!({ "token": undo, "password": PASSWORD });
    assert_eq!(client.post(latchkey, "/undo", &fields).await.status, 204);
    // An address that is not confirmed is free at once.
    let mut client = Client::signed_up(latchkey, "eve1").await;
    post.deliver(latchkey).await;
    let fields = json!({ "email": "eve2@example.com" });
    assert_eq!(client.post(latchkey, "/profile/email", &fields).await.status, 202);
    let mails = post.deliver(latchkey).await;
    let link = token(of_kind(&mails, "confirm_new_email"));
    assert_eq!(client.post(latchkey, "/verify", &json!({ "token": link })).await.status, 200);
    let mut client = Client::signed_up(latchkey, "bob1").await;
    assert_eq!(client.post(latchkey, "/profile/delete", &json!({ "username": "bob1" })).await.status, 204);
    post.deliver(latchkey).await;
}
