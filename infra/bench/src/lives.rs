//! The life of an account: the CPU time of each request, in the order in which a user meets them.

use local::Failure;
use serde_json::{Value, json};

use crate::contestants::of;
use crate::function::{Function, Program};
use crate::samples::{Means, Samples};
use crate::services::Services;
use crate::users::{PASSWORD, User, renew};

/// The name of what the mailer does for one mail with a link. It has no route.
pub(crate) const MAIL: &str = "a mail";
pub(crate) const BY_EMAIL: &str = "POST /signup, by email";
pub(crate) const WITH_LINK: &str = "POST /signup, by email, with the link";
/// The name of the exchange of a refresh token.
pub(crate) const REFRESH: &str = "POST /token, refresh";
/// The name of what the authorizer does for a request of an API. It has no route.
pub(crate) const AUTHORIZATION: &str = "an authorization";
pub(crate) const ANOTHER_ADDRESS: &str = "POST /verify, another address";

/// The lives in a round that come first and do not count, and those that count.
const LIVES: [usize; 2] = [5, 10];
const NEW_PASSWORD: &str = "incorrect mule battery";

/// A process of a function.
struct Process {
    routes: Vec<String>,
    function: Function,
    /// The name of each request that it got.
    requests: Vec<String>,
}

/// A process of each function.
struct Processes<'a> {
    services: &'a Services,
    all: Vec<Process>,
    mailer: Function,
    means: Means,
    /// Whether requests count.
    is_warm: bool,
}

/// Measures the lives of these users, and adds the number of database calls of each request.
pub(crate) async fn measure(
    services: &Services,
    programs: &[Program],
    user: impl Fn(usize) -> User,
    samples: &mut Samples,
) -> Result<(), Failure> {
    let (mailer, _) = Function::start(of(programs, "mailer")?).await?;
    let mut processes = Processes { services, all: vec![], mailer, means: Means::default(), is_warm: false };
    for function in services.template.functions() {
        if let Ok(program) = of(programs, &function.name) {
            processes.start(program, function.route_keys().collect()).await?;
        }
    }
    let mut by_email = of(programs, "signup")?.clone();
    by_email.environment.push(("SIGNUP_MODE".to_owned(), "by-email".to_owned()));
    processes.start(&by_email, vec![BY_EMAIL.to_owned(), WITH_LINK.to_owned()]).await?;

    let [warm_up, count] = LIVES;
    for number in 0..warm_up + count {
        processes.is_warm = number >= warm_up;
        processes.life(&user(number)).await?;
    }
    for (name, mean) in processes.means.each() {
        samples.add(&format!("{name} warm cpu"), mean);
    }
    for Process { function, requests, .. } in processes.all {
        for (name, calls) in requests.iter().zip(function.stop().await?) {
            samples.add(&format!("{name} calls"), calls);
        }
    }
    Ok(())
}
impl Processes<'_> {
    async fn start(&mut self, program: &Program, routes: Vec<String>) -> Result<(), Failure> {
        let (function, _) = Function::start(program).await?;
        self.all.push(Process { routes, function, requests: vec![] });
        Ok(())
    }

    async fn life(&mut self, user: &User) -> Result<(), Failure> {
        self.beginning(user).await?;
        self.new_passwords(user).await?;
        self.changes(user).await?;
        self.sign_up_by_email(&user.second()).await
    }

    /// The proof of the address, other sessions, and their end.
    async fn beginning(&mut self, user: &User) -> Result<(), Failure> {
        let mut browser = Vec::new();
        renew(&mut browser, &self.send(201, user.sign_up()).await?);
        self.mail().await?;
        self.send(202, user.post("/profile/verify", &browser, None)).await?;
        let token = self.mail().await?;
        let proof = Some(json!({ "token": token }));
        self.send(200, user.post("/verify", &browser, proof)).await?;
        self.send(200, user.get("/profile", &browser)).await?;
        self.send(200, user.post("/token", &browser, None)).await?;
        self.refresh(user).await?;

        // No one else has tried to log in from these addresses, so their counters are not busy.
        for place in 1..3 {
            self.send(200, user.elsewhere(place).log_in(PASSWORD)).await?;
        }
        let list = self.send(200, user.get("/profile/sessions", &browser)).await?;
        let session = Some(json!({ "session": other_session(&list)? }));
        self.send(204, user.post("/profile/sessions/end", &browser, session)).await?;
        let ended = self.send(204, user.post("/profile/sessions/end-others", &browser, None)).await?;
        renew(&mut browser, &ended);

        let password = Some(json!({ "password": PASSWORD }));
        let confirmed = self.send(200, user.post("/confirm", &browser, password)).await?;
        renew(&mut browser, &confirmed);
        let passwords = Some(json!({ "current_password": PASSWORD, "password": NEW_PASSWORD }));
        self.send(200, user.post("/profile/password", &browser, passwords)).await?;
        Ok(())
    }

    /// A login without cookies, and the exchange of its refresh token.
    async fn refresh(&mut self, user: &User) -> Result<(), Failure> {
        let login = json!({ "identifier": user.username, "password": PASSWORD, "session": "token" });
        let logged_in = self.send(200, user.elsewhere(6).post("/login", &[], Some(login))).await?;
        self.services.mails()?;
        let body: Value =
            serde_json::from_str(logged_in.get("body").and_then(Value::as_str).unwrap_or_default())?;
        let token = body.get("refresh_token").ok_or("a login gave no refresh token")?;
        let exchange = json!({ "grant_type": "refresh_token", "refresh_token": token });
        self.send_as(REFRESH, 200, user.post("/token", &[], Some(exchange))).await.map(drop)
    }

    async fn new_passwords(&mut self, user: &User) -> Result<(), Failure> {
        self.services.mails()?;
        let username = Some(json!({ "username": user.username }));
        self.send(202, user.elsewhere(4).post("/forgot", &[], username)).await?;
        let token = self.mail().await?;
        let reset = Some(json!({ "token": token, "password": PASSWORD }));
        self.send(204, user.post("/reset", &[], reset)).await?;
        let browser = self.log_in(user).await?;
        self.send(204, user.log_out(&browser)).await?;
        Ok(())
    }

    /// Another name, address and username, and the end of the account.
    async fn changes(&mut self, user: &User) -> Result<(), Failure> {
        let browser = self.log_in(user).await?;
        let name = Some(json!({ "name": "Ada" }));
        self.send(200, user.post("/profile/name", &browser, name)).await?;
        self.send(200, user.get("/profile/data", &browser)).await?;
        let email = Some(json!({ "email": format!("{}@example.org", user.username) }));
        self.send(202, user.post("/profile/email", &browser, email)).await?;
        let proof = Some(json!({ "token": self.mail().await? }));
        self.send_as(ANOTHER_ADDRESS, 200, user.post("/verify", &browser, proof)).await?;
        let undo = Some(json!({ "token": self.mail().await?, "password": NEW_PASSWORD }));
        self.send(204, user.post("/undo", &[], undo)).await?;

        let mut browser = Vec::new();
        renew(&mut browser, &self.send(200, user.elsewhere(3).log_in(NEW_PASSWORD)).await?);
        let username = Some(json!({ "username": format!("{}-2", user.username) }));
        self.send(200, user.post("/profile/username", &browser, username.clone())).await?;
        self.send(204, user.post("/profile/delete", &browser, username)).await?;
        self.services.mails()?;
        Ok(())
    }

    async fn sign_up_by_email(&mut self, user: &User) -> Result<(), Failure> {
        self.send_as(BY_EMAIL, 202, user.sign_up_with(None)).await?;
        let token = self.mail().await?;
        self.send_as(WITH_LINK, 201, user.sign_up_with(Some(&token))).await?;
        Ok(())
    }

    /// Logs the user in elsewhere, and returns the cookies.
    async fn log_in(&mut self, user: &User) -> Result<Vec<String>, Failure> {
        let mut browser = Vec::new();
        renew(&mut browser, &self.send(200, user.elsewhere(3).log_in(PASSWORD)).await?);
        self.services.mails()?;
        Ok(browser)
    }

    /// Sends an event to the function of its route, which has to respond with this status.
    async fn send(&mut self, status: u16, event: Value) -> Result<Value, Failure> {
        let route = event.get("routeKey").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.send_as(&route, status, event).await
    }

    /// The same for a request that has a name of its own: that of its route, and its kind.
    async fn send_as(&mut self, name: &str, status: u16, event: Value) -> Result<Value, Failure> {
        let of =
            |wanted: &str| self.all.iter().position(|process| process.routes.iter().any(|key| key == wanted));
        let found = of(name).or_else(|| of(name.split(", ").next()?));
        let process = found.and_then(|index| self.all.get_mut(index));
        let process = process.ok_or_else(|| format!("the template has no route {name}"))?;
        let invocation = process.function.expect(status, event).await?;
        process.requests.push(name.to_owned());
        if self.is_warm {
            self.means.add(name, invocation.cpu);
        }
        Ok(invocation.response)
    }

    /// Lets the mailer send the last mail, and returns the secret of its link.
    async fn mail(&mut self) -> Result<String, Failure> {
        let event = self.services.mails()?.pop().ok_or("no request wrote a mail")?;
        let cpu = self.mailer.deliver(event).await?.cpu;
        if self.is_warm {
            self.means.add(MAIL, cpu);
        }
        self.services.token()
    }
}

/// The id of a session in the list that is not the one of the request.
fn other_session(list: &Value) -> Result<Value, Failure> {
    let list: Value = serde_json::from_str(list.get("body").and_then(Value::as_str).unwrap_or_default())?;
    let mut sessions = list.get("sessions").and_then(Value::as_array).into_iter().flatten();
    let other = sessions.find(|session| session.get("current") == Some(&json!(false)));
    Ok(other.and_then(|session| session.get("id")).ok_or("the user has no other session")?.clone())
}
