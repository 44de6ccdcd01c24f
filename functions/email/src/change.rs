//! Another email address.

use latchkey::account::{Email as Address, Identifier, User};
use latchkey::error::Error;
use latchkey::http::problem::Code;
use latchkey::http::{Failure, Form, Format, Notice, Request, Response, StatusCode, body, fresh};
use latchkey::mail::{Mail, Message};
use latchkey::proof::Proof;
use latchkey::session::Session;
use latchkey::store::{AskedMail, Change, EmailChange, Mails, Redemption};
use latchkey::time::Timestamp;
use latchkey::violation::violation;

use crate::page::EmailPage;
use crate::{Email, TRIES, counts};

/// The field of the form.
pub(crate) const FIELDS: [&str; 1] = ["email"];

impl Email {
    pub(crate) async fn show_form(&self, request: &Request) -> Result<Response, Failure> {
        let (_, user) = self.find_fresh(request).await?;
        stays(&user, request.now)?;
        Ok(self.form_page(request, Form::empty(&FIELDS), user.email_shown())?)
    }

    pub(crate) fn form_page(
        &self,
        request: &Request,
        form: Form<'_>,
        present: &str,
    ) -> Result<Response, Error> {
        let layout = &self.site.view(request);
        layout.page(form.status(), &EmailPage { layout, form, present })
    }

    async fn find_fresh(&self, request: &Request) -> Result<(Session, User), Failure> {
        let found = self.sessions.find(request.presented.as_ref(), request.now).await?;
        fresh(found, self.freshness, request.now)
    }

    /// A mail to another address. The response is the same whether or not an account has the address.
    pub(crate) async fn ask(&self, request: &Request, mails: &Mails) -> Result<Response, Failure> {
        let mut input = body::read(request)?;
        let email = input.required("email", Address::parse);
        let email = input.finish(email)?;
        let (_, user) = self.find_fresh(request).await?;
        if email.as_str() == user.email {
            if user.email_verified_at.is_none() {
                return self.send_again(request, mails, user).await;
            }
            let error = violation("unchanged", "Enter another email address than the present one.");
            return Err(Error::invalid_field("email", error).into());
        }
        stays(&user, request.now)?;
        self.changes.attempt(Change::Email, &user.user_id, request.now).await?;
        let identifier = Identifier::of_email(&email);
        self.limiter.attempt(AskedMail::NewAddress, &identifier, request.source_ip(), request.now).await?;
        let (to, epoch) = (email.shown().to_owned(), user.epoch);
        let message = Message::ConfirmNewEmail { user_id: user.user_id, to, epoch };
        self.send(request, mails, message).await
    }

    /// Makes the address of a proof that of this user.
    pub(crate) async fn change(
        &self,
        request: &Request,
        (session, mut user): (Session, User),
        proof: &Proof,
    ) -> Result<Response, Failure> {
        let email = proof.address()?;
        let [username, _] = user.identifiers();
        let device = self.site.cookies.device(request, &username).map(|device| device.id);
        for _ in 0..TRIES {
            if !counts(proof, &user) {
                return Err(Code::LinkExpired.into());
            }
            stays(&user, request.now)?;
            let [_, present] = user.identifiers();
            let message =
                Message::EmailChanged { user_id: user.user_id.clone(), to: user.email_shown().to_owned() };
            let mail = Mail::new(message, &request.client_info(), request.now)?;
            let redemption = match self.credentials.get(&present).await? {
                Some(credential) => {
                    let change = EmailChange {
                        user: &user,
                        next: user.next_version().with_confirmed_email(&email, request.now),
                        credential: &credential,
                        proof: Some(proof),
                        mail: &mail,
                    };
                    self.accounts.change_email(change, request.now).await?
                }
                // Another link was faster, and has freed the address.
                None => Redemption::Changed,
            };
            match redemption {
                Redemption::Done(changed) => {
                    let device = self.site.known_device(&changed, device, self.lifetimes, request.now)?;
                    let response = match request.format {
                        Format::Html => self.site.see("/profile", Notice::EmailChanged),
                        Format::Json => Response::account(StatusCode::OK, &changed, &session, None)?,
                    };
                    let is_told = user.email_verified_at.is_some();
                    let response = response.with_mail(is_told.then_some(mail.mail_id.as_str()));
                    return Ok(response.with_cookie(device).with_event("email_changed"));
                }
                Redemption::Dead => return Err(Code::LinkExpired.into()),
                Redemption::Changed => {}
            }
            let found = self.sessions.find(request.presented.as_ref(), request.now).await?;
            (_, user) = found.ok_or(Code::Unauthenticated)?;
        }
        Err(Error::user_kept_changing().into())
    }
}

/// Refuses to replace an address that has replaced another one a short time ago. So there is one undo at a time.
pub(crate) fn stays(user: &User, now: Timestamp) -> Result<(), Error> {
    user.email_stays(now).map_or(Ok(()), |retry_after| Err(Error::EmailChangedRecently { retry_after }))
}
