//! The way of a mail: from a form to the mailbox of `make dev`, and from its link to the account, without any script.

use serde_json::json;

use crate::harness::browser::Browser;
use crate::harness::client::PASSWORD;
use crate::project::stack::process::Stack;

/// A new password.
const NEW: &str = "another horse battery";

/// A user at a browser, with the mailbox at hand.
struct Hedy<'a> {
    browser: &'a Browser,
    origin: String,
    mailbox: String,
}

/// A user signs up and confirms the address, forgets the password and chooses a new one. Returns the secrets of the
/// links.
pub async fn visit(browser: &Browser, stack: &Stack) -> Vec<String> {
    browser.devtools("Network.clearBrowserCookies", json!({})).await;
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    let (address, path) = stack.mailbox();
    let origin = format!("http://127.0.0.1:{}", stack.port);
    let hedy = Hedy { browser, origin, mailbox: format!("http://{address}{path}") };
    let confirm = hedy.signs_up_and_confirms().await;
    hedy.logs_out().await;
    let reset = hedy.forgets_the_password().await;
    hedy.logs_in().await;
    vec![confirm, reset]
}

impl Hedy<'_> {
    async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.origin)).await;
    }

    async fn sees(&self, text: &str) {
        let page = self.browser.text().await;
        assert!(page.contains(text), "{text}: {page}");
    }

    /// Opens the link of the newest mail with this subject; its secret.
    async fn opens_the_link_of(&self, subject: &str) -> String {
        // The mailer sends it a moment later. Each look takes a while. Another user may have a mail of this subject.
        for _ in 0..500 {
            self.browser.open(&self.mailbox).await;
            let mailbox = self.browser.text().await;
            if mailbox.contains(subject) && mailbox.contains("hedy@example.com") {
                break;
            }
        }
        self.browser.follow(subject).await;
        self.sees("hedy@example.com").await;
        let mail = self.browser.find("iframe").await;
        mail.enter_frame().await.expect("the mail as HTML");
        let button = self.browser.find("a[href*='token=']").await;
        let link = button.attr("href").await.expect("an attribute").expect("a link");
        self.browser.client.enter_parent_frame().await.expect("the mailbox");
        assert!(link.starts_with(&self.origin), "{link}");
        self.browser.open(&link).await;
        link.split_once("token=").expect("a token").1.to_owned()
    }

    async fn signs_up_and_confirms(&self) -> String {
        self.open("/signup").await;
        let account = [("email", "hedy@example.com"), ("username", "Hedy.L"), ("password", PASSWORD)];
        self.browser.submit(&account).await;
        self.sees("not confirmed yet").await;
        let token = self.opens_the_link_of("Confirm your email address for Latchkey").await;
        self.browser.click("main button").await;
        self.sees("Your email address is confirmed.").await;
        token
    }

    async fn logs_out(&self) {
        self.browser.click("form[action='/logout'] button").await;
        self.open("/profile").await;
        assert_eq!(self.browser.path().await, "/login");
    }

    async fn forgets_the_password(&self) -> String {
        self.browser.follow("Forgot your password?").await;
        self.browser.submit(&[("identifier", "hedy.l")]).await;
        self.sees("a mail with a link is on its way").await;
        let token = self.opens_the_link_of("Choose a new password for Latchkey").await;
        assert_eq!(self.browser.value("owner").await, "hedy@example.com");
        self.browser.submit(&[("password", NEW)]).await;
        self.sees("Your password is changed. Log in with the new one.").await;
        token
    }

    async fn logs_in(&self) {
        self.browser.submit(&[("identifier", "hedy.l"), ("password", PASSWORD)]).await;
        self.sees("Incorrect username or password").await;
        self.browser.submit(&[("password", NEW)]).await;
        assert_eq!(self.browser.path().await, "/profile");
        self.sees("Hedy.L").await;
    }
}
