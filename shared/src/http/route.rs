//! A route: a method of a path, and in which form it answers.

/// A method of a path.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    method: &'static str,
    path: &'static str,
    is_page: bool,
}

impl Route {
    /// A route that answers as the client prefers.
    #[must_use]
    pub const fn new(method: &'static str, path: &'static str) -> Self {
        Self { method, path, is_page: false }
    }

    /// A route that always answers with a page.
    #[must_use]
    pub const fn page(method: &'static str, path: &'static str) -> Self {
        Self { method, path, is_page: true }
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

    /// Whether it always answers with a page.
    #[must_use]
    pub const fn is_page(&self) -> bool {
        self.is_page
    }
}
