//! The edge: what comes from API Gateway, and what goes back.
//!
//! | module | is |
//! |---|---|
//! | [`serve`], [`route`] | the way of every request: route, method, origin, handler, answer, log |
//! | [`request`] | what a handler may know of API Gateway's event |
//! | [`body`], [`media_type`], [`cookie`], [`origin`] | the parsers, each strict and the only one of its kind |
//! | [`site`] | what every function needs: where the site is reached, its cookies and its pages |
//! | `line` | the log line of a request, and its metrics |
//! | [`response`], [`problem`] | the answers and their headers; errors as problem+json or as a page |
//! | [`page`], [`form`] | the frame of all pages; forms with what was typed and what is wrong |

pub mod body;
pub mod branding;
pub mod cookie;
pub mod form;
mod line;
pub mod media_type;
pub mod origin;
pub mod page;
pub mod problem;
pub mod request;
pub mod response;
pub mod route;
pub mod serve;
pub mod site;
