//! Two requests that change or use one account, with their database calls merged in every possible order.

mod changes;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::{BoxFuture, join_all};
use serde_json::json;

use crate::functions::recovery::{NEW, asked, confirmed, reset};
use crate::harness::client::{PASSWORD, credentials};
use crate::harness::{Client, Latchkey, Post};
use crate::robustness::faults::check_accounts;

/// A call, by its name in an order.
type Name = &'static str;

/// The calls of the requests that decide anything, in the order in which each makes them.
const LOGIN: [Name; 3] = ["login GetItem credentials", "login BatchWriteItem", "login GetItem users"];
const RESET: [Name; 3] = ["recovery GetItem proofs", "recovery GetItem users", "recovery TransactWriteItems"];
const CHANGE: [Name; 3] =
    ["password BatchGetItem", "password GetItem credentials", "password TransactWriteItems"];
const CONFIRM: [Name; 4] =
    ["login BatchGetItem", "login GetItem credentials", "login BatchWriteItem", "login GetItem users"];
const END_OTHERS: [Name; 2] = ["sessions BatchGetItem", "sessions TransactWriteItems"];
const VERIFY: [Name; 2] = ["email BatchGetItem", "email TransactWriteItems"];

/// Every order of both lists in which each keeps its own.
fn merges(one: &[Name], other: &[Name]) -> Vec<Vec<Name>> {
    let (Some((first, rest)), Some((second, others))) = (one.split_first(), other.split_first()) else {
        return vec![[one, other].concat()];
    };
    let after = |name: Name, merges: Vec<Vec<Name>>| {
        merges.into_iter().map(move |merge| [vec![name], merge].concat())
    };
    after(first, merges(rest, other)).chain(after(second, merges(one, others))).collect()
}

/// A deployment with a confirmed user, whose password is [`PASSWORD`], and a link that resets it.
struct Scene {
    latchkey: Arc<Latchkey>,
    owner: Client,
    link: String,
}

impl Scene {
    async fn start() -> Self {
        let (latchkey, mut post, owner) = confirmed("ada1").await;
        let link = asked(&latchkey, &mut post, "ada1").await;
        Self { latchkey: Arc::new(latchkey), owner, link }
    }

    /// Sends two requests at once. A request that another one has overtaken makes fewer calls, so the rest of the order
    /// is dropped when one of them has responded.
    async fn at_once(&self, order: &[Name], requests: [BoxFuture<'static, i64>; 2]) -> [i64; 2] {
        self.latchkey.database.set_order(order);
        let free = async |request: BoxFuture<'static, i64>| {
            let status = tokio::spawn(request).await.expect("no panic");
            self.latchkey.database.set_order(&[]);
            status
        };
        let [one, other] = requests;
        let (one, other) = tokio::join!(free(one), free(other));
        check_accounts(&self.latchkey);
        [one, other]
    }

    fn post(
        &self,
        client: &Client,
        path: &'static str,
        fields: serde_json::Value,
    ) -> BoxFuture<'static, i64> {
        let (latchkey, mut client) = (Arc::clone(&self.latchkey), client.clone());
        Box::pin(async move { client.post(&latchkey, path, &fields).await.status })
    }

    async fn logs_in(&self, password: &str) -> bool {
        let fields = json!({ "identifier": "ada1@example.com", "password": password });
        Client::program().post(&self.latchkey, "/login", &fields).await.status == 200
    }

    fn new_password(&self) -> BoxFuture<'static, i64> {
        self.post(&Client::program(), "/reset", json!({ "token": self.link, "password": NEW }))
    }

    /// The sessions that are active, but for this one.
    async fn active_sessions(&self, except: &Client) -> usize {
        let mut witness = except.clone();
        let list = witness.get(&self.latchkey, "/profile/sessions").await;
        if list.status == 401 { 0 } else { list.json()["sessions"].as_array().map_or(0, Vec::len) - 1 }
    }
}

/// Runs a scene for each order, a few at once. Returns the pairs of statuses that were seen.
async fn each<F: Future<Output = [i64; 2]> + Send + 'static>(
    orders: Vec<Vec<Name>>,
    run: impl Fn(Vec<Name>) -> F,
) -> BTreeSet<[i64; 2]> {
    let mut seen = BTreeSet::new();
    for some in orders.chunks(4) {
        let scenes = some.iter().map(|order| tokio::spawn(run(order.clone())));
        seen.extend(join_all(scenes).await.into_iter().map(|statuses| statuses.expect("no panic")));
    }
    seen
}

#[tokio::test]
async fn in_no_order_does_a_login_with_the_old_password_outlive_a_reset() {
    let logins = [LOGIN, [LOGIN[0], LOGIN[2], LOGIN[1]]];
    let orders: Vec<_> = logins.iter().flat_map(|login| merges(login, &RESET)).collect();
    assert_eq!(orders.len(), 40);
    let seen = each(orders, async |order| {
        let scene = Scene::start().await;
        let login = scene.post(&Client::program(), "/login", credentials("ada1"));
        let [login, reset] = scene.at_once(&order, [login, scene.new_password()]).await;
        assert!(!scene.owner.is_signed_in(&scene.latchkey).await, "{order:?}");
        assert!(scene.logs_in(NEW).await && !scene.logs_in(PASSWORD).await, "{order:?}");
        // Every item of a session that is left has an epoch of before, or is that of the login above.
        let user = scene.latchkey.database.items("UsersTable").remove(0);
        let sessions = scene.latchkey.database.items("SessionsTable").into_iter();
        let live = sessions.filter(|session| session["epoch"] == user["epoch"]).count();
        assert_eq!(live, 1, "{order:?}");
        [login, reset]
    })
    .await;
    assert_eq!(seen, BTreeSet::from([[200, 204], [401, 204]]));
}

#[tokio::test]
async fn in_no_order_does_a_login_with_the_old_password_outlive_a_change() {
    let orders = merges(&LOGIN, &CHANGE);
    assert_eq!(orders.len(), 20);
    let seen = each(orders, async |order| {
        let scene = Scene::start().await;
        let mut owner = scene.owner.clone();
        let login = scene.post(&Client::program(), "/login", credentials("ada1"));
        let latchkey = Arc::clone(&scene.latchkey);
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let change: BoxFuture<'static, i64> = Box::pin(async move {
            let fields = json!({ "current_password": PASSWORD, "password": NEW });
            let status = owner.post(&latchkey, "/profile/password", &fields).await.status;
            sender.send(owner).expect("a receiver");
            status
        });
        let [login, change] = scene.at_once(&order, [login, change]).await;
        let owner = receiver.await.expect("the owner");
        assert!(owner.is_signed_in(&scene.latchkey).await, "{order:?}: the own session goes on");
        assert_eq!(scene.active_sessions(&owner).await, 0, "{order:?}");
        let dead = reset(&mut Client::program(), &scene.latchkey, &scene.link, PASSWORD).await;
        assert_eq!(dead.status, 410, "{order:?}: the link of before");
        assert!(scene.logs_in(NEW).await && !scene.logs_in(PASSWORD).await, "{order:?}");
        [login, change]
    })
    .await;
    assert_eq!(seen, BTreeSet::from([[200, 200], [401, 200]]));
}

#[tokio::test]
async fn of_a_reset_and_a_change_one_wins_in_every_order() {
    let seen = each(merges(&RESET, &CHANGE), async |order| {
        let scene = Scene::start().await;
        let fields = json!({ "current_password": PASSWORD, "password": "a third horse battery" });
        let change = scene.post(&scene.owner, "/profile/password", fields);
        let [reset, change] = scene.at_once(&order, [scene.new_password(), change]).await;
        let winner = if reset == 204 { NEW } else { "a third horse battery" };
        assert!(scene.logs_in(winner).await && !scene.logs_in(PASSWORD).await, "{order:?}");
        assert!(!scene.owner.is_signed_in(&scene.latchkey).await, "{order:?}");
        [reset, change]
    })
    .await;
    assert_eq!(seen, BTreeSet::from([[204, 401], [410, 200]]));
}

#[tokio::test]
async fn in_no_order_does_a_confirmation_outlive_a_reset_or_the_end_of_all_others() {
    let seen = each(merges(&CONFIRM, &RESET), async |order| {
        let scene = Scene::start().await;
        let confirm = scene.post(&scene.owner, "/confirm", json!({ "password": PASSWORD }));
        let [confirm, reset] = scene.at_once(&order, [confirm, scene.new_password()]).await;
        let user = scene.latchkey.database.items("UsersTable").remove(0);
        let sessions = scene.latchkey.database.items("SessionsTable").into_iter();
        assert_eq!(sessions.filter(|session| session["epoch"] == user["epoch"]).count(), 0, "{order:?}");
        [confirm, reset]
    })
    .await;
    assert_eq!(seen, BTreeSet::from([[200, 204], [401, 204]]));
    let seen = each(merges(&LOGIN, &END_OTHERS), async |order| {
        let scene = Scene::start().await;
        let login = scene.post(&Client::program(), "/login", credentials("ada1"));
        let end = scene.post(&scene.owner, "/profile/sessions/end-others", json!({}));
        let [login, end] = scene.at_once(&order, [login, end]).await;
        assert!(scene.owner.is_signed_in(&scene.latchkey).await, "{order:?}");
        let position = |name: &str| order.iter().position(|known| *known == name);
        let began_later = position(LOGIN[0]) > position(END_OTHERS[1]);
        assert_eq!(scene.active_sessions(&scene.owner).await, usize::from(began_later), "{order:?}");
        [login, end]
    })
    .await;
    assert_eq!(seen, BTreeSet::from([[200, 204], [401, 204]]));
}

#[tokio::test]
async fn a_reset_proves_the_address_in_every_order_with_its_confirmation() {
    let seen = each(merges(&RESET, &VERIFY), async |order| {
        let latchkey = Latchkey::start().await;
        let mut post = Post::start(&latchkey.database, &[]).await;
        let owner = Client::signed_up(&latchkey, "ada1").await;
        let confirm = crate::harness::mail::token(&post.deliver(&latchkey).await[0]);
        let link = asked(&latchkey, &mut post, "ada1").await;
        let scene = Scene { latchkey: Arc::new(latchkey), owner, link };
        let verify = scene.post(&scene.owner, "/verify", json!({ "token": confirm }));
        let [reset, verify] = scene.at_once(&order, [scene.new_password(), verify]).await;
        let user = scene.latchkey.database.items("UsersTable").remove(0);
        assert!(user.get("email_verified_at").is_some(), "{order:?}");
        assert!(scene.logs_in(NEW).await && !scene.owner.is_signed_in(&scene.latchkey).await, "{order:?}");
        [reset, verify]
    })
    .await;
    assert_eq!(seen, BTreeSet::from([[204, 200], [204, 401]]));
}
