//! Routes: a method and a path, the action that they ask for, and how the function responds.

/// A method of a path. `A` is the enum of the function's actions, so that a handler is an exhaustive `match`.
#[derive(Debug, Clone, Copy)]
pub struct Route<A> {
    method: &'static str,
    path: &'static str,
    action: A,
    is_page: bool,
    metric: Option<&'static str>,
    event: Option<&'static str>,
    holds_a_token: bool,
    accepts_bodiless: bool,
}

impl<A: Copy> Route<A> {
    /// GET, with a response in the format that the client prefers. HEAD is the same without a body.
    #[must_use]
    pub const fn get(path: &'static str, action: A) -> Self {
        Self {
            method: "GET",
            path,
            action,
            is_page: false,
            metric: None,
            event: None,
            holds_a_token: false,
            accepts_bodiless: false,
        }
    }

    /// GET that always responds with a page.
    #[must_use]
    pub const fn page(path: &'static str, action: A) -> Self {
        Self { is_page: true, ..Self::get(path, action) }
    }

    /// POST, with a response in the format that the client prefers. The same-origin check guards it.
    #[must_use]
    pub const fn post(path: &'static str, action: A) -> Self {
        Self { method: "POST", ..Self::get(path, action) }
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
    /// without the session cookie, and nothing worse than a logout with it: `docs/security.md` says why that is safe.
    #[must_use]
    pub const fn accepting_bodiless(self) -> Self {
        Self { accepts_bodiless: true, ..self }
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
        self.is_page
    }

    /// Whether a request without a body may leave out its origin.
    #[must_use]
    pub const fn accepts_bodiless(&self) -> bool {
        self.accepts_bodiless
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
