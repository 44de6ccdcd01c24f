//! The pages with which a user deletes the account and takes it back, in every state.

use crate::harness::client::PASSWORD;
use crate::harness::mail::{link, of_kind};
use crate::harness::{Client, Post};
use crate::pages::browser::Visit;
use crate::pages::browser::states::account::RESET;
use crate::pages::browser::states::inspector::Inspector;
use crate::pages::browser::states::looker::Looker;
use crate::pages::states::account::REFUSED;
use crate::pages::states::deletion::NEWEST;

const PATH: &str = "/profile/delete";

/// All of them, for a user with a confirmed address, and for one without.
pub(super) async fn look(visit: &Visit, inspector: &Inspector<'_>) {
    let latchkey = &visit.gateway.latchkey;
    let mut post = Post::start(&latchkey.database, &[]).await;
    Client::signed_up(latchkey, "fleeting").await;
    let page = Looker { visit, inspector };
    page.log_in("fleeting", PASSWORD).await;
    page.open("delete, not confirmed", PATH).await;
    page.send_and_look("home, account deleted at once", &[("username", "Fleeting")]).await;
    page.log_in("someone", RESET).await;
    page.delete().await;
    page.undo(&link(of_kind(&post.deliver(latchkey).await, "account_deleted"))).await;
}

impl Looker<'_> {
    async fn delete(&self) {
        self.open("delete", PATH).await;
        self.send_and_look("delete, nothing", &[]).await;
        self.send_and_look("delete, another username", &[("username", "someone else")]).await;
        let own = [("username", "someone")];
        self.send_in_vain("unavailable at /profile/delete", "TransactWriteItems", &own).await;
        self.send_and_look("home, account deleted", &own).await;
    }

    async fn undo(&self, link: &str) {
        self.open("undo, dead", "/undo?token=x").await;
        self.open("undo", link).await;
        for (name, new) in REFUSED {
            self.send_and_look(&format!("undo, {name}"), &[("password", new)]).await;
        }
        let new = [("password", NEWEST)];
        self.send_in_vain("unavailable at /undo", "TransactWriteItems", &new).await;
        self.send_and_look("login after an undo", &new).await;
        self.open("undo, used", link).await;
        self.visit.gateway.take_requests();
    }
}
