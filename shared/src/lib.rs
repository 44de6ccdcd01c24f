//! What the functions of Latchkey share: the rules of accounts, sessions and passwords, the tables, and the HTTP edge.
//!
//! Arrows between the modules run one way. A module uses those above it in this table, and never those below. `store`
//! and `http` do not use each other; only the functions join them.
//!
//! | modules | hold |
//! |---|---|
//! | [`cached`], [`error`], [`input`], [`random`], [`secret`], [`time`], [`violation`] | what every module may use |
//! | [`config`], [`lambda`], [`log`] | the process of a function: its environment variables, its run and its log |
//! | [`account`], [`session`], [`limits`], [`password`], [`mail`], [`proof`] | the rules, without any I/O |
//! | [`aws`] | what the clients of AWS's services share: settings, TLS and the meaning of errors |
//! | [`keys`] | the signing keys and their rotation; the only code that calls Secrets Manager |
//! | [`token`] | the tokens in the cookies, signed with those keys |
//! | [`store`] | the tables, one file each; the only code that calls DynamoDB |
//! | [`http`] | the edge: the event of API Gateway in, the response out |
//!
//! # A function of your own
//!
//! A function behind the same host as Latchkey finds the session of a request with one call. This example is complete.
//!
//! Its role needs `dynamodb:BatchGetItem` on the users table and on the sessions table, and
//! `secretsmanager:GetSecretValue` on the secret with the signing keys. It needs the environment variables of the
//! profile function.
//!
//! ```no_run
//! use latchkey::aws::Aws;
//! use latchkey::config::{ConfigError, Environment};
//! use latchkey::error::Error;
//! use latchkey::http::problem::Code;
//! use latchkey::http::{Failure, Function, Request, Response, Route, Site, StatusCode};
//! use latchkey::session::PresentedSession;
//! use latchkey::store::LiveSessions;
//! use latchkey::time::Timestamp;
//!
//! struct Greeting {
//!     site: Site,
//!     sessions: LiveSessions,
//! }
//!
//! #[derive(Debug, Clone, Copy)]
//! enum Action {
//!     Greet,
//! }
//!
//! impl Greeting {
//!     fn new(environment: &Environment) -> Result<Self, ConfigError> {
//!         let aws = Aws::from_environment(environment)?;
//!         let client = latchkey::store::client(&aws);
//!         Ok(Self {
//!             site: Site::from_environment(environment, &aws)?,
//!             sessions: LiveSessions::new(&client, environment)?,
//!         })
//!     }
//! }
//!
//! impl Function for Greeting {
//!     type Action = Action;
//!
//!     const ROUTES: &'static [Route<Action>] = &[Route::get("/greeting", Action::Greet)];
//!
//!     fn site(&self) -> &Site {
//!         &self.site
//!     }
//!
//!     async fn warm(&self, nonexistent: &PresentedSession, now: Timestamp) -> Result<(), Error> {
//!         self.sessions.find(Some(nonexistent), now).await.map(drop)
//!     }
//!
//!     async fn handle(&self, action: Action, request: &Request) -> Result<Response, Failure> {
//!         match action {
//!             Action::Greet => {
//!                 let found = self.sessions.find(request.presented.as_ref(), request.now).await?;
//!                 let (_session, user) = found.ok_or(Code::Unauthenticated)?;
//!                 Ok(Response::json(StatusCode::OK, &format!("Hello, {}", user.username))?)
//!             }
//!         }
//!     }
//! }
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> std::process::ExitCode {
//!     latchkey::http::serve::run(Greeting::new).await
//! }
//! ```

pub mod account;
pub mod aws;
pub mod cached;
pub mod config;
pub mod error;
pub mod http;
pub mod input;
pub mod invisible;
pub mod keys;
pub mod lambda;
pub mod limits;
pub mod log;
pub mod mail;
pub mod password;
pub mod proof;
pub mod random;
pub mod secret;
pub mod session;
pub mod store;
pub mod time;
pub mod token;
pub mod violation;
