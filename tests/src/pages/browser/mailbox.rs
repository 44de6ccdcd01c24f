//! Whole visits that go through the mailbox: a user changes the account, deletes it and takes it back, and a user signs
//! up by email.

use crate::harness::Post;
use crate::harness::client::PASSWORD;
use crate::harness::mail::{link, of_kind};
use crate::pages::browser::{ACCOUNT, Visit};

const NEW: &str = "another horse battery";

/// A user at a browser, who reads the mail.
struct Ada {
    visit: Visit,
    post: Post,
}

impl Ada {
    async fn start(variables: &[(&str, &str)]) -> Option<Self> {
        let visit = Visit::start(variables).await?;
        let post = Post::start(&visit.gateway.latchkey.database, &[]).await;
        Some(Self { visit, post })
    }

    /// Opens the link of a mail of this kind, and returns it.
    async fn open_mail(&mut self, kind: &str) -> String {
        let mails = self.post.deliver(&self.visit.gateway.latchkey).await;
        let link = link(of_kind(&mails, kind));
        self.visit.open(&link).await;
        link
    }

    /// Checks that the browser shows this page, and that it contains these texts.
    async fn sees(&self, path: &str, title: &str, texts: &[&str]) {
        let (browser, text) = (&self.visit.browser, self.visit.browser.text().await);
        let found = (browser.path().await, browser.title().await);
        assert_eq!(found, (path.to_owned(), format!("{title} – Latchkey")), "{text}");
        for part in texts {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    async fn changes_the_names(&self) {
        let browser = &self.visit.browser;
        browser.follow("Change your name").await;
        assert_eq!(browser.value("name").await, "Ada Lovelace");
        browser.submit(&[("name", "Ada King")]).await;
        self.sees("/profile", "Profile", &["Your name is changed.", "Ada King"]).await;

        // Later the session is no longer fresh.
        self.visit.gateway.latchkey.pass(3_600);
        browser.follow("Change your username").await;
        self.sees("/confirm", "Confirm your password", &[]).await;
        browser.submit(&[("password", PASSWORD)]).await;
        self.sees("/profile/username", "Change your username", &["your present username Ada.L"]).await;
        browser.submit(&[("username", "root")]).await;
        let still = ["This username is reserved", "your present username Ada.L"];
        self.sees("/profile/username", "Error: Change your username", &still).await;
        browser.submit(&[("username", "Ada.King")]).await;
        self.sees("/profile", "Profile", &["Your username is changed.", "Ada.King"]).await;
    }

    async fn changes_the_address(&mut self) {
        self.visit.browser.follow("Change your email address").await;
        let title = "Change your email address";
        self.sees("/profile/email", title, &["Your address is ada@example.com."]).await;
        self.visit.browser.submit(&[("email", "ada@example.org")]).await;
        self.sees("/profile", "Profile", &["Check your email", "ada@example.com, confirmed"]).await;
        self.open_mail("confirm_new_email").await;
        self.sees("/verify", "Confirm your email address", &["Is ada@example.org yours?"]).await;
        self.visit.browser.click("main button").await;
        let changed = ["Your email address is changed.", "ada@example.org, confirmed"];
        self.sees("/profile", "Profile", &changed).await;
    }

    async fn deletes_the_account(&self) {
        let browser = &self.visit.browser;
        browser.follow("Delete your account").await;
        browser.submit(&[("username", "Ada.L")]).await;
        let refused = ["This is not the username of this account"];
        self.sees("/profile/delete", "Error: Delete your account", &refused).await;
        browser.submit(&[("username", "ada.king")]).await;
        self.sees("/", "Home", &["Your account is deleted. If you change your mind", "Log in"]).await;
        assert_eq!(browser.cookies().await, Vec::<String>::new());
        browser.follow("Log in").await;
        browser.submit(&[("identifier", "ada.king"), ("password", PASSWORD)]).await;
        self.sees("/login", "Error: Log in", &["Incorrect username or password"]).await;
    }

    async fn takes_the_account_back(&mut self) {
        let link = self.open_mail("account_deleted").await;
        self.sees("/undo", "Take your account back", &[]).await;
        let browser = &self.visit.browser;
        assert_eq!(browser.value("owner").await, "ada@example.org");
        browser.submit(&[("password", "seven77")]).await;
        self.sees("/undo", "Error: Take your account back", &["at least 8 characters"]).await;
        browser.submit(&[("password", NEW)]).await;
        self.sees("/login", "Log in", &["Your account is yours again."]).await;
        browser.submit(&[("identifier", "ada@example.org"), ("password", NEW)]).await;
        self.sees("/profile", "Profile", &["Ada King", "Ada.King", "ada@example.org, confirmed"]).await;
        self.visit.open(&link).await;
        self.sees("/undo", "Error: This link no longer works", &["It was used"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_changes_the_names_and_the_address_deletes_the_account_and_takes_it_back() {
    let Some(mut ada) = Ada::start(&[]).await else { return };
    ada.visit.sign_up().await;
    ada.open_mail("confirm_email").await;
    ada.visit.browser.click("main button").await;
    ada.sees("/profile", "Profile", &["ada@example.com, confirmed"]).await;
    ada.changes_the_names().await;
    ada.changes_the_address().await;
    ada.deletes_the_account().await;
    ada.takes_the_account_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_signs_up_by_the_link_of_a_mail() {
    let Some(mut ada) = Ada::start(&[("SIGNUP_MODE", "by-email")]).await else { return };
    ada.visit.open("/").await;
    ada.visit.browser.follow("Sign up").await;
    ada.sees("/signup", "Sign up", &["We send a link to your email address."]).await;
    ada.visit.browser.submit(&[("email", "ada")]).await;
    ada.sees("/signup", "Error: Sign up", &["like ada@example.com"]).await;
    ada.visit.browser.submit(&[("email", "ada@example.com")]).await;
    ada.sees("/signup", "Sign up", &["Check your email: we have sent you a link."]).await;

    let link = ada.open_mail("sign_up").await;
    let browser = &ada.visit.browser;
    assert_eq!(browser.value("owner").await, "ada@example.com");
    browser.submit(&[("name", "Ada Lovelace"), ("username", "ada"), ("password", PASSWORD)]).await;
    ada.sees("/signup", "Error: Sign up", &["at least 4 characters", "Enter it again"]).await;
    assert_eq!((&*browser.value("owner").await, &*browser.focus().await), ("ada@example.com", "username"));
    browser.submit(&ACCOUNT[2..]).await;
    ada.sees("/profile", "Profile", &["Ada Lovelace", "Ada.L", "ada@example.com, confirmed"]).await;
    assert!(!browser.text().await.contains("Send another confirmation link"));
    browser.click("main button").await;
    ada.visit.open(&link).await;
    ada.sees("/signup", "Error: This link no longer works", &["It was used"]).await;
    browser.follow("Log in").await;
    browser.submit(&[("identifier", "ada@example.com"), ("password", PASSWORD)]).await;
    ada.sees("/profile", "Profile", &["Ada Lovelace"]).await;
}
