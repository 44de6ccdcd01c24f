//! The edge: what comes from API Gateway, and what goes back.
//!
//! | module | is |
//! |---|---|
//! | [`serve`] | the way of every request: route, method, origin, handler, answer, log |
//! | [`request`] | what a handler may know of API Gateway's event |
//! | [`body`], [`media_type`], [`cookie`], [`origin`] | the parsers, each strict and the only one of its kind |
//! | [`response`], [`problem`], [`page`] | the answers: headers, errors as problem+json or a page, the frame of pages |

pub mod body;
pub mod cookie;
pub mod media_type;
pub mod origin;
pub mod page;
pub mod problem;
pub mod request;
pub mod response;
pub mod serve;

/// The largest body that is read, in decoded bytes.
pub const BODY_LIMIT: usize = 8 * 1024;
