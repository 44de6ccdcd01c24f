//! The edge: what comes from API Gateway, and what goes back.
//!
//! | module | is |
//! |---|---|
//! | [`serve`], [`function`], [`route`] | the request pipeline: route, method, origin, handler, response, log entry |
//! | [`request`] | what a handler may know of API Gateway's event |
//! | [`body`], [`media_type`], [`cookie`], [`origin`] | the parsers, each strict and the only one of its kind |
//! | [`site`] | what every function needs: where the site is reached, its keys, its cookies and its pages |
//! | `request_log` | the log entry of a request, and its metrics |
//! | [`rejection`], [`failure`], [`problem`], [`subject`] | why a request was not done, and whom it was about; errors as problem+json or as a page |
//! | [`response`] | the responses and their headers |
//! | [`layout`], [`branding`], [`form`] | the layout of all pages; forms with what was typed and what is wrong |

pub mod body;
pub mod branding;
pub mod cookie;
pub mod failure;
pub mod form;
pub mod function;
pub mod layout;
pub mod media_type;
pub mod origin;
pub mod problem;
pub mod rejection;
pub mod request;
mod request_log;
pub mod response;
pub mod route;
pub mod serve;
pub mod site;
pub mod subject;

pub use self::failure::{Failure, Reason};
pub use self::form::Form;
pub use self::function::Function;
pub use self::layout::Layout;
pub use self::problem::Problem;
pub use self::rejection::Rejection;
pub use self::request::{Format, Request};
pub use self::response::{Response, StatusCode};
pub use self::route::Route;
pub use self::site::{SignedIn, Site};
