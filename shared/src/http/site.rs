//! The site that the functions serve together: its origin, its keys, its cookies and the layout of its pages.

use std::sync::Arc;

use crate::account::signup_mode::SignupMode;
use crate::account::user::User;
use crate::aws::Aws;
use crate::config::{ConfigError, Environment};
use crate::error::Error;
use crate::http::branding::Branding;
use crate::http::client_address::ClientAddress;
use crate::http::cookie::Cookies;
use crate::http::layout::{Layout, View};
use crate::http::notice::Notice;
use crate::http::origin::{PublicOrigin, TrustedOrigins};
use crate::http::origin_secret::OriginSecret;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::return_to::{self, ReturnTo};
use crate::input::Input;
use crate::keys::cache::Keys;
use crate::secret::{BearerSecret, IssuedToken};
use crate::session::presented::PresentedSession;
use crate::session::record::Session;
use crate::time::Timestamp;
use crate::token::tokens::{Tokens, key_id};

/// What every function needs at the edge.
#[derive(Debug)]
pub struct Site {
    /// The signing keys.
    pub keys: Arc<Keys>,
    /// The cookies.
    pub cookies: Cookies,
    /// The tokens, with which the cookies are made, too.
    pub(super) tokens: Arc<Tokens>,
    /// The layout of the pages.
    pub layout: Layout,
    /// The name of the stack.
    pub(super) stack: String,
    /// The origin of the site.
    pub(super) origin: PublicOrigin,
    /// The origins of pages that may call some routes, and to which users go on.
    pub(super) trusted_origins: TrustedOrigins,
    /// The secret of a CDN in front of the API.
    pub(super) origin_secret: OriginSecret,
    /// How much of a client's address the log shows.
    pub(super) client_address: ClientAddress,
}

impl Site {
    /// The site that the environment variables configure.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn from_environment(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        Self::with_keys(environment, || Keys::new(environment, aws))
    }

    /// The same for a function that has no keys: no request presents a session, and its log has no pseudonyms.
    ///
    /// # Errors
    /// When a variable is missing or invalid.
    pub fn without_keys(environment: &Environment) -> Result<Self, ConfigError> {
        Self::with_keys(environment, || Ok(Keys::none()))
    }

    fn with_keys(
        environment: &Environment,
        keys: impl FnOnce() -> Result<Keys, ConfigError>,
    ) -> Result<Self, ConfigError> {
        let origin = PublicOrigin::from_environment(environment)?;
        let stack = environment.required("STACK_NAME", "set it to the name of the stack")?;
        let keys = Arc::new(keys()?);
        let has_signup = SignupMode::from_environment(environment)?.has_signup();
        let has_mail = environment.get("MAILS_TABLE").is_some();
        let trusted_origins = TrustedOrigins::from_environment(environment, &origin)?;
        let tokens = Arc::new(Tokens::new(stack.clone(), Arc::clone(&keys)));
        Ok(Self {
            cookies: Cookies::new(origin.local_port, Arc::clone(&tokens)),
            tokens,
            layout: Layout::new(
                Branding::from_environment(environment)?,
                trusted_origins.form_action(),
                has_signup,
                has_mail,
            ),
            stack,
            keys,
            origin,
            trusted_origins,
            origin_secret: OriginSecret::from_environment(environment)?,
            client_address: ClientAddress::from_environment(environment)?,
        })
    }

    /// Reads the signing keys for the first time.
    ///
    /// # Errors
    /// When they cannot be read. The message never contains a key.
    pub async fn load_keys(&self, now: Timestamp) -> Result<(), ConfigError> {
        self.keys.load(now).await
    }

    /// The session that a request presents: by its bearer token if it has one, or else by its cookie. `None` unless the
    /// token is valid. It reads the keys again if they are too old, or if a token of the request names an unknown key.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when a token may be of a newer key that cannot be read. The client keeps it.
    pub(super) async fn presented(&self, request: &Request) -> Result<Option<PresentedSession>, Error> {
        match request.bearer() {
            Some(token) => self.refresh_token(token, request.now).await,
            None => self.cookie_session(request).await,
        }
    }

    /// The session that the cookie of a request presents. `None` unless its token is valid.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the token may be of a newer key that cannot be read. The client keeps it.
    pub async fn cookie_session(&self, request: &Request) -> Result<Option<PresentedSession>, Error> {
        self.keys.refresh(&self.cookies.key_ids(request), request.now).await?;
        Ok(self.cookies.presented(request))
    }

    /// Whether a page of this site, or a program, has sent a request with a method other than GET.
    #[must_use]
    pub fn is_same_origin(&self, request: &Request) -> bool {
        self.origin.check(request, false).is_ok()
    }

    /// The response to a request with a session, which may have been renewed. It sets a newer cookie if the session
    /// [needs](Session::needs_cookie) one.
    ///
    /// # Errors
    /// [`Error::Internal`] when the token cannot be encrypted.
    pub fn with_newer_cookie(
        &self,
        response: Response,
        presented: &PresentedSession,
        (session, user): (&Session, &User),
        now: Timestamp,
    ) -> Result<Response, Error> {
        if !session.needs_cookie(presented.issued_at) {
            return Ok(response);
        }
        let cookie = self.cookies.issue(session, &presented.secret, &user.role, now)?;
        Ok(response.with_cookie(cookie))
    }

    /// The session that a refresh token presents. `None` unless the token is valid.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the token may be of a newer key that cannot be read. The client keeps it.
    pub async fn refresh_token(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<PresentedSession>, Error> {
        self.keys.refresh(key_id(token).as_slice(), now).await?;
        Ok(self.tokens.refresh_verify(token, now))
    }

    /// The newest refresh token of a session.
    ///
    /// # Errors
    /// [`Error::Internal`] when the session is held in a cookie, or the token cannot be encrypted.
    pub fn issue_refresh_token(
        &self,
        session: &Session,
        secret: &BearerSecret,
        now: Timestamp,
    ) -> Result<IssuedToken, Error> {
        self.tokens.refresh_issue(session, secret, now)
    }

    /// The issuer of access tokens: the origin of the site.
    ///
    /// # Errors
    /// [`Error::Internal`] when neither `PUBLIC_ORIGIN` nor API Gateway names it.
    pub fn issuer(&self, request: &Request) -> Result<String, Error> {
        self.origin.own(request).ok_or_else(|| Error::internal("API Gateway does not name its domain"))
    }

    /// Where a user goes on, as the query of a page says.
    #[must_use]
    pub fn return_to_of_query(&self, request: &Request) -> Option<ReturnTo> {
        self.return_to(&request.query(return_to::NAME)?, request)
    }

    /// Where a user goes on, as a form says. JSON has no such field.
    #[must_use]
    pub fn return_to_of_form(&self, input: &Input<'_>, request: &Request) -> Option<ReturnTo> {
        self.return_to(input.form_value(return_to::NAME)?, request)
    }

    fn return_to(&self, text: &str, request: &Request) -> Option<ReturnTo> {
        let own = self.origin.own(request);
        ReturnTo::parse(text).or_else(|| {
            ReturnTo::parse_url(text, own.as_deref(), |origin| self.trusted_origins.contains(origin))
        })
    }

    /// The layout for a page that responds to this request. After GET, it shows the notice that the request brings.
    #[must_use]
    pub fn view(&self, request: &Request) -> View<'_> {
        let is_get = request.method() == "GET" && !request.is_head();
        View::new(&self.layout, self.cookies.noticed(request).filter(|_| is_get))
    }

    /// A 303 to a page, which then says what has just happened.
    #[must_use]
    pub fn see(&self, page: &'static str, notice: Notice) -> Response {
        Response::see_other(page).with_cookie(self.cookies.notice(notice))
    }

    /// Whether a browser comes from one of the forms that sign a user in, and sends none of the cookies that it got
    /// with the redirect: it keeps none. One that has another cookie of the site kept the session cookie until its end.
    #[must_use]
    pub fn keeps_no_cookies(&self, request: &Request) -> bool {
        let from = self.origin.referring_page(request);
        from.is_some_and(|path| ["/login", "/signup"].contains(&path.as_str()))
            && !self.cookies.are_kept(request)
    }
}
