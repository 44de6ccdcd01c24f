//! Rejections: why the edge refuses a request before or while it reads the body.

/// The size of the largest body that is read, in bytes after decoding base64.
pub const BODY_LIMIT: usize = 8 * 1024;

/// Why a request is refused. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No function has this path.
    #[error("there is nothing at this path")]
    NotFound,
    /// The path exists and does not support this method.
    #[error("the path allows only {allow}")]
    MethodNotAllowed {
        /// The methods that the path supports, as the `Allow` header lists them.
        allow: String,
    },
    /// Another site has sent the request. The text names the header that says so.
    #[error("the request comes from another site: {0}")]
    CrossOrigin(String),
    /// The request does not say which page it comes from, so another site may have sent it.
    #[error("the request does not say which page it comes from; its origin must be {origin}")]
    UnknownOrigin {
        /// The origin of this site.
        origin: String,
    },
    /// The type of the body is neither JSON nor a form.
    #[error("the body is neither JSON nor a form")]
    UnsupportedMediaType,
    /// The body is larger than [`BODY_LIMIT`].
    #[error("the body is too large")]
    PayloadTooLarge,
    /// The body is not what its type says.
    #[error("the body is malformed: {0}")]
    MalformedBody(&'static str),
}
