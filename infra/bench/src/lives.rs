//! The life of an account: the CPU time of each route, in the order in which a user meets them.

use local::Failure;
use local::template;
use serde_json::{Value, json};

use crate::contestants::of;
use crate::function::{Function, Program};
use crate::samples::{Means, Samples};
use crate::services::Services;
use crate::users::{PASSWORD, User, renew};

/// The name of what the mailer does for one mail with a link. It has no route.
pub(crate) const MAIL: &str = "a mail";

/// The lives in a round that come first and do not count, and those that count.
const LIVES: [usize; 2] = [5, 10];
const NEW_PASSWORD: &str = "incorrect mule battery";

/// A process of each function.
struct Processes<'a> {
    services: &'a Services,
    all: Vec<(template::Function, Function)>,
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
    let mut processes = Processes { services, all: vec![], means: Means::default(), is_warm: false };
    for function in services.template.functions() {
        if let Ok(program) = of(programs, &function.name) {
            processes.all.push((function, Function::start(program).await?.0));
        }
    }
    let [warm_up, count] = LIVES;
    for number in 0..warm_up + count {
        processes.is_warm = number >= warm_up;
        processes.life(&user(number)).await?;
    }
    for (name, mean) in processes.means.each() {
        samples.add(&format!("{name} warm cpu"), mean);
    }
    for (_, process) in processes.all {
        process.stop(samples).await?;
    }
    Ok(())
}

impl Processes<'_> {
    async fn life(&mut self, user: &User) -> Result<(), Failure> {
        let mut browser = Vec::new();
        renew(&mut browser, &self.send(201, user.sign_up()).await?);
        self.mail().await?;
        self.send(202, user.post("/profile/verify", &browser, None)).await?;
        let token = self.mail().await?;
        let proof = Some(json!({ "token": token }));
        self.send(200, user.post("/verify", &browser, proof)).await?;
        self.send(200, user.get("/profile", &browser)).await?;

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

        self.services.mails()?;
        let username = Some(json!({ "username": user.username }));
        self.send(202, user.elsewhere(4).post("/forgot", &[], username)).await?;
        let token = self.mail().await?;
        let reset = Some(json!({ "token": token, "password": PASSWORD }));
        self.send(204, user.post("/reset", &[], reset)).await?;
        let mut browser = Vec::new();
        let logged_in = self.send(200, user.elsewhere(3).log_in(PASSWORD)).await?;
        renew(&mut browser, &logged_in);
        self.send(204, user.log_out(&browser)).await?;
        self.services.mails()?;
        Ok(())
    }

    /// Sends an event to the function of its route, which has to respond with this status.
    async fn send(&mut self, status: u16, event: Value) -> Result<Value, Failure> {
        let route = event.get("routeKey").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut all = self.all.iter_mut();
        let found = all.find(|(function, _)| function.route_keys().any(|key| key == route));
        let (_, process) = found.ok_or_else(|| format!("the template has no route {route}"))?;
        let invocation = process.expect(status, event).await?;
        if self.is_warm {
            self.means.add(&route, invocation.cpu);
        }
        Ok(invocation.response)
    }

    /// Lets the mailer send the last mail, and returns the secret of its link.
    async fn mail(&mut self) -> Result<String, Failure> {
        let event = self.services.mails()?.pop().ok_or("no request wrote a mail")?;
        let mut all = self.all.iter_mut();
        let (_, mailer) = all.find(|(function, _)| function.stream.is_some()).ok_or("there is no mailer")?;
        let cpu = mailer.deliver(event).await?.cpu;
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
