//! The pages behind the links, and the new password: for who has forgotten it, and for who takes an account back.

use latchkey::account::{Status, User};
use latchkey::error::Error;
use latchkey::http::problem::Code;
use latchkey::http::{Failure, Form, Format, Notice, Request, Response, StatusCode, body};
use latchkey::mail::{Mail, Message};
use latchkey::password::StoredHash;
use latchkey::proof::{Proof, Purpose};
use latchkey::secret::BearerSecret;
use latchkey::store::{Redemption, Reset, Restoration};
use latchkey::time::Timestamp;

use crate::Recovery;
use crate::page::{DeadPage, ResetPage};

/// How often a reset is tried while other requests change the user.
const TRIES: usize = 3;

/// The field of the form for a new password.
pub(crate) const FIELDS: [&str; 1] = ["password"];

/// What a new password is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The user has forgotten the old one.
    Reset,
    /// The user takes the account back.
    Undo,
}

impl Way {
    /// The path of the page.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Reset => "/reset",
            Self::Undo => "/undo",
        }
    }

    fn purposes(self) -> &'static [Purpose] {
        match self {
            Self::Reset => &[Purpose::Reset],
            Self::Undo => &[Purpose::UndoEmail, Purpose::UndoDeletion],
        }
    }

    fn notice(self) -> Notice {
        match self {
            Self::Reset => Notice::PasswordReset,
            Self::Undo => Notice::AccountRestored,
        }
    }
}

impl Recovery {
    pub(crate) async fn show(&self, request: &Request, way: Way) -> Result<Response, Failure> {
        let token = request.query("token").unwrap_or_default();
        let proof = match BearerSecret::parse(&token) {
            Some(secret) => self.proofs.find(&secret, way.purposes(), request.now).await?,
            None => None,
        };
        Ok(match proof {
            Some(proof) => {
                let email = proof.address()?;
                self.reset_page(request, way, Form::empty(&FIELDS), [&token, email.shown()])?
            }
            None => self.dead_page(request, way)?,
        })
    }

    pub(crate) async fn reset(&self, request: &Request, way: Way) -> Result<Response, Failure> {
        let mut input = body::read(request)?;
        let token = input.required("token", |text| Ok(text.to_owned()));
        let password = input.required("password", |text| self.passwords.parse(text, None, None));
        let (token, password) = input.finish(token.zip(password))?;
        let secret = BearerSecret::parse(&token).ok_or(Code::LinkExpired)?;
        let proof = self.proofs.find(&secret, way.purposes(), request.now).await?;
        let proof = proof.ok_or(Code::LinkExpired)?;
        let user = self.owner(&proof, request.now).await?;
        self.passwords.check(&password, &user)?;
        if proof.purpose == Purpose::UndoEmail {
            // The address that comes back is no password either.
            let restored = user.clone().with_confirmed_email(&proof.address()?, request.now);
            self.passwords.check(&password, &restored)?;
        }
        let hash = self.hasher.hash(&password)?;
        let message = Message::PasswordChanged { user_id: user.user_id.clone() };
        let mail = Mail::new(message, &request.client_info(), request.now)?;
        let user = self.redeem(user, &proof, &hash, &mail).await?;
        self.failures.forget(&user).await;
        let response = match request.format {
            Format::Html => self.site.see("/login", way.notice()),
            Format::Json => Response::empty(StatusCode::NO_CONTENT),
        };
        let response = match proof.purpose {
            Purpose::UndoEmail => response.with_event("email_restored"),
            _ => response,
        };
        let device = self.site.known_device(&user, None, self.lifetimes, request.now)?;
        Ok(response.with_cookie(device).with_user(&user.user_id).with_mail(Some(mail.mail_id.as_str())))
    }

    /// The user of a proof, if the proof still counts: whatever has changed the email, the password or the status of
    /// the user has ended a reset. A former address is that of its user whatever has happened since, unless an operator
    /// has disabled the user.
    async fn owner(&self, proof: &Proof, now: Timestamp) -> Result<User, Failure> {
        let has_epoch = |user: &User| user.email == proof.email && Some(user.epoch) == proof.epoch;
        let counts = |user: &User| match proof.purpose {
            Purpose::UndoEmail => {
                (user.status == Status::Active || user.can_return(now)) && user.email != proof.email
            }
            Purpose::UndoDeletion => user.can_return(now) && has_epoch(user),
            _ => user.status == Status::Active && has_epoch(user),
        };
        let user_id = proof.user_id.as_ref().ok_or(Code::LinkExpired)?;
        let user = self.users.get(user_id).await?;
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
        let former = if proof.purpose == Purpose::UndoEmail { Some(proof.address()?) } else { None };
        for _ in 0..TRIES {
            let redemption = if proof.purpose == Purpose::Reset {
                let reset = Reset { user: &user, proof, password_hash, mail };
                self.accounts.reset_password(&reset, now).await?
            } else {
                let email = former.as_ref();
                let restoration = Restoration { user: &user, email, proof, password_hash, mail };
                self.accounts.restore(&restoration, now).await?
            };
            match redemption {
                Redemption::Done(user) => return Ok(*user),
                Redemption::Dead => return Err(Code::LinkExpired.into()),
                Redemption::Changed => user = self.owner(proof, now).await?,
            }
        }
        Err(Error::user_kept_changing().into())
    }

    pub(crate) fn reset_page(
        &self,
        request: &Request,
        way: Way,
        form: Form<'_>,
        [token, email]: [&str; 2],
    ) -> Result<Response, Error> {
        let (layout, min_length) = (&self.site.view(request), self.passwords.min_length);
        layout.page(form.status(), &ResetPage { layout, way, form, token, email, min_length })
    }

    pub(crate) fn dead_page(&self, request: &Request, way: Way) -> Result<Response, Error> {
        let layout = &self.site.view(request);
        layout.page(StatusCode::GONE, &DeadPage { layout, way })
    }
}
