//! A change of the address or the username, and the deletion, each at once with what else changes or uses the account.

use serde_json::json;

use super::{CHANGE, LOGIN, Name, RESET, Scene, each, merges};
use crate::functions::recovery::NEW;
use crate::harness::client::{PASSWORD, credentials};
use crate::harness::mail::{of_kind, token};
use crate::harness::{Client, Post};

const RENAME: [Name; 3] =
    ["account BatchGetItem", "account GetItem credentials", "account TransactWriteItems"];
const DELETE: [Name; 2] = ["account BatchGetItem", "account TransactWriteItems"];
const MOVE: [Name; 3] = ["email BatchGetItem", "email GetItem credentials", "email TransactWriteItems"];

impl Scene {
    /// The same with a link that changes the address.
    async fn with_a_move() -> (Self, String) {
        let mut scene = Self::start().await;
        let mut post = Post::start(&scene.latchkey.database, &[]).await;
        let fields = json!({ "email": "ada@example.org" });
        assert_eq!(scene.owner.post(&scene.latchkey, "/profile/email", &fields).await.status, 202);
        let mails = post.deliver(&scene.latchkey).await;
        let link = token(of_kind(&mails, "confirm_new_email"));
        (scene, link)
    }

    /// Which of the two passwords log in with each identifier that the user has.
    async fn passwords(&self) -> Vec<[bool; 2]> {
        let user = self.latchkey.database.items("UsersTable").remove(0);
        let mut works = Vec::new();
        for name in ["username", "email"] {
            let identifier = user[name]["S"].as_str().expect("a text");
            let mut both = [false; 2];
            for (works, password) in both.iter_mut().zip([PASSWORD, NEW]) {
                let fields = json!({ "identifier": identifier, "password": password });
                let mut client = Client::program();
                let response = client.post(&self.latchkey, "/login", &fields).await;
                assert!(matches!(response.status, 200 | 401), "{response:?}");
                *works = response.status == 200;
            }
            works.push(both);
        }
        works
    }
}

/// One password works with both identifiers: the new one if it was set.
async fn check_passwords(scene: &Scene, is_new: bool, order: &[Name]) {
    let expected = [!is_new, is_new];
    assert_eq!(scene.passwords().await, [expected, expected], "{order:?}");
}

#[tokio::test]
async fn in_no_order_does_a_new_username_keep_the_old_password() {
    for (other, path) in [(CHANGE, "/profile/password"), (RESET, "/reset")] {
        let orders = merges(&RENAME, &other);
        assert_eq!(orders.len(), 20);
        each(orders, move |order: Vec<Name>| async move {
            let scene = Scene::start().await;
            let rename = scene.post(&scene.owner, "/profile/username", json!({ "username": "ada2" }));
            let change = if path == "/reset" {
                scene.new_password()
            } else {
                let fields = json!({ "current_password": PASSWORD, "password": NEW });
                scene.post(&scene.owner, path, fields)
            };
            let [rename, change] = scene.at_once(&order, [rename, change]).await;
            // A change that finds the former username held finds no password with it.
            let is_known = matches!(rename, 200 | 401) && matches!(change, 200 | 204 | 401);
            assert!(is_known, "{order:?} {rename} {change}");
            check_passwords(&scene, change < 300, &order).await;
            [rename, change]
        })
        .await;
    }
}

#[tokio::test]
async fn in_no_order_does_a_new_address_keep_the_old_password() {
    for (other, path) in [(CHANGE, "/profile/password"), (RESET, "/reset")] {
        let orders = merges(&MOVE, &other);
        assert_eq!(orders.len(), 20);
        each(orders, move |order: Vec<Name>| async move {
            let (scene, link) = Scene::with_a_move().await;
            let verify = scene.post(&scene.owner, "/verify", json!({ "token": link }));
            let change = if path == "/reset" {
                scene.new_password()
            } else {
                let fields = json!({ "current_password": PASSWORD, "password": NEW });
                scene.post(&scene.owner, path, fields)
            };
            let [verify, change] = scene.at_once(&order, [verify, change]).await;
            // A reset by a link to the former address ends with it.
            assert!(
                matches!(verify, 200 | 401 | 410) && matches!(change, 200 | 204 | 410),
                "{order:?} {verify} {change}"
            );
            check_passwords(&scene, change < 300, &order).await;
            [verify, change]
        })
        .await;
    }
}

#[tokio::test]
async fn in_no_order_does_anything_outlive_a_deletion() {
    let logins = [LOGIN, [LOGIN[0], LOGIN[2], LOGIN[1]]];
    let mut orders: Vec<_> = logins.iter().flat_map(|login| merges(login, &DELETE)).collect();
    assert_eq!(orders.len(), 20);
    each(orders.clone(), async |order| {
        let scene = Scene::start().await;
        let login = scene.post(&Client::program(), "/login", credentials("ada1"));
        let delete = scene.post(&scene.owner, "/profile/delete", json!({ "username": "ada1" }));
        let [login, delete] = scene.at_once(&order, [login, delete]).await;
        assert!(delete == 204 && matches!(login, 200 | 401), "{order:?} {login} {delete}");
        assert_eq!(scene.active_sessions(&scene.owner).await, 0, "{order:?}");
        assert_eq!(scene.passwords().await, [[false; 2]; 2], "{order:?}");
        [login, delete]
    })
    .await;
    orders = merges(&RESET, &DELETE);
    assert_eq!(orders.len(), 10);
    each(orders, async |order| {
        let scene = Scene::start().await;
        let delete = scene.post(&scene.owner, "/profile/delete", json!({ "username": "ada1" }));
        let [reset, delete] = scene.at_once(&order, [scene.new_password(), delete]).await;
        // Whichever comes first ends the session or the link of the other.
        assert!(matches!([reset, delete], [204, 401] | [410, 204]), "{order:?} {reset} {delete}");
        let expected = if reset == 204 { [false, true] } else { [false; 2] };
        assert_eq!(scene.passwords().await, [expected; 2], "{order:?}");
        [reset, delete]
    })
    .await;
}
