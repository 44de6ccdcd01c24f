//! The page behind the link, and the new password.

use latchkey::account::{Status, User};
use latchkey::error::{Cause, Error};
use latchkey::http::problem::Code;
use latchkey::http::{Failure, Form, Format, Notice, Request, Response, StatusCode, body};
use latchkey::mail::{Mail, Message};
use latchkey::password::StoredHash;
use latchkey::proof::{Proof, Purpose};
use latchkey::secret::BearerSecret;
use latchkey::store::{Redemption, Reset};

use crate::Recovery;
use crate::page::{DeadPage, ResetPage};

/// How often a reset is tried while other requests change the user.
const TRIES: usize = 3;

/// The field of the form for a new password.
pub(crate) const FIELDS: [&str; 1] = ["password"];

impl Recovery {
    pub(crate) async fn show(&self, request: &Request) -> Result<Response, Failure> {
        let token = request.query("token").unwrap_or_default();
        let proof = match BearerSecret::parse(&token) {
            Some(secret) => self.proofs.find(&secret, Purpose::Reset, request.now).await?,
            None => None,
        };
        Ok(match proof {
            Some(proof) => self.reset_page(request, Form::empty(&FIELDS), [&token, &proof.email])?,
            None => self.dead_page(request)?,
        })
    }

    pub(crate) async fn reset(&self, request: &Request) -> Result<Response, Failure> {
        let mut input = body::read(request)?;
        let token = input.required("token", |text| Ok(text.to_owned()));
        let password = input.required("password", |text| self.passwords.parse(text, None, None));
        let (token, password) = input.finish(token.zip(password))?;
        let secret = BearerSecret::parse(&token).ok_or(Code::LinkExpired)?;
        let proof = self.proofs.find(&secret, Purpose::Reset, request.now).await?;
        let proof = proof.ok_or(Code::LinkExpired)?;
        let user = self.owner(&proof).await?;
        self.passwords.check(&password, &user)?;
        let hash = self.hasher.hash(&password)?;
        let message = Message::PasswordChanged { user_id: user.user_id.clone() };
        let mail = Mail::new(message, &request.client_info(), request.now)?;
        let user = self.redeem(user, &proof, &hash, &mail).await?;
        self.failures.forget(&user).await;
        let response = match request.format {
            Format::Html => self.site.see("/login", Notice::PasswordReset),
            Format::Json => Response::empty(StatusCode::NO_CONTENT),
        };
        let device = self.site.known_device(&user, None, self.lifetimes, request.now)?;
        Ok(response.with_cookie(device).with_user(&user.user_id).with_mail(Some(mail.mail_id.as_str())))
    }

    /// The user of a proof, if the proof still counts: whatever has changed the email, the password or the status of
    /// the user has ended it.
    async fn owner(&self, proof: &Proof) -> Result<User, Failure> {
        let counts = |user: &User| {
            user.status == Status::Active && user.email == proof.email && Some(user.epoch) == proof.epoch
        };
        let user = self.users.get(&proof.user_id).await?;
        Ok(user.filter(counts).ok_or(Code::LinkExpired)?)
    }

    /// Gives the user the new password, and returns the user with it.
    async fn redeem(
        &self,
        mut user: User,
        proof: &Proof,
        password_hash: &StoredHash,
        mail: &Mail,
    ) -> Result<User, Failure> {
        let now = mail.made_at;
        for _ in 0..TRIES {
            let reset = Reset { user: &user, proof, password_hash, mail };
            match self.accounts.reset_password(&reset, now).await? {
                Redemption::Done(user) => return Ok(*user),
                Redemption::Dead => return Err(Code::LinkExpired.into()),
                Redemption::Changed => user = self.owner(proof).await?,
            }
        }
        Err(Error::Unavailable(Cause::new("other requests changed the user in every try")).into())
    }

    pub(crate) fn reset_page(
        &self,
        request: &Request,
        form: Form<'_>,
        [token, email]: [&str; 2],
    ) -> Result<Response, Error> {
        let (layout, min_length) = (&self.site.view(request), self.passwords.min_length);
        layout.page(form.status(), &ResetPage { layout, form, token, email, min_length })
    }

    pub(crate) fn dead_page(&self, request: &Request) -> Result<Response, Error> {
        let layout = &self.site.view(request);
        layout.page(StatusCode::GONE, &DeadPage { layout })
    }
}
