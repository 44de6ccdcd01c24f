//! Routes: a method and a path, the action that they ask for, and how the function responds.

/// How a route responds.
#[derive(Debug, Clone, Copy)]
enum Responds {
    /// In the format that the client prefers.
    AsPreferred,
    /// Always with a page.
    WithPages,
    /// Always with JSON.
    WithJson,
    /// Always with JSON, and with errors that have the members of RFC 6749, too.
    LikeOAuth,
}

/// A method of a path. `A` is the enum of the function's actions, so that a handler is an exhaustive `match`.
#[expect(clippy::struct_excessive_bools, reason = "each is a property of its own")]
#[derive(Debug, Clone, Copy)]
pub struct Route<A> {
    method: &'static str,
    path: &'static str,
    action: A,
    responds: Responds,
    metric: Option<&'static str>,
    event: Option<&'static str>,
    holds_a_token: bool,
    accepts_bodiless: bool,
    is_harmless_without_cookie: bool,
    is_for_trusted_origins: bool,
}

impl<A: Copy> Route<A> {
    /// GET, with a response in the format that the client prefers. HEAD is the same without a body.
    #[must_use]
    pub const fn get(path: &'static str, action: A) -> Self {
        Self {
            method: "GET",
            path,
            action,
            responds: Responds::AsPreferred,
            metric: None,
            event: None,
            holds_a_token: false,
            accepts_bodiless: false,
            is_harmless_without_cookie: false,
            is_for_trusted_origins: false,
        }
    }

    /// GET that always responds with a page.
    #[must_use]
    pub const fn page(path: &'static str, action: A) -> Self {
        Self { responds: Responds::WithPages, ..Self::get(path, action) }
    }

    /// POST, with a response in the format that the client prefers. The same-origin check guards it.
    #[must_use]
    pub const fn post(path: &'static str, action: A) -> Self {
        Self { method: "POST", ..Self::get(path, action) }
    }

    /// The same route, which always responds with JSON.
    #[must_use]
    pub const fn json(self) -> Self {
        Self { responds: Responds::WithJson, ..self }
    }

    /// The same route, which always responds with JSON, and with errors as OAuth clients read them.
    #[must_use]
    pub const fn speaking_oauth(self) -> Self {
        Self { responds: Responds::LikeOAuth, ..self }
    }

    /// The same route, whose successes CloudWatch counts in this metric.
    #[must_use]
    pub const fn counted(self, metric: &'static str) -> Self {
        Self { metric: Some(metric), ..self }
    }

    /// The same route, whose successes have this `event` in their log entries.
    #[must_use]
    pub const fn logged_as(self, event: &'static str) -> Self {
        Self { event: Some(event), ..self }
    }

    /// The same route, whose URL or body holds the token of a mail. No page that it responds with tells its URL to
    /// another one.
    #[must_use]
    pub const fn holding_a_token(self) -> Self {
        Self { holds_a_token: true, ..self }
    }

    /// The same route, which a program may also call without a body and any word about its origin. It must do nothing
    /// without the session cookie, and nothing worse than a logout or a renewal with it: `docs/security.md` says why
    /// that is safe.
    #[must_use]
    pub const fn accepting_bodiless(self) -> Self {
        Self { accepts_bodiless: true, ..self }
    }

    /// The same route, which the same-origin check does not guard against a request without the session cookie. Of what
    /// a browser adds to a request by itself, it must use nothing else.
    #[must_use]
    pub const fn harmless_without_cookie(self) -> Self {
        Self { is_harmless_without_cookie: true, ..self }
    }

    /// The same route, which pages of trusted origins may call, too, and read its responses.
    #[must_use]
    pub const fn for_trusted_origins(self) -> Self {
        Self { is_for_trusted_origins: true, ..self }
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        self.method
    }

    /// The path. It is compared exactly.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// The action that a request for the route asks for.
    #[must_use]
    pub const fn action(&self) -> A {
        self.action
    }

    /// Whether the response is always a page.
    #[must_use]
    pub const fn is_page(&self) -> bool {
        matches!(self.responds, Responds::WithPages)
    }

    /// Whether the response is always JSON.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        matches!(self.responds, Responds::WithJson | Responds::LikeOAuth)
    }

    /// Whether errors are those of OAuth, too.
    #[must_use]
    pub const fn speaks_oauth(&self) -> bool {
        matches!(self.responds, Responds::LikeOAuth)
    }

    /// Whether a request without a body may leave out its origin.
    #[must_use]
    pub const fn accepts_bodiless(&self) -> bool {
        self.accepts_bodiless
    }

    /// Whether a request without the session cookie may come from anywhere.
    #[must_use]
    pub const fn is_harmless_without_cookie(&self) -> bool {
        self.is_harmless_without_cookie
    }

    /// Whether pages of trusted origins may call it.
    #[must_use]
    pub const fn is_for_trusted_origins(&self) -> bool {
        self.is_for_trusted_origins
    }

    /// Whether the URL or the body holds the token of a mail.
    #[must_use]
    pub const fn holds_a_token(&self) -> bool {
        self.holds_a_token
    }

    /// The event of its successes, for the log.
    #[must_use]
    pub const fn event(&self) -> Option<&'static str> {
        self.event
    }

    /// The metric that counts the successes of the route.
    #[must_use]
    pub const fn metric(&self) -> Option<&'static str> {
        self.metric
    }
}
