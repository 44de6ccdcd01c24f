//! The pages of deployments with other settings: where sign-up is by email, and where mail is off.

use serde_json::json;

use crate::functions::signup::by_email::joined;
use crate::harness::client::PASSWORD;
use crate::harness::mail::{OFF, link};
use crate::harness::{Client, Latchkey, Post};
use crate::pages::states::visitor::{Pages, Visitor, proof};

/// The variables of a deployment where sign-up is by email.
pub const BY_EMAIL: [(&str, &str); 2] = [("SIGNUP_MODE", "by-email"), ("SIGNUP_PER_HOUR", "4")];

/// The addresses that the first form of a sign-up by email refuses, with the name of the state.
pub fn addresses() -> [(&'static str, String); 3] {
    [("nothing", String::new()), ("long", "e".repeat(300)), ("invalid", "ada".to_owned())]
}

/// What the second form refuses for `new@example.com`: the name, the username and the password.
pub fn refused() -> [(&'static str, [String; 3]); 5] {
    let texts = |texts: [&str; 3]| texts.map(str::to_owned);
    [
        ("nothing", texts(["", "", ""])),
        ("invalid", texts(["a\u{1}b", "-ada", "seven77"])),
        ("long", ["n".repeat(200), "u".repeat(40), "p".repeat(300)]),
        ("common", texts(["", "root", "password"])),
        ("own address", texts(["", "ada1", "new@example.com"])),
    ]
}

/// All of them.
pub async fn look(variables: &[(&str, &str)], pages: &mut Pages) {
    let latchkey = Latchkey::start_with(&[variables, &BY_EMAIL[..]].concat()).await;
    let mut post = Post::start(&latchkey.database, &[]).await;
    let mut visitor = Visitor { latchkey: &latchkey, client: Client::browser(), pages };
    address(&mut visitor).await;
    second(&mut visitor, &mut post).await;
    without_mail(variables, pages).await;
}

async fn address(visitor: &mut Visitor<'_>) {
    let fields = |email: &str| json!({ "email": email });
    visitor.open("sign-up by email", "/signup").await;
    for (name, text) in addresses() {
        visitor.send(&format!("sign-up by email, {name}"), 422, "/signup", &fields(&text)).await;
    }
    let busy = fields("busy@example.com");
    visitor.send_in_vain("sign-up by email, unavailable", "PutItem mails", "/signup", &busy).await;
    let new = fields("new@example.com");
    visitor.succeed("/signup", &new).await;
    visitor.open("sign-up by email, mail sent", "/signup").await;
    visitor.send_too_often("sign-up by email, too many mails", "/signup", &new).await;
}

async fn second(visitor: &mut Visitor<'_>, post: &mut Post) {
    let links: Vec<String> = post.deliver(visitor.latchkey).await.iter().map(link).collect();
    joined(visitor.latchkey, post, "taken").await;
    let fields = |number: usize, [name, username, password]: [&str; 3]| {
        let mut fields = proof(&links[number]);
        fields["owner"] = json!("new@example.com");
        fields["name"] = json!(name);
        fields["username"] = json!(username);
        fields["password"] = json!(password);
        fields
    };
    visitor.open("sign-up by link", &links[0]).await;
    visitor.open("sign-up by link, dead", "/signup?token=x").await;
    for (name, texts) in refused() {
        let fields = fields(0, texts.each_ref().map(String::as_str));
        visitor.send(&format!("sign-up by link, {name}"), 422, "/signup", &fields).await;
    }
    let valid = |number: usize| fields(number, ["New One", "new1", PASSWORD]);
    visitor.send_in_vain("sign-up by link, unavailable", "TransactWriteItems", "/signup", &valid(0)).await;
    let taken = fields(0, ["", "TAKEN", PASSWORD]);
    visitor.send("sign-up by link, username taken", 409, "/signup", &taken).await;
    assert_eq!(Client::browser().post(visitor.latchkey, "/signup", &valid(1)).await.status, 303);
    visitor.send("sign-up by link, used", 410, "/signup", &valid(1)).await;
    let late = fields(0, ["", "new2", PASSWORD]);
    visitor.send("sign-up by link, address taken", 409, "/signup", &late).await;
    visitor.send("sign-up by link, both taken", 409, "/signup", &taken).await;
    visitor.send("sign-up by link, too many attempts", 429, "/signup", &late).await;
}

async fn without_mail(variables: &[(&str, &str)], pages: &mut Pages) {
    let latchkey = Latchkey::start_with(&[variables, &[OFF]].concat()).await;
    let client = Client::signed_up(&latchkey, "someone").await.in_a_browser();
    let mut visitor = Visitor { latchkey: &latchkey, client, pages };
    visitor.open("profile, no mail", "/profile").await;
    confirm(&latchkey);
    visitor.open("delete, no mail", "/profile/delete").await;
}

/// Confirms the addresses of all users, as the operator can where mail is off.
pub fn confirm(latchkey: &Latchkey) {
    for user in latchkey.database.items("UsersTable") {
        let key = json!({ "user_id": user["user_id"] });
        let now = json!({ "email_verified_at": { "N": latchkey.now().to_string() } });
        latchkey.database.set("UsersTable", key, &now);
    }
}
