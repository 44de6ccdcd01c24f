//! Another display name, and another username.

use latchkey::account::{User, Username, display_name};
use latchkey::error::Error;
use latchkey::http::problem::Code;
use latchkey::http::{Failure, Form, Format, Notice, Request, Response, StatusCode, body};
use latchkey::mail::{Mail, Message};
use latchkey::store::{Change, UsernameSlot};
use latchkey::violation::violation;

use crate::OwnAccount;
use crate::page::{NamePage, UsernamePage};

/// The field of the form for a display name.
pub(crate) const NAME: [&str; 1] = ["name"];
/// The field of the form for a username.
pub(crate) const USERNAME: [&str; 1] = ["username"];

impl OwnAccount {
    pub(crate) async fn show_name(&self, request: &Request) -> Result<Response, Failure> {
        let (_, user) = self.find(request).await?;
        Ok(self.name_page(request, Form::empty(&NAME), user.name.as_deref().unwrap_or_default())?)
    }

    pub(crate) fn name_page(
        &self,
        request: &Request,
        form: Form<'_>,
        present: &str,
    ) -> Result<Response, Error> {
        let layout = &self.site.view(request);
        layout.page(form.status(), &NamePage { layout, form, present })
    }

    pub(crate) async fn change_name(&self, request: &Request) -> Result<Response, Failure> {
        let mut input = body::read(request)?;
        if !input.is_sent("name") {
            input.reject("name", violation("required", "Send a name, or null for none."));
        }
        let name = input.optional("name", display_name::parse).flatten();
        let name = input.finish(Some(name))?;
        let (session, user) = self.find(request).await?;
        self.changes.attempt(Change::Name, &user.user_id, request.now).await?;
        let name = &name;
        let change = |user: User| async move { Ok(self.accounts.change_name(&user, name.clone()).await?) };
        let user = self.change(request, user, change).await?;
        Ok(match request.format {
            Format::Html => self.site.see("/profile", Notice::NameChanged),
            Format::Json => Response::account(StatusCode::OK, &user, &session, None)?,
        })
    }

    pub(crate) async fn show_username(&self, request: &Request) -> Result<Response, Failure> {
        let (_, user) = self.find_fresh(request).await?;
        Ok(self.username_page(request, Form::empty(&USERNAME), &user.username)?)
    }

    pub(crate) fn username_page(
        &self,
        request: &Request,
        form: Form<'_>,
        present: &str,
    ) -> Result<Response, Error> {
        let layout = &self.site.view(request);
        layout.page(form.status(), &UsernamePage { layout, form, present })
    }

    pub(crate) async fn change_username(&self, request: &Request) -> Result<Response, Failure> {
        let mut input = body::read(request)?;
        let username = input.required("username", |text| Username::parse_new(text, &self.reserved));
        let username = input.finish(username)?;
        let (session, user) = self.find_fresh(request).await?;
        if user.username == username.as_str() {
            let error = violation("unchanged", "Choose another username than the present one.");
            return Err(Error::invalid_field("username", error).into());
        }
        let attempt = self.changes.attempt(Change::Username, &user.user_id, request.now);
        let slot = async {
            // Another case of the same name is no new one.
            let is_new = username.canonical() != user.username_canonical;
            let take = self.changes.take_username(&user.user_id, request.now);
            Ok(if is_new { Some(take.await?) } else { None })
        };
        let (attempt, slot) = tokio::join!(attempt, slot);
        let slot = self.slot(attempt, slot).await?;
        let message = Message::UsernameChanged { user_id: user.user_id.clone() };
        let mail = Mail::new(message, &request.client_info(), request.now)?;
        let is_told = self.site.layout.has_mail && user.email_verified_at.is_some();
        let device = self.site.cookies.device(request, &user.identifiers()[0]).map(|device| device.id);
        let (username, mail) = (&username, &mail);
        let change = |user: User| async move {
            let [present, _] = user.identifiers();
            let credential = self.credentials.get(&present).await?.ok_or(Code::Unauthenticated)?;
            let next = user.next_version().with_username(username);
            Ok(self.accounts.change_username(&user, next, &credential, mail).await?)
        };
        let changed = self.change(request, user, change).await;
        // Also after a failure that may have been applied: an outage is not to cost the user a name of the day.
        if changed.is_err() {
            self.release(slot.as_ref()).await;
        }
        let user = changed?;
        let device = self.site.known_device(&user, device, self.lifetimes, request.now)?;
        let response = match request.format {
            Format::Html => self.site.see("/profile", Notice::UsernameChanged),
            Format::Json => Response::account(StatusCode::OK, &user, &session, None)?,
        };
        Ok(response.with_cookie(device).with_mail(is_told.then_some(mail.mail_id.as_str())))
    }

    /// The slot of a new username. It is given back if the attempt is refused.
    async fn slot(
        &self,
        attempt: Result<(), Error>,
        slot: Result<Option<UsernameSlot>, Error>,
    ) -> Result<Option<UsernameSlot>, Error> {
        if let (Err(_), Ok(slot)) = (&attempt, &slot) {
            self.release(slot.as_ref()).await;
        }
        attempt.and(slot)
    }

    async fn release(&self, slot: Option<&UsernameSlot>) {
        if let Some(slot) = slot {
            self.changes.release_username(slot).await;
        }
    }
}
