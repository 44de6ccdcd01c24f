//! Sign-up by email: first the address, then, by the link of a mail, the rest.
//!
//! The first request looks no one up: it counts, and writes what was typed into the mails table. The mailer finds out
//! whether the address is free, and tells only the reader of the address. So a stranger learns nothing of who has an
//! account. There is no password before the proof, so no stranger can prepare an account for someone else's address.

use latchkey::account::{Email, Identifier, User, UserId};
use latchkey::error::Error;
use latchkey::http::problem::Code;
use latchkey::http::{Failure, Form, Format, Notice, Problem, Request, Response, StatusCode, body, failure};
use latchkey::input::Input;
use latchkey::mail::{Mail, MailId, Message};
use latchkey::proof::{Proof, Purpose};
use latchkey::secret::BearerSecret;
use latchkey::store::{Address, AskedMail, MailRequestLimiter, Mails, Proofs};

use crate::page::{AddressPage, DeadPage, SecondPage};
use crate::typed::Second;
use crate::{Attempt, Signup};

/// What a sign-up by email needs.
#[derive(Debug)]
pub(crate) struct ByEmail {
    pub(crate) limiter: MailRequestLimiter,
    pub(crate) mails: Mails,
    pub(crate) proofs: Proofs,
}

/// The field of the first form.
pub(crate) const ADDRESS: [&str; 1] = ["email"];
/// The fields of the second form.
const SECOND: [&str; 3] = ["name", "username", "password"];

impl ByEmail {
    /// The proof of a link, if it is alive.
    async fn find(&self, request: &Request, token: &str) -> Result<Option<Proof>, Error> {
        match BearerSecret::parse(token) {
            Some(secret) => self.proofs.find(&secret, &[Purpose::SignUp], request.now).await,
            None => Ok(None),
        }
    }

    /// Writes a mail to an address that was typed, and returns its id.
    async fn write_mail(&self, request: &Request, email: &Email) -> Result<MailId, Error> {
        let identifier = Identifier::of_email(email);
        self.limiter.attempt(AskedMail::SignUp, &identifier, request.source_ip(), request.now).await?;
        let message = Message::SignUp { to: email.shown().to_owned() };
        let mail = Mail::new(message, &request.client_info(), request.now)?;
        self.mails.put(&mail).await.map(|()| mail.mail_id)
    }
}

impl Signup {
    pub(crate) async fn submit_by_email(
        &self,
        request: &Request,
        by_email: &ByEmail,
    ) -> Result<Response, Failure> {
        let input = body::read(request)?;
        if input.has("token") {
            return self.finish(request, by_email, input).await;
        }
        self.begin(request, by_email, input).await
    }

    /// The first step: a mail to the address.
    async fn begin(
        &self,
        request: &Request,
        by_email: &ByEmail,
        mut input: Input<'_>,
    ) -> Result<Response, Failure> {
        let email = input.required("email", Email::parse);
        let email = input.finish(email)?;
        let written = by_email.write_mail(request, &email).await.map(|mail_id| {
            let response = match request.format {
                Format::Html => self.site.see("/signup", Notice::MailSent),
                Format::Json => Response::empty(StatusCode::ACCEPTED),
            };
            response.after_first_step().with_mail(Some(mail_id.as_str()))
        });
        failure::about(&Identifier::of_email(&email), written)
    }

    /// The second step: the account, whose email address is confirmed.
    async fn finish(
        &self,
        request: &Request,
        by_email: &ByEmail,
        input: Input<'_>,
    ) -> Result<Response, Failure> {
        let second = Second::parse(input, request, &self.reserved, &self.passwords)?;
        let Some(proof) = by_email.find(request, &second.token).await? else {
            // A browser may have sent the form twice.
            let user = self.just_signed_up(request).await;
            return match user.filter(|user| user.username == second.username.as_str()) {
                Some(_) => Ok(Response::return_to(None)),
                None => Err(Code::LinkExpired.into()),
            };
        };
        let email = proof.address()?;
        let user = User::new(UserId::random()?, &second.username, &email, second.name, request.now);
        let user = user.with_confirmed_email(&email, request.now);
        self.passwords.check(&second.password, &user)?;
        let [username, _] = user.identifiers();
        let (password, address, kind) = (&second.password, Address::Proven(&proof), second.kind);
        let attempt = Attempt { user: &user, password, address, kind, return_to: None };
        failure::about(&username, self.sign_up(request, attempt).await)
    }

    pub(crate) async fn show_second(
        &self,
        request: &Request,
        by_email: &ByEmail,
        token: &str,
    ) -> Result<Response, Error> {
        match by_email.find(request, token).await? {
            Some(proof) => self.second_page(request, Form::empty(&SECOND), [token, proof.address()?.shown()]),
            None => self.dead_page(request),
        }
    }

    pub(crate) fn by_email_with_errors(&self, request: &Request, problem: &Problem<'_>) -> Option<Response> {
        let typed = body::read(request).ok()?;
        let page = if problem.code == Code::LinkExpired {
            self.dead_page(request)
        } else if typed.has("token") {
            let form = Form::with_errors(&SECOND, &typed, problem);
            self.second_page(request, form, [typed.shown("token"), typed.shown("owner")])
        } else {
            self.address_page(request, Form::with_errors(&ADDRESS, &typed, problem))
        };
        page.ok()
    }

    pub(crate) fn address_page(&self, request: &Request, form: Form<'_>) -> Result<Response, Error> {
        let layout = &self.site.view(request);
        layout.page(form.status(), &AddressPage { layout, form })
    }

    fn second_page(
        &self,
        request: &Request,
        form: Form<'_>,
        [token, email]: [&str; 2],
    ) -> Result<Response, Error> {
        let (layout, min_length) = (&self.site.view(request), self.passwords.min_length);
        layout.page(form.status(), &SecondPage { layout, form, min_length, token, email })
    }

    fn dead_page(&self, request: &Request) -> Result<Response, Error> {
        let layout = &self.site.view(request);
        layout.page(StatusCode::GONE, &DeadPage { layout })
    }
}
