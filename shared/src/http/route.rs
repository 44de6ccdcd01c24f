//! A route: a method of a path, the action that it asks for, and how it responds.

/// A method of a path. `A` is the enum of what the function does, so that a handler is an exhaustive `match`.
#[derive(Debug, Clone, Copy)]
pub struct Route<A> {
    method: &'static str,
    path: &'static str,
    action: A,
    is_page: bool,
    metric: Option<&'static str>,
}

impl<A: Copy> Route<A> {
    /// GET, in the form that the client prefers. HEAD is the same without a body.
    #[must_use]
    pub const fn get(path: &'static str, action: A) -> Self {
        Self { method: "GET", path, action, is_page: false, metric: None }
    }

    /// GET that always responds with a page.
    #[must_use]
    pub const fn page(path: &'static str, action: A) -> Self {
        Self { is_page: true, ..Self::get(path, action) }
    }

    /// POST, in the form that the client prefers. The same-origin check guards it.
    #[must_use]
    pub const fn post(path: &'static str, action: A) -> Self {
        Self { method: "POST", ..Self::get(path, action) }
    }

    /// The same route, whose successes CloudWatch counts under this name.
    #[must_use]
    pub const fn counted(self, metric: &'static str) -> Self {
        Self { metric: Some(metric), ..self }
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        self.method
    }

    /// The path, compared exactly.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// What a request for it asks the function to do.
    #[must_use]
    pub const fn action(&self) -> A {
        self.action
    }

    /// Whether it always responds with a page.
    #[must_use]
    pub const fn is_page(&self) -> bool {
        self.is_page
    }

    /// The metric that counts its successes.
    #[must_use]
    pub const fn metric(&self) -> Option<&'static str> {
        self.metric
    }
}
